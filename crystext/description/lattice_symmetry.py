"""The lattice of a crystal: its primitive cell, and all shortest bases of that cell.

:func:`primitive_cell` finds the translations that carry the crystal into itself.
:func:`reduced_bases` lists the bases worth comparing, since they depend on the lattice alone. A
basis is Minkowski-reduced (its vectors are the three shortest) when no integer combination with
coefficients in -1..1 shortens it, so the search for all of them goes through the 3,480 matrices
with such entries and determinant +1. Two reduced bases of one lattice are related by a symmetry of
the lattice (an automorphism of its metric tensor), or by an accident such as two equal lengths.

References:
    I. Krivy and B. Gruber, Acta Cryst. A32 (1976) 297: the reduced cell, and its many ties.
    R. W. Grosse-Kunstleve, N. K. Sauter and P. D. Adams, Acta Cryst. A60 (2004) 1: why every
    comparison of lengths needs a tolerance.
    P. Q. Nguyen and D. Stehle, ACM Trans. Algorithms 5 (2009) 46: in three dimensions the
    coefficients -1..1 suffice.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import gcd

import numpy as np

from crystext.description.vectors import cross_of, determinant, lengths

METRIC_TOLERANCE = 2e-5
"""Products of basis vectors closer than this are ties (fraction of the longest one squared).

It equals a difference of 1e-5 of the length, far above rounding noise (1e-14) and what is lost in
files with six decimals, so that noise never decides between two cells.
"""

_LONG_TOLERANCE = 0.05
"""No tie is wider than this fraction of the shortest vector squared.

It decides only in cells over fifty times as long as wide. There the longest vector squared is so
large that its ties would reach over whole steps of the short vectors.
"""

_MAX_REDUCTIONS = 1000
_MANY_SITES = 1000  # whose pairs are not held at once
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@lru_cache(maxsize=1)
def _short_vectors() -> tuple[np.ndarray, list[np.ndarray]]:
    """The 26 shortest integer vectors, and all right-handed triples of them that form a basis.

    Returns:
        Vectors with entries in -1..1, (26, 3); for each, indices into them of the triples whose
        first it is, (n, 3), 3480 in all.
    """
    vectors = np.array([v for v in product((-1, 0, 1), repeat=3) if any(v)])
    triples = np.array(list(product(range(len(vectors)), repeat=3)))
    first, second, third = vectors[triples].transpose(1, 0, 2)
    determinants = np.sum(first * np.cross(second, third), axis=1)
    triples = triples[determinants == 1]
    return vectors, [triples[triples[:, 0] == i] for i in range(len(vectors))]


def _shortest(lattice: np.ndarray) -> np.ndarray:
    """The changes of basis, entries in -1..1, that give the least metric tensors, ties included.

    The three squared lengths are made least one after the other, then the three products of two
    vectors (so the angles are as obtuse as the lengths allow).

    Args:
        lattice: basis vectors as rows, angstrom, (3, 3).

    Returns:
        Integer matrices C of determinant +1, (n, 3, 3), where the basis is ``C @ lattice``.
    """
    vectors, by_first = _short_vectors()
    cartesian = vectors @ lattice
    products = cartesian @ cartesian.T
    squares = products.diagonal()
    least = squares.min()
    widest = _LONG_TOLERANCE * least
    shortest = squares <= least + min(METRIC_TOLERANCE * least, widest)
    triples = np.concatenate([by_first[i] for i in shortest.nonzero()[0].tolist()])
    for row, column in _PAIRS[1:]:
        values = products[triples[:, row], triples[:, column]]
        least = values.min()
        if row == column:  # the longest vector is not known yet: use this one
            tolerance = METRIC_TOLERANCE * least
        else:
            tolerance = METRIC_TOLERANCE * products[triples[0, 2], triples[0, 2]]
        tied = values <= least + min(tolerance, widest)
        if not tied.all():
            triples = triples[tied]
    return vectors[triples]


def reduced_bases(lattice: np.ndarray) -> np.ndarray:
    """Every right-handed reduced basis of a lattice whose metric tensor ties with the least one.

    Args:
        lattice: basis vectors as rows, angstrom, (3, 3), of either hand; any basis of the lattice
            gives the same set of bases.

    Returns:
        Integer matrices C, (n, 3, 3), of determinant +1 (or -1 for a left-handed ``lattice``),
        where each basis is ``C @ lattice``; n is 1 or 2 for a triclinic lattice up to 24 for a
        cubic one, and more only by accident.
    """
    change = np.eye(3, dtype=int)
    if determinant(lattice) < 0:
        change = -change
    identity = np.eye(3, dtype=int)
    candidates = identity[None]
    for _ in range(_MAX_REDUCTIONS):
        candidates = _shortest(change @ lattice)
        if (candidates == identity).all(axis=(1, 2)).any():
            break
        change = candidates[0] @ change
    return candidates @ change


def primitive_cell(
    lattice: np.ndarray, coords: np.ndarray, kinds: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Folds a supercell to the smallest cell that repeats, each atom the mean of its copies.

    Args:
        lattice: basis vectors as rows, angstrom, (3, 3).
        coords: fractional coordinates, (N, 3).
        kinds: what sits on each site, (N,) integers.
        tolerance: distance in angstrom within which a translated atom meets another one; meant to
            be near rounding noise. Where translations found with a larger one form no group, the
            cell is not folded.

    Returns:
        Lattice, coordinates and kinds of the primitive cell, in a reduced basis whose vectors are
        exact fractions of combinations of the given ones.
    """
    change = reduced_bases(lattice)[0]
    lattice, coords = change @ lattice, coords @ np.rint(np.linalg.inv(change))
    _, counts = np.unique(kinds, return_counts=True)
    most = gcd(*counts.tolist())
    if most == 1:
        return lattice, coords, kinds
    shifts, images = _translations(lattice, coords, kinds, tolerance)
    copies = len(shifts)
    exact = np.rint(shifts * copies).astype(int)
    if copies <= 1 or most % copies or not _is_group(exact % copies, copies):
        return lattice, coords, kinds

    basis = _shortest_triple(exact, lattice / copies)  # in units of lattice / copies
    coords = coords @ np.linalg.inv(basis / copies)
    labels = images.min(axis=0)  # the first copy of each atom
    offsets = coords - coords[labels]
    offsets -= np.rint(offsets)
    firsts, groups = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(firsts), 3))
    np.add.at(sums, groups, offsets)
    return basis @ lattice / copies, coords[firsts] + sums / copies, kinds[firsts]


