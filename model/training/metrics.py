"""How good predictions are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def errors_of(true: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, float]:
    """Mean absolute error, root mean square error and coefficient of determination.

    Args:
        true: (n,), n at least 1.
        predicted: (n,), in the same unit.

    Returns:
        ``mae`` and ``rmse`` in the unit of the values, ``r2``; the last is not a number when all
        true values are equal.
    """
    error = predicted - true
    spread = float(((true - true.mean()) ** 2).sum())
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "r2": 1 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
    }
