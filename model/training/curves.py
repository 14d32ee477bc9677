"""A run at a glance: how the errors fell, and predictions of the test set against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.training.logs import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


def draw_curves(
    folder: Path,
    metrics: Mapping[str, Any],
    true: NDArray[np.float64],
    predicted: NDArray[np.float64],
) -> Path | None:
    """Writes ``curves.png`` into a run, if matplotlib is there (it comes with the extra ``model``).

    Args:
        folder: of the run.
        metrics: of the run.
        true: (n,), of the test set, in the unit of errors.
        predicted: (n,), in the same unit.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    rows, unit = read_log(folder), metrics["error_unit"]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in rows]
    left.plot(epochs, [row["train_mae"] for row in rows], label="train, while learning")
    left.plot(epochs, [row["validation_mae"] for row in rows], label="validation")
    left.axvline(metrics["best_epoch"], color="grey", linestyle=":", label="chosen epoch")
    left.axhline(
        metrics["mean_predictor"]["mae"], color="grey", linestyle="--", label="mean of train, test"
    )
    left.set(xlabel="epoch", ylabel=f"mean absolute error, {unit}", yscale="log")
    left.legend(frameon=False)

    finite = np.isfinite(predicted)
    true, predicted = true[finite], predicted[finite]
    both = np.concatenate([true, predicted]) if len(true) else np.zeros(1)
    low, high = both.min(), both.max()
    right.plot([low, high], [low, high], color="grey", linewidth=1)
    right.scatter(true, predicted, s=12, alpha=0.6)
    right.set(xlabel=f"true, {unit}", ylabel=f"predicted, {unit}", aspect="equal")
    error = metrics["test"]["mae"]
    said = "undefined" if error is None else f"{error:.4g} {unit}"
    right.set_title(f"test: MAE {said}", fontsize=10)
    figure.suptitle(f"{metrics['model']} on {metrics['property']}, seed {metrics['seed']}")
    path = folder / "curves.png"
    figure.savefig(path, dpi=110)
    return path
