"""The asymmetric unit that a file lists, and the cell that its symmetry operations make of it.

Images of one listed atom within ``SAME_PLACE`` of one another are rounding (0.333 for a third):
the atom moves to the special position between them, which is then exact. Equal atoms that are
listed as symmetry copies of one another count once; partly occupied ones on one place share it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import AtomsOverlapError, PartialOccupancyError, TooManySitesError
from crystext.formats.images import SAME_PLACE, Orbit, near_pairs, orbit

if TYPE_CHECKING:
    from pymatgen.core import Lattice, Structure

    from crystext.formats.operations import Operations

OVERLAP = 0.1
"""Angstrom; different atoms nearer than this lie on one place."""
MAX_SHARE = 1.05
"""An occupancy is at most 1 but for its error."""
MAX_SHARES = 1.15
"""Shares of different elements on one place, refined or analysed apart, add up to 1 but for their
errors; beyond, atoms are too many."""
MAX_IMAGES = 400_000
"""The most atoms that are made before copies are merged, whatever limit of sites is set."""
_FULL = 1e-3


@dataclass(frozen=True)
class Atom:
    """One listed atom.

    Attributes:
        label: as the file writes it.
        element: symbol, ``D`` for deuterium.
        position: fractional coordinates.
        occupancy: share of the site, above 0 and at most 1.
        assembly: disorder assembly as the file writes it, empty for none.
        group: disorder group as the file writes it, empty for none; a negative one is disordered
            about a special position.
        charge: oxidation state where the file gives one.
        apart: images that nearly meet are alternatives of one another, whose shares add up, and
            not one atom on a special position.
    """

    label: str
    element: str
    position: tuple[float, float, float]
    occupancy: float = 1.0
    assembly: str = ""
    group: str = ""
    charge: float | None = None
    apart: bool = False


@dataclass(frozen=True, eq=False)
class AsymmetricUnit:
    """What a file with symmetry lists.

    Attributes:
        cell: a, b, c in angstrom, alpha, beta, gamma in degrees.
        atoms: the listed atoms in their order.
        group: all operations, centring translations included.
    """

    cell: tuple[float, float, float, float, float, float]
    atoms: tuple[Atom, ...]
    group: Operations

    @cached_property
    def lattice(self) -> Lattice:
        """The cell's lattice, angstrom."""
        from pymatgen.core import Lattice

        return Lattice.from_parameters(*self.cell)


@dataclass(frozen=True, eq=False)
class Place:
    """One orbit of places in the cell and the listed atoms that share it.

    Attributes:
        atoms: places of the sharing atoms in the list of atoms.
        images: the orbit of the first of them.
    """

    atoms: tuple[int, ...]
    images: Orbit


def share(unit: AsymmetricUnit, at: int, images: Orbit) -> float:
    """The occupancy of a listed atom on each of its places."""
    atom = unit.atoms[at]
    if not atom.apart:
        return atom.occupancy
    return min(1.0, atom.occupancy * len(unit.group) / len(images.coords))


def places_of(
    unit: AsymmetricUnit, name: str, *, max_sites: int | None = None
) -> tuple[list[Place], tuple[str, ...]]:
    """The places of the cell, before :func:`structure_of` makes a structure of them.

    Args:
        unit: the asymmetric unit.
        name: of the data block or file, for messages.
        max_sites: the most sites that the cell may have.

    Returns:
        The places, and notes on merged copies.

    Raises:
        TooManySitesError: there would be more than ``max_sites``.
        AtomsOverlapError: different atoms lie on one place.
        PartialOccupancyError: the shares of a place add up to over one atom.
    """
    orbits = _orbits(unit, name)
    coords = [one.coords for one in orbits]
    pairs = near_pairs(coords, unit.lattice.matrix, OVERLAP, heads_only=len(unit.group) > 1)
    sharing: dict[int, list[int]] = {at: [at] for at in range(len(orbits))}
    copies: list[tuple[str, str]] = []
    for i, j, distance in pairs:  # in the order of j, then i
        if i not in sharing or j not in sharing or i == j:
            continue
        one, other = unit.atoms[i], unit.atoms[j]
        total = sum(share(unit, at, orbits[at]) for at in (*sharing[i], j))
        if _alternatives(one, other):
            continue
        mixed = one.element != other.element and max(one.occupancy, other.occupancy) < 1 - _FULL
        if total > (MAX_SHARES if mixed else MAX_SHARE) or distance > SAME_PLACE:
            same = one.element == other.element and abs(one.occupancy - other.occupancy) < _FULL
            if same and distance <= SAME_PLACE:
                copies.append((other.label, one.label))
                del sharing[j]
            elif total > (MAX_SHARES if mixed else MAX_SHARE):
                raise _overlap([*sharing[i], j], unit, distance, name)
            continue
        sharing[i] += sharing.pop(j)
    places = [Place(tuple(atoms), orbits[at]) for at, atoms in sharing.items()]
    notes = _copy_notes(copies) + _share_notes(unit, places)
    n_sites = sum(len(place.images.coords) for place in places)
    if max_sites is not None and n_sites > max_sites:
        message = f"{name} has {n_sites} sites; the limit is {max_sites}, raise max_sites"
        raise TooManySitesError(message)
    return places, notes


