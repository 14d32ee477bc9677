"""The conventional cell that is described, and its symmetry orbits of sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

_MATCH = 0.1  # angstrom; an operation that misses every site by more is not used


@dataclass(frozen=True)
class Symmetry:
    """Space group of the crystal as given.

    Attributes:
        symbol: short Hermann-Mauguin symbol, for example ``Fm-3m``.
        number: number in the International Tables, 1 to 230.
        crystal_system: for example ``cubic``.
    """

    symbol: str
    number: int
    crystal_system: str


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


def conventional_cell(structure: Structure, symprec: float) -> tuple[Structure, Symmetry]:
    """Standardises a structure to the conventional cell of Setyawan and Curtarolo (2010).

    Args:
        structure: an ordered structure in any cell.
        symprec: symmetry tolerance in angstrom.

    Returns:
        The conventional cell, and the space group found at this tolerance.

    Raises:
        SymmetryFailedError: no symmetry can be found, for example because atoms coincide.
    """
    from pymatgen.symmetry.analyzer import SymmetryUndeterminedError

    from crystext.errors import SymmetryFailedError

    # Sites sorted by electronegativity and wrapped into the cell, so that labels count alike.
    structure = structure.get_sorted_structure()
    structure.translate_sites(range(len(structure)), [1, 1, 1])
    try:
        analyzer = _analyzer()(structure, symprec=symprec)
        symmetry = Symmetry(
            symbol=analyzer.get_space_group_symbol(),
            number=int(analyzer.get_space_group_number()),
            crystal_system=analyzer.get_crystal_system(),
        )
        return analyzer.get_conventional_standard_structure(), symmetry
    except (SymmetryUndeterminedError, ValueError) as error:
        msg = (
            f"no symmetry found at a tolerance of {symprec:g} angstrom ({error}); "
            "try another --symprec"
        )
        raise SymmetryFailedError(msg) from error


@cache
def _analyzer() -> type[SpacegroupAnalyzer]:
    """Pymatgen's analyzer, which asks spglib once instead of twice.

    The refined cell that it asks for is part of the data set that it holds, to the last bit.
    """
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    class OnceAnalyzer(SpacegroupAnalyzer):
        def get_refined_structure(self, keep_site_properties: bool = False) -> Structure:
            if keep_site_properties:
                return super().get_refined_structure(keep_site_properties=True)
            found = self.get_symmetry_dataset()
            species = [self._unique_species[i - 1] for i in found.std_types]
            return Structure(found.std_lattice, species, found.std_positions).get_sorted_structure()

    return OnceAnalyzer


def site_orbits(structure: Structure, symprec: float) -> Orbits:
    """Finds the orbits of a cell's sites; without symmetry each site is an orbit of its own."""
    import spglib

    n = len(structure)
    kinds = {kind: i for i, kind in enumerate(dict.fromkeys(structure.species))}
    numbers = [kinds[kind] + 1 for kind in structure.species]
    cell = (structure.lattice.matrix, structure.frac_coords, numbers)
    try:
        dataset = spglib.get_symmetry_dataset(cell, symprec=symprec, angle_tolerance=5)
    except spglib.error.SpglibError:
        dataset = None
    if dataset is None:
        return Orbits(
            np.arange(n),
            np.zeros(n, dtype=np.int64),
            np.eye(3, dtype=np.int64)[None],
            np.zeros((1, 3)),
        )
    rotations = np.asarray(dataset.rotations, dtype=np.int64)
    translations = np.asarray(dataset.translations, dtype=float)
    of_site = np.asarray(dataset.equivalent_atoms, dtype=np.int64)
    operation = np.zeros(n, dtype=np.int64)
    frac, matrix = structure.frac_coords, structure.lattice.matrix
    for first in np.unique(of_site):
        members = np.flatnonzero(of_site == first)
        images = rotations @ frac[first] + translations
        offsets = frac[members][:, None, :] - images[None, :, :]
        offsets -= np.round(offsets)
        misses = np.linalg.norm(offsets @ matrix, axis=2)
        operation[members] = misses.argmin(axis=1)
        lost = members[misses.min(axis=1) > _MATCH]
        of_site[lost], operation[lost] = lost, 0
    return Orbits(of_site, operation, rotations, translations)
