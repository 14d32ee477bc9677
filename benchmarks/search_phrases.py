"""How people ask for facts of crystals, in three lots.

``{S}`` is a symbol, ``{e}`` an element's English name, ``{shape}`` an adjective ("octahedral"),
``{body}`` its body in the plural ("octahedra"), ``{n}`` a number, ``{word}`` the number as a word,
``{link}`` corner, edge or face, ``{m}`` a prototype's name.

They were written by somebody who had not seen how ``crystext search`` reads a query. ``dev`` and
``seen`` were then measured, and the search mended where it had failed; ``test`` was on the same
page before the eyes of whoever mended it, but was measured once, at the end.
"""

DIMENSIONS = {
    "dev": {
        0: ("zero-dimensional", "molecular crystal", "0D structure"),
        1: ("one-dimensional", "structure of chains", "1D ribbons"),
        2: ("two-dimensional", "layered", "2D material"),
        3: ("three-dimensional", "3D framework"),
    },
    "seen": {
        0: ("built of isolated molecules", "zero dimensional clusters",
            "crystal of separate molecules"),
        1: (
            "chains running through the crystal", "quasi-one-dimensional compound",
            "made of wires",
        ),
        2: (
            "stacked sheets held together by van der Waals forces", "lamellar compound",
            "layers that could be exfoliated",
        ),
        3: ("three dimensional network", "bonded in all three dimensions (3D)"),
    },
    "test": {
        0: ("discrete molecular units only", "0D material", "no bonds between its molecules"),
        1: ("infinite chains of atoms", "needle-like 1D structures", "ribbons packed side by side"),
        2: (
            "can be peeled into single layers", "weakly bound sheets", "2D layered phase",
            "slabs with a van der Waals gap",
        ),
        3: ("a continuous 3D network", "three-dimensional framework of bonds"),
    },
}  # fmt: skip
PHRASES = {
    "dev": {
        "mineral": ("{m}", "{m} structure", "is {m} structured", "crystals isostructural with {m}"),
        "geometry": (
            "{S} is bonded in a {shape} geometry", "{shape} {e}", "{e} in {shape} coordination",
            "{shape}ly coordinated {S}", "{e} at the centre of {body}",
        ),
        "neighbours": (
            "{S} is bonded in a {n}-coordinate geometry", "{word}-coordinate {e}",
            "{e} with coordination number {n}", "{e} bonded to {word} atoms",
        ),
        "link": (
            "{link}-sharing {body}", "{body} that share {link}s",
            "{body} connected by their {link}s",
        ),
        "element_link": ("{link}-sharing {e} polyhedra", "{e} polyhedra that share {link}s"),
        "elements": ("{S} {T}", "contains {e} and {f}", "{e} {f} compound", "{S}-{T}"),
        "compound": ("{e} {anion}", "{anion} of {e}", "{e} {anion}s"),
    },
    "seen": {
        "mineral": (
            "adopts the {m} prototype", "same arrangement as in {m}", "{m}-type phases",
            "compounds with the {m} structure type", "materials that crystallise like {m}",
        ),
        "geometry": (
            "{e} sitting inside {body}", "{body} centred by {e} atoms",
            "materials where {e} has a {shape} environment", "the {S} sites are {shape}",
            "{e} occupies {shape} holes", "{shape} sites filled with {e}",
        ),
        "neighbours": (
            "{e} surrounded by {word} neighbours", "{word}fold coordinated {e}",
            "{n} nearest neighbours around {S}", "coordination number of {e} is {word}",
            "{e} atoms with {word} ligands", "{n}-fold {e} coordination",
        ),
        "link": (
            "{body} joined through common {link}s", "{body} linked at their {link}s",
            "{link}-connected {body}", "{shape} units fused via {link}s",
            "neighbouring {body} have a {link} in common",
        ),
        "element_link": (
            "{e} polyhedra joined through common {link}s", "{link}-connected polyhedra of {e}",
        ),
        "elements": (
            "made of {e} and {f}", "I need something with both {e} and {f} in it",
            "{f} and {e} together", "materials containing {S} as well as {T}",
        ),
        "compound": (
            "some {anion} that has {e} in it", "{e}-containing {anion}", "{anion}s with {e}",
        ),
    },
    "test": {
        "mineral": (
            "{m} analogues", "anything with the {m} crystal structure", "examples of {m} phases",
            "which compounds crystallize in the {m} structure?", "structural relatives of {m}",
        ),
        "geometry": (
            "{shape} environments of {e}", "{e} ions in {shape} holes", "{body} built around {e}",
            "is there any {S} in {shape} coordination?", "{e} that prefers a {shape} surrounding",
            "{body} with {e} in the middle",
        ),
        "neighbours": (
            "each {e} has {word} neighbors", "{e} in {word}fold coordination",
            "{S} with a coordination number of {n}", "{word} bonds to every {e} atom",
            "{n}-coordinated {S} sites", "{e} bound to {word} neighbouring atoms",
        ),
        "link": (
            "{body} touching at {link}s", "{link} sharing between {body}",
            "{body} which have {link}s in common", "a network of {body} connected through {link}s",
            "{link}-linked {body}",
        ),
        "element_link": (
            "{e} polyhedra linked via {link}s", "{link} sharing of the polyhedra around {e}",
        ),
        "elements": (
            "{e} plus {f}", "compounds of {e} with {f}", "phases in the {S}-{T} system",
            "must include {f} and also {e}",
        ),
        "compound": (
            "{anion}s based on {e}", "an {anion} whose cation is {e}", "{e} {anion} phases",
        ),
    },
}  # fmt: skip
