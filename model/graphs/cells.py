"""The bare cell that graphs are built from: lattice, coordinates, atomic numbers.

:func:`cell_of` takes it from a structure and :func:`read_cell` from CIF text. Corpora hold the CIF
that pymatgen writes without symmetry; that layout is read here directly, some 20 times as fast as
by a parser for every CIF, and with the same digits. Any other CIF goes through crystext's reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.errors import GraphFailedError

if TYPE_CHECKING:
    from pymatgen.core import Structure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
HIGHEST = 103  # atomic number; the peers' table of atom features ends at 100, see `elements`
_SIXTHS = (1 / 6, 1 / 3, 2 / 3, 5 / 6)
_LAST_DECIMAL = 1e-8  # of the coordinates that pymatgen writes; the reader's rule for thirds
_SAME_SITE = 1e-4  # of a lattice vector; pymatgen's site_tolerance
_MANY = 200  # sites, from where a tree is quicker than all pairs
_ROUNDING = 1e-12  # of a lattice vector; nearer to the limit than this, digits decide
_THINNEST = 0.01  # angstrom between lattice planes; pymatgen's min_thickness

_NUMBER = r"(-?\d+\.\d+)"
_WRITTEN = re.compile(
    r"# generated using pymatgen\ndata_\S+\n_symmetry_space_group_name_H-M   'P 1'\n"
    + "".join(rf"_cell_length_{one}   {_NUMBER}\n" for one in "abc")
    + "".join(rf"_cell_angle_{one}   {_NUMBER}\n" for one in ("alpha", "beta", "gamma"))
    + r"_symmetry_Int_Tables_number   1\n"
    r"_chemical_formula_structural   \S+\n"
    r"_chemical_formula_sum   [^\n]+\n"
    r"_cell_volume   \S+\n"
    r"_cell_formula_units_Z   \d+\n"
    r"loop_\n _symmetry_equiv_pos_site_id\n _symmetry_equiv_pos_as_xyz\n  1  'x, y, z'\n"
    r"loop_\n _atom_site_type_symbol\n _atom_site_label\n _atom_site_symmetry_multiplicity\n"
    r" _atom_site_fract_x\n _atom_site_fract_y\n _atom_site_fract_z\n _atom_site_occupancy\n"
    rf"((?:  [A-Z][a-z]?  \w+  1  {_NUMBER}  {_NUMBER}  {_NUMBER}  1(?:\.0)?\n)+)\s*"
)
"""The layout of :class:`pymatgen.io.cif.CifWriter` for an ordered structure, field by field."""


@dataclass(frozen=True)
class Cell:
    """One crystal.

    Attributes:
        lattice: (3, 3), lattice vectors as rows, in angstrom.
        frac_coords: (n, 3).
        numbers: (n,), atomic numbers.
    """

    lattice: Floats
    frac_coords: Floats
    numbers: Integers

    @property
    def coords(self) -> Floats:
        """(n, 3), Cartesian, in angstrom."""
        return self.frac_coords @ self.lattice


def cell_of(structure: Structure) -> Cell:
    """The cell of a structure; sites keep their order.

    Raises:
        GraphFailedError: the structure is disordered, empty, or holds what is no element.
    """
    if not structure.is_ordered:
        raise GraphFailedError("a site holds several elements or is partly empty: order it first")
    numbers = np.array([getattr(site.specie, "Z", 0) for site in structure], dtype=np.int64)
    if numbers.size == 0:
        raise GraphFailedError("the structure has no sites")
    if numbers.min() < 1 or numbers.max() > HIGHEST:
        raise GraphFailedError(f"only elements 1 to {HIGHEST} have features")
    return Cell(
        np.ascontiguousarray(structure.lattice.matrix, dtype=np.float64),
        np.ascontiguousarray(structure.frac_coords, dtype=np.float64),
        numbers,
    )


def read_cell(text: str) -> Cell:
    """The cell that a CIF holds, with the same digits as crystext's reader gives.

    Raises:
        InputError: the CIF cannot be read, or holds several structures.
        GraphFailedError: the structure is disordered or holds what is no element.
    """
    return _as_written(text) or _parsed(text)


def _parsed(text: str) -> Cell:
    from crystext.errors import SeveralStructuresError
    from crystext.formats import cif

    found = cif.split(text)
    if len(found) > 1:
        raise SeveralStructuresError(f"the CIF holds {len(found)} structures; give one each")
    return cell_of(cif.read(found[0].content).structure)


def _as_written(text: str) -> Cell | None:
    """The cell of a CIF in the layout of pymatgen's writer; ``None`` if any of it is not so."""
    from pymatgen.core import Lattice

    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    sites = match[7].split()
    order = _order()
    if not order.keys() >= set(sites[::7]):
        return None
    parameters = [float(number) for number in match.groups()[:6]]
    coords = np.array([sites[axis::7] for axis in (3, 4, 5)]).astype(np.float64).T.copy()
    if not (np.isfinite(parameters).all() and np.isfinite(coords).all()):
        return None
    lattice = Lattice.from_parameters(*parameters).matrix
    if _thickness(lattice) < _THINNEST:
        return None
    coords -= np.floor(coords)
    for sixth in _SIXTHS:
        coords[np.abs(coords - sixth) < _LAST_DECIMAL] = sixth
    if _coincide(coords):
        return None
    numbers, places = np.array([order[symbol] for symbol in sites[::7]]).T
    by_element = np.argsort(places, kind="stable")  # the order in which the parser lists sites
    return Cell(
        np.ascontiguousarray(lattice, dtype=np.float64),
        np.ascontiguousarray(coords[by_element]),
        numbers[by_element].astype(np.int64),
    )


