"""Neighbours of every site of a crystal, by pymatgen's search over periodic images.

Two rules. *Nearest*: the k nearest neighbours of every site and all others in the shell of the
last one, as ALIGNN takes them (Choudhary and DeCost, npj Comput. Mater. 7, 185 (2021)). The peers
decide which neighbours lie in the last shell by rounding noise; here a shell is everything within
``SHELL`` of the k-th distance. *Radius*: every neighbour up to a cutoff.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystext.errors import GraphFailedError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
SHELL = 1e-4  # angstrom
_SELF = 1e-8  # angstrom
_EXPECTED = 3.0  # neighbours in the first search, over those that are needed
_WIDEN = 1.3
_FURTHEST = 200.0  # angstrom, beyond any spacing of sites in a crystal


class Pairs(NamedTuple):
    """Directed pairs of a site and a neighbour, of one crystal, in no promised order.

    Attributes:
        source: (n,), the site.
        target: (n,), the neighbour's site.
        image: (n, 3), the lattice translation of the neighbour.
        distance: (n,), in angstrom.
    """

    source: Integers
    target: Integers
    image: Integers
    distance: Floats


def within_radius(lattice: Floats, coords: Floats, cutoff: float) -> Pairs:
    """Every neighbour of every site up to a distance, the site itself excepted.

    Args:
        lattice: (3, 3), lattice vectors as rows, in angstrom.
        coords: (n, 3), Cartesian, in angstrom.
        cutoff: in angstrom.
    """
    from pymatgen.optimization.neighbors import find_points_in_spheres

    source, target, image, distance = find_points_in_spheres(
        coords,
        coords,
        r=float(cutoff),
        pbc=np.array([1, 1, 1], dtype=np.int64),
        lattice=lattice,
        tol=_SELF,
    )
    other = distance > _SELF
    return Pairs(
        source[other], target[other], image[other].round().astype(np.int64), distance[other]
    )


def nearest(lattice: Floats, coords: Floats, k: int) -> Pairs:
    """The k nearest neighbours of every site, with the whole shell of the last one.

    The search begins with a sphere that holds about three times k sites at the crystal's density
    and widens until every site has its k neighbours and their shell inside, so the result depends
    on no cutoff.

    Args:
        lattice: (3, 3), lattice vectors as rows, in angstrom.
        coords: (n, 3), Cartesian, in angstrom.
        k: how many neighbours, at least 1.

    Raises:
        GraphFailedError: two sites lie on one another, or no k neighbours are within 200 angstrom.
    """
    volume = abs(float(np.linalg.det(lattice)))
    cutoff = float(np.cbrt(_EXPECTED * k * volume / len(coords) * 3 / (4 * np.pi)))
    while cutoff < _FURTHEST:
        pairs = within_radius(lattice, coords, cutoff)
        order = np.argsort(pairs.source * (2 * cutoff) + pairs.distance)
        source, distance = pairs.source[order], pairs.distance[order]
        first = np.searchsorted(source, np.arange(len(coords)))
        degree = np.diff(np.append(first, len(source)))
        if degree.min() >= k:
            last = distance[first + k - 1] + SHELL
            if last.max() <= cutoff:
                kept = order[distance <= last[source]]
                return Pairs(
                    pairs.source[kept], pairs.target[kept], pairs.image[kept], pairs.distance[kept]
                )
        cutoff *= _WIDEN
    raise GraphFailedError(f"a site has fewer than {k} neighbours within {_FURTHEST:g} angstrom")
