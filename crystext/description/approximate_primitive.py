"""The smallest cell that repeats within a quarter of an angstrom, as pymatgen finds it.

Prototypes are compared by cells of pymatgen's ``get_primitive_structure``, which tries every
sublattice of the right index: hundreds of thousands in a nanotube of 844 atoms, the square of their
number being looked at for each. This is the same search with the same answer, on arrays: a basis
vector that is no approximate translation of the crystal rules out all sublattices that have it.
"""

from __future__ import annotations

from itertools import islice
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.arrays import ArrayStructure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TOLERANCE = 0.25  # angstrom, for each coordinate; the default of pymatgen
_AT_ONCE = 64  # sublattices looked at together
_DENSE = 20_000  # pairs of positions up to which a table is quicker than a tree


def niggli_reduced(structure: ArrayStructure) -> ArrayStructure:
    """The same crystal in its Niggli cell, coordinates wrapped into it."""
    reduced = structure.lattice.get_niggli_reduced_lattice()
    if reduced == structure.lattice:
        return structure
    coords = np.mod(structure.cart_coords @ reduced.inv_matrix, 1)
    return ArrayStructure(np.array(reduced.matrix), coords, structure.kinds, structure.distinct)


def approximately_primitive(structure: ArrayStructure) -> ArrayStructure:
    """The primitive cell within the tolerance, each atom the mean of its copies.

    Args:
        structure: best in a reduced cell; see :func:`niggli_reduced`.

    Returns:
        The structure itself where no smaller cell repeats, else one in its Niggli cell, sites by
        the names of their kinds.
    """
    while (smaller := _smaller(structure)) is not None:
        structure = smaller
    return structure


def _smaller(structure: ArrayStructure) -> ArrayStructure | None:
    """A cell that repeats, of the smallest index above 1; ``None`` if there is none."""
    names = [str(kind) for kind in structure.distinct]
    kinds = sorted(set(structure.kinds.tolist()), key=names.__getitem__)
    groups = [np.flatnonzero(structure.kinds == kind) for kind in kinds]
    most = gcd(*map(len, groups))
    if most == 1:
        return None
    frac = structure.frac_coords
    tolerance = TOLERANCE / np.array(structure.lattice.abc)
    shifts = _translations([frac[group] for group in groups], 2 * tolerance)
    if len(shifts) == 1 and 1 / most >= tolerance.max():
        return None  # only the lattice itself, and no part of it is short enough to pass for zero
    bases = _sublattices(most, shifts, tolerance)
    while some := list(islice(bases, _AT_ONCE)):
        for basis in _promising(structure, groups[0], np.array(some), tolerance):
            found = _folded(structure, groups, basis, tolerance)
            if found is not None:
                return niggli_reduced(found)
    return None


def _translations(groups: list[Floats], tolerance: Floats) -> Floats:
    """Steps between atoms of the rarest kind that carry every atom near one of its kind, (m, 3)."""
    rarest = min(groups, key=len)
    shifts = rarest - rarest[0]
    for group in sorted(groups, key=len):
        for atom in group:
            if len(shifts) == 1:
                return shifts
            shifts = shifts[_near_any(shifts, group - atom, tolerance)]
    return shifts


def _near_any(points: Floats, others: Floats, tolerance: Floats) -> NDArray[np.bool_]:
    """Which points (m, 3) lie within the tolerance of some other, modulo lattice translations."""
    if len(points) * len(others) <= _DENSE:
        offsets = points[:, None] - others
        offsets -= np.round(offsets)
        near: NDArray[np.bool_] = np.abs(offsets) < tolerance
        return np.asarray(np.asarray(near.all(axis=2)).any(axis=1))
    from scipy.spatial import cKDTree

    scale = 1 / tolerance
    # The tree wants coordinates strictly below the size of its box
    places = [np.minimum((one % 1.0) * scale, scale * (1 - 1e-15)) for one in (others, points)]
    tree = cKDTree(places[0], boxsize=scale)
    return np.isfinite(tree.query(places[1], p=np.inf, distance_upper_bound=1.0)[0])


