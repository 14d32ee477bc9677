"""Supercells of a disordered crystal: which there are, and units and exclusions in one of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from crystext.disorder.units import Alternatives, Shift, Unit

UNIT_CELL = np.eye(3, dtype=int)
_FRACTIONS = 1000
_SCALE, _OFFSET = 731.3, 0.123
"""Bins of squared lengths, that no number with few decimals lies at the edge of."""


def compact_supercells(matrix: np.ndarray, size: int, most: int) -> list[np.ndarray]:
    """The most compact supercells of some size, those of different shape alone.

    All sublattices are listed by their Hermite normal forms (A. Santoro and A. D. Mighell, Acta
    Cryst. A28 (1972) 284) and reduced; the sum of the squared edges tells how compact one is.

    Args:
        matrix: lattice vectors as rows, angstrom, (3, 3).
        size: volume in cells.
        most: how many to give.

    Returns:
        Whole matrices of determinant ``size``, (3, 3), whose rows times ``matrix`` are the edges.
    """
    found: dict[tuple, np.ndarray] = {}
    for a in (d for d in range(1, size + 1) if size % d == 0):
        for b in (d for d in range(1, size // a + 1) if (size // a) % d == 0):
            c = size // (a * b)
            for x in range(b):
                for y in range(c):
                    for z in range(c):
                        form = np.array([[a, x, y], [0, b, z], [0, 0, c]])
                        form = reduced(matrix, form)
                        edges = form @ matrix
                        metric = edges @ edges.T
                        numbers = [np.trace(metric), *metric[np.triu_indices(3)]]
                        key = np.floor(np.array(numbers) * _SCALE + _OFFSET).astype(int)
                        found.setdefault(tuple(key.tolist()), np.rint(form).astype(int))
    return [found[key] for key in sorted(found)[:most]]


def reduced(matrix: np.ndarray, form: np.ndarray) -> np.ndarray:
    """A shortest basis of the sublattice, of equally short ones always the same.

    Args:
        matrix: lattice vectors as rows, angstrom, (3, 3).
        form: rows are vectors of the sublattice in those, (3, 3).

    Returns:
        Rows in the vectors of ``matrix``, (3, 3).
    """
    from crystext.description.lattice_symmetry import reduced_bases

    # noise decides which of the equally short bases is the first: the largest is taken
    bases = reduced_bases(form @ matrix) @ form
    keys = [tuple(np.rint(basis.ravel() * _FRACTIONS).astype(int).tolist()) for basis in bases]
    return bases[max(range(len(keys)), key=keys.__getitem__)]


class Supercell:
    """The units of a supercell, numbered cell by cell.

    Args:
        alternatives: of the unit cell.
        matrix: rows are the supercell's edges in edges of the unit cell, whole numbers, (3, 3).
    """

    def __init__(self, alternatives: Alternatives, matrix: np.ndarray) -> None:
        self.alternatives = alternatives
        self.matrix = np.asarray(matrix, dtype=int)
        self.size = round(abs(np.linalg.det(self.matrix)))
        self.lattice = self.matrix @ alternatives.structure.lattice.matrix
        self._inverse = np.linalg.inv(self.matrix)
        reach = np.abs(self.matrix).sum(axis=0) + 1
        grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), -1)
        points = grid.reshape(-1, 3)
        frac = points @ self._inverse
        inside = (frac > -1e-6).all(axis=1) & (frac < 1 - 1e-6).all(axis=1)
        self.shifts = points[inside]
        assert len(self.shifts) == self.size
        self._index = {self._key(shift): n for n, shift in enumerate(self.shifts)}

    def _key(self, shift: np.ndarray) -> tuple[int, int, int]:
        """Where a translation lies in the supercell, in whole parts of its edges."""
        parts = np.rint(shift @ self._inverse * self.size).astype(int) % self.size
        return (int(parts[0]), int(parts[1]), int(parts[2]))

    def unit(self, number: int) -> Unit:
        """The unit of the unit cell that a number stands for."""
        return self.alternatives.units[number % len(self.alternatives.units)]

    def moved(self, unit: int, cell: int, shift: Shift) -> int:
        """Number of a unit of the unit cell, moved from a cell by a lattice translation."""
        target = self._index[self._key(self.shifts[cell] + np.array(shift))]
        return target * len(self.alternatives.units) + unit

    @cached_property
    def conflicts(self) -> list[set[int]]:
        """Numbers of the units that exclude each unit; itself among them if it does so too."""
        n_units = len(self.alternatives.units)
        found: list[set[int]] = [set() for _ in range(self.size * n_units)]
        for first, second, shift in self.alternatives.conflicts:
            for cell in range(self.size):
                one, other = cell * n_units + first, self.moved(second, cell, shift)
                found[one].add(other)
                found[other].add(one)
        return found

    @cached_property
    def places(self) -> list[tuple[tuple, tuple[int, ...]]]:
        """Pool and units of every place, place by place and within it cell by cell."""
        n_units = len(self.alternatives.units)
        return [
            (self.alternatives.units[members[0]].pool, tuple(cell * n_units + n for n in members))
            for _, members in sorted(self.alternatives.places().items())
            for cell in range(self.size)
        ]

    def atoms(self, number: int) -> list[tuple[int, Any, np.ndarray]]:
        """Site index, species, and position in cells of the unit cell, (3,), of a unit's atoms."""
        unit = self.unit(number)
        shift = self.shifts[number // len(self.alternatives.units)]
        frac = self.alternatives.structure.frac_coords
        return [
            (site, species, frac[site] + move + shift)
            for site, species, move in zip(unit.sites, unit.species, unit.shifts, strict=True)
        ]

    def centre(self, number: int) -> np.ndarray:
        """Mean position of a unit's atoms, angstrom, (3,)."""
        atoms = np.array([frac for _, _, frac in self.atoms(number)])
        return atoms.mean(axis=0) @ self.alternatives.structure.lattice.matrix

    def fixed_atoms(self) -> list[tuple[int, Any, np.ndarray]]:
        """The same as :meth:`atoms`, of the atoms that are always there."""
        frac = self.alternatives.structure.frac_coords
        return [
            (site, species, frac[site] + shift)
            for site, species in sorted(self.alternatives.fixed.items())
            for shift in self.shifts
        ]
