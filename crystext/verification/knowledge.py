"""What is known of a structure, in the form in which claims ask for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.description import notation, words

if TYPE_CHECKING:
    from crystext.description.record import Description


@dataclass(frozen=True)
class Knowledge:
    """Facts of one crystal; species are element symbols.

    Attributes:
        formula: reduced formula.
        amounts: atoms of each element in the reduced formula.
        mineral: name of the prototype, lower case; ``None`` if none is known.
        crystal_system: one of the seven.
        space_group_symbol: short Hermann-Mauguin symbol.
        space_group_number: 1 to 230.
        dimensionality: 0 to 3.
        components: names of the formulas or molecules of the components, by what they are
            (cluster, ribbon, sheet, framework, atom, molecule).
        kinds: numbers of inequivalent sites in a component, by species.
        neighbours: numbers of neighbours of each kind of site, by species and its neighbour's.
        coordination: numbers of all neighbours, by species.
        geometries: by species.
        polyhedra: shapes by formula, such as ``TiO6``.
        connectivity: corner, edge and face by the formula of polyhedra.
        lengths: bond lengths in angstrom by the two species, in alphabetical order.
        tilts: tilt angles of corner-sharing octahedra in degrees.
    """

    formula: str
    amounts: dict[str, float]
    mineral: str | None
    crystal_system: str
    space_group_symbol: str
    space_group_number: int
    dimensionality: int
    components: dict[str, set[str]]
    kinds: dict[str, set[int]]
    neighbours: dict[tuple[str, str], set[int]]
    coordination: dict[str, set[int]]
    geometries: dict[str, set[str]]
    polyhedra: dict[str, set[str]]
    connectivity: dict[str, set[str]]
    lengths: dict[tuple[str, str], set[float]]
    tilts: set[int]

    @classmethod
    def of(cls, description: Description) -> Knowledge:
        """From the condensed data of a description."""
        data = description.condensed
        local = _of_sites(data)
        mineral = description.mineral or data["mineral"]["type"]
        return cls(
            formula=description.formula,
            amounts=amounts_of(description.formula) or {},
            mineral=plain_mineral(mineral) if mineral else None,
            crystal_system=description.crystal_system,
            space_group_symbol=description.space_group_symbol,
            space_group_number=description.space_group_number,
            dimensionality=description.dimensionality,
            components=_components(data),
            **local,
        )


def amounts_of(formula: str) -> dict[str, float] | None:
    """Atoms of each element in the smallest whole-number formula; ``None`` if it is none."""
    from pymatgen.core import Composition

    try:
        found = Composition(formula).get_integer_formula_and_factor()[0]
        return {str(one): amount for one, amount in Composition(found).items()}
    except (ValueError, KeyError, ArithmeticError):
        return None


def pair(first: str, second: str) -> tuple[str, str]:
    """Two species in alphabetical order."""
    return (first, second) if first <= second else (second, first)


def plain_mineral(mineral: str) -> str:
    """The name without what says how near it is, in lower case."""
    for suffix in ("-derived", "-like"):
        mineral = mineral.removesuffix(suffix)
    return mineral.strip().lower()


def _components(data: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in data["components"].values():
        if one["molecule_name"]:
            noun = "atom" if len(one["sites"]) == 1 else "molecule"
            found[noun].add(one["molecule_name"].lower())
        else:
            found[words.component_noun(one["dimensionality"])].add(one["formula"].lower())
    return dict(found)


def _of_sites(data: dict[str, Any]) -> dict[str, Any]:
    sites = {int(key): one for key, one in data["sites"].items()}
    symbol = {key: notation.parse_species(one["element"]).symbol for key, one in sites.items()}
    polyhedron = {
        key: symbol[key] + one["poly_formula"] for key, one in sites.items() if one["poly_formula"]
    }
    found: dict[str, dict[Any, set]] = {
        name: defaultdict(set)
        for name in (
            *("neighbours", "coordination", "geometries", "polyhedra", "connectivity", "lengths"),
        )
    }
    kinds: dict[str, set[int]] = defaultdict(set)
    for one in data["components"].values():
        for species, number in Counter(symbol[int(key)] for key in set(one["sites"])).items():
            kinds[species].add(number)
    tilts: set[int] = set()
    for key, site in sites.items():
        own, near = symbol[key], [symbol[int(one)] for one in site["nn"]]
        found["coordination"][own].add(len(near))
        found["geometries"][own].add(site["geometry"]["type"])
        for other in set(near):
            found["neighbours"][own, other].add(near.count(other))
        for other, lengths in data["distances"][_as(data["distances"], key)].items():
            found["lengths"][pair(own, symbol[int(other)])].update(map(float, lengths))
        if key in polyhedron:
            found["polyhedra"][polyhedron[key]].add(words.polyhedra(site["geometry"]["type"]))
            found["connectivity"][polyhedron[key]].update(site["nnn"])
            tilts |= _tilts(data, sites, key)
    return {name: dict(one) for name, one in found.items()} | {"tilts": tilts, "kinds": kinds}


def _tilts(data: dict[str, Any], sites: dict[int, Any], key: int) -> set[int]:
    corners = {int(one) for one in sites[key]["nnn"].get("corner", [])}
    angles = data["angles"].get(_as(data["angles"], key), {})
    return {
        round(abs(180 - float(f"{angle:.0f}")))
        for other in corners
        if sites[other]["geometry"]["type"] == "octahedral"
        for angle in angles.get(_as(angles, other), {}).get("corner", [])
    }


def _as(table: dict[Any, Any], key: int) -> Any:
    """The key as the table has it: condensed data read from JSON have words for numbers."""
    return key if key in table else str(key)
