"""Coordination of one site: CrystalNN's weights for each coordination number.

The method is CrystalNN (Pan et al., Inorg. Chem. 60, 1590 (2021)) with pymatgen's defaults: solid
angles of the Voronoi cell, corrected for porosity, electronegativity difference and distance,
become a probability for each coordination number.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from math import atan, ceil, floor, isnan, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.description.elements import covalent_radius, know_electronegativities
from crystext.description.far_neighbors import LatticeSearch, Shell
from crystext.description.vectors import lengths as norms
from crystext.description.vectors import plane_distances
from crystext.description.voronoi import OpenCellError, voronoi_faces
from crystext.errors import NeighborsFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymatgen.core import Element, Species

    from crystext.description.arrays import ArrayStructure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
SEARCH_CUTOFF = 7.0  # angstrom
MOST_ATOMS = 100_000
"""A sphere that may hold more is not filled: the atoms that matter are searched one by one.

Faces, and with them all words, are the same to the last digits of their numbers.
"""
_DISTANCE_CUTOFFS = (0.5, 1.0)  # angstrom beyond the sum of the radii
_X_DIFF_WEIGHT = 3.0
_MAX_X_DIFF = 3.3
_SELF = 1e-8  # angstrom
SAME_LENGTH = 2.0**-20
"""In angstrom; lengths that round to one multiple of it are one length.

A power of two: lengths with few decimals, and halves of them, do not lie in the middle between two
multiples, where rounding noise would decide.
"""


@dataclass(frozen=True)
class Coordination:
    """The neighbours of one site, the likeliest first.

    Attributes:
        indices: (n,), site index of each neighbour that has weight.
        images: (n, 3), its lattice translation, relative to the site.
        vectors: (n, 3), from the site to it, in angstrom.
        weights: probability of each coordination number; the neighbours of coordination number
            c are the first c.
    """

    indices: Integers
    images: Integers
    vectors: Floats
    weights: dict[int, float]

    @property
    def number(self) -> int:
        """The likeliest coordination number."""
        return max(self.weights, key=self.weights.__getitem__)


_NOTHING = Coordination(
    np.empty(0, dtype=np.int64), np.empty((0, 3), dtype=np.int64), np.empty((0, 3)), {0: 1.0}
)


class AtomKinds:
    """What CrystalNN asks of each distinct species of a structure, as arrays over kinds.

    Attributes:
        of_site: (n_sites,), kind of each site.
        chemical: (kinds, kinds), factor from the electronegativity difference.
        bond_lengths: (kinds, kinds), sum of radii, in angstrom.

    Raises:
        UnknownElementDataError: an element has no radius.
    """

    def __init__(self, structure: ArrayStructure) -> None:
        know_electronegativities()
        kinds = structure.distinct
        x = [float(kind.X) for kind in kinds]
        ionic = [_ionic_radius(kind) for kind in kinds]
        covalent = [covalent_radius(kind) for kind in kinds]
        self.of_site = structure.kinds
        self.chemical = np.ones((len(kinds), len(kinds)))
        self.bond_lengths = np.empty_like(self.chemical)
        for i, j in product(range(len(kinds)), repeat=2):
            if not (isnan(x[i]) or isnan(x[j])):
                self.chemical[i, j] = 1 + _X_DIFF_WEIGHT * sqrt(abs(x[i] - x[j]) / _MAX_X_DIFF)
            radii = ionic if ionic[i] > 0 and ionic[j] > 0 else covalent
            self.bond_lengths[i, j] = radii[i] + radii[j]


def coordinations(structure: ArrayStructure, sites: Sequence[int]) -> list[Coordination]:
    """The coordination of some sites, in their order.

    Raises:
        NeighborsFailedError: a site has no bounded Voronoi cell.
        UnknownElementDataError: an element has no radius.
    """
    kinds = AtomKinds(structure)
    return [
        _coordination(site, *_closed(structure, site, shell), kinds)
        for site, shell in zip(sites, spheres(structure, sites, SEARCH_CUTOFF), strict=True)
    ]


def spheres(structure: ArrayStructure, sites: Sequence[int], radius: float) -> list[Shell]:
    """Indices, images and vectors of all atoms within ``radius`` of each site, nearest first."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    lattice = np.ascontiguousarray(structure.matrix, dtype=float)
    frac = structure.frac_coords
    positions = np.ascontiguousarray(frac @ lattice)
    centers = np.ascontiguousarray(positions[list(sites)])
    of_center, indices, images, distances = find_points_in_spheres(
        all_coords=positions,
        center_coords=centers,
        r=float(radius),
        pbc=np.ones(3, dtype=np.int64),
        lattice=lattice,
        tol=_SELF,
    )
    found = distances > _SELF
    of_center, indices = of_center[found], indices[found]
    cells, distances = images[found].astype(np.int64), distances[found]
    vectors = positions[indices] + cells @ lattice - centers[of_center]
    order = np.lexsort((distances, of_center))
    bounds = np.searchsorted(of_center[order], np.arange(len(centers) + 1))
    parts = (order[start:end] for start, end in pairwise(bounds))
    return [(indices[part], cells[part], vectors[part]) for part in parts]


