"""Whether two crystals are the same but for size, distortion and the names of the elements.

The criteria are those of pymatgen's ``StructureMatcher.fit_anonymous`` for two reduced cells:
a mapping of lattices within length and angle tolerances, then of sites within a tolerance in
units of the mean free length per atom. Everything up to the last test is done here for all
lattice mappings and translations at once; the last test is pymatgen's own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations
from math import cos, pi, prod, radians
from typing import TYPE_CHECKING

import numpy as np
from pymatgen.core import Lattice
from pymatgen.core.structure_matcher import StructureMatcher

from crystext.description.long_cells import reduced_primitive
from crystext.description.vectors import determinant, plane_distances

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from crystext.description.arrays import ArrayStructure

_BINS = 2**20
_BIN_OFFSET = 3 - 2 * 2**0.5  # puts 0, 1/2, 1/3, 1/4 ... well inside their bins
_MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed (the golden ratio times 2**64)
_CHUNK = 2**17  # pairs of positions held at once
_LAST_BITS = 1e-15
_NEAR_LIMIT = 1e-9  # of a distance: where rounding may decide
_FEW_STEPS = 2000  # lattice points that are worth keeping
_MANY_STEPS = 50_000  # lattice points above which it pays to look at the short vectors first


@dataclass(frozen=True)
class Reduced:
    """A primitive Niggli cell without names of elements.

    Attributes:
        matrix: (3, 3), lattice vectors as rows, in angstrom.
        frac_coords: (n, 3).
        kinds: (n,), 0, 1, ... for each distinct species.
    """

    matrix: NDArray[np.float64]
    frac_coords: NDArray[np.float64]
    kinds: NDArray[np.int64]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Numbers of atoms of each kind, ascending."""
        return tuple(sorted(Counter(self.kinds.tolist()).values()))

    @cached_property
    def volume(self) -> float:
        """In cubic angstrom."""
        return abs(determinant(self.matrix))

    @cached_property
    def heights(self) -> NDArray[np.float64]:
        """(3,), one over the distances of the lattice planes (100), (010), (001), in angstrom."""
        return 1 / plane_distances(self.matrix)

    @cached_property
    def lengths_and_angles(self) -> tuple[NDArray[np.float64], list[float]]:
        """Lengths of the lattice vectors (3,) in angstrom; alpha, beta, gamma in radians."""
        lengths, cosines = _lengths_and_cosines(self.matrix[None])
        return lengths[0], np.arccos(cosines[0]).tolist()


def reduce_structure(structure: ArrayStructure) -> Reduced:
    """Reduces a structure as ``StructureMatcher`` does: Niggli cell, then primitive cell."""
    reduced = reduced_primitive(structure)
    _, kinds = np.unique(reduced.kinds, return_inverse=True)
    return Reduced(reduced.matrix, reduced.frac_coords, kinds)


