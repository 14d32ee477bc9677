"""Voronoi cells in long lattices: the atoms found one by one are those that a full sphere gives."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from crystext.description import neighbors
from crystext.description.arrays import ArrayStructure
from crystext.description.far_neighbors import LatticeSearch
from crystext.description.neighbors import SEARCH_CUTOFF, coordinations, spheres
from crystext.description.voronoi import cell_vertices, voronoi_faces


def long_cell(seed: int) -> Structure:
    """A few atoms in a cell with one or two long edges, in a basis that is not reduced."""
    rng = np.random.default_rng(seed)
    lengths = [rng.uniform(3, 8), rng.uniform(3, 8) + 20 * (seed % 2), rng.uniform(20, 60)]
    lattice = Lattice.from_parameters(*lengths, *rng.uniform(65, 115, 3))
    basis = np.array([[1, 0, 0], [rng.integers(-2, 3), 1, 0], [*rng.integers(-2, 3, 2), 1]])
    coords = rng.uniform(0, 0.3, (rng.integers(1, 6), 3))
    return Structure(basis @ lattice.matrix, ["O"] * len(coords), coords @ np.linalg.inv(basis))


def keys(indices: np.ndarray, images: np.ndarray) -> list[tuple]:
    return sorted(map(tuple, np.column_stack([indices, images]).tolist()))


@pytest.mark.parametrize("seed", range(6))
def test_a_ball_holds_the_atoms_that_pymatgen_finds(seed):
    cell = long_cell(seed)
    search = LatticeSearch(cell.lattice.matrix, cell.frac_coords)
    center = np.random.default_rng(seed).uniform(-30, 30, 3)
    expected = cell.get_sites_in_sphere(center, 17.0)
    found = search.ball(center, 17.0)
    images = [np.round(site.image).astype(int) for site in expected]
    assert keys(*found) == keys([site.index for site in expected], np.reshape(images, (-1, 3)))


@pytest.mark.parametrize("seed", range(12))
def test_the_cell_is_that_of_all_atoms(seed):
    cell = long_cell(seed)
    search = LatticeSearch(cell.lattice.matrix, cell.frac_coords)
    for site in range(len(cell)):
        indices, images, vectors = search.closed_shell(
            site, spheres(ArrayStructure.of(cell), [site], SEARCH_CUTOFF)[0]
        )
        positions = (cell.frac_coords[indices] + images - cell.frac_coords[site]) @ (
            cell.lattice.matrix
        )
        np.testing.assert_allclose(vectors, positions, atol=1e-9)
        reach = 2 * np.linalg.norm(cell_vertices(vectors), axis=1).max() + 0.1
        everything = spheres(ArrayStructure.of(cell), [site], reach)[0]
        ours, theirs = voronoi_faces(vectors), voronoi_faces(everything[2])
        assert ours.solid_angles.sum() == pytest.approx(4 * np.pi, abs=1e-9)
        faces = {}
        for shell, found in (((indices, images), ours), (everything[:2], theirs)):
            for n, angle, area in zip(
                found.neighbors, found.solid_angles, found.areas, strict=True
            ):
                if angle > 1e-7:  # others are rounding noise
                    faces.setdefault((int(shell[0][n]), *shell[1][n].tolist()), []).append(
                        (angle, area)
                    )
        assert all(len(pair) == 2 for pair in faces.values())
        for one, other in faces.values():
            np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("vacuum", [20.0, 60.0])
def test_both_ways_give_one_coordination(vacuum, monkeypatch):
    height = 4 + vacuum
    slab = Structure(
        Lattice.orthorhombic(2.8, 3.9, height),
        ["Pt"] * 4,
        [[0.5 * (i % 2), 0.5 * (i % 2), 1.4 * i / height] for i in range(4)],
    )
    everything = coordinations(ArrayStructure.of(slab), range(4))
    monkeypatch.setattr(neighbors, "MOST_ATOMS", 0)
    for one, other in zip(
        everything, coordinations(ArrayStructure.of(slab), range(4)), strict=True
    ):
        assert keys(one.indices, one.images) == keys(other.indices, other.images)
        assert one.weights.keys() == other.weights.keys()
        for number in one.weights:
            assert one.weights[number] == pytest.approx(other.weights[number], abs=1e-9)


@pytest.mark.parametrize(
    ("lattice", "coords"),
    [
        (Lattice.orthorhombic(5000, 5, 5), [[0, 0, 0]]),
        (Lattice.orthorhombic(5, 5, 5000), [[0, 0, 0], [0.5, 0.5, 0.5]]),
        (Lattice.orthorhombic(5, 5, 5000), [[0, 0, 0], [0.5, 0.5, 0.2001]]),
        (Lattice.orthorhombic(2000, 3, 3), [[0, 0, 0]]),
        (Lattice.orthorhombic(3, 500, 500), [[0, 0, 0], [0.1, 0.004, 0]]),
        (Lattice.cubic(300), [[0, 0, 0], [0.5, 0.5, 0.5]]),
        (Lattice.from_parameters(5, 5, 5000, 90, 90, 20), [[0, 0, 0]]),
        (Lattice.from_parameters(5, 6, 5000, 90, 100, 160), [[0, 0, 0]]),
    ],
    ids=lambda value: "x".join(f"{x:g}" for x in value.abc) if hasattr(value, "abc") else "",
)
def test_the_search_is_bounded(lattice, coords):
    cell = Structure(lattice, ["Cu"] * len(coords), coords)
    tracemalloc.start()
    try:
        found = coordinations(ArrayStructure.of(cell), range(len(cell)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6
    assert all(sum(one.weights.values()) == pytest.approx(1.0) for one in found)
    search = LatticeSearch(lattice.matrix, cell.frac_coords)
    for site in range(len(cell)):
        shell = search.closed_shell(
            site, spheres(ArrayStructure.of(cell), [site], SEARCH_CUTOFF)[0]
        )
        assert len(shell[0]) < 1000
