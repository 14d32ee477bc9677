"""robocrys' own features of a crystal, from its condensed data: those of ``RobocrysFeaturizer``.

Names, order and values are those of robocrys 0.2.13 (Ganose and Jain, MRS Commun. 9, 874 (2019)).
"""

from __future__ import annotations

from itertools import product
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.fingerprints import CONNECTED_GEOMETRIES, NAMED_GEOMETRIES
from crystext.features.sites import LINKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GEOMETRIES = NAMED_GEOMETRIES[1:]  # of 2 to 12 neighbours
CATEGORIES = ("mineral_prototype", "spg_symbol", "crystal_system")
"""The features that are words."""
_DIMENSIONS = (3, 2, 1, 0)
_SETS = (
    *((3, 2, 1, 0), (3, 2, 1), (3, 2, 0), (3, 1, 0), (3, 2), (3, 1), (3, 0)),
    *((2, 1, 0), (2, 1), (2, 0), (1, 0)),
)
_MOLECULES = ("water", "oxygen", "ammonia", "methane")
_NEIGHBORS = range(1, 13)
NAMES: tuple[str, ...] = (
    *CATEGORIES,
    *("dimensionality", "is_vdw_heterostructure", "is_interpenetrated", "is_intercalated"),
    *(f"is_only_{d}d" for d in _DIMENSIONS),
    *("is_" + "_".join(f"{d}d" for d in some) for some in _SETS),
    *(f"contains_{d}d_component" for d in _DIMENSIONS),
    "contains_named_molecule",
    *(f"contains_{name}" for name in _MOLECULES),
    *(f"contains_{name}" for name in GEOMETRIES),
    *(f"contains_distorted_{name}" for name in GEOMETRIES),
    *("average_site_cn", "average_cation_cn", "average_anion_cn", "contains_polyhedra"),
    *(f"contains_{shared}_sharing_polyhedra" for shared in LINKS),
    *(f"contains_{shared}_{name}" for shared, name in product(LINKS, CONNECTED_GEOMETRIES)),
    *("corner_sharing_octahedral_tilt_angle", "frac_site_polyhedra"),
    *(f"frac_sites_{name}" for name in GEOMETRIES),
    *(f"frac_sites_{number}_coordinate" for number in _NEIGHBORS),
    *("max_bond_length", "min_bond_length", "average_bond_length"),
)
"""All features, in robocrys' order."""


def robocrys_features(condensed: Mapping[str, Any], *, distorted_tol: float = 0.6) -> list[Any]:
    """The features of one crystal, in the order of :data:`NAMES`.

    Args:
        condensed: what a condenser gives, with whole numbers as keys.
        distorted_tol: order parameter under which a geometry is distorted.

    Returns:
        Words, numbers and truth values; ``None`` for the tilt angle where no octahedra share
        corners, and for the mineral where none is known. Lengths are in angstrom, the angle is in
        degrees.
    """
    sites = condensed["sites"]
    components = condensed["components"]
    each = [i for c in condensed["component_makeup"] for i in components[c]["sites"]]
    dimensions = [one["dimensionality"] for one in components.values()]
    molecules = {one["molecule_name"] for one in components.values()} - {None, ""}
    kinds = {(s["geometry"]["type"], s["geometry"]["likeness"]) for s in sites.values()}
    geometries = {name for name, _ in kinds}
    distorted = {name for name, likeness in kinds if likeness < distorted_tol}
    shared = _connections(sites)
    lengths = [x for to in condensed["distances"].values() for many in to.values() for x in many]
    of_each = [sites[i]["geometry"]["type"] for i in each]
    numbers = [len(sites[i]["nn"]) for i in each]
    average = mean(numbers)
    return [
        *(condensed["mineral"]["type"], condensed["spg_symbol"], condensed["crystal_system"]),
        *(condensed["dimensionality"], bool(condensed["vdw_heterostructure_info"])),
        *(dimensions.count(3) > 1, 0 in dimensions),
        *(set(dimensions) == {d} for d in _DIMENSIONS),
        *(set(dimensions) == set(some) for some in _SETS),
        *(d in dimensions for d in _DIMENSIONS),
        bool(molecules),
        *(name in molecules for name in _MOLECULES),
        *(name in geometries for name in GEOMETRIES),
        *(name in distorted for name in GEOMETRIES),
        average,
        *(_coordination(sites, each, sign, average) for sign in "+-"),
        any(site["poly_formula"] for site in sites.values()),
        *((kind, None) in shared for kind in LINKS),
        *((kind, name) in shared for kind, name in product(LINKS, CONNECTED_GEOMETRIES)),
        _tilt(condensed, each),
        sum(bool(sites[i]["poly_formula"]) for i in each) / len(each),
        *(of_each.count(name) / len(each) for name in GEOMETRIES),
        *(numbers.count(number) / len(each) for number in _NEIGHBORS),
        *(max(lengths), min(lengths), float(np.mean(lengths))),
    ]


def _connections(sites: Mapping[int, Any]) -> set[tuple[str, str | None]]:
    """What polyhedra share: with any other (``None``), and with another of the same geometry."""
    found: set[tuple[str, str | None]] = set()
    for site in sites.values():
        if not site["poly_formula"]:
            continue
        own = site["geometry"]["type"]
        for kind, others in site["nnn"].items():
            there = {sites[i]["geometry"]["type"] for i in others if sites[i]["poly_formula"]}
            if there:
                found.add((kind, None))
            if own in there:
                found.add((kind, own))
    return found


def _coordination(
    sites: Mapping[int, Any], each: Iterable[int], sign: str, without: float
) -> float:
    """Mean number of neighbours of ions with this sign; of all sites where there are no such."""
    found = [len(sites[i]["nn"]) for i in each if sign in sites[i]["element"]]
    return mean(found) if found else without


def _tilt(condensed: Mapping[str, Any], each: Iterable[int]) -> float | None:
    """Mean deviation from 180 degrees at the shared corners of octahedra; ``None`` without."""
    sites = condensed["sites"]
    angles: list[float] = []
    for i in each:
        if sites[i]["geometry"]["type"] != "octahedral":
            continue
        for other in sites[i]["nnn"].get("corner", ()):
            if sites[other]["geometry"]["type"] == "octahedral":
                angles += [abs(180 - a) for a in condensed["angles"][i][other]["corner"]]
    return mean(angles) if angles else None
