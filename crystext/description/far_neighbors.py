"""The atoms that bound one Voronoi cell in a lattice much longer in one direction than another.

A slab in 5,000 angstrom of vacuum needs a sphere of millions of atoms to close its cells, of which
a dozen become faces. Here the cell is built from few neighbours first. An atom cuts a cell exactly
if it lies nearer to one of its vertices than the centre does (the empty-sphere property of
Delaunay), so the nearest atoms of each vertex are added and the cell is built again, until no
vertex has a nearer one. A ball is searched lattice plane by lattice plane and row by row
(Fincke and Pohst, Math. Comp. 44, 463 (1985)), so that the work is that of the atoms found, not of
the volume.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.lattice_symmetry import reduced_bases
from crystext.description.voronoi import cell_vertices

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INSIDE = 1 - 1e-9  # an atom on the surface of a ball touches the cell in a point: no face
_SELF = 1e-8  # angstrom


Shell = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]


class LatticeSearch:
    """Atoms of a crystal, searched through a reduced basis.

    Args:
        matrix: (3, 3), the lattice as given, rows in angstrom.
        frac: (n, 3), the sites as given.

    Attributes:
        change: (3, 3), whole numbers; ``change @ matrix`` is a reduced basis.
        offsets: (n, 3), whole lattice steps of the reduced basis between a site as given and its
            place in the reduced cell.
        rows: (3, 3), the reduced basis in a frame where it is lower triangular.
        frame: (3, 3), that frame's axes as rows.
        places: (n, 3), the sites in that frame, wrapped into the reduced cell.
    """

    def __init__(self, matrix: NDArray[np.float64], frac: NDArray[np.float64]) -> None:
        self.matrix, self.frac = matrix, frac
        change = np.asarray(reduced_bases(matrix)[0], dtype=np.int64)
        order = np.argsort(np.linalg.norm(change @ matrix, axis=1), kind="stable")
        self.change = change[order]
        q, r = np.linalg.qr((self.change @ matrix).T)
        signs = np.where(np.diag(r) < 0, -1.0, 1.0)
        self.frame, self.rows = (q * signs).T, (r * signs[:, None]).T
        own = frac @ np.rint(np.linalg.inv(self.change))
        self.offsets = np.floor(own).astype(np.int64)
        self.places = (own - self.offsets) @ self.rows

    def ball(
        self, center: NDArray[np.float64], radius: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sites (m,) and images (m, 3) of all atoms within ``radius`` of a point, in angstrom."""
        ahead = self.frame @ center - self.places  # from each site to the centre
        left = np.full(len(ahead), radius * radius)
        sites = np.arange(len(ahead))
        steps = np.zeros((len(ahead), 3), dtype=np.int64)
        for axis in (2, 1, 0):
            step = self.rows[axis, axis]
            reach = np.sqrt(np.maximum(left, 0.0))
            low = np.ceil((ahead[:, axis] - reach) / step).astype(np.int64)
            high = np.floor((ahead[:, axis] + reach) / step).astype(np.int64)
            counts = np.maximum(high - low + 1, 0)
            of_row = np.repeat(np.arange(len(counts)), counts)
            number = np.arange(len(of_row)) - np.repeat(np.cumsum(counts) - counts, counts)
            number += low[of_row]
            ahead = ahead[of_row] - number[:, None] * self.rows[axis]
            left = left[of_row] - ahead[:, axis] ** 2
            sites, steps = sites[of_row], steps[of_row]
            steps[:, axis] = number
        return sites, (steps - self.offsets[sites]) @ self.change

    def _nearest(
        self, center: NDArray[np.float64], radius: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As :meth:`ball`, of a ball so small that it holds little but the nearest atom."""
        ahead = self.frame @ center - self.places
        for axis in (2, 1, 0):  # to a near image of each site, by the nearest plane (Babai, 1986)
            steps = np.rint(ahead[:, axis] / self.rows[axis, axis])
            ahead = ahead - steps[:, None] * self.rows[axis]
        near = float(np.sqrt(np.einsum("ix,ix->i", ahead, ahead).min()))
        return self.ball(center, min(radius, near / _INSIDE))

    def closed_shell(self, site: int, shell: Shell) -> Shell:
        """All atoms that cut the Voronoi cell of a site, nearest first.

        Args:
            site: the site's index.
            shell: indices, images and vectors of those atoms near it that are known.

        Returns:
            Indices, images and vectors of atoms among which are all that the cell has faces with.
        """
        around = np.array([step for step in product((-1, 0, 1), repeat=3) if any(step)])
        indices = np.concatenate([shell[0], np.full(len(around), site)])
        images = np.concatenate([shell[1], around @ self.change])
        return self.cut(site, (indices, images, shell[2]), np.inf)

    def cut(self, site: int, shell: Shell, radius: float) -> Shell:
        """As :meth:`closed_shell`, from a shell that closes the cell, of atoms within a radius."""
        indices, images, _ = shell
        origin = self.frac[site] @ self.matrix
        known = 0
        while True:
            keys = np.unique(np.column_stack([indices, images]), axis=0)
            vectors = (self.frac[keys[:, 0]] - self.frac[site] + keys[:, 1:]) @ self.matrix
            lengths = np.linalg.norm(vectors, axis=1)
            there = (lengths > _SELF) & (lengths <= radius)
            keys, vectors = keys[there], vectors[there]
            indices, images = keys[:, 0], keys[:, 1:]
            if len(keys) == known:
                break
            known = len(keys)
            found = [
                self._nearest(origin + vertex, _INSIDE * float(np.linalg.norm(vertex)))
                for vertex in cell_vertices(vectors)
            ]
            indices = np.concatenate([indices, *(sites for sites, _ in found)])
            images = np.concatenate([images, *(steps for _, steps in found)])
        order = np.argsort(np.linalg.norm(vectors, axis=1), kind="stable")
        return indices[order], images[order], vectors[order]