@dataclass(frozen=True)
class AnonymousMatcher:
    """Tolerances of a match.

    Attributes:
        ltol: fractional length tolerance.
        stol: site tolerance in units of (volume / atoms)^(1/3).
        angle_tol: in degrees.
    """

    ltol: float = 0.2
    stol: float = 0.3
    angle_tol: float = 5.0

    def tightened(self, factor: float) -> AnonymousMatcher:
        """The same with all tolerances multiplied by ``factor``."""
        ltol, stol, angle_tol = self.ltol * factor, self.stol * factor, self.angle_tol * factor
        return AnonymousMatcher(ltol, stol, angle_tol)

    def fit(self, prototype: Reduced, other: Reduced) -> bool:
        """Whether some renaming of kinds maps ``prototype`` onto ``other``."""
        if prototype.counts != other.counts:
            return False
        ratio = (other.volume / prototype.volume) ** (1 / 6)
        ours, theirs = prototype.matrix * ratio, other.matrix / ratio
        mappings = self._lattice_mappings(prototype, other, ratio)
        if not len(mappings):
            return False
        placed = prototype.frac_coords @ ours @ np.linalg.inv(mappings)
        placed -= np.floor(placed)
        lattices = _mean_lattices(mappings, theirs)
        different = _different(placed, lattices, prototype.kinds)
        placed, lattices = placed[different], lattices[different]
        return any(
            self._sites_fit(placed, lattices, kinds, other)
            for kinds in _renamings(prototype.kinds, other.kinds)
        )

    def _lattice_mappings(
        self, prototype: Reduced, other: Reduced, ratio: float
    ) -> NDArray[np.float64]:
        """Lattice vectors of ours with the lengths and angles of theirs, and the same volume.

        Ours is the prototype times ``ratio``, theirs the other divided by it.
        """
        ours = prototype.matrix * ratio
        lengths, angles = other.lengths_and_angles
        lengths = lengths / ratio
        reach = np.floor(
            lengths[:, None] * (1 + self.ltol) * (prototype.heights / ratio) + 1e-8
        ).astype(int)
        longest = reach[lengths.argmax()].tolist()
        if prod(2 * n + 1 for n in longest) > _MANY_STEPS and not all(
            self._as_long(np.linalg.norm(_steps(reach[i]) @ ours, axis=1) / lengths[i]).any()
            for i in np.argsort(lengths)[:2]
        ):
            # A long cell against a compact one, told by what is short in it
            return np.empty((0, 3, 3))
        steps = _steps(longest)
        vectors = steps @ ours
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        fits = self._as_long(norms[None, :] / lengths[:, None])
        chosen = [np.flatnonzero(row) for row in fits]
        first, second, third = (vectors[one] / norms[one, None] for one in chosen)
        alpha = self._at_angle(second @ third.T, angles[0])
        beta = self._at_angle(first @ third.T, angles[1])
        gamma = self._at_angle(first @ second.T, angles[2])
        i, j = np.nonzero(gamma)
        pairs, k = np.nonzero(beta[i] & alpha[j])
        a, b, c = (steps[one] for one in chosen)
        scale = np.stack([a[i[pairs]], b[j[pairs]], c[k]], axis=1)
        return scale[np.rint(np.abs(np.linalg.det(scale))) == 1] @ ours

    def _at_angle(self, cosines: NDArray[np.float64], angle: float) -> NDArray[np.bool_]:
        """Where a cosine is that of an angle, in radians, within the tolerance."""
        tolerance = radians(self.angle_tol)
        widest, narrowest = cos(min(angle + tolerance, pi)), cos(max(angle - tolerance, 0.0))
        return (cosines >= widest - _LAST_BITS) & (cosines <= narrowest + _LAST_BITS)

    def _as_long(self, ratios: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where a ratio of lengths is 1 within the tolerance."""
        return (ratios < 1 + self.ltol) & (ratios > 1 / (1 + self.ltol))

    def _sites_fit(
        self,
        placed: NDArray[np.float64],
        lattices: NDArray[np.float64],
        kinds: NDArray[np.int64],
        other: Reduced,
    ) -> bool:
        """Whether sites fall on sites of their kind under some mapping and translation.

        Args:
            placed: our sites under each mapping, (m, n, 3), in fractional coordinates.
            lattices: mean lattice of each mapping and theirs, (m, 3, 3).
            kinds: our kinds by their names, (n,).
            other: their cell.
        """
        differs = other.kinds[:, None] != kinds[None, :]
        anchor = int(differs.sum(axis=1).argmax())
        origins = np.flatnonzero(~differs[anchor])
        per_atom = (len(kinds) / np.abs(np.linalg.det(lattices))) ** (1 / 3)
        reciprocal = 2 * pi * np.linalg.norm(np.linalg.inv(lattices), axis=1)
        tolerances = reciprocal * self.stol / (pi * per_atom[:, None])
        step = max(1, _CHUNK // (len(origins) * differs.size))
        for start in range(0, len(placed), step):
            part = slice(start, start + step)
            ours = placed[part]
            moves = ours[:, origins] - other.frac_coords[anchor]
            shifted = other.frac_coords + moves[:, :, None, :]
            offsets = shifted[:, :, :, None, :] - ours[:, None, None, :, :]
            offsets -= np.rint(offsets)
            limits = tolerances[part][:, None, None, None, :]
            near = (np.abs(offsets) < limits).all(axis=4) & ~differs
            hits = np.argwhere(near.any(axis=3).all(axis=2))
            if len(hits) and len(kinds) == 1:
                return True  # a single atom can always be moved onto the other
            for mapping in sorted(set(hits[:, 0].tolist())):
                moves = hits[hits[:, 0] == mapping, 1]
                at = start + mapping
                spreads = np.full(len(moves), np.nan)
                if tolerances[at].max() < 0.5:  # no atom has two images within the tolerance
                    spreads = self._spreads(
                        offsets[mapping, moves], near[mapping, moves], lattices[at], per_atom[at]
                    )
                if (spreads < self.stol).any():
                    return True
                moved = shifted[mapping, moves[np.isnan(spreads)]]
                if self._assignments_fit(ours[mapping], moved, lattices[at], differs, per_atom[at]):
                    return True
        return False

    def _spreads(
        self,
        offsets: NDArray[np.float64],
        near: NDArray[np.bool_],
        matrix: NDArray[np.float64],
        per_atom: float,
    ) -> NDArray[np.float64]:
        """Largest distance of sites for each translation, as :meth:`_assignments_fit` compares it.

        It is NaN where more than one assignment may do: where a site has two within the tolerance,
        or one farther than the sphere that the tolerance holds. Near the limit it is NaN, too.

        Args:
            offsets: steps between all sites of both, fractional, (t, n, n, 3).
            near: which of them are within the tolerance, (t, n, n).
            matrix: their mean lattice.
            per_atom: one over the cube root of the volume per atom.
        """
        only = (near.sum(axis=2) == 1).all(axis=1) & (near.sum(axis=1) == 1).all(axis=1)
        translation, site = np.ogrid[: near.shape[0], : near.shape[1]]
        steps = offsets[translation, site, near.argmax(axis=2)] @ matrix * per_atom
        farthest = np.einsum("tsx,tsx->ts", steps, steps).max(axis=1)
        steps -= steps.mean(axis=1)[:, None]
        spreads = np.sqrt(np.einsum("tsx,tsx->ts", steps, steps).max(axis=1))
        sure = only & (farthest < (2 * self.stol) ** 2 - _NEAR_LIMIT)
        sure &= np.abs(spreads - self.stol) > _NEAR_LIMIT
        return np.where(sure, spreads, np.nan)

    def _assignments_fit(
        self,
        ours: NDArray[np.float64],
        moved: NDArray[np.float64],
        matrix: NDArray[np.float64],
        differs: NDArray[np.bool_],
        per_atom: float,
    ) -> bool:
        """Pymatgen's last test, for each of some translations of their sites, (t, n, 3)."""
        if not len(moved):
            return False
        lattice = Lattice(matrix)
        inverse = np.linalg.norm(np.linalg.inv(lattice.get_lll_reduced_lattice().matrix), axis=0)
        tolerance = 2 * pi * inverse * self.stol / (pi * per_atom)
        mask = differs.astype(np.int64)
        for theirs in moved:
            distances, _, _ = StructureMatcher._cart_dists(  # noqa: SLF001
                ours, theirs, lattice, mask, per_atom, tolerance
            )
            if max(distances) < self.stol:
                return True
        return False


def _different(
    placed: NDArray[np.float64], lattices: NDArray[np.float64], kinds: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Mappings that do not give the same crystal as one before, as those of a symmetry do.

    Two are the same whose lattices and whose sites relative to the first atom agree to a millionth;
    the sites are told by the sum of a hash of each.
    """
    relative = placed - placed[:, :1]
    bins = np.floor(relative * _BINS + _BIN_OFFSET).astype(np.int64) % _BINS
    with np.errstate(over="ignore"):
        mixed = np.broadcast_to(kinds.astype(np.uint64) + np.uint64(1), bins.shape[:2])
        for axis in range(3):
            mixed = (mixed * _MIX) ^ bins[..., axis].astype(np.uint64)
            mixed ^= mixed >> np.uint64(29)
        sums = (mixed * _MIX).sum(axis=1)
    cells = np.floor(lattices.reshape(-1, 9) * _BINS + _BIN_OFFSET)
    keys = np.column_stack([sums.view(np.int64), cells.astype(np.int64)])
    data, width = keys.tobytes(), keys.itemsize * keys.shape[1]
    firsts: dict[bytes, int] = {}
    for i in range(len(keys)):
        firsts.setdefault(data[i * width : (i + 1) * width], i)
    return np.array(list(firsts.values()), dtype=np.int64)


def _steps(reach: Iterable[int]) -> NDArray[np.int64]:
    """All whole numbers (n, 3) of at most ``reach`` in each direction."""
    x, y, z = (int(n) for n in reach)
    few = (2 * x + 1) * (2 * y + 1) * (2 * z + 1) <= _FEW_STEPS
    return (_grid if few else _grid.__wrapped__)(x, y, z)


@lru_cache(maxsize=512)
def _grid(x: int, y: int, z: int) -> NDArray[np.int64]:
    grid = np.meshgrid(*(np.arange(-n, n + 1) for n in (x, y, z)), indexing="ij")
    return np.stack(grid, axis=-1).reshape(-1, 3)


def _renamings(kinds: NDArray[np.int64], others: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """All renamings of kinds that give each as many atoms as its namesake has."""
    ours, theirs = np.bincount(kinds), np.bincount(others)
    for names in permutations(range(len(theirs))):
        if all(ours[kind] == theirs[name] for kind, name in enumerate(names)):
            yield np.array(names)[kinds]


def _mean_lattices(
    mappings: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lattices, (n, 3, 3), whose lengths and angles are the means of each mapping's and another's.

    They stand in pymatgen's orientation: c along z, a in the xz plane.
    """
    lengths, cosines = _lengths_and_cosines(mappings)
    other_lengths, other_cosines = _lengths_and_cosines(other[None])
    a, b, c = ((lengths + other_lengths) / 2).T
    angles = (np.arccos(cosines) + np.arccos(other_cosines)) / 2
    (ca, cb, cg), (sa, sb, _) = np.cos(angles).T, np.sin(angles).T
    cosine = np.clip((ca * cb - cg) / (sa * sb), -1.0, 1.0)
    zero = np.zeros_like(a)
    vectors = (
        (a * sb, zero, a * cb),
        (-b * sa * cosine, b * sa * np.sqrt(1 - cosine**2), b * ca),
        (zero, zero, c),
    )
    return np.array(vectors).transpose(2, 0, 1)


def _lengths_and_cosines(
    matrices: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lengths of lattice vectors and cosines of alpha, beta, gamma, both (n, 3)."""
    lengths = np.sqrt(np.einsum("nij,nij->ni", matrices, matrices))
    products = np.einsum("nij,nij->ni", matrices[:, (1, 0, 0)], matrices[:, (2, 2, 1)])
    cosines = products / (lengths[:, (1, 0, 0)] * lengths[:, (2, 2, 1)])
    return lengths, np.clip(cosines, -1.0, 1.0)
