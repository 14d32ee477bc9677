"""Cells much longer than wide, whose lattice points pymatgen would list by the million.

Pymatgen reduces a lattice and compares two of them through every lattice point in a sphere around
the longest vector. For a cell of 5,000 x 5 x 5 angstrom that is four million points, of which the
26 nearest are the ones that matter. Ordinary cells (the longest in the mini corpus has 900 points)
are left to pymatgen.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.approximate_primitive import (
    approximately_primitive,
    niggli_reduced,
)
from crystext.description.arrays import ArrayStructure
from crystext.description.lattice_symmetry import primitive_cell, reduced_bases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pymatgen.core import Lattice, Structure
    from pymatgen.core.structure_matcher import StructureMatcher

MOST_POINTS = 20_000
"""Lattice points in a sphere around the longest vector; with more a cell is long."""
_SAME_SITE = 0.25  # angstrom; how well copies repeat in pymatgen's search for a primitive cell


def is_long(matrix: NDArray[np.float64]) -> bool:
    """Whether a lattice, rows in angstrom, is long in a reduced basis too."""
    return (
        _points(matrix) > MOST_POINTS and _points(reduced_bases(matrix)[0] @ matrix) > MOST_POINTS
    )


def _points(matrix: NDArray[np.float64]) -> float:
    longest = np.linalg.norm(matrix, axis=1).max()
    return float(4 / 3 * np.pi * longest**3 / abs(np.linalg.det(matrix)))


def reduced_primitive(structure: ArrayStructure) -> ArrayStructure:
    """The primitive cell of a structure in a reduced basis, as ``StructureMatcher`` makes it.

    For long cells the basis is Minkowski's instead of Niggli's: their vectors are as long.
    """
    if not is_long(structure.matrix):
        return approximately_primitive(niggli_reduced(structure))
    lattice, coords, kinds = primitive_cell(
        structure.matrix, structure.frac_coords, structure.kinds, _SAME_SITE
    )
    return ArrayStructure(lattice, np.mod(coords, 1), kinds, structure.distinct)


def matcher_for(structure: ArrayStructure) -> StructureMatcher:
    """Pymatgen's matcher, with its default tolerances, for parts of a structure in its cell."""
    from pymatgen.core.structure_matcher import StructureMatcher

    return _long_matcher()() if is_long(structure.matrix) else StructureMatcher()


@cache
def _long_matcher() -> type[StructureMatcher]:
    from pymatgen.core import Lattice, Structure
    from pymatgen.core.structure_matcher import StructureMatcher

    class LongCellMatcher(StructureMatcher):
        """Tries only lattice vectors with coefficients of -1, 0 and 1 in reduced bases."""

        @classmethod
        def _get_reduced_structure(
            cls, struct: Any, primitive_cell: bool = True, niggli: bool = True
        ) -> Structure:
            if not (primitive_cell and niggli):
                return super()._get_reduced_structure(struct, primitive_cell, niggli)
            return reduced_primitive(ArrayStructure.of(Structure.from_sites(struct))).to_pymatgen()

        def _get_lattices(
            self, target_lattice: Lattice, s: Structure, supercell_size: int = 1
        ) -> Iterator[tuple[Lattice, NDArray[np.int64]]]:
            if supercell_size != 1:
                yield from super()._get_lattices(target_lattice, s, supercell_size)
                return
            bases = _changes() @ s.lattice.matrix
            lengths = np.linalg.norm(bases, axis=2)
            unit = bases / lengths[:, :, None]
            cosines = np.einsum("nij,nij->ni", unit[:, (1, 0, 0)], unit[:, (2, 2, 1)])
            angles = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
            ratios = lengths / target_lattice.lengths
            fits = (ratios < 1 + self.ltol) & (ratios > 1 / (1 + self.ltol))
            fits &= np.abs(angles - target_lattice.angles) <= self.angle_tol
            for i in np.flatnonzero(fits.all(axis=1)):
                yield Lattice(bases[i]), _changes()[i]

    return LongCellMatcher


@cache
def _changes() -> NDArray[np.int64]:
    """All changes of basis with coefficients of -1, 0 and 1: (6960, 3, 3), determinant +1 or -1."""
    rows = [v for v in product((-1, 0, 1), repeat=3) if any(v)]
    matrices = np.array(list(product(rows, repeat=3)))
    return matrices[np.abs(np.rint(np.linalg.det(matrices))) == 1]
