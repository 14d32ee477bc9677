"""The symmetry of a crystal, searched once and carried to everything that needs it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.arrays import ArrayStructure
from crystext.errors import SymmetryFailedError

if TYPE_CHECKING:
    from pymatgen.core import Element, Species

_ANGLE_TOLERANCE = 5  # degree; as in pymatgen's SpacegroupAnalyzer, to find the same symmetry


@dataclass(frozen=True)
class Symmetry:
    """What spglib finds in a crystal.

    Attributes:
        distinct: the crystal's elements or species.
        dataset: spglib's data set of it.
        kinds: (types,), index into ``distinct`` of each of the data set's types.
        given: the crystal's cell in which it was found, its sites sorted and wrapped.
    """

    distinct: tuple[Element | Species, ...]
    dataset: Any
    kinds: np.ndarray
    given: ArrayStructure

    @property
    def standard(self) -> ArrayStructure:
        """Spglib's standard cell, its symmetry exact."""
        found = self.dataset
        return ArrayStructure(
            np.array(found.std_lattice),
            np.array(found.std_positions),
            self.kinds[np.asarray(found.std_types) - 1],
            self.distinct,
        )

    @property
    def symbol(self) -> str:
        """Short Hermann-Mauguin symbol, for example ``Fm-3m``."""
        return self.dataset.international

    @property
    def number(self) -> int:
        """Number in the International Tables, 1 to 230."""
        return int(self.dataset.number)

    @property
    def crystal_system(self) -> str:
        """For example ``cubic``."""
        return next(name for name, last in CRYSTAL_SYSTEMS.items() if self.number <= last)


def find_symmetry(structure: ArrayStructure, symprec: float) -> Symmetry:
    """Searches the space group of a structure as pymatgen's ``SpacegroupAnalyzer`` does.

    Args:
        structure: in any cell and order of sites.
        symprec: symmetry tolerance in angstrom.

    Raises:
        SymmetryFailedError: none is found, for example because atoms coincide.
    """
    ordered = structure.sorted()
    # Wrapped the way of pymatgen's ``translate_sites`` by whole cells, to the same last bit
    coords = np.mod(ordered.frac_coords + 1, 1)
    types, kinds = _types(ordered.kinds)
    dataset = search(ordered.matrix, coords, types, symprec)
    if isinstance(dataset, str):
        raise failure(symprec, dataset)
    given = ArrayStructure(ordered.matrix, coords, ordered.kinds, ordered.distinct)
    return Symmetry(structure.distinct, dataset, kinds, given)


def failure(symprec: float, reason: str) -> SymmetryFailedError:
    """The error of a crystal without a space group."""
    return SymmetryFailedError(
        f"no symmetry found at a tolerance of {symprec:g} angstrom ({reason}): look for atoms on "
        "top of one another or a flat cell, or try another --symprec"
    )


def search(matrix: np.ndarray, coords: np.ndarray, kinds: np.ndarray, symprec: float) -> Any:
    """Spglib's data set of a cell, or in words why there is none.

    Args:
        matrix: lattice vectors as rows, (3, 3), in angstrom.
        coords: fractional coordinates, (n, 3).
        kinds: (n,), whole numbers from 0.
        symprec: symmetry tolerance in angstrom.
    """
    import spglib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # spglib 2.8 warns when it fails
        try:
            found = spglib.get_symmetry_dataset(
                (matrix, coords, kinds + 1),  # type: ignore[arg-type]  # arrays are taken as well
                symprec,
                _ANGLE_TOLERANCE,
            )
        except spglib.SpglibError as error:
            return str(error)
    return "unable to determine symmetry" if found is None else found


def _types(kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kinds numbered as they occur among the sites, (n,), and the kind of each number."""
    present, firsts, inverse = np.unique(kinds, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse], present[order]