def _orbits(unit: AsymmetricUnit, name: str) -> list[Orbit]:
    orbits, total = [], 0
    for atom in unit.atoms:
        found = orbit(atom.position, unit.group, unit.lattice.matrix)
        total += len(found.coords)
        if total > MAX_IMAGES:
            message = f"{name} lists {len(unit.atoms)} atoms under {len(unit.group)} symmetry"
            raise TooManySitesError(
                f"{message} operations, over {MAX_IMAGES} sites; give a smaller cell"
            )
        orbits.append(found)
    return orbits


def _alternatives(one: Atom, other: Atom) -> bool:
    """Whether two atoms are marked as never there at the same time."""
    marked = (one.group or one.assembly) and (other.group or other.assembly)
    same = (one.assembly, one.group) == (other.assembly, other.group)
    return bool(marked) and not same


def _overlap(
    places: list[int], unit: AsymmetricUnit, distance: float, name: str
) -> AtomsOverlapError | PartialOccupancyError:
    atoms = [unit.atoms[at] for at in places]
    partial = any(atom.occupancy < 1 - _FULL for atom in atoms)
    shares = " and ".join(
        f"{atom.label} ({atom.element}{f' {atom.occupancy:g}' if partial else ''})"
        for atom in atoms
    )
    if partial:
        total = sum(atom.occupancy for atom in atoms)
        message = f"{shares} of {name} lie on one place and add up to over one atom ({total:g})"
        return PartialOccupancyError(f"{message}; correct the occupancies")
    message = f"{shares} of {name} are {distance:.2g} Å apart"
    return AtomsOverlapError(f"{message}; remove one, or give occupancies that add up to 1")


def _copy_notes(copies: list[tuple[str, str]]) -> tuple[str, ...]:
    if not copies:
        return ()
    label, first = copies[0]
    others = f" and {len(copies) - 1} more" if len(copies) > 1 else ""
    return (f"listed twice and merged: {label} is a symmetry copy of {first}{others}",)


def _share_notes(unit: AsymmetricUnit, places: list[Place]) -> tuple[str, ...]:
    for place in places:
        total = sum(share(unit, at, place.images) for at in place.atoms)
        if total > MAX_SHARE:
            labels = ", ".join(unit.atoms[at].label for at in place.atoms)
            return (f"the shares of {labels} add up to {total:.4g} and are scaled to 1",)
    return ()


def content_of(unit: AsymmetricUnit, places: list[Place]) -> dict[str, float]:
    """How many atoms of each element the cell holds, shares counted; deuterium is hydrogen."""
    content: dict[str, float] = defaultdict(float)
    for place in places:
        for at in place.atoms:
            atom = unit.atoms[at]
            element = "H" if atom.element in {"D", "T"} else atom.element
            content[element] += share(unit, at, place.images) * len(place.images.coords)
    return content


def structure_of(unit: AsymmetricUnit, places: list[Place]) -> Structure:
    """The structure that the places make, sorted as pymatgen sorts sites.

    Where any atom is disordered, it has ``disorder_assembly``, ``disorder_group``,
    ``listed_atom`` and ``operation`` as site properties.
    """
    from pymatgen.core import Structure

    occupants: list[Any] = []
    labels: list[str] = []
    tags: dict[str, list[Any]] = {
        "disorder_assembly": [], "disorder_group": [], "listed_atom": [], "operation": []
    }  # fmt: skip
    for place in places:
        first = unit.atoms[place.atoms[0]]
        n_images = len(place.images.coords)
        shares = [(unit.atoms[at], share(unit, at, place.images)) for at in place.atoms]
        occupants += [_occupant(shares)] * n_images
        labels += [first.label] * n_images
        tags["disorder_assembly"] += [first.assembly] * n_images
        tags["disorder_group"] += [first.group] * n_images
        tags["listed_atom"] += [place.atoms[0]] * n_images
        tags["operation"] += place.images.operations.tolist()
    groups = {(atom.assembly, atom.group) for atom in unit.atoms if atom.group}
    ordered = len(groups) < 2 and all(not isinstance(one, dict) for one in occupants)
    coords = np.concatenate([place.images.coords for place in places])
    structure = Structure(
        unit.lattice, occupants, coords, labels=labels, site_properties={} if ordered else tags
    )
    return structure.get_sorted_structure()


def _occupant(atoms: list[tuple[Atom, float]]) -> Any:
    """A species where one atom fills the place, else a dict of shares."""
    shares: dict[Any, float] = {}
    for atom, part in atoms:
        kind = _species(atom)
        shares[kind] = shares.get(kind, 0.0) + part
    total = sum(shares.values())
    if len(shares) == 1 and total > 1 - _FULL:
        return next(iter(shares))
    return {kind: share / max(total, 1.0) for kind, share in shares.items()}


def _species(atom: Atom) -> Any:
    from pymatgen.core import Element, Species

    return Element(atom.element) if atom.charge is None else Species(atom.element, atom.charge)