def _thickness(lattice: Floats) -> float:
    """Smallest distance of opposite faces, in angstrom; 0 where the numbers describe no cell."""
    faces = np.cross(lattice[[1, 2, 0]], lattice[[2, 0, 1]])
    areas = np.sqrt(np.einsum("ij,ij->i", faces, faces))
    volume = abs(float(lattice[0] @ faces[0]))
    return volume / float(areas.max()) if areas.max() > 0 else 0.0


def _coincide(coords: Floats) -> bool:
    """Whether two sites lie so near that the parser takes them for one.

    Args:
        coords: (n, 3), fractional.
    """
    if len(coords) > _MANY:
        return _coincide_of_many(coords)
    apart = coords[:, None] - coords[None]
    apart -= np.round(apart)
    same = (np.abs(apart) < 2 * _SAME_SITE).all(axis=2)
    return int(same.sum()) > len(coords)


def _coincide_of_many(coords: Floats) -> bool:
    """The same, in memory that does not grow with the square of n."""
    from scipy.spatial import cKDTree

    limit = 2 * _SAME_SITE
    wrapped = np.mod(coords, 1)
    if len(np.unique(wrapped, axis=0)) < len(wrapped):  # a tree is slow where many are the same
        return True
    tree = cKDTree(wrapped, boxsize=1)
    far = limit + _ROUNDING
    nearest = tree.query(wrapped, k=[2], p=np.inf, distance_upper_bound=far)[0].min()
    if abs(nearest - limit) > _ROUNDING:
        return bool(nearest < limit)
    one, other = tree.query_pairs(far, p=np.inf, output_type="ndarray").T
    apart = coords[one] - coords[other]
    apart -= np.round(apart)
    return bool((np.abs(apart) < limit).all(axis=1).any())


@cache
def _order() -> dict[str, tuple[int, int]]:
    """Atomic number of each element and its place, least electronegative first, as parsed sites.

    Without those that have no electronegativity, which have no place of their own.
    """
    from pymatgen.core import Element

    elements = [Element.from_Z(z) for z in range(1, HIGHEST + 1)]
    elements = sorted(one for one in elements if one.data.get("X"))
    return {one.symbol: (one.Z, place) for place, one in enumerate(elements)}
