"""Quotient graphs: what symmetry makes equal is kept once, with its multiplicity.

Colour refinement (Weisfeiler and Leman, 1968) over atoms, bonds and angles: elements, distances
and cosines are the first colours; then a bond takes the colours of its two atoms and of the angles
and bonds that reach it, an atom those of the bonds that reach it, until nothing splits any more.
The classes are an equitable partition: every layer of an invariant message-passing network keeps
their members equal (Xu et al., ICLR 2019), so the network may run on classes, with sums, batch
normalisation and pooling weighted by multiplicity, and gives what it gives on the full graph.

Colours are 64-bit hashes and multisets are sums of hashes, so a round is a few passes over flat
arrays for all crystals at once; a collision among the some 10^4 colours of a crystal has a
probability below 10^-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.model.graphs.arrays import GraphArrays, offsets, segment_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.model.graphs.arrays import Floats, Integers

    Ends = tuple[Integers, Integers, Integers, Integers]

Hashes = NDArray[np.uint64]
TOLERANCE = 1e-3  # angstrom for distances, and as a plain number for cosines
_CUTS = 6


def quotient(graphs: GraphArrays, *, tolerance: float = TOLERANCE) -> GraphArrays:
    """Folds full graphs.

    Args:
        graphs: full graphs, with or without angles.
        tolerance: distances that differ by at most this, in angstrom, may be one class, and
            cosines likewise; 0 keeps only what is equal to the last digit.

    Returns:
        The quotient graphs, without vectors and images, which a class does not have.
    """
    ends = _ends(graphs)
    return _fold(graphs, ends, *_refine(graphs, ends, tolerance))


def atom_classes(graphs: GraphArrays, *, tolerance: float = TOLERANCE) -> Integers:
    """(A,) of full graphs: the row of :func:`quotient`, over all crystals, that each atom is in."""
    atom, _, _ = _refine(graphs, _ends(graphs), tolerance)
    return _classes(atom)[0]


def _ends(graphs: GraphArrays) -> Ends:
    """Source and target of bonds, then of angles, counted over all crystals."""
    of_bond = np.repeat(np.arange(len(graphs)), np.diff(graphs.bond_ptr))
    source = graphs.source + graphs.atom_ptr[of_bond]
    target = graphs.target + graphs.atom_ptr[of_bond]
    of_angle = np.repeat(np.arange(len(graphs)), np.diff(graphs.angle_ptr))
    angle_source = graphs.angle_source + graphs.bond_ptr[of_angle]
    angle_target = graphs.angle_target + graphs.bond_ptr[of_angle]
    return source, target, angle_source, angle_target


def _refine(graphs: GraphArrays, ends: Ends, tolerance: float) -> tuple[Hashes, Hashes, Integers]:
    """The final colours of atoms and bonds, and the cluster of each angle's cosine."""
    source, target, angle_source, angle_target = ends
    of_atom = np.repeat(np.arange(len(graphs)), np.diff(graphs.atom_ptr))
    atom = _mix(_hash(of_atom), _hash(graphs.element))
    pair = _mix(atom[source], atom[target])
    bond = _mix(pair, _hash(_clusters(graphs.distance, pair, tolerance)))
    into_atom = np.searchsorted(target, np.arange(len(atom) + 1))
    into_bond = np.searchsorted(angle_target, np.arange(len(bond) + 1))

    def with_bonds(atom: Hashes, bond: Hashes) -> tuple[Hashes, Hashes]:
        atom = _mix(atom, segment_sum(_scramble(bond), into_atom))
        return atom, _mix(bond, _mix(atom[source], atom[target]))

    def with_angles(atom: Hashes, bond: Hashes) -> tuple[Hashes, Hashes]:
        # _mix(angle, bond[angle_source]), with all that depends on one of them done before
        reached = _scramble(bond).take(angle_source)
        reached += thrice
        return with_bonds(atom, _mix(bond, segment_sum(_scramble(reached), into_bond)))

    # Bonds alone first: they split most classes at a tenth of the cost of a round with angles,
    # and leave fewer cosines to one cluster.
    atom, bond = _until_stable(with_bonds, atom, bond)
    meeting = _mix(bond.take(angle_source), bond.take(angle_target))
    cosine = _clusters(graphs.cosine, meeting, tolerance)
    thrice = _hash(cosine) * np.uint64(3)
    if thrice.size:
        atom, bond = _until_stable(with_angles, atom, bond)
    return atom, bond, cosine


def _until_stable(
    refine: Callable[[Hashes, Hashes], tuple[Hashes, Hashes]], atom: Hashes, bond: Hashes
) -> tuple[Hashes, Hashes]:
    """Refines until a round splits nothing; classes only ever split, so counting is enough."""
    before = None
    while (now := (len(np.unique(atom)), len(np.unique(bond)))) != before:
        before = now
        atom, bond = refine(atom, bond)
    return atom, bond


