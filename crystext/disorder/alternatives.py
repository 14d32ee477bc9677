"""What may be there or not: the fixed atoms of a disordered crystal, and its units.

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

import numpy as np

from crystext.disorder.contacts import PARENT_DISTANCE, Pairs, pairs_around

if TYPE_CHECKING:
    from pymatgen.core import Structure

FULL = 1 - 1e-3
"""An occupancy from here on is rounding, and read as 1."""
_LEAST_SHARE = 1e-4
_CARRIED = 0.05
_BINS, _OFFSET = 1000, 0.25  # multiples of 1/48 lie well inside their bins

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
    """

    structure: Structure
    fixed: dict[int, Any]
    units: tuple[Unit, ...]
    conflicts: tuple[tuple[int, int, Shift], ...] = ()
    parents: tuple[Parent, ...] = ()
    pairs: Pairs | None = field(default=None, repr=False)

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


@dataclass(frozen=True)
class Marks:
    """What the reader says about each site, absent properties filled in.

    Attributes:
        assembly: empty for none.
        group: empty for none.
        listed: index of the listed atom, or of the symmetry orbit where the reader does not say.
        operation: index of the operation that made the site, 0 where the reader does not say.
        rank: a sort key for each site.
    """

    assembly: tuple[str, ...]
    group: tuple[str, ...]
    listed: tuple[Any, ...]
    operation: tuple[int, ...]
    rank: tuple[tuple, ...]


def shares_of(structure: Structure, index: int) -> dict[Any, float]:
    """Species of a site with their shares: isotopes of hydrogen as one, rounding of 1 mended."""
    from pymatgen.core import Element, Species

    amounts: dict[Any, float] = defaultdict(float)
    for species, amount in structure[index].species.items():
        charge = getattr(species, "oxi_state", None)
        plain = species
        if species.Z == 1:
            plain = Element("H") if charge is None else Species("H", charge)
        elif isinstance(species, Species) and charge is None:
            plain = Element(species.symbol)
        if amount >= _LEAST_SHARE:
            amounts[plain] += amount
    total = sum(amounts.values())
    if total > 1 or (len(amounts) == 1 and total >= FULL):
        amounts = {species: amount / total for species, amount in amounts.items()}
    return dict(sorted(amounts.items(), key=lambda item: (item[0].symbol, str(item[0]))))


def marks_of(structure: Structure) -> Marks:
    """The disorder marks of all sites; groups ``.``, ``?`` and ``0`` are none."""
    properties, n_sites = structure.site_properties, len(structure)

    def column(name: str, missing: Any) -> list[Any]:
        values = properties.get(name) or [missing] * n_sites
        return [missing if value is None else value for value in values]

    group = [str(value).strip() for value in column("disorder_group", "")]
    group = ["" if value in {".", "?", "0", "+0", "-0"} else value for value in group]
    assembly = [str(value).strip() for value in column("disorder_assembly", "")]
    assembly = ["" if value in {".", "?"} else value for value in assembly]
    listed = column("listed_atom", -1)
    operation = [int(value) for value in column("operation", 0)]
    if min(listed) < 0:
        listed = [-1] * n_sites
    places = bins_of(structure.frac_coords)
    text = [
        "/".join(f"{species}{amount:.4f}" for species, amount in shares_of(structure, i).items())
        for i in range(n_sites)
    ]
    order = list(zip(operation, listed, text, places, strict=True))
    if len(set(listed)) in {1, n_sites}:  # not known, or every atom listed: P1
        listed = _orbits(structure, [*zip(text, group, assembly, strict=True)], order)
    return Marks(tuple(assembly), tuple(group), tuple(listed), tuple(operation), tuple(order))


def bins_of(frac: np.ndarray) -> list[tuple[int, ...]]:
    """A sort key for each row of fractional coordinates (n, 3) that noise does not change."""
    numbers = np.floor(frac % 1 * _BINS + _OFFSET).astype(int) % _BINS
    return [tuple(row) for row in numbers.tolist()]


def _orbits(structure: Structure, kinds: list[tuple], order: list[tuple]) -> list[int]:
    """Orbits of the disordered crystal's symmetry, numbered by their first site in ``order``."""
    import spglib

    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    cell = (structure.lattice.matrix, structure.frac_coords, [numbers[kind] + 1 for kind in kinds])
    try:
        found = spglib.get_symmetry_dataset(cell, 0.01)
    except spglib.SpglibError:
        found = None
    orbits = [numbers[kind] for kind in kinds] if found is None else list(found.equivalent_atoms)
    firsts: dict[int, int] = {}
    for site in sorted(range(len(kinds)), key=order.__getitem__):
        firsts.setdefault(int(orbits[site]), len(firsts))
    return [firsts[int(orbit)] for orbit in orbits]


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
    from crystext.disorder.exclusions import conflicts_between
    from crystext.disorder.fragments import with_fragments
    from crystext.disorder.groups import grouped_units

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
    hydrogens = {
        unit.sites[0]: number
        for number, unit in enumerate(units)
        if len(unit.sites) == 1 and unit.species[0].symbol == "H" and not unit.group
    }
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
        found = (carried, round(float(distance), 4), other, tuple(int(k) for k in image))
        nearest[site] = min(nearest.get(site, found), found)
    children: dict[int, list[tuple[int, Shift]]] = defaultdict(list)
    for site, (_, _, parent, image) in sorted(nearest.items()):
        # seen from the parent, the hydrogen is moved the other way
        children[parent].append((hydrogens[site], (-image[0], -image[1], -image[2])))
    result = []
    for parent, found in sorted(children.items()):
        number = -1 if parent in fixed else holders.get(parent, -1)
        share = 1.0 if number < 0 else units[number].occupancy
        shift = HOME if number < 0 else units[number].shifts[units[number].sites.index(parent)]
        moved = tuple((unit, _add(move, shift)) for unit, move in found)
        expected = sum(units[unit].occupancy for unit, _ in moved) / share
        result.append(Parent(parent, number, moved, expected))
    return tuple(result)


def _add(one: Shift, other: Shift) -> Shift:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])
