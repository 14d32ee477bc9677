"""The bonded network of a cell: neighbours found once per orbit, mapped to every site."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.description.neighbors import SAME_LENGTH, Coordination, coordinations

if TYPE_CHECKING:
    from crystext.description.arrays import ArrayStructure
    from crystext.description.orbits import Orbits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_CHUNK = 2**18  # pairs of positions held at once
_TOO_LARGE = 2**62


@dataclass(frozen=True)
class Bonds:
    """The bonds of one site, shortest first.

    Attributes:
        indices: (n,), bonded sites.
        images: (n, 3), their lattice translations relative to the site.
        lengths: (n,), in angstrom.
        vectors: (n, 3), from the site, in angstrom.
    """

    indices: Integers
    images: Integers
    lengths: Floats
    vectors: Floats


@dataclass(frozen=True)
class BondedCell:
    """A cell with its orbits, the coordination of each orbit's first site, and all bonds.

    Attributes:
        structure: the cell.
        orbits: the orbits by which it is analysed.
        coordination: by first site of an orbit.
        equivalent: (n,), first site of each site's symmetry orbit, however it is analysed.
    """

    structure: ArrayStructure
    orbits: Orbits
    coordination: dict[int, Coordination]
    equivalent: Integers

    @classmethod
    def of(
        cls, structure: ArrayStructure, orbits: Orbits, symmetry: Orbits | None = None
    ) -> BondedCell:
        """Analyses a cell.

        Args:
            structure: the cell.
            orbits: of its sites, by which it is analysed; those of a lower symmetry, down to none,
                give the same.
            symmetry: orbits of its symmetry, where they are others.

        Raises:
            NeighborsFailedError: a site has no bounded Voronoi cell.
        """
        first = orbits.first_sites
        found = dict(zip(first, coordinations(structure, first), strict=True))
        return cls(structure, orbits, found, (symmetry or orbits).of_site)

    @cached_property
    def bonds(self) -> list[Bonds]:
        """Bonds of every site.

        Two sites are bonded where either has the other among its neighbours.
        """
        sites, indices, images = self._mapped_neighbors()
        ends = np.concatenate([sites, indices]), np.concatenate([indices, sites])
        keys = _each_once(np.column_stack([*ends, np.concatenate([images, -images])]))
        frac, matrix = self.structure.frac_coords, self.structure.matrix
        vectors = (keys[:, 2:] + frac[keys[:, 1]] - frac[keys[:, 0]]) @ matrix
        lengths = np.sqrt(np.einsum("ix,ix->i", vectors, vectors))
        # The keys are sorted by site, neighbour and image; a stable sort keeps that for ties
        order = np.lexsort((np.rint(lengths / SAME_LENGTH), keys[:, 0]))
        bounds = np.searchsorted(keys[order, 0], np.arange(len(self.structure) + 1))
        return [
            Bonds(keys[part, 1], keys[part, 2:], lengths[part], vectors[part])
            for part in (order[start:end] for start, end in pairwise(bounds))
        ]

    def _mapped_neighbors(self) -> tuple[Integers, Integers, Integers]:
        """Site, neighbour and image of every neighbour of every site."""
        frac, matrix = self.structure.frac_coords, self.structure.matrix
        orbits = self.orbits
        all_sites, all_indices, all_images = [], [], []
        for first, coordination in self.coordination.items():
            number = coordination.number
            members = np.flatnonzero(orbits.of_site == first)
            indices, images = coordination.indices[:number], coordination.images[:number]
            if not len(indices):
                continue
            rotations = orbits.rotations[orbits.operation[members]]
            translations = orbits.translations[orbits.operation[members]]
            own = rotations @ frac[first] + translations
            shift = np.rint(own - frac[members])
            positions = frac[indices] + images
            mapped = np.einsum("oxy,ny->onx", rotations, positions) + translations[:, None, :]
            mapped -= shift[:, None, :]
            if len(members) == 1 and members[0] == first:
                found, translation = indices[None], images[None]
            else:
                found, translation = _locate(mapped, frac, matrix, indices, self.structure.kinds)
            all_sites.append(np.repeat(members, number))
            all_indices.append(found.ravel())
            all_images.append(translation.reshape(-1, 3))
        if not all_sites:
            empty = np.empty(0, dtype=np.int64)
            return empty, empty, np.empty((0, 3), dtype=np.int64)
        return np.concatenate(all_sites), np.concatenate(all_indices), np.concatenate(all_images)


def _each_once(keys: Integers) -> Integers:
    """The different rows of whole numbers, (n, 5), sorted: each as one number, far faster."""
    if not len(keys):
        return keys
    low = keys.min(axis=0)
    ranges = (keys.max(axis=0) - low + 1).tolist()
    if prod(ranges) >= _TOO_LARGE:
        return np.unique(keys, axis=0)
    numbers = np.zeros(len(keys), dtype=np.int64)
    for column, size in zip((keys - low).T, ranges, strict=True):
        numbers = numbers * size + column
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    return keys[order[np.concatenate([[True], numbers[1:] != numbers[:-1]])]]


def _locate(
    mapped: Floats, frac: Floats, matrix: Floats, indices: Integers, kinds: Integers
) -> tuple[Integers, Integers]:
    """Which sites lie at the mapped positions, (members, neighbours, 3), and in which images."""
    found = np.empty(mapped.shape[:2], dtype=np.int64)
    of_neighbor = kinds[indices]
    for kind in sorted(set(of_neighbor.tolist())):
        columns = (of_neighbor == kind).nonzero()[0]
        candidates = (kinds == kind).nonzero()[0]
        if len(candidates) == 1:
            found[:, columns] = candidates[0]
            continue
        step = max(1, _CHUNK // (len(columns) * len(candidates)))
        for start in range(0, len(mapped), step):
            members = slice(start, start + step)
            offsets = mapped[members, columns][:, :, None, :] - frac[candidates]
            offsets -= np.rint(offsets)
            cartesian = offsets @ matrix
            squares = np.einsum("mnix,mnix->mni", cartesian, cartesian)
            found[members, columns] = candidates[squares.argmin(axis=2)]
    return found, np.rint(mapped - frac[found]).astype(np.int64)
