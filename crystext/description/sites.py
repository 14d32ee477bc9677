"""What is said of each site: geometry, bonded neighbours, next-nearest neighbours, labels.

Sites of one symmetry orbit are the same and are analysed once. Orbits of one element whose
geometry, bonds and next-nearest neighbours agree within tolerances count as one kind of site.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.description.fingerprints import CONNECTED_GEOMETRIES, site_geometry
from crystext.description.vectors import cross
from crystext.description.vectors import lengths as norms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.description.bonding import BondedCell

_SHARED = {1: "corner", 2: "edge"}
_LIKENESS_TOL = 0.001
_LENGTH_TOL = 0.01  # angstrom
_ANGLE_TOL = 0.1  # degrees
_ORDERED = itemgetter(0, 1, 2, 3, 4)
_NOISE = 6  # decimals to which angles and order parameters count when neighbours are put in order


@dataclass(slots=True)
class NextNeighbor:
    """A site that shares at least one bonded neighbour with another.

    Attributes:
        index: its site index.
        connectivity: ``corner``, ``edge`` or ``face``.
        angles: at each shared neighbour, in degrees, ascending.
        distance: in angstrom.
    """

    index: int
    connectivity: str
    angles: list[float]
    distance: float


class SiteAnalysis:
    """Site summaries of one bonded cell.

    Args:
        cell: the bonded cell.
        fingerprints: by first site of an orbit.
        by_symmetry: sites are of one kind where symmetry maps them onto one another, not where
            their surroundings agree.
    """

    def __init__(
        self,
        cell: BondedCell,
        fingerprints: dict[int, NDArray[np.float64]],
        *,
        by_symmetry: bool = False,
    ) -> None:
        self._cell = cell
        self._by_symmetry = by_symmetry
        self._orbit = cell.orbits.of_site.tolist()
        self.elements = [str(species) for species in cell.structure.species]
        self._geometry = {first: site_geometry(values) for first, values in fingerprints.items()}
        self._next = {first: next_neighbors(cell, first) for first in fingerprints}

    @cached_property
    def _named(self) -> list[tuple[str, float, float]]:
        """For every site its geometry, its likeness and that rounded."""
        of_orbit = {
            first: (geometry, likeness, round(likeness, _NOISE))
            for first, (geometry, likeness) in self._geometry.items()
        }
        return [of_orbit[orbit] for orbit in self._orbit]

    @cached_property
    def kinds(self) -> list[int]:
        """For every site, the first site of the same kind."""
        if self._by_symmetry:
            return self._cell.equivalent.tolist()
        kind_of_orbit: dict[int, int] = {}
        known: dict[tuple, _Alike] = {}
        for first in sorted(self._geometry):
            profile = self._profile(first)
            if profile.words not in known:
                known[profile.words] = _Alike(len(profile.numbers))
            alike = known[profile.words]
            kind_of_orbit[first] = alike.kind_of(first, profile)
        return [kind_of_orbit[orbit] for orbit in self._orbit]

    @cached_property
    def symmetry_labels(self) -> list[int]:
        """For every site, the number of its orbit among those of its element, from 1."""
        labels: dict[int, int] = {}
        counts: dict[str, int] = defaultdict(int)
        equivalent = self._cell.equivalent.tolist()
        for orbit, species in zip(equivalent, self._cell.structure.species, strict=True):
            if orbit not in labels:
                counts[species.symbol] += 1
                labels[orbit] = counts[species.symbol]
        return [labels[orbit] for orbit in equivalent]

    def condensed(self) -> dict[str, dict[int, Any]]:
        """Sites, bond lengths, angles and next-nearest distances by kind of site."""
        result: dict[str, dict[int, Any]] = {
            "sites": {},
            "distances": {},
            "angles": {},
            "nnn_distances": {},
        }
        members: dict[int, list[int]] = defaultdict(list)
        for site, kind in enumerate(self.kinds):
            members[kind].append(site)
        for kind in sorted(members):
            bonds = self._cell.bonds[kind]
            bonded = [self.kinds[i] for i in bonds.indices.tolist()]
            connected: dict[str, list[int]] = defaultdict(list)
            angles: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
            distances: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
            for other in self._next[kind]:
                to = self.kinds[other.index]
                connected[other.connectivity].append(to)
                angles[to][other.connectivity].extend(other.angles)
                distances[to][other.connectivity].append(other.distance)
            lengths: dict[int, list[float]] = defaultdict(list)
            for to, length in zip(bonded, bonds.lengths.tolist(), strict=True):
                lengths[to].append(length)
            geometry, likeness = self._geometry[kind]
            result["sites"][kind] = {
                "element": self.elements[kind],
                "geometry": {"type": geometry, "likeness": likeness},
                "nn": bonded,
                "nnn": dict(connected),
                "poly_formula": self._polyhedron_formula(kind),
                "sym_labels": tuple(sorted({self.symmetry_labels[i] for i in members[kind]})),
            }
            result["distances"][kind] = dict(lengths)
            result["angles"][kind] = {to: dict(by) for to, by in angles.items()}
            result["nnn_distances"][kind] = {to: dict(by) for to, by in distances.items()}
        return result

    def _polyhedron_formula(self, first: int) -> str | None:
        """Formula of the bonded atoms where both this site and a next one are polyhedra."""
        if self._geometry[first][0] not in CONNECTED_GEOMETRIES or not any(
            self._geometry[self._orbit[other.index]][0] in CONNECTED_GEOMETRIES
            for other in self._next[first]
        ):
            return None
        counts: dict[str, int] = defaultdict(int)
        x: dict[str, float] = {}
        species = self._cell.structure.species
        for i in self._cell.bonds[first].indices.tolist():
            element = getattr(species[i], "element", species[i])
            counts[element.symbol] += 1
            x[element.symbol] = float(element.X)
        ordered = sorted(counts, key=lambda symbol: (x[symbol], symbol))
        return "".join(s + (str(counts[s]) if counts[s] > 1 else "") for s in ordered) or None

    def _profile(self, first: int) -> _Profile:
        """The profile of an orbit's first site, in an order that noise does not change."""
        bonds = self._cell.bonds[first]
        near = sorted(
            (self.elements[i], length)
            for i, length in zip(bonds.indices.tolist(), bonds.lengths.tolist(), strict=True)
        )
        rows = []
        for other in self._next[first]:
            index, angles = other.index, [round(angle, _NOISE) for angle in other.angles]
            geometry, likeness, rounded = self._named[index]
            rows.append(
                (self.elements[index], geometry, other.connectivity, angles, rounded, likeness)
            )
        rows.sort(key=_ORDERED)
        geometry, likeness = self._geometry[first]
        return _Profile(
            words=(
                self.elements[first],
                geometry,
                tuple(element for element, _ in near),
                tuple(row[:3] for row in rows),
            ),
            numbers=np.array(
                [
                    likeness / _LIKENESS_TOL,
                    *(length / _LENGTH_TOL for _, length in near),
                    *(row[5] / _LIKENESS_TOL for row in rows),
                ]
            ),
            angles=[row[3] for row in rows],
        )


