"""What is known of a structure, in the form in which claims ask for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from crystext.description import notation, words
from crystext.description.record import numbered

if TYPE_CHECKING:
    from crystext.description.record import Description


@dataclass(frozen=True)
class Knowledge:
    """Facts of one crystal; species are element symbols.

    Attributes:
        description: says the rest.
        amounts: atoms of each element in the reduced formula.
        mineral: name of the prototype, lower case; ``None`` if none is known.
        named: the same as the description has it, with what says how near it is.
        components: names of the formulas or molecules of the components, by what they are
            (cluster, ribbon, sheet, framework, atom, molecule).
        counts: how many components there are of each, as ``sheet mos2``.
        kinds: numbers of inequivalent sites in a component, by species.
        neighbours: numbers of neighbours of each kind of site, by both, as ``Na-Cl``.
        coordination: numbers of all neighbours, by species.
        geometries: by species.
        polyhedra: shapes by formula, such as ``TiO6``.
        alike: what polyhedra of one formula share with one another, likewise.
        connectivity: corner, edge and face by the formula of polyhedra.
        lengths: bond lengths in angstrom by the two species, see :func:`pair`.
        tilts: tilt angles of corner-sharing octahedra in degrees.
    """

    description: Description
    amounts: dict[str, float]
    mineral: str | None
    named: str | None
    components: dict[str, set[str]]
    counts: dict[str, set[int]]
    kinds: dict[str, set[int]]
    neighbours: dict[str, set[int]]
    coordination: dict[str, set[int]]
    geometries: dict[str, set[str]]
    polyhedra: dict[str, set[str]]
    connectivity: dict[str, set[str]]
    alike: dict[str, set[str]]
    lengths: dict[str, set[float]]
    tilts: set[int]

    @classmethod
    def of(cls, description: Description) -> Knowledge:
        """From the condensed data of a description."""
        data = numbered(description.condensed)
        mineral = description.mineral or data["mineral"]["type"]
        return cls(
            description=description,
            amounts=amounts_of(description.formula) or {},
            mineral=plain_mineral(mineral) if mineral else None,
            named=mineral,
            components=_components(data),
            counts=_counts(data),
            **_of_sites(data),
        )


def amounts_of(formula: str) -> dict[str, float] | None:
    """Atoms of each element in the smallest whole-number formula; ``None`` if it is none."""
    from pymatgen.core import Composition

    try:
        found = Composition(formula).get_integer_formula_and_factor()[0]
        return {str(one): amount for one, amount in Composition(found).items()}
    except (ValueError, KeyError, ArithmeticError):
        return None


@cache
def known_group(symbol: str) -> int | None:
    """Number of the space group that a symbol names; ``None`` if it names none."""
    import gemmi

    group = gemmi.find_spacegroup_by_name(symbol.replace("_", ""))
    return None if group is None else group.number


def pair(first: str, second: str) -> str:
    """Two species in alphabetical order, as ``Cl-Na``."""
    return "-".join(sorted((first, second)))


def plain_mineral(mineral: str) -> str:
    """The name without what says how near it is, in lower case."""
    for suffix in ("-derived", "-like"):
        mineral = mineral.removesuffix(suffix)
    return mineral.strip().lower()


def _counts(data: dict[str, Any]) -> dict[str, set[int]]:
    """How many components there are of each name, together; a text may tell them apart."""
    found: Counter[str] = Counter()
    for key in data["component_makeup"]:
        found[" ".join(_named(data["components"][key]))] += 1
    return {name: {count} for name, count in found.items()}


def _named(component: dict[str, Any]) -> tuple[str, str]:
    """What a component is, such as a sheet, and its formula or the name of its molecule."""
    if component["molecule_name"]:
        noun = "atom" if len(component["sites"]) == 1 else "molecule"
        return noun, component["molecule_name"].lower()
    return words.component_noun(component["dimensionality"]), component["formula"].lower()


def _components(data: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in data["components"].values():
        noun, name = _named(one)
        found[noun].add(name)
    return dict(found)


def _of_sites(data: dict[str, Any]) -> dict[str, Any]:
    sites = data["sites"]
    symbol = {key: notation.parse_species(one["element"]).symbol for key, one in sites.items()}
    found: dict[str, dict[str, set]] = {
        name: defaultdict(set)
        for name in (
            *("kinds", "neighbours", "coordination", "geometries", "polyhedra", "connectivity"),
            *("lengths", "alike"),
        )
    }
    for one in data["components"].values():
        for species, number in Counter(symbol[key] for key in set(one["sites"])).items():
            found["kinds"][species].add(number)
    tilts: set[int] = set()
    for key, site in sites.items():
        own, near = symbol[key], [symbol[one] for one in site["nn"]]
        found["coordination"][own].add(len(near))
        found["geometries"][own].add(site["geometry"]["type"])
        for other in set(near):
            found["neighbours"][f"{own}-{other}"].add(near.count(other))
        for other, lengths in data["distances"][key].items():
            found["lengths"][pair(own, symbol[other])].update(map(float, lengths))
        if site["poly_formula"]:
            polyhedron = own + site["poly_formula"]
            found["polyhedra"][polyhedron].add(words.polyhedra(site["geometry"]["type"]))
            found["connectivity"][polyhedron].update(site["nnn"])
            found["alike"][polyhedron].update(
                kind
                for kind, others in site["nnn"].items()
                if any(
                    symbol[one] + (sites[one]["poly_formula"] or "") == polyhedron for one in others
                )
            )
            tilts |= _tilts(data, key)
    return {name: dict(one) for name, one in found.items()} | {"tilts": tilts}


def _tilts(data: dict[str, Any], key: int) -> set[int]:
    sites, angles = data["sites"], data["angles"].get(key, {})
    return {
        round(abs(180 - float(f"{angle:.0f}")))
        for other in sites[key]["nnn"].get("corner", ())
        if sites[other]["geometry"]["type"] == "octahedral"
        for angle in angles.get(other, {}).get("corner", ())
    }