def _fold(
    graphs: GraphArrays, ends: Ends, atom: Hashes, bond: Hashes, cosine: Integers
) -> GraphArrays:
    """One row a class, in the order of its first member, bonds and angles sorted by target."""
    source, target, angle_source, angle_target = ends
    atom_class, atom_first, atom_count = _classes(atom)
    bond_rank = np.lexsort((np.arange(len(bond)), atom_class[source], atom_class[target]))
    bond_class, bond_first, bond_count = _classes(bond, bond_rank)
    key = _mix(
        _mix(_hash(cosine), _hash(bond_class[angle_source])), _hash(bond_class[angle_target])
    )
    angle_rank = np.lexsort((bond_class[angle_source], bond_class[angle_target]))
    angle_class, angle_first, angle_count = _classes(key, angle_rank)

    atom_ptr = np.searchsorted(atom_first, graphs.atom_ptr)
    # A class lies within one crystal, so its first member tells which, whatever the order is.
    crystal_of_bond = np.searchsorted(graphs.bond_ptr, bond_first, side="right") - 1
    crystal_of_angle = np.searchsorted(graphs.angle_ptr, angle_first, side="right") - 1
    n = len(graphs)
    bond_ptr = offsets(np.bincount(crystal_of_bond, minlength=n))
    angle_ptr = offsets(np.bincount(crystal_of_angle, minlength=n))
    return GraphArrays(
        lattice=graphs.lattice,
        atom_ptr=atom_ptr,
        bond_ptr=bond_ptr,
        angle_ptr=angle_ptr,
        element=graphs.element[atom_first],
        atom_count=atom_count,
        source=atom_class[source[bond_first]] - atom_ptr[crystal_of_bond],
        target=atom_class[target[bond_first]] - atom_ptr[crystal_of_bond],
        distance=_means(graphs.distance, bond_class, bond_count),
        bond_count=bond_count,
        angle_source=bond_class[angle_source[angle_first]] - bond_ptr[crystal_of_angle],
        angle_target=bond_class[angle_target[angle_first]] - bond_ptr[crystal_of_angle],
        cosine=_means(graphs.cosine, angle_class, angle_count),
        angle_count=angle_count,
    )


def _classes(colours: Hashes, rank: Integers | None = None) -> tuple[Integers, Integers, Integers]:
    """Class of each row, first row of each class, and its size; classes in the order of ``rank``.

    Args:
        colours: (n,), equal within a class.
        rank: (n,), the rows in the order in which classes are to be numbered; as they stand.
    """
    rank = np.arange(len(colours)) if rank is None else rank
    _, first, inverse, count = np.unique(
        colours[rank], return_index=True, return_inverse=True, return_counts=True
    )
    by_first = np.argsort(first)
    number = np.empty(len(first), dtype=np.int64)
    number[by_first] = np.arange(len(first))
    classes = np.empty(len(colours), dtype=np.int64)
    classes[rank] = number[inverse]
    return classes, rank[first[by_first]], count[by_first]


def _means(values: Floats, classes: Integers, count: Integers) -> Floats:
    return np.bincount(classes, weights=values, minlength=len(count)) / count


def _clusters(values: Floats, groups: Hashes, tolerance: float) -> Integers:
    """Numbers values of a group that lie within the tolerance of one another alike.

    Cut at every gap wider than the tolerance; what is still wider than it is cut at its widest gap
    a few times, so that symmetry's noise seldom straddles a cut, and then into even pieces.
    """
    order = np.lexsort((values, groups))
    value, group = values[order], groups[order]
    gap = np.diff(value, prepend=value[:1])
    new = np.ones(len(value), dtype=bool)
    new[1:] = (group[1:] != group[:-1]) | (gap[1:] > tolerance)
    for cut in range(_CUTS + 1):
        starts = np.flatnonzero(new)
        if not starts.size:
            break
        sizes = np.diff(np.append(starts, len(value)))
        wide = value[starts + sizes - 1] - value[starts] > tolerance
        if not wide.any():
            break
        number = np.cumsum(new) - 1
        if cut == _CUTS:
            even = np.floor((value - value[starts][number]) / max(tolerance, np.finfo(float).tiny))
            new[1:] |= wide[number[1:]] & (even[1:] != even[:-1])
        else:
            inner = np.where(new, -1.0, gap)
            widest = np.maximum.reduceat(inner, starts)
            new |= wide[number] & (inner == widest[number])
    clusters = np.empty(len(values), dtype=np.int64)
    clusters[order] = np.cumsum(new) - 1
    return clusters


def _scramble(values: Hashes) -> Hashes:
    """The finaliser of splitmix64 (Steele et al., OOPSLA 2014): every bit depends on every bit."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    shifted = mixed >> np.uint64(30)
    mixed ^= shifted
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(mixed, np.uint64(27), out=shifted)
    mixed ^= shifted
    mixed *= np.uint64(0x94D049BB133111EB)
    np.right_shift(mixed, np.uint64(31), out=shifted)
    mixed ^= shifted
    return mixed


def _hash(values: Integers) -> Hashes:
    return _scramble(values.astype(np.uint64))


def _mix(first: Hashes, second: Hashes) -> Hashes:
    """A hash of an ordered pair."""
    return _scramble(first * np.uint64(3) + _scramble(second))
