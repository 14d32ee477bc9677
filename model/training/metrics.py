"""How good predictions are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


_LEAST = 1e-12  # probability whose logarithm is still taken


def mean_absolute_error(true: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """Mean of the absolute errors of (n,) predictions, n at least 1."""
    return float(np.abs(predicted - true).mean())


def errors_of(true: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, Any]:
    """Mean absolute error, root mean square error and coefficient of determination.

    Args:
        true: (n,), n at least 1.
        predicted: (n,), in the same unit.

    Returns:
        ``mae`` and ``rmse`` in the unit of the values, and ``r2``. ``None`` stands for what is no
        finite number: ``r2`` where all true values are equal, all three where a prediction is so
        large that its power of ten overflows.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        error = predicted - true
        spread = float(((true - true.mean()) ** 2).sum())
        found = {
            "mae": mean_absolute_error(true, predicted),
            "rmse": float(np.sqrt((error**2).mean())),
            "r2": 1 - float((error**2).sum()) / spread if spread > 0 else math.nan,
        }
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def class_metrics(labels: NDArray[np.float64], probability: NDArray[np.float64]) -> dict[str, Any]:
    """How well probabilities tell two classes apart.

    Args:
        labels: (n,), 0 and 1.
        probability: (n,), of class 1.

    Returns:
        ``roc_auc``, the share of pairs of unlike crystals in the right order, ties counted half
        (Mann and Whitney, Ann. Math. Stat. 18, 50, 1947), ``None`` where one class is missing;
        ``accuracy`` at a probability of one half; ``log_loss``, the mean cross-entropy in nats;
        ``share``, of class 1.
    """
    from scipy.stats import rankdata

    positive = labels > 0.5
    ones = int(positive.sum())
    zeros = len(labels) - ones
    auc = None
    if ones and zeros:
        above = float(rankdata(probability)[positive].sum()) - ones * (ones + 1) / 2
        auc = above / (ones * zeros)
    right = np.clip(np.where(positive, probability, 1 - probability), _LEAST, 1)
    return {
        "roc_auc": auc,
        "accuracy": float(((probability > 0.5) == positive).mean()),
        "log_loss": float(-np.log(right).mean()),
        "share": ones / len(labels),
    }


def undefined(metrics: Mapping[str, Any]) -> list[str]:
    """Names of metrics that are ``None``, such as ``test.r2``."""
    tables = {name: one for name, one in metrics.items() if isinstance(one, dict) and "mae" in one}
    return [
        f"{name}.{key}"
        for name, table in tables.items()
        for key in ("mae", "rmse", "r2")
        if key in table and table[key] is None
    ]
