"""Arithmetic of rows of three, against numpy."""

import numpy as np
import pytest

from crystext.description.vectors import cross, determinant, lengths, plane_distances


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(scale=5, size=(2, 500, 3))


def test_rows_agree_with_numpy_to_the_last_bit(rows):
    one, other = rows
    assert np.array_equal(cross(one, other), np.cross(one, other))
    assert np.array_equal(lengths(one), np.linalg.norm(one, axis=1))


def test_matrices_agree_with_numpy(rows):
    for matrix in rows[0][:300].reshape(-1, 3, 3):
        assert determinant(matrix) == pytest.approx(np.linalg.det(matrix), rel=1e-9, abs=1e-9)
        expected = 1 / np.linalg.norm(np.linalg.inv(matrix), axis=0)
        assert plane_distances(matrix) == pytest.approx(expected, rel=1e-9)