def _translations(
    lattice: np.ndarray, coords: np.ndarray, kinds: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Translations that carry every atom to one of its kind.

    Returns:
        Shifts in fractional coordinates, zero among them, (T, 3); the atom that each atom is
        carried to, (T, N), every row a permutation. T is 0 or 1 if atoms lie on one another.
    """
    from scipy.spatial import cKDTree

    n_sites = len(kinds)
    present, counts = np.unique(kinds, return_counts=True)
    rarest = np.flatnonzero(kinds == present[np.argmin(counts)])
    targets = _possible(coords[rarest], lattice, tolerance, rarest)
    if len(targets) == 1:
        return np.zeros((1, 3)), np.arange(n_sites)[None]
    # Kinds are a fourth coordinate: half a cell or more apart, so that they never mix.
    wrapped = np.column_stack([coords % 1.0 % 1.0, kinds])
    tree = cKDTree(wrapped, boxsize=[1, 1, 1, 2 * kinds.max() + 2])
    shifts, images = [], []
    for target in targets:
        shift = coords[target] - coords[rarest[0]]
        for atoms in (rarest, np.arange(n_sites)):  # most shifts fail for the rarest kind
            moved = wrapped[atoms]
            moved[:, :3] = (coords[atoms] + shift) % 1.0 % 1.0
            image = tree.query(moved)[1]
            miss = coords[atoms] + shift - coords[image]
            if lengths((miss - np.rint(miss)) @ lattice).max() > tolerance:
                break
        else:
            if len(np.unique(image)) == n_sites and np.array_equal(kinds[image], kinds):
                shifts.append(shift)
                images.append(image)
    return np.array(shifts).reshape(-1, 3), np.array(images)


def _possible(
    coords: np.ndarray, lattice: np.ndarray, tolerance: float, sites: np.ndarray
) -> np.ndarray:
    """Those of the rarest sites to which a shift may carry the first: the last falls on one too."""
    if len(sites) > _MANY_SITES:
        return sites
    # From the last atom's image to every atom, for every shift: (shifts, atoms, 3)
    miss = (coords[-1] + coords - coords[0])[:, None] - coords
    miss -= np.rint(miss)
    miss = miss @ lattice
    near = np.einsum("stx,stx->st", miss, miss).min(axis=1) <= (2 * tolerance) ** 2
    return sites[near]


def _is_group(shifts: np.ndarray, order: int) -> bool:
    """Whether shifts (T, 3), whole numbers modulo ``order``, are distinct and closed."""
    numbers = order ** np.arange(3)
    members = set((shifts @ numbers).tolist())
    sums = ((shifts[:, None] + shifts) % order) @ numbers
    return len(members) == len(shifts) and set(sums.ravel().tolist()) == members


def _shortest_triple(shifts: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """The shortest basis of a lattice that contains ``len(shifts) * unit``.

    Args:
        shifts: its points in the cell, whole multiples of ``unit``, (T, 3).
        unit: rows in angstrom, (3, 3), a reduced basis divided by T.

    Returns:
        Whole multiples of ``unit``, (3, 3); in three dimensions the shortest three independent
        vectors of a lattice always form a basis.
    """
    copies = len(shifts)
    cells = copies * np.array(list(product((-1, 0, 1), repeat=3)))
    points = ((shifts % copies)[:, None] + cells).reshape(-1, 3)
    points = points[np.argsort(np.linalg.norm(points @ unit, axis=1), kind="stable")][1:]
    first, *others = points.tolist()
    second = next(point for point in others if any(cross_of(first, point)))
    normal = cross_of(first, second)
    third = next(
        point
        for point in others
        if abs(sum(x * y for x, y in zip(normal, point, strict=True))) == copies**2
    )
    return np.array([first, second, third])
