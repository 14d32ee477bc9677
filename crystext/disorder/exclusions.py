"""Which units cannot be there at once: those of one place, and those that come too near."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crystext.disorder.contacts import PARENT_DISTANCE, Pairs, bond_length, exclusion, least
from crystext.disorder.pieces import shift_of
from crystext.disorder.units import HOME, Shift, Unit

if TYPE_CHECKING:
    from pymatgen.core import Structure

_MOST_TOGETHER = 1.05
"""Two shares that add up to more must meet now and then, so only overlap excludes them."""


def conflicts_between(
    structure: Structure, units: list[Unit], pairs: Pairs
) -> tuple[tuple[int, int, Shift], ...]:
    """Pairs of units that exclude each other.

    Returns:
        Indexes of two units, the first one not larger, and the lattice translation of the second.
    """
    found: set[tuple[int, int, Shift]] = set()
    places: dict[tuple, list[int]] = defaultdict(list)
    totals: dict[tuple, float] = defaultdict(float)
    members: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, unit in enumerate(units):
        for other in places[unit.place]:
            found.add((other, number, HOME))
        places[unit.place].append(number)
        totals[unit.place] += unit.occupancy
        for atom, site in enumerate(unit.sites):
            members[site].append((number, atom))
    bound = _bound_hydrogens(structure, pairs)
    for first, second, image, distance in zip(*pairs, strict=True):
        for one, one_atom in members[int(first)]:
            for other, other_atom in members.get(int(second), ()):
                start, end = units[one].shifts[one_atom], units[other].shifts[other_atom]
                moved = zip(image, start, end, strict=True)
                shift = shift_of([int(i) + s - e for i, s, e in moved])
                if one > other or (one == other and shift <= HOME):
                    continue  # seen from the other side
                symbols = (
                    units[one].species[one_atom].symbol,
                    units[other].species[other_atom].symbol,
                )
                free = symbols == ("H", "H") and not {int(first), int(second)} <= bound
                total = totals[units[one].place] + totals[units[other].place]
                limit = _limit(units[one], units[other], symbols, total, free_hydrogen=free)
                if distance < limit:
                    found.add((one, other, shift))
    return tuple(sorted(found))


def _bound_hydrogens(structure: Structure, pairs: Pairs) -> set[int]:
    """Sites within a bond of something that is no hydrogen."""
    heavy = [all(species.symbol != "H" for species in site.species) for site in structure]
    return {
        int(first)
        for first, second, _, distance in zip(*pairs, strict=True)
        if heavy[int(second)] and distance < PARENT_DISTANCE
    }


def _limit(
    one: Unit, other: Unit, symbols: tuple[str, str], total: float, *, free_hydrogen: bool
) -> float:
    """The distance in angstrom below which two atoms of two units exclude each other."""
    if one.cluster and one.cluster == other.cluster:
        if one.group != other.group or one.group.startswith("-"):
            return bond_length(*symbols)  # alternatives are never bonded to one another
        return least(*symbols)
    if total > _MOST_TOGETHER:
        return least(*symbols)
    return exclusion(*symbols, molecular_hydrogen=free_hydrogen)
