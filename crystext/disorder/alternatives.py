"""How a disordered crystal is taken apart: its fixed atoms, its units, bearers of hydrogens."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.disorder.contacts import PARENT_DISTANCE, Pairs, pairs_around
from crystext.disorder.exclusions import conflicts_between
from crystext.disorder.fragments import with_fragments
from crystext.disorder.groups import grouped_units
from crystext.disorder.marks import FULL, Marks, marks_of, shares_of
from crystext.disorder.pieces import shift_of
from crystext.disorder.units import HOME, Alternatives, Parent, Shift, Unit

if TYPE_CHECKING:
    from pymatgen.core import Structure

_CARRIED = 0.05


def is_disordered(structure: Structure) -> bool:
    """Whether a site is shared or partly occupied, or an assembly has several groups."""
    for index, site in enumerate(structure):
        if not site.is_ordered and not _is_full(shares_of(structure, index)):
            return True
    if "disorder_group" not in structure.site_properties:
        return False
    marks = marks_of(structure)
    groups = defaultdict(set)
    for assembly, group in zip(marks.assembly, marks.group, strict=True):
        if group:
            groups[assembly].add(group)
    return any(len(found) > 1 for found in groups.values())


def _is_full(shares: dict[Any, float]) -> bool:
    return len(shares) == 1 and next(iter(shares.values())) >= FULL


def take_apart(structure: Structure) -> Alternatives:
    """Finds the fixed atoms, the units, and which units exclude each other.

    Args:
        structure: sites may carry ``disorder_assembly``, ``disorder_group``, ``listed_atom`` and
            ``operation``.
    """
    marks = marks_of(structure)
    fixed: dict[int, Any] = {}
    units: list[Unit] = []
    grouped: list[int] = []
    for index in range(len(structure)):
        shares = shares_of(structure, index)
        if marks.group[index]:
            grouped.append(index)
        elif _is_full(shares):
            fixed[index] = next(iter(shares))
        else:
            units += _single_units(index, shares, marks)
    free = sorted({*grouped, *(unit.sites[0] for unit in units)})
    pairs = pairs_around(structure, free)
    units = with_fragments(structure, units, marks, pairs)
    units += grouped_units(structure, grouped, marks, pairs)
    units.sort(key=lambda unit: (unit.place, -round(unit.occupancy, 6), unit.family))
    conflicts = conflicts_between(structure, units, pairs)
    parents = _parents(structure, fixed, units, pairs)
    return Alternatives(structure, fixed, tuple(units), conflicts, parents, pairs)


def _single_units(index: int, shares: dict[Any, float], marks: Marks) -> list[Unit]:
    text = marks.rank[index][2]
    return [
        Unit(
            sites=(index,),
            species=(species,),
            shifts=(HOME,),
            occupancy=amount,
            place=(*marks.rank[index], 0),
            pool=("site", marks.listed[index], text),
            family=("site", marks.listed[index], text, str(species)),
        )
        for species, amount in shares.items()
    ]


def _parents(
    structure: Structure, fixed: dict[int, Any], units: list[Unit], pairs: Pairs
) -> tuple[Parent, ...]:
    """Atoms whose nearest part-time hydrogens are units of their own."""
    hydrogens = {unit.sites[0]: n for n, unit in enumerate(units) if unit.is_hydrogen}
    holders = {
        site: number
        for number, unit in enumerate(units)
        if not any(species.symbol == "H" for species in unit.species) or len(unit.sites) > 1
        for site in unit.sites
    }
    occupancies = {site: units[number].occupancy for site, number in hydrogens.items()}
    nearest: dict[int, tuple[bool, float, int, Shift]] = {}
    for first, second, image, distance in zip(*pairs, strict=True):
        site, other = int(first), int(second)
        if site not in hydrogens or distance > PARENT_DISTANCE or other in hydrogens:
            continue
        if any(species.symbol == "H" for species in structure[other].species):
            continue
        # an atom that is there less often than the hydrogen cannot carry it
        carried = sum(shares_of(structure, other).values()) < occupancies[site] - _CARRIED
        found = (carried, round(float(distance), 4), other, shift_of(image))
        nearest[site] = min(nearest.get(site, found), found)
    children: dict[int, list[tuple[int, Shift]]] = defaultdict(list)
    for site, (_, _, parent, image) in sorted(nearest.items()):
        # seen from the parent, the hydrogen is moved the other way
        children[parent].append((hydrogens[site], shift_of(np.negative(image))))
    result = []
    for parent, bound in sorted(children.items()):
        number = -1 if parent in fixed else holders.get(parent, -1)
        share = 1.0 if number < 0 else units[number].occupancy
        shift = HOME if number < 0 else units[number].shifts[units[number].sites.index(parent)]
        moved = tuple((unit, shift_of(np.add(move, shift))) for unit, move in bound)
        expected = sum(units[unit].occupancy for unit, _ in moved) / share
        result.append(Parent(parent, number, moved, expected))
    return tuple(result)
