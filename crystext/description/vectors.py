"""Arithmetic of rows of three, without the general machinery of numpy that costs more than it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
