"""Symmetry images of a position: which are one place, and which positions lie near each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from crystext.formats.operations import Operations

SAME_PLACE = 0.05
"""Angstrom; images of one atom, or equal atoms, nearer than this are one."""
_EXACT = 1e-4  # angstrom; images of an exact special position agree to this
_LARGE = 300_000  # distances beyond which a tree is faster than all pairs
_MOST_NEAR = 64  # positions within a tenth of an angstrom of one place: more are an error anyway


@dataclass(frozen=True, eq=False)
class Orbit:
    """The different images of one position.

    Attributes:
        coords: fractional, each from 0 to 1, shape (m, 3).
        operations: the first operation that makes each, shape (m,).
    """

    coords: NDArray[np.float64]
    operations: NDArray[np.int64]


def orbit(position: Sequence[float], group: Operations, matrix: NDArray[np.float64]) -> Orbit:
    """The images of a position, moved to a special one where images nearly meet.

    Args:
        position: fractional, shape (3,).
        group: the operations.
        matrix: lattice vectors as rows, angstrom.
    """
    n, start, tolerance = len(group), np.array(position), SAME_PLACE
    if n == 1:
        return Orbit(wrapped(start[None]), np.zeros(1, dtype=np.int64))
    while True:
        ideal, stabiliser = _special(start, group, matrix, tolerance)
        if stabiliser is not None or tolerance < _EXACT:
            break
        tolerance /= 2  # the images that meet are of no one site symmetry
    images = wrapped(group.rotations @ ideal + group.translations)
    if stabiliser is None or len(stabiliser) == 1:
        return Orbit(images, np.arange(n))
    left = np.ones(n, dtype=bool)
    firsts = []
    for at in range(n):
        if left[at]:
            firsts.append(at)
            left &= _distances(images - images[at], matrix) > 10 * _EXACT
    return Orbit(images[firsts], np.array(firsts))


def _special(
    position: NDArray[np.float64],
    group: Operations,
    matrix: NDArray[np.float64],
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """The mean of the images that meet, and the operations that leave it where it is.

    Returns:
        The position, and its stabiliser; ``None`` in its place where these images are of no one
        site symmetry.
    """
    ideal = position
    for _ in range(4):
        steps = group.rotations @ ideal + group.translations - ideal
        steps -= np.round(steps)
        near = np.flatnonzero(np.linalg.norm(steps @ matrix, axis=1) < tolerance)
        ideal = ideal + steps[near].mean(axis=0)
        moved = _distances(group.rotations @ ideal + group.translations - ideal, matrix)
        if moved[near].max() < _EXACT:
            fixed = np.flatnonzero(moved < _EXACT)
            return ideal, fixed if len(group) % len(fixed) == 0 else None
    return position, None


def wrapped(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fractional coordinates from 0 to 1, 1 left out but for what rounding makes of it."""
    inside = np.mod(coords, 1)
    return np.where(inside >= 1 - 1e-9, 0.0, inside)


def near_pairs(
    groups: list[NDArray[np.float64]],
    matrix: NDArray[np.float64],
    cutoff: float,
    *,
    heads_only: bool = False,
) -> Iterator[tuple[int, int, float]]:
    """Pairs of groups of positions that lie near each other.

    Args:
        groups: fractional positions, each of shape (m, 3).
        matrix: lattice vectors as rows, angstrom.
        cutoff: angstrom, small beside the cell.
        heads_only: of the second group of a pair look at its first position alone, which is
            enough where groups are orbits of one group of operations.

    Yields:
        ``(i, j, distance)`` with i < j, in the order of j and then i; the least distance.
    """
    heads = [group[:1] if heads_only else group for group in groups]
    every = np.concatenate(groups)
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    asked = np.concatenate(heads)
    asker = np.repeat(np.arange(len(groups)), [len(group) for group in heads])
    found: dict[tuple[int, int], float] = {}
    for at, place in _candidates(asked, every, matrix, cutoff):
        i, j = int(owner[place]), int(asker[at])
        if i >= j:
            continue
        distance = float(_distances((every[place] - asked[at])[None], matrix)[0])
        if distance <= cutoff:
            found[j, i] = min(distance, found.get((j, i), np.inf))
    for (j, i), distance in sorted(found.items()):
        yield i, j, distance


def _candidates(
    asked: NDArray[np.float64],
    every: NDArray[np.float64],
    matrix: NDArray[np.float64],
    cutoff: float,
) -> Iterator[tuple[int, int]]:
    """Places whose heights above all three lattice planes differ by at most the cutoff."""
    thickness = 1 / np.linalg.norm(np.linalg.inv(matrix), axis=0)
    if len(asked) * len(every) <= _LARGE:
        steps = asked[:, None] - every[None]
        near = (np.abs(steps - np.round(steps)) * thickness <= cutoff).all(axis=-1)
        yield from ((int(at), int(place)) for at, place in np.argwhere(near))
        return
    from scipy.spatial import cKDTree

    heights = np.minimum(every * thickness, np.nextafter(thickness, 0))
    tree = cKDTree(heights, boxsize=thickness)
    points = np.minimum(asked * thickness, np.nextafter(thickness, 0))
    _, found = tree.query(
        points, k=min(_MOST_NEAR, len(every)), p=np.inf, distance_upper_bound=cutoff
    )
    for at, places in enumerate(np.atleast_2d(found)):
        yield from ((at, int(place)) for place in places if place < len(every))


def _distances(steps: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths of steps to the nearest image, angstrom; exact where they are short."""
    return np.linalg.norm((steps - np.round(steps)) @ matrix, axis=1)
