"""A disordered crystal, taken apart: fixed atoms, and units that are there or not.

A *unit* is one atom, or the atoms of one disorder group made by one symmetry operation: they are
there together or not at all. Units of one *place* exclude one another: the elements that share a
site, or the groups of one assembly in one image of the molecule. Units whose atoms come too near
to one another exclude each other as well. Units alike by symmetry form a *family*, places alike a
*pool*.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.disorder.contacts import Pairs

Shift = tuple[int, int, int]
HOME: Shift = (0, 0, 0)


@dataclass(frozen=True)
class Unit:
    """Atoms that are there together or not at all.

    Attributes:
        sites: indexes into the structure.
        species: what sits there, one for each of ``sites``.
        shifts: lattice translation of each atom, so that the unit hangs together.
        occupancy: its share, above 0 and at most 1.
        place: key of the place, ordered as the places are.
        pool: key of the places alike by symmetry.
        family: key of the units alike by symmetry.
        group: disorder group as the file writes it, empty for none.
        assembly: disorder assembly, empty for none.
        cluster: key of the units whose groups exclude one another; empty without groups.
    """

    sites: tuple[int, ...]
    species: tuple[Any, ...]
    shifts: tuple[Shift, ...]
    occupancy: float
    place: tuple
    pool: tuple
    family: tuple
    group: str = ""
    assembly: str = ""
    cluster: tuple = ()

    @property
    def is_hydrogen(self) -> bool:
        """Whether it is a single hydrogen of no disorder group."""
        return len(self.sites) == 1 and self.species[0].symbol == "H" and not self.group


@dataclass(frozen=True)
class Parent:
    """How many part-time hydrogens an atom has.

    Attributes:
        site: index of the atom that carries them.
        unit: index of its unit, -1 where it is always there.
        hydrogens: indexes of their units with the lattice translation from the parent's.
        expected: their number where the parent is there, as the occupancies say.
    """

    site: int
    unit: int
    hydrogens: tuple[tuple[int, Shift], ...]
    expected: float


@dataclass(frozen=True)
class Alternatives:
    """A disordered crystal, taken apart.

    Attributes:
        structure: as given.
        fixed: indexes of the sites that are always there, with one species each.
        units: in a fixed order: by place, then by share.
        conflicts: pairs of units that exclude each other, the second one moved by a lattice
            translation.
        parents: atoms with part-time hydrogens.
        pairs: neighbours of the atoms that are not always there.
    """

    structure: Structure
    fixed: dict[int, Any]
    units: tuple[Unit, ...]
    conflicts: tuple[tuple[int, int, Shift], ...]
    parents: tuple[Parent, ...]
    pairs: Pairs = field(repr=False)

    def places(self) -> dict[tuple, list[int]]:
        """Indexes of units by place."""
        found: dict[tuple, list[int]] = defaultdict(list)
        for index, unit in enumerate(self.units):
            found[unit.place].append(index)
        return dict(found)

    def pools(self) -> dict[tuple, list[list[int]]]:
        """Indexes of units, place by place, by pool."""
        found: dict[tuple, list[list[int]]] = defaultdict(list)
        for members in self.places().values():
            found[self.units[members[0]].pool].append(members)
        return dict(found)