class _Profile(NamedTuple):
    """What two sites must share to be of one kind.

    Attributes:
        words: what must be equal.
        numbers: what may differ by less than 1: likenesses and lengths in units of their tolerance.
        angles: for each next-nearest neighbour, in degrees; see :func:`_same_angles`.
    """

    words: tuple
    numbers: NDArray[np.float64]
    angles: list[list[float]]


class _Alike:
    """Kinds of sites whose profiles have the same words, and as many numbers."""

    def __init__(self, width: int) -> None:
        self._kinds: list[int] = []
        self._profiles: list[_Profile] = []
        self._numbers = np.empty((0, width))

    def kind_of(self, site: int, profile: _Profile) -> int:
        """The first kind that a site agrees with, or else a new one, named by the site."""
        n = len(self._kinds)
        near = (np.abs(self._numbers[:n] - profile.numbers) < 1).all(axis=1)
        for i in np.flatnonzero(near).tolist():
            if _same_angles(profile.angles, self._profiles[i].angles):
                return self._kinds[i]
        if n == len(self._numbers):  # twice the room
            more = np.empty((max(4, 2 * n), len(profile.numbers)))
            more[:n] = self._numbers[:n]
            self._numbers = more
        self._numbers[n] = profile.numbers
        self._kinds.append(site)
        self._profiles.append(profile)
        return site


def _same_angles(one: list[list[float]], two: list[list[float]]) -> bool:
    # Where the numbers of shared atoms differ (three against four of a face) the rest is ignored.
    return all(
        abs(a - b) < _ANGLE_TOL
        for mine, others in zip(one, two, strict=True)
        for a, b in zip(mine, others, strict=False)
    )


def next_neighbors(cell: BondedCell, site: int) -> list[NextNeighbor]:
    """Finds every site that shares a bonded neighbour with ``site``, nearest path first."""
    bonds = cell.bonds
    near = bonds[site]
    if not len(near.indices):
        return []
    sizes = [len(bonds[j].indices) for j in near.indices.tolist()]
    through = np.repeat(np.arange(len(sizes)), sizes)
    parts = [bonds[j] for j in near.indices.tolist()]
    indices = np.concatenate([part.indices for part in parts])
    images = np.concatenate([part.images for part in parts]) + near.images[through]
    steps = np.concatenate([part.vectors for part in parts])
    back = -near.vectors[through]
    vectors = steps - back
    elsewhere = (indices != site) | images.any(axis=1)
    indices, images, steps = indices[elsewhere], images[elsewhere], steps[elsewhere]
    back, vectors = back[elsewhere], vectors[elsewhere]
    if not len(indices):
        return []
    # Not by the arc cosine, which near 0 and 180 degrees turns a last bit into 1e-6 degrees
    across = norms(cross(back, steps))
    angles = np.degrees(np.arctan2(across, np.einsum("ix,ix->i", back, steps))).tolist()
    lengths = norms(vectors).tolist()
    shared: dict[tuple, list[int]] = defaultdict(list)
    for path, key in enumerate(np.column_stack([indices, images]).tolist()):
        shared[tuple(key)].append(path)
    return [
        NextNeighbor(
            index=key[0],
            connectivity=_SHARED.get(len(paths), "face"),
            angles=sorted([angles[path] for path in paths]),
            distance=lengths[paths[0]],
        )
        for key, paths in shared.items()
    ]
