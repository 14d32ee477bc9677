"""The structural part of CFID: radial, angular and dihedral distributions, in whole arrays.

The definitions, with all their conventions, are those of jarvis-tools 2026.6 (MIT licence),
``jarvis.analysis.structure.neighbors.NeighborsAnalysis``; Choudhary, DeCost and Tavazza, Phys. Rev.
Mater. 2, 083801 (2018). There, Python visits every pair of a supercell of some 1,000 atoms, five
times a crystal; here the same numbers come from arrays, some 40 times as fast. One thing is not
the same: a dihedral angle about bonds in a line is rounding noise there and is left out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.errors import CfidFailedError
from crystext.model.graphs.arrays import offsets, ranges

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FURTHEST = 10.0  # angstrom, of the radial distribution
SMALL, LARGE = 12.0, 2 * FURTHEST + 1  # angstrom, of the supercells for angles and for distances
MOST = 500  # neighbours of an atom; jarvis-tools drops pairs beyond, in the order of its loops
CLOSEST = 0.1  # angstrom
_BUFFER = 0.11  # angstrom, between two shells
_STRAIGHT = 1e-6  # sine of the angle below which two bonds are in a line
_AT_ONCE = 2_000_000  # dihedral angles in memory at the same time
_ATOMS_AT_ONCE = 32
_DEGREES = np.arange(1.0, 181.0)
_KEYS = 180_001  # angles are told apart to 0.001 degrees


@dataclass(frozen=True)
class _Neighbors:
    """Neighbours in a supercell, atom by atom, ascending.

    Attributes:
        ptr: (n + 1,), where each atom's neighbours begin.
        neighbor: (m,), atom of the supercell.
        distance: (m,), in angstrom.
        vector: (m, 3), from the neighbour to the atom, in angstrom.
    """

    ptr: Integers
    neighbor: Integers
    distance: Floats
    vector: Floats

    @property
    def atom(self) -> Integers:
        """(m,), the atom whose neighbour it is."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))


def distributions(lattice: Floats, frac_coords: Floats) -> dict[str, Floats]:
    """All structural distributions.

    Args:
        lattice: (3, 3), lattice vectors as rows, in angstrom.
        frac_coords: (n, 3).

    Raises:
        CfidFailedError: there are no neighbours within 10 angstrom.

    Returns:
        ``rdf`` and ``nn``, (100,), up to 10 angstrom in steps of 0.1; ``adfa``, ``adfb`` and
        ``ddf``, (179,), angles between bonds to the first and to the second neighbours, and
        dihedral angles, in steps of one degree.
    """
    rdf = _radial(lattice, frac_coords)
    if not rdf.any():
        raise CfidFailedError(f"no two atoms are within {FURTHEST:g} angstrom; leave it out")
    first, second = _cutoffs(rdf)
    near = _neighbors(lattice, frac_coords, first, SMALL)
    return {
        "rdf": rdf,
        "adfa": _angular(near),
        "adfb": _angular(_neighbors(lattice, frac_coords, second, SMALL)),
        "ddf": _dihedral(near),
        "nn": rdf / len(frac_coords),
    }


def _neighbors(lattice: Floats, frac_coords: Floats, cutoff: float, size: float) -> _Neighbors:
    """One image of each other atom of a supercell, if it is nearer than the cutoff.

    Args:
        lattice: (3, 3), in angstrom.
        frac_coords: (n, 3).
        cutoff: in angstrom.
        size: of the supercell, in angstrom.
    """
    repeats = (size / np.abs(lattice).max(axis=1)).astype(int) + 1
    cells = np.stack(np.meshgrid(*map(np.arange, repeats), indexing="ij"), axis=-1).reshape(-1, 3)
    coords = ((frac_coords[:, None] + cells[None]) / repeats).reshape(-1, 3)
    supercell = repeats[:, None] * lattice
    parts: list[tuple[Integers, Integers, Floats, Floats]] = []
    for begin in range(0, len(coords), _ATOMS_AT_ONCE):
        difference = coords[begin : begin + _ATOMS_AT_ONCE, None] - coords[None]
        difference -= np.sign(difference) * (np.abs(difference) > 0.5)
        vector = difference.reshape(-1, 3) @ supercell
        distance = np.sqrt(np.einsum("pi,pi->p", vector, vector))
        near = np.flatnonzero((distance < cutoff) & (distance >= CLOSEST))
        atom, neighbor = np.divmod(near, len(coords))
        parts.append((atom + begin, neighbor, distance[near], vector[near]))
    atom, neighbor, distance, vector = map(np.concatenate, zip(*parts, strict=True))
    degree = np.bincount(atom, minlength=len(coords))
    if degree.max(initial=0) > MOST:
        kept = _first_ones(atom, neighbor, len(coords))
        atom, neighbor, distance, vector = (one[kept] for one in (atom, neighbor, distance, vector))
        degree = np.bincount(atom, minlength=len(coords))
    return _Neighbors(offsets(degree), neighbor, distance, vector)


def _first_ones(atom: Integers, neighbor: Integers, number: int) -> NDArray[np.bool_]:
    """Which entries stay if pairs are taken in order while both atoms have room."""
    taken = [0] * number
    pairs = set()
    upper = atom < neighbor
    for i, j in zip(atom[upper].tolist(), neighbor[upper].tolist(), strict=True):
        if taken[i] < MOST and taken[j] < MOST:
            taken[i] += 1
            taken[j] += 1
            pairs.add(i * number + j)
    low, high = np.minimum(atom, neighbor), np.maximum(atom, neighbor)
    return np.isin(low * number + high, np.fromiter(pairs, np.int64, len(pairs)))


