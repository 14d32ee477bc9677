"""Facts of crystals for questions, read from the condensed data apart from the search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.search_phrases import DIMENSIONS, PHRASES
from crystext.verification.vocabulary import ANIONS, element_names

if TYPE_CHECKING:
    import random

SHAPES = {
    "octahedral": "octahedra", "tetrahedral": "tetrahedra", "cuboctahedral": "cuboctahedra",
    "square pyramidal": "square pyramids", "trigonal bipyramidal": "trigonal bipyramids",
    "trigonal pyramidal": "trigonal pyramids",
}  # fmt: skip
WORDS = dict(enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine"), 2))
WORDS |= {10: "ten", 11: "eleven", 12: "twelve"}
NAMES = {symbol: name for name, symbol in reversed(element_names().items())}
ANION_OF = {symbol: name for name, symbol in reversed(ANIONS.items())}
_ODD = re.compile(r"[$\\^{}:;0-9]|^alpha$|^beta$")


@dataclass(frozen=True)
class Fact:
    """One fact; crystals are compared with it by :func:`facts_of`.

    Attributes:
        kind: of the phrasings.
        values: what is asked for.
    """

    kind: str
    values: tuple[Any, ...]


def facts_of(data: dict[str, Any]) -> set[Fact]:
    """All facts of one condensed dictionary of which questions are asked."""
    sites = {int(key): one for key, one in data["sites"].items()}
    element = {key: re.sub("[^A-Za-z].*", "", one["element"]) for key, one in sites.items()}
    found = {Fact("dimension", (data["dimensionality"],))}
    if data["mineral"]["type"]:
        found.add(Fact("mineral", (data["mineral"]["type"],)))
    for key, site in sites.items():
        kind, own = site["geometry"]["type"], element[key]
        if kind in SHAPES:
            found.add(Fact("geometry", (own, kind)))
        if len(site["nn"]) in WORDS:
            found.add(Fact("neighbours", (own, len(site["nn"]))))
        found |= links(sites, key, own)
    held = sorted(set(element.values()))
    for one in held:
        for other in held:
            if one < other:
                found.add(Fact("elements", (one, other)))
            if other in ANION_OF and one not in ANION_OF:
                found.add(Fact("compound", (one, other)))
    return found


def links(sites: dict[int, Any], key: int, own: str) -> set[Fact]:
    """How the polyhedron of a site touches others."""
    found: set[Fact] = set()
    site = sites[key]
    if site["poly_formula"] is None:
        return found
    for link, others in site["nnn"].items():
        if any(sites[int(one)]["poly_formula"] for one in others):
            found.add(Fact("element_link", (own, link)))
            if site["geometry"]["type"] in SHAPES:
                found.add(Fact("link", (site["geometry"]["type"], link)))
    return found


def askable(fact: Fact) -> bool:
    """Whether people would ask for it by these words: no odd names, and none of compounds.

    Who says "titanium telluride" wants the compound, not crystals of that prototype.
    """
    words = set(re.findall("[a-z]+", str(fact.values[0]).lower()))
    compound = words & element_names().keys() or any(one.endswith("ide") for one in words)
    return fact.kind != "mineral" or not (_ODD.search(fact.values[0]) or compound)


def phrased(fact: Fact, half: str, chance: random.Random) -> str:
    """The fact as one of the phrasings of a half says it.

    Args:
        fact: to be said.
        half: ``dev`` or ``test``.
        chance: chooses.
    """
    if fact.kind == "dimension":
        return chance.choice(DIMENSIONS[half][fact.values[0]])
    phrase = chance.choice(PHRASES[half][fact.kind])
    first, second = (*fact.values, None)[:2]
    if fact.kind == "mineral":
        part = chance.choice(first.split(","))
        return phrase.format(m=re.sub(r"[()]", "", part).strip().lower())
    if fact.kind == "link":
        return phrase.format(shape=first, body=SHAPES[first], link=second)
    told = {"S": first, "e": NAMES[first]}
    if fact.kind == "geometry":
        told |= {"shape": second, "body": SHAPES[second]}
    elif fact.kind == "neighbours":
        told |= {"n": second, "word": WORDS[second]}
    elif fact.kind == "element_link":
        told["link"] = second
    elif fact.kind == "elements":
        told |= {"T": second, "f": NAMES[second]}
    else:
        told["anion"] = ANION_OF[second]
    return phrase.format(**told)
