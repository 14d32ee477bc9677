"""Features of the whole crystal: symmetry, dimensionality, components and mineral."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.features.schema import Feature

if TYPE_CHECKING:
    from collections.abc import Mapping

_CENTRINGS = "PCAIFR"

FEATURES = (
    *(Feature(f"system_{one}", "", f"1 if the crystal system is {one}") for one in CRYSTAL_SYSTEMS),
    *(Feature(f"centring_{one}", "", f"1 if the lattice is {one} centred") for one in _CENTRINGS),
    Feature("space_group_number", "", "number of the space group", 115.0),
    Feature("centrosymmetric", "", "1 if there is an inversion"),
    Feature("point_group_order", "", "operations of the point group, base 2 logarithm", 3.0),
    *(Feature(f"dimensionality_{n}", "", f"1 if it is {n}D") for n in range(4)),
    Feature("n_components", "", "different components", 2.0),
    Feature("n_molecules", "", "different components that are molecules"),
    Feature("mixed_dimensionality", "", "1 if components differ in dimensionality"),
    Feature("van_der_waals", "", "1 if it is a stack of different sheets"),
    Feature("atoms_of_components", "", "atoms of all components, base 2 logarithm", 3.0),
    Feature("mineral_known", "", "1 if a mineral or prototype is named"),
    Feature("mineral_distance", "", "distance of its fingerprint", 0.2, may_lack=True),
    Feature("mineral_same_species", "", "1 if the prototype has as many kinds of atoms"),
)


@cache
def _groups() -> dict[str, tuple[int, int, bool]]:
    """Number, order of the point group and inversion of each space group, by symbol."""
    import numpy as np
    import spglib

    found = {}
    for hall in range(1, 531):
        kind, database = spglib.get_spacegroup_type(hall), spglib.get_symmetry_from_database(hall)
        assert kind is not None
        assert database is not None
        if kind.international_short in found:
            continue
        rotations = database["rotations"]
        different = {tuple(one.ravel().tolist()) for one in rotations}
        inverted = tuple((-np.eye(3, dtype=int)).ravel().tolist()) in different
        found[kind.international_short] = kind.number, len(different), inverted
    return found


def crystal_features(condensed: Mapping[str, Any]) -> list[float]:
    """The values of :data:`FEATURES`, of a condensed dictionary with whole numbers for keys."""
    symbol = condensed["spg_symbol"]
    number, order, inverted = _groups()[symbol]
    dimensionality = condensed["dimensionality"]
    components = list(condensed["components"].values())
    dimensions = {one["dimensionality"] for one in components}
    atoms = sum(len(one["sites"]) for one in _made_up(condensed))
    mineral = condensed["mineral"]
    known, distance = mineral["type"] is not None, mineral["distance"]
    return [
        *(float(condensed["crystal_system"] == one) for one in CRYSTAL_SYSTEMS),
        *(float(symbol[0] == one) for one in _CENTRINGS),
        number,
        float(inverted),
        math.log2(order),
        *(float(dimensionality == n) for n in range(4)),
        len(components),
        sum(one["dimensionality"] == 0 for one in components),
        float(len(dimensions) > 1),
        float(len((condensed["vdw_heterostructure_info"] or {}).get("repeating_unit") or ()) > 1),
        math.log2(max(atoms, 1)),
        float(known),
        max(float(distance), 0.0) if known and distance is not None else math.nan,
        float(bool(mineral["n_species_type_match"])),
    ]


def _made_up(condensed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The components, each as often as the crystal has it."""
    return [condensed["components"][key] for key in condensed["component_makeup"]]


def multiplicities(condensed: Mapping[str, Any]) -> dict[int, int]:
    """How many atoms each inequivalent site stands for."""
    counts = dict.fromkeys(condensed["sites"], 0)
    for component in _made_up(condensed):
        for site in component["sites"]:
            counts[site] += 1
    return counts
