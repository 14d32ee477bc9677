"""Arithmetic of rows of three, without the general machinery of numpy that costs more than it."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

T = TypeVar("T", int, float)


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cross products (n, 3) of rows (n, 3), to the last bit those of ``np.cross``."""
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    product = np.empty_like(a)
    product[:, 0] = ay * bz - az * by
    product[:, 1] = az * bx - ax * bz
    product[:, 2] = ax * by - ay * bx
    return product


def lengths(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths (n,) of rows (n, 3), to the last bit those of ``np.linalg.norm``."""
    return np.sqrt((vectors * vectors).sum(axis=1))


def determinant(rows: NDArray[np.float64]) -> float:
    """Determinant of one matrix (3, 3)."""
    (a, b, c), (d, e, f), (g, h, i) = rows.tolist()
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def plane_distances(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances (3,) of the lattice planes (100), (010), (001) of lattice vectors (3, 3)."""
    volume = abs(determinant(rows))
    a, b, c = rows.tolist()
    return np.array([volume / _across(b, c), volume / _across(c, a), volume / _across(a, b)])


def cross_of(a: Sequence[T], b: Sequence[T]) -> tuple[T, T, T]:
    """Cross product of two vectors of Python's own numbers, exact where they are whole."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _across(a: list[float], b: list[float]) -> float:
    x, y, z = cross_of(a, b)
    return sqrt(x * x + y * y + z * z)
