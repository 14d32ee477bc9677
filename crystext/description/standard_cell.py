"""The conventional standard cell of Setyawan and Curtarolo, Comput. Mater. Sci. 49, 299 (2010).

The choices are those of pymatgen's ``get_conventional_standard_structure``, made on arrays: which
axis becomes which, and with what sign. So the operations of the space group, which are tabulated
for spglib's standard cell, can be carried along.
"""

from __future__ import annotations

from itertools import permutations
from math import cos, isclose, radians, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.arrays import ArrayStructure

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Lattice

    from crystext.description.symmetry import Symmetry

    Floats = NDArray[np.float64]

_SAME_LENGTH = 1e-5  # angstrom; as in pymatgen, where tetragonal axes are told apart
_SAME_HEXAGONAL = 1e-3  # angstrom; likewise
_RIGHT_ANGLE = 1e-10  # degree; likewise


def standard_cell(symmetry: Symmetry) -> tuple[ArrayStructure, Floats]:
    """The conventional cell of a crystal.

    Returns:
        The cell, its sites sorted by electronegativity, and the matrix T (3, 3) of whole numbers
        that turns fractional coordinates of spglib's standard cell into its own, ``T @ x``.
    """
    given = symmetry.standard.sorted()
    basis = np.eye(3)
    system = symmetry.crystal_system
    if system == "triclinic":
        given, basis = _reduced(given)
        matrix, change = _triclinic(given.lattice)
    elif system == "monoclinic":
        matrix, change = _monoclinic(given.lattice, symmetry.symbol)
    elif system == "tetragonal":
        matrix, change = _tetragonal(given.lattice)
    elif system in ("trigonal", "hexagonal"):
        matrix, change = _hexagonal(given.lattice)
    else:
        matrix, change = _rectangular(given.lattice, symmetry.symbol)
    coords = np.mod(given.frac_coords @ change.T, 1)
    cell = ArrayStructure(np.array(matrix), coords, given.kinds, given.distinct).sorted()
    return cell, change @ basis


def _axes(order: list[int]) -> Floats:
    """The change of basis that makes old axis ``order[i]`` the new axis i."""
    return np.eye(3)[order]


def _by_length(lattice: Lattice, axes: tuple[int, ...] = (0, 1, 2)) -> list[int]:
    return sorted(axes, key=lambda i: lattice.abc[i])


def _rectangular(lattice: Lattice, symbol: str) -> tuple[Floats, Floats]:
    """Orthorhombic and cubic: a <= b <= c, but the centred face stays C."""
    from pymatgen.core import Lattice

    if symbol.startswith("C"):
        order = [*_by_length(lattice, (0, 1)), 2]
    elif symbol.startswith("A"):
        order = [*_by_length(lattice, (1, 2)), 0]
    else:
        order = _by_length(lattice)
    a, b, c = (lattice.abc[i] for i in order)
    return Lattice.orthorhombic(a, b, c).matrix, _axes(order)


def _tetragonal(lattice: Lattice) -> tuple[Floats, Floats]:
    from pymatgen.core import Lattice

    order = _by_length(lattice)
    a, b, c = (lattice.abc[i] for i in order)
    if abs(b - c) < _SAME_LENGTH < abs(a - c):
        a, c, order = c, a, order[::-1]
    return Lattice.tetragonal(a, c).matrix, _axes(order)


def _hexagonal(lattice: Lattice) -> tuple[Floats, Floats]:
    """Spglib's standard cell of every trigonal crystal has hexagonal axes already."""
    a, b, c = lattice.abc
    if abs(b - c) < _SAME_HEXAGONAL:
        a, c = c, a
    matrix = [[a / 2, -a * sqrt(3) / 2, 0], [a / 2, a * sqrt(3) / 2, 0], [0, 0, c]]
    return np.array(matrix), np.eye(3)


def _monoclinic(lattice: Lattice, symbol: str) -> tuple[Floats, Floats]:
    """First alpha is made the oblique angle, below 90 degrees, then beta above 90 degrees."""
    from pymatgen.core import Lattice

    matrix, change = _oblique_alpha(lattice, centred=symbol.startswith("C"))
    turn = np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1]])
    matrix, change = turn @ matrix, turn @ change
    if Lattice(matrix).beta < 90:
        turn = np.diag([-1, -1, 1])
        matrix, change = turn @ matrix, turn @ change
    return matrix, change


def _oblique_alpha(lattice: Lattice, *, centred: bool) -> tuple[Floats, Floats]:
    """The last choice of axes with b < c wins; with the C face centred, c stays where it is."""
    from pymatgen.core import Lattice

    vectors = lattice.matrix
    chosen = None
    # With the face C centred, the third axis stays where it is
    for order in [[0, 1, 2], [1, 0, 2]] if centred else map(list, permutations(range(3))):
        a, b, c, alpha, _, _ = Lattice(vectors[order]).parameters
        if isclose(alpha, 90, rel_tol=0, abs_tol=_RIGHT_ANGLE) or (not centred and b >= c):
            continue
        change = _axes(order)
        if alpha > 90:
            change[:2] *= -1
            signs = np.array([-1, -1, 1])[:, None]
            a, b, c, alpha, _, _ = Lattice(vectors[order] * signs).parameters
        angle = radians(alpha)
        chosen = np.array([[a, 0, 0], [0, b, 0], [0, c * cos(angle), c * sin(angle)]]), change
    if chosen is not None:
        return chosen
    if centred:  # no angle is oblique
        order = [*_by_length(lattice, (0, 1)), 2]
        return np.diag([lattice.abc[i] for i in order]), _axes(order)
    order = _by_length(lattice)
    return vectors[order], _axes(order)


def _reduced(structure: ArrayStructure) -> tuple[ArrayStructure, Floats]:
    """An LLL-reduced basis, and the matrix that turns coordinates into those of it."""
    lattice = structure.lattice
    reduced = lattice.get_lll_reduced_lattice()
    if reduced == lattice:
        return structure, np.eye(3)
    coords = np.mod(structure.cart_coords @ reduced.inv_matrix, 1)
    basis = np.rint(structure.matrix @ reduced.inv_matrix).T
    cell = ArrayStructure(reduced.matrix, coords, structure.kinds, structure.distinct)
    return cell, basis


def _triclinic(lattice: Lattice) -> tuple[Floats, Floats]:
    """Signs of the axes such that the reciprocal angles are all acute or all obtuse."""
    from pymatgen.core import Lattice

    a, b, c = lattice.lengths
    alpha, beta, gamma = (radians(angle) for angle in lattice.angles)
    height = c * sqrt(
        sin(gamma) ** 2 - cos(alpha) ** 2 - cos(beta) ** 2 + 2 * cos(alpha) * cos(beta) * cos(gamma)
    )
    third = (
        c * cos(beta),
        c * (cos(alpha) - cos(beta) * cos(gamma)) / sin(gamma),
        height / sin(gamma),
    )
    plain = np.array([[a, 0, 0], [b * cos(gamma), b * sin(gamma), 0.0], third])
    matrix, change = plain, np.eye(3)
    for signs in ((1, 1, 1), (-1, 1, -1), (-1, -1, 1), (1, -1, -1)):
        signed = plain * np.array(signs)[:, None]
        angles = np.array(Lattice(signed).reciprocal_lattice.angles)
        if (angles <= 90).all() or (angles > 90).all():
            matrix, change = signed, np.diag(np.array(signs, dtype=float))
    return matrix, change