def _closed(
    structure: ArrayStructure, site: int, shell: Shell
) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Neighbours with a Voronoi face, their solid angles and areas; widens the sphere if needed."""
    radius, known = SEARCH_CUTOFF, shell
    while True:
        indices, images, vectors = shell
        try:
            faces = voronoi_faces(vectors)
        except OpenCellError as error:
            corners = np.array([[1, 1, 1], [-1, 1, 1], [1, -1, 1], [1, 1, -1]]) @ structure.matrix
            widest = np.linalg.norm(corners, axis=1).max() + 0.01
            if radius >= widest:
                name = str(structure.species[site])
                msg = (
                    f"site {site} ({name}) has no bounded Voronoi cell within {radius:.1f} A; "
                    "check the cell for too large a vacuum"
                )
                raise NeighborsFailedError(msg) from error
            radius = min(2 * radius, widest + 0.001)
            if _atoms_within(structure, radius) <= MOST_ATOMS:
                shell = spheres(structure, [site], radius)[0]
            else:
                shell, radius = _far_shell(structure, site, known, radius), widest
        else:
            kept = faces.solid_angles > 0
            near = faces.neighbors[kept]
            angles, areas = faces.solid_angles[kept], faces.areas[kept]
            return indices[near], images[near], vectors[near], angles, areas


def _far_shell(structure: ArrayStructure, site: int, shell: Shell, radius: float) -> Shell:
    """What matters of the sphere that closes a cell: ``radius``, doubled as often as needed.

    ``shell`` is what is known of the nearest atoms; any of them will do.
    """
    search = LatticeSearch(structure.matrix, structure.frac_coords)
    indices, images, vectors = search.closed_shell(site, shell)
    lengths = np.linalg.norm(vectors, axis=1)
    while radius < lengths[-1]:
        near = lengths <= radius
        try:
            voronoi_faces(vectors[near])
        except OpenCellError:
            radius *= 2
        else:
            return search.cut(site, (indices[near], images[near], vectors[near]), radius)
    return indices, images, vectors


def _atoms_within(structure: ArrayStructure, radius: float) -> float:
    """How many atoms a sphere holds at most, from the distances of the lattice planes."""
    return len(structure) * float(np.prod(2 * radius / plane_distances(structure.matrix) + 1))


def _coordination(
    site: int,
    indices: Integers,
    images: Integers,
    vectors: Floats,
    solid_angles: Floats,
    areas: Floats,
    kinds: AtomKinds,
) -> Coordination:
    """Turns Voronoi faces into weights of neighbours and of coordination numbers."""
    here, there = kinds.of_site[site], kinds.of_site[indices]
    weights = solid_angles / solid_angles.max() * solid_angles
    if areas.min() > 0:
        weights /= areas
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.nan_to_num(weights / areas)
    weights *= kinds.chemical[here, there]
    weights /= weights.max()
    lengths = norms(vectors)
    near, far = (kinds.bond_lengths[here, there] + cutoff for cutoff in _DISTANCE_CUTOFFS)
    fading = 0.5 * (np.cos(((lengths - near) / (far - near)).clip(0.0, 1.0) * pi) + 1.0)
    weights *= np.where(lengths <= near, 1.0, np.where(lengths < far, fading, 0.0))
    weights = weights.round(3)
    # The nearest of equal weight come first; pairs at one distance keep the order of their index
    order = np.lexsort((indices, np.rint(lengths / SAME_LENGTH), -weights))
    order = order[: np.count_nonzero(weights > 0)]
    if not len(order):
        return _NOTHING
    return Coordination(
        indices[order], images[order], vectors[order], _number_weights(weights[order])
    )


def _number_weights(weights: Floats) -> dict[int, float]:
    """Probability of each coordination number from the sorted weights of the neighbours.

    A coordination number's probability is the part of a quarter of the unit disc that lies
    between its smallest weight and the next smaller one.
    """
    bins = [*dict.fromkeys(weights.tolist()), 0.0]
    total, probabilities = 0.0, {}
    for high, low in pairwise(bins):
        number = int(np.count_nonzero(weights >= high))
        part = (_disc(high) - _disc(low)) / (0.25 * pi)
        probabilities[number] = part
        total += part
    if 1 - total > 0:
        probabilities[0] = 1 - total
    return probabilities


def _disc(x: float) -> float:
    """Area of the unit disc's first quadrant up to ``x``."""
    if x == 1:
        return 0.25 * pi
    height = sqrt(1 - x * x)
    return 0.5 * (x * height + atan(x / height))


def _ionic_radius(species: Element | Species) -> float:  # noqa: PLR0911  (one a kind of radius)
    """Ionic radius of a species with an oxidation state; zero where there is none."""
    oxidation = getattr(species, "oxi_state", None)
    if oxidation is None:
        return 0.0
    if oxidation == 0:
        return covalent_radius(species)
    element = species.element
    radii = element.ionic_radii
    if oxidation in radii:
        return float(radii[oxidation])
    low, high = floor(oxidation), ceil(oxidation)
    if low in radii and high in radii:
        part = oxidation - low
        return float((1 - part) * radii[low] + part * radii[high])
    if oxidation > 0 and element.average_cationic_radius > 0:
        return float(element.average_cationic_radius)
    if oxidation < 0 and element.average_anionic_radius > 0:
        return float(element.average_anionic_radius)
    return 0.0