def _sublattices(most: int, shifts: Floats, tolerance: Floats) -> Iterator[NDArray[np.int64]]:
    """Hermite normal forms, each times a smaller cell the cell, in pymatgen's order.

    Those are left out whose inverse has a row that is no approximate translation.
    """
    for size in _factors(most):
        if size == 1:
            continue
        for a in _factors(size):
            for e in _factors(size // a):
                g = size // a // e
                if not _near_any(np.array([[0, 0, 1 / g]]), shifts, tolerance)[0]:
                    continue
                f = np.arange(e)
                second = np.column_stack([np.zeros(e), np.full(e, 1 / e), -f / (e * g)])
                f = f[_near_any(second, shifts, tolerance)]
                if not len(f):
                    continue
                heads = np.column_stack([np.full(a, 1 / a), -np.arange(a) / (a * e)])
                near = _near_any(heads, shifts[:, :2], tolerance[:2])
                for b in np.flatnonzero(near).tolist():
                    c, last = (grid.ravel() for grid in np.meshgrid(np.arange(a), f, indexing="ij"))
                    third = (b * last - c * e) / (a * e * g)
                    head = np.broadcast_to(heads[b], (len(third), 2))
                    first = np.column_stack([head, third])
                    for i in np.flatnonzero(_near_any(first, shifts, tolerance)).tolist():
                        yield np.array([[a, b, c[i]], [0, e, last[i]], [0, 0, g]])


def _factors(n: int) -> list[int]:
    return [i for i in range(1, n + 1) if n % i == 0]


def _promising(
    structure: ArrayStructure,
    group: NDArray[np.int64],
    bases: NDArray[np.int64],
    tolerance: Floats,
) -> NDArray[np.int64]:
    """Those of some sublattices (m, 3, 3) in which the first atom has as many copies as needed."""
    sizes = np.rint(np.linalg.det(bases))
    within = TOLERANCE / np.linalg.norm(np.linalg.inv(bases) @ structure.matrix, axis=2)
    steps = structure.frac_coords[group] - structure.frac_coords[group[0]]
    far: NDArray[np.bool_] = np.abs(_nearest(steps)) > 2 * tolerance
    apart = np.asarray(far.any(axis=1))
    apart[0] = True
    near = (np.abs(_nearest(steps @ bases)) < within[:, None]).all(axis=2)
    return bases[(near & apart).sum(axis=1) == sizes]


def _folded(
    structure: ArrayStructure,
    groups: list[NDArray[np.int64]],
    basis: NDArray[np.int64],
    tolerance: Floats,
) -> ArrayStructure | None:
    """The crystal in a smaller cell; ``None`` where its atoms are not copies of as many."""
    size = round(np.linalg.det(basis))
    matrix = np.linalg.inv(basis) @ structure.matrix
    within = TOLERANCE / np.linalg.norm(matrix, axis=1)
    coords, kinds = [], []
    for group in groups:
        frac = structure.frac_coords[group]
        folded = frac @ basis
        copies = _copies(folded, frac, within, tolerance)
        if not (copies.sum(axis=0) == size).all():
            return None
        if not all(copies[row][:, row].all() for row in copies):
            return None
        wrapped = folded % 1
        for row in np.unique(copies, axis=0)[::-1]:
            members = np.flatnonzero(row)
            mean = wrapped[members[0]].copy()
            for i, member in enumerate(members[1:], start=2):
                offset = wrapped[member] - mean
                mean += (offset - np.round(offset)) / i
            coords.append(mean)
            kinds.append(structure.kinds[group[0]])
    return ArrayStructure(matrix, np.array(coords), np.array(kinds), structure.distinct)


def _copies(folded: Floats, frac: Floats, within: Floats, tolerance: Floats) -> NDArray[np.bool_]:
    """Which atoms fall on which in the smaller cell; atoms that touch in the large one never do."""
    near: NDArray[np.bool_] = np.abs(_nearest(folded[:, None] - folded)) < within
    far: NDArray[np.bool_] = np.abs(_nearest(frac[:, None] - frac)) > 2 * tolerance
    apart = np.asarray(far.any(axis=2))
    np.fill_diagonal(apart, val=True)
    return near.all(axis=2) & apart


def _nearest(offsets: Floats) -> Floats:
    return offsets - np.round(offsets)
