"""The conventional cell that is described, and its symmetry orbits of sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.neighbors import spheres
from crystext.description.standard_cell import standard_cell
from crystext.description.symmetry import Symmetry, search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.description.arrays import ArrayStructure

_ALIKE = 6  # times the tolerance; by how much distances of symmetric sites may differ
_LEAST_SYMPREC = 0.01  # angstrom
_AS_EXACT = 1e-5  # angstrom; a fingerprint changes by as little, far below its tolerance
_REACH = 5.0  # angstrom; within it distances of sites are compared
_MATCH = 0.1  # angstrom; an operation that misses every site by more is not used


@dataclass(frozen=True)
class Orbits:
    """Symmetry orbits of the sites of a cell.

    Attributes:
        of_site: (n,), index of the first site of each site's orbit.
        operation: (n,), index of an operation that maps that first site to the site.
        rotations: (operations, 3, 3), in fractional coordinates.
        translations: (operations, 3).
    """

    of_site: NDArray[np.int64]
    operation: NDArray[np.int64]
    rotations: NDArray[np.int64]
    translations: NDArray[np.float64]

    @property
    def first_sites(self) -> list[int]:
        """The first site of each orbit, ascending."""
        return np.unique(self.of_site).tolist()


def given_cell(symmetry: Symmetry, symprec: float) -> tuple[ArrayStructure, Orbits, Orbits]:
    """The cell as it was given, and the orbits of its sites.

    Its symmetry holds within the tolerance only, so that sites of one orbit need not have the same
    bonds. They are analysed by the finer orbits of a symmetry that is as good as exact.

    Returns:
        The cell, the orbits by which it is analysed, and those of its symmetry.
    """
    cell = symmetry.given
    return cell, site_orbits(cell, min(symprec, _AS_EXACT)), site_orbits(cell, symprec)


def conventional_cell(symmetry: Symmetry, symprec: float) -> tuple[ArrayStructure, Orbits]:
    """The conventional cell of Setyawan and Curtarolo (2010), and the orbits of its sites.

    The cell is standardised: its symmetry is exact, and once in a thousand crystals that brings
    more symmetry within the tolerance, which upstream finds by a second search. Where orbits of
    one kind might then be one, it is made here too.
    """
    from spglib import get_symmetry_from_database

    cell, change = standard_cell(symmetry)
    tabulated = get_symmetry_from_database(symmetry.dataset.hall_number)
    assert tabulated is not None, "every Hall number has its operations"
    back = np.rint(np.linalg.inv(change))
    rotations = np.rint(change @ tabulated["rotations"] @ back).astype(np.int64)
    translations = tabulated["translations"] @ change.T
    orbits = orbits_under(cell, rotations, translations)
    if _may_be_one(cell, orbits, _ALIKE * max(symprec, _LEAST_SYMPREC)):
        orbits = site_orbits(cell, symprec)
    return cell, orbits


def _may_be_one(cell: ArrayStructure, orbits: Orbits, tolerance: float) -> bool:
    """Whether two orbits of a kind have the same distances to their nearest atoms, as they must."""
    by_kind: dict[int, list[int]] = {}
    for first in orbits.first_sites:
        by_kind.setdefault(int(cell.kinds[first]), []).append(first)
    wanted = [site for sites in by_kind.values() if len(sites) > 1 for site in sites]
    if not wanted:
        return False
    distances = {
        site: np.linalg.norm(vectors, axis=1)
        for site, (_, _, vectors) in zip(wanted, spheres(cell, wanted, _REACH), strict=True)
    }
    for sites in by_kind.values():
        n = min((len(distances[site]) for site in sites if site in distances), default=0)
        shells = np.array([distances[site][:n] for site in sites if site in distances])
        for i in range(len(shells) - 1):
            if (np.abs(shells[i + 1 :] - shells[i]) < tolerance).all(axis=1).any():
                return True
    return False


def orbits_under(
    cell: ArrayStructure, rotations: NDArray[np.int64], translations: NDArray[np.float64]
) -> Orbits:
    """Sorts the sites of a cell into orbits of given operations, as :class:`Orbits` has them.

    Raises:
        ValueError: the operations are not this cell's.
    """
    n = len(cell)
    of_site = np.arange(n)
    operation = np.zeros(n, dtype=np.int64)
    if len(rotations) == 1:
        return Orbits(of_site, operation, rotations, translations)
    frac = cell.frac_coords
    pending = np.ones(n, dtype=bool)
    members_of = [np.flatnonzero(cell.kinds == kind) for kind in range(len(cell.distinct))]
    for first in range(n):
        if not pending[first]:
            continue
        alike = members_of[cell.kinds[first]]
        alike = alike[pending[alike]]
        found, misses = _nearest_images(
            frac[alike], rotations @ frac[first] + translations, cell.matrix
        )
        hit = misses <= _MATCH
        members = alike[hit]
        of_site[members], operation[members] = first, found[hit]
        pending[members] = False
        if pending[first]:  # no operation maps it to itself
            raise ValueError(f"site {first} lies in none of its own images")
    return Orbits(of_site, operation, rotations, translations)


def _nearest_images(
    frac: NDArray[np.float64], images: NDArray[np.float64], matrix: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each position the image that lies nearest, and how far off it is, in angstrom."""
    offsets = frac[:, None, :] - images[None, :, :]
    offsets -= np.round(offsets)
    cartesian = offsets @ matrix
    squares = np.einsum("ijx,ijx->ij", cartesian, cartesian)
    found = squares.argmin(axis=1)
    return found, np.sqrt(squares[np.arange(len(found)), found])


def site_orbits(structure: ArrayStructure, symprec: float) -> Orbits:
    """Finds the orbits of a cell's sites; without symmetry each site is an orbit of its own."""
    n = len(structure)
    dataset = search(structure.matrix, structure.frac_coords, structure.kinds, symprec)
    if isinstance(dataset, str):
        identity = np.eye(3, dtype=np.int64)[None]
        return Orbits(np.arange(n), np.zeros(n, dtype=np.int64), identity, np.zeros((1, 3)))
    rotations = np.asarray(dataset.rotations, dtype=np.int64)
    translations = np.asarray(dataset.translations, dtype=float)
    of_site = np.asarray(dataset.equivalent_atoms, dtype=np.int64)
    operation = np.zeros(n, dtype=np.int64)
    frac = structure.frac_coords
    for first in np.unique(of_site):
        members = np.flatnonzero(of_site == first)
        found, misses = _nearest_images(
            frac[members], rotations @ frac[first] + translations, structure.matrix
        )
        operation[members] = found
        lost = members[misses > _MATCH]
        of_site[lost], operation[lost] = lost, 0
    return Orbits(of_site, operation, rotations, translations)