def _radial(lattice: Floats, frac_coords: Floats) -> Floats:
    """(100,), pairs in each shell of 0.1 angstrom over those of an even distribution."""
    found = _neighbors(lattice, frac_coords, FURTHEST, LARGE)
    counts, edges = np.histogram(found.distance, bins=np.arange(0.1, 10.2, 0.1))
    atoms = len(frac_coords)
    cells = (len(found.ptr) - 1) / atoms
    shells = 4.0 / 3.0 * np.pi * (edges[1:] ** 3 - edges[:-1] ** 3)
    volume = abs(float(np.dot(np.cross(lattice[0], lattice[1]), lattice[2])))
    return counts / cells / shells / (atoms / volume) / atoms


def _cutoffs(rdf: Floats) -> tuple[float, float]:
    """Distances, in angstrom, beyond the first and the second shell of neighbours."""
    shells = np.arange(0.1, 10.2, 0.1)[:-1][rdf > 0]
    if len(shells) < 2:
        return float(shells[0]), float(shells[0])  # as jarvis-tools does, with a warning
    ends = np.append(np.flatnonzero(np.diff(shells) >= _BUFFER), len(shells) - 1)
    first = ends[0]
    if first + 1 >= len(shells):  # one shell that never ends
        return float(shells[0]), float(shells[0])
    inner = float(shells[first] + shells[first + 1]) / 2
    second = ends[ends > first][0]
    if second + 1 >= len(shells):
        return inner, inner
    return inner, float(shells[second] + shells[second + 1]) / 2


def _angular(found: _Neighbors) -> Floats:
    """(179,), of the angles between every two bonds of an atom."""
    atom = found.atom
    here = np.arange(len(atom))
    stop = found.ptr[atom + 1]
    one = np.repeat(here, stop - here - 1)
    other = ranges(here + 1, stop)
    dots = found.vector[one] * found.vector[other]
    cosine = (dots[:, 0] + dots[:, 1] + dots[:, 2]) / (found.distance[one] * found.distance[other])
    cosine = np.where(cosine <= -1.0, cosine + 1e-6, cosine)
    cosine = np.where(cosine >= 1.0, cosine - 1e-6, cosine)
    total, atoms = np.zeros(_KEYS), np.zeros(_KEYS)
    _count(np.degrees(np.arccos(cosine)), atom[one], total, atoms)
    return _histogram(total, atoms)


def _dihedral(found: _Neighbors) -> Floats:
    """(179,), of the angles between j2-i-j1 and i-j1-j3 for each bond from i to a later j1."""
    atom = found.atom
    middle = np.flatnonzero(found.neighbor > atom)
    begin = found.ptr[:-1]
    degree = np.diff(found.ptr)
    left, right = atom[middle], found.neighbor[middle]
    sizes = degree[left] * degree[right]
    total, atoms = np.zeros(_KEYS), np.zeros(_KEYS)
    for piece in _pieces(left, sizes):
        i, j1, bond = left[piece], right[piece], middle[piece]
        of = np.repeat(np.arange(len(bond)), sizes[piece])
        place = ranges(np.zeros(len(bond), dtype=np.int64), sizes[piece])
        first, last = np.divmod(place, degree[j1][of])
        first += begin[i][of]
        last += begin[j1][of]
        apart = (found.neighbor[first] != j1[of]) & (found.neighbor[last] != i[of])
        of, first, last = of[apart], first[apart], last[apart]
        v1, v2, v3 = found.vector[first], -found.vector[bond[of]], -found.vector[last]
        v12, v23 = np.cross(v1, v2), np.cross(v2, v3)
        length = found.distance[bond[of]]
        bent = np.minimum(
            np.linalg.norm(v12, axis=1) / found.distance[first],
            np.linalg.norm(v23, axis=1) / found.distance[last],
        )
        angle = np.degrees(
            np.arctan2(length * np.einsum("ai,ai->a", v1, v23), np.einsum("ai,ai->a", v12, v23))
        )
        angle = np.where(angle < 1e-5, -angle, angle)
        some = bent > _STRAIGHT * length
        _count(angle[some], i[of][some], total, atoms)
    return _histogram(total, atoms)


def _pieces(left: Integers, sizes: Integers) -> Iterator[slice]:
    """Slices of whole atoms with few enough dihedral angles each; an atom is never split."""
    ends = np.append(np.flatnonzero(np.diff(left)) + 1, len(left))
    begin, held = 0, 0
    for start, end in zip(np.append(0, ends[:-1]).tolist(), ends.tolist(), strict=True):
        more = int(sizes[start:end].sum())
        if held and held + more > _AT_ONCE:
            yield slice(begin, start)
            begin, held = start, 0
        held += more
    if begin < len(left):
        yield slice(begin, len(left))


def _count(degrees: Floats, atom: Integers, total: Floats, atoms: Floats) -> None:
    """Adds how often each angle occurs, and at how many atoms.

    Args:
        degrees: (n,), angles.
        atom: (n,), where each occurs.
        total: (180001,), by thousandth of a degree; added to.
        atoms: the same.
    """
    if not len(degrees):
        return
    key = np.rint(degrees * 1000).astype(np.int64)
    total += np.bincount(key, minlength=_KEYS)
    pairs = np.unique(atom * _KEYS + key)
    atoms += np.bincount(pairs % _KEYS, minlength=_KEYS)


def _histogram(total: Floats, atoms: Floats) -> Floats:
    """(179,), mean occurrences at an atom that has the angle at all, summed by degree."""
    found = np.flatnonzero(total)
    weights = total[found] / atoms[found]
    return np.histogram(found / 1000, weights=weights, bins=_DEGREES)[0]
