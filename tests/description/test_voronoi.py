"""Voronoi faces equal pymatgen's tessellation, and obey what holds for every closed cell."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.analysis.local_env import VoronoiNN

from crystext.description.arrays import ArrayStructure
from crystext.description.neighbors import SEARCH_CUTOFF, spheres
from crystext.description.voronoi import OpenCellError, voronoi_faces
from tests.description.crystals import random_conventional


@pytest.mark.parametrize("number", range(8))
def test_equal_pymatgen(number):
    cell = random_conventional(8, seed=1, max_sites=16)[number]
    indices, images, vectors = spheres(ArrayStructure.of(cell), [0], SEARCH_CUTOFF)[0]
    found = voronoi_faces(vectors)
    faces = VoronoiNN(cutoff=SEARCH_CUTOFF, compute_adj_neighbors=False).get_voronoi_polyhedra(
        cell, 0
    )
    theirs = {}
    for face in faces.values():
        key = (face["site"].index, *np.round(face["site"].image).astype(int).tolist())
        theirs[key] = (face["solid_angle"], face["area"])
    ours = {
        (int(indices[n]), *images[n].tolist()): (angle, area)
        for n, angle, area in zip(found.neighbors, found.solid_angles, found.areas, strict=True)
    }
    for key in theirs.keys() | ours.keys():  # faces of rounding noise may be on one side alone
        np.testing.assert_allclose(ours.get(key, (0, 0)), theirs.get(key, (0, 0)), atol=1e-6)
    assert found.solid_angles.sum() == pytest.approx(4 * np.pi, abs=1e-9)


def test_cells_of_all_sites_fill_space():
    for cell in random_conventional(5, seed=2):
        volume = 0.0
        for _, _, vectors in spheres(ArrayStructure.of(cell), range(len(cell)), SEARCH_CUTOFF):
            faces = voronoi_faces(vectors)
            heights = 0.5 * np.linalg.norm(vectors[faces.neighbors], axis=1)
            volume += (faces.areas * heights).sum() / 3
        assert volume == pytest.approx(cell.volume, rel=1e-9)


def test_cube():
    steps = np.vstack([np.eye(3), -np.eye(3)]) * 2.0
    faces = voronoi_faces(steps)
    np.testing.assert_allclose(faces.areas, 4.0)
    np.testing.assert_allclose(faces.solid_angles, 4 * np.pi / 6)


@pytest.mark.parametrize(
    "points",
    [
        np.eye(3),
        np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]),
        np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1]]),
        np.empty((0, 3)),
    ],
    ids=["three", "plane", "half", "none"],
)
def test_open_cells_raise(points):
    with pytest.raises(OpenCellError):
        voronoi_faces(points)
