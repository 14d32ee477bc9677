"""Pieces of a crystal: which sites are connected, and the lattice translations that join them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from crystext.disorder.contacts import nearest_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from crystext.disorder.units import Shift


def hanging_together(structure: Structure, sites: list[int]) -> list[Shift]:
    """Lattice translations that bring each atom next to the nearest one already placed."""
    frac = structure.frac_coords[sites]
    distances, images = nearest_images(structure.lattice.matrix, frac, frac)
    distances = np.round(distances, 3)
    shifts = np.zeros((len(sites), 3), dtype=int)
    placed, left = [0], list(range(1, len(sites)))
    while left:
        block = distances[np.ix_(placed, left)]
        row, column = np.unravel_index(int(np.argmin(block)), block.shape)
        near, new = placed[row], left[column]
        shifts[new] = shifts[near] + images[near, new]
        placed.append(new)
        left.remove(new)
    return [shift_of(row) for row in shifts]


def shift_of(row: Sequence[int] | NDArray[np.integer]) -> Shift:
    """A row of three whole numbers as a lattice translation."""
    return (int(row[0]), int(row[1]), int(row[2]))


def joined(sites: Iterable[int], links: list[tuple[int, int]]) -> list[list[int]]:
    """What hangs together by links, in the order of the sites and of the first of each piece."""
    root = {site: site for site in sites}

    def find(site: int) -> int:
        while root[site] != site:
            root[site] = root[root[site]]
            site = root[site]
        return site

    for first, second in links:
        one, other = find(first), find(second)
        root[max(one, other)] = min(one, other)
    pieces: dict[int, list[int]] = defaultdict(list)
    for site in root:
        pieces[find(site)].append(site)
    return list(pieces.values())
