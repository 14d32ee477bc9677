"""A run at a glance: how the errors fell, and predictions of the test set against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.files import write_bytes
from crystext.model import plots
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
        figure = plots.canvas(720, 330)
    except ImportError:
        return None
    rows, unit = read_log(folder), metrics["error_unit"]
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in rows]
    left.plot(
        epochs, [row["train_mae"] for row in rows], label="train, while learning", color=plots.BLUE
    )
    errors = [row["validation_mae"] for row in rows]
    left.plot(epochs, errors, label="validation", color=plots.ORANGE)
    left.axvline(metrics["best_epoch"], color=plots.GREY, linestyle=":", label="chosen epoch")
    mean = metrics["mean_predictor"]["mae"]
    left.axhline(mean, color=plots.GREY, linestyle="--", label="training mean, on test")
    left.set(xlabel="epoch", ylabel=f"mean absolute error, {unit}", yscale="log")
    plots.tidy(left)
    plots.legend_above(left)

    finite = np.isfinite(predicted)
    true, predicted = true[finite], predicted[finite]
    both = np.concatenate([true, predicted]) if len(true) else np.zeros(1)
    low, high = both.min(), both.max()
    right.plot([low, high], [low, high], color=plots.GREY, linewidth=1)
    right.scatter(true, predicted, s=12, alpha=0.6, color=plots.BLUE)
    right.set(xlabel=f"true, {unit}", ylabel=f"predicted, {unit}", aspect="equal")
    plots.tidy(right)
    error = metrics["test"]["mae"]
    said = "undefined" if error is None else f"{error:.4g} {unit}"
    right.set_title(f"test: MAE {said}", fontsize=10)
    figure.suptitle(f"{metrics['model']} on {metrics['property']}, seed {metrics['seed']}")
    path = folder / "curves.png"
    write_bytes(path, plots.png(figure))
    return path
