"""Internal coordinates of the sites of the primitive cell, taken as a molecule.

The form is MatText's, who have it of pymatgen. Pymatgen refers to the nearest sites before, and
noise decides among equally near ones; here the first of them is taken. Bonds across cells are not
seen, and the lattice is not written, so that no crystal can be made of it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.representations.decimals import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.representations.cell import Cells

_FINE = 1e-5  # angstrom or degrees, within which two are equal
_BIAS = 1e-6  # added before rounding, so that noise does not decide where a half goes
_FLAT = 1e-6  # square of a sine below which three sites stand in a line


def write(cells: Cells, digits: int) -> str:
    """A line a site: element, then distance, angle and dihedral, each after the site it is to.

    Args:
        cells: the crystal.
        digits: decimals of distances; angles are whole degrees.
    """
    structure = cells.sites
    lines = []
    for site, one in zip(structure, internal(structure.cart_coords), strict=True):
        words = [site.specie.symbol]
        for place, (other, value) in enumerate(one):
            words += [str(other + 1), number(value + _BIAS, 0 if place else digits)]
        lines.append(" ".join(words))
    return "\n".join(lines)


def internal(coords: NDArray[np.float64]) -> list[list[tuple[int, float]]]:
    """The internal coordinates of sites (n, 3) in angstrom, by the nearest three before each.

    Returns:
        For each site up to three sites before it, the nearest first, each with its value: the
        distance in angstrom, the angle and the dihedral angle in degrees.
    """
    found = []
    for at, place in enumerate(coords):
        steps = coords[:at] - place
        away = np.sqrt(steps[:, 0] ** 2 + steps[:, 1] ** 2 + steps[:, 2] ** 2)
        near = np.argsort(np.floor(away / _FINE + 0.5), kind="stable")[:3]
        points = [place, *coords[near]]
        values = [float(away[near[0]])] if at else []
        if at > 1:
            values.append(_angle(points[0], points[1], points[2]))
        if at > 2:
            values.append(_dihedral(*points))
        found.append(list(zip(near.tolist(), values, strict=True)))
    return found


def _angle(one: NDArray, middle: NDArray, other: NDArray) -> float:
    """In degrees, 0 to 180, at the middle one of three places."""
    first, second = one - middle, other - middle
    crossed = np.cross(first, second)
    return float(np.degrees(np.arctan2(np.sqrt((crossed**2).sum()), (first * second).sum())))


def _dihedral(one: NDArray, second: NDArray, third: NDArray, last: NDArray) -> float:
    """In degrees, above -180 to 180, about the second and third; 0 where three stand in a line."""
    along = third - second
    left, right = np.cross(one - second, along), np.cross(last - third, along)
    length = (along**2).sum()
    for normal, side in ((left, one - second), (right, last - third)):
        if (normal**2).sum() <= _FLAT * length * (side**2).sum():
            return 0.0
    sine = (np.cross(left, right) * along).sum() / np.sqrt(length)
    angle = float(np.degrees(np.arctan2(sine, (left * right).sum())))
    return 180.0 if angle < -180 + _FINE * 100 else angle
