"""Pieces of molecules that no disorder group marks: part-time atoms bonded to one another.

Atoms of one symmetry operation and one occupancy that are bonded belong together, so that half a
solvent molecule is never chosen. Only nonmetals form such pieces, and only where no two of their
atoms exclude each other: otherwise they are several alternatives, and their atoms stay alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.disorder.contacts import Pairs, bond_length, exclusion, least
from crystext.disorder.pieces import hanging_together, joined

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.disorder.marks import Marks
    from crystext.disorder.units import Unit

NONMETALS = frozenset(["H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"])
_LINKS = frozenset(["H", "B", "C", "N", "Si", "P", "S", "Se"])
"""Oxygen beside oxygen, or halogen beside halogen, is another position of the same atom."""
_SAME_SHARE = 0.005


def with_fragments(
    structure: Structure, units: list[Unit], marks: Marks, pairs: Pairs
) -> list[Unit]:
    """Joins units of single atoms to pieces of molecules; those that were joined become one."""
    alone = _alone(units)
    bonds, apart = _links(alone, marks, pairs)
    taken: set[int] = set()
    result = []
    for sites in joined(sorted(alone), bonds):
        members = set(sites)
        if len(sites) == 1 or any(members.issuperset(pair) for pair in apart):
            continue
        sites.sort(key=marks.rank.__getitem__)
        first = alone[sites[0]]
        key = ("part", *(f"{marks.listed[site]} {alone[site].species[0]}" for site in sites))
        taken |= members
        result.append(
            replace(
                first,
                sites=tuple(sites),
                species=tuple(alone[site].species[0] for site in sites),
                shifts=tuple(hanging_together(structure, sites)),
                occupancy=sum(alone[site].occupancy for site in sites) / len(sites),
                pool=key,
                family=key,
            )
        )
    return [unit for unit in units if unit.sites[0] not in taken] + result


def _alone(units: list[Unit]) -> dict[int, Unit]:
    """The nonmetal atoms that share their site with no other."""
    sites: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        sites[unit.sites[0]].append(unit)
    return {
        site: found[0]
        for site, found in sites.items()
        if len(found) == 1 and found[0].species[0].symbol in NONMETALS
    }


def _links(
    alone: dict[int, Unit], marks: Marks, pairs: Pairs
) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """Bonded pairs of one operation and occupancy, and pairs of those that exclude each other."""
    bonds, apart = [], set()
    for first, second, _, distance in zip(*pairs, strict=True):
        one, other = int(first), int(second)
        if one not in alone or other not in alone or one == other:
            continue
        if marks.operation[one] != marks.operation[other]:
            continue
        if abs(alone[one].occupancy - alone[other].occupancy) > _SAME_SHARE:
            continue
        symbols = (alone[one].species[0].symbol, alone[other].species[0].symbol)
        limit = least(*symbols) if symbols == ("H", "H") else exclusion(*symbols)
        if distance < limit:
            apart.add((one, other))
        if distance < bond_length(*symbols) and {*symbols} & _LINKS and symbols != ("H", "H"):
            bonds.append((one, other))
    return bonds, apart
