"""What comes out of recorded steps when their runs have ended: folders, logs and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import ModelError, NotFiniteTrainingError
from crystext.model.training.checkpoint import save_weights
from crystext.model.training.folder import BEST, finish_run
from crystext.model.training.logs import write_log
from crystext.model.training.loop import Progress
from crystext.model.training.prepared import first_network
from crystext.model.training.run_metrics import metrics_of, spent
from crystext.model.training.side_by_side.runs import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.training.side_by_side.runs import Lined
    from crystext.model.training.side_by_side.steps import Recorded


def results(
    steps: Recorded, runs: Sequence[Lined], seconds: float
) -> list[dict[str, Any] | ModelError]:
    """Writes the runs' folders.

    Args:
        steps: at whose end the runs are, with both sets evaluated by the best weights.
        runs: as they were filled in.
        seconds: that they took together.

    Returns:
        Metrics of each, or why it has none.
    """
    told = steps.told.double().cpu().numpy()
    errors = steps.errors.double().cpu().numpy()
    scores = steps.scores.double().cpu().numpy()
    saved = {name: value.cpu() for name, value in steps.network.state_dict().items()}
    rates = steps.schedule[..., 0].cpu().numpy()
    found: list[dict[str, Any] | ModelError] = []
    for group, one in enumerate(runs):
        mine = told[:, group]
        if not np.isfinite(mine).all():
            step = int(np.argmin(np.isfinite(mine).all(axis=1)))
            found.append(
                NotFiniteTrainingError(
                    f"epoch {step // one.steps + 1}, step {step % one.steps + 1}: the loss or its "
                    "gradient is not finite; lower training.learning_rate, or give crystext train, "
                    "which names the crystals"
                )
            )
            continue
        each = errors[:, group] * one.data.scaling.deviation
        _write_log(one, mine, each, rates[:, group], seconds)
        network = first_network(one.run)
        network.load_state_dict({name: value[group] for name, value in saved.items()})
        found.append(_finish(steps, one, network, each, scores[:, group], seconds))
    return found


def _finish(
    steps: Recorded,
    one: Lined,
    network: Network,
    errors: NDArray[np.float64],
    scores: NDArray[np.float64],
    seconds: float,
) -> dict[str, Any]:
    run, data, best = one.run, one.data, int(np.argmin(errors))
    predicted, begin = {}, 0
    for name in HELD_OUT:
        end = begin + len(one.chunks[name])
        mine = scores[begin:end].reshape(-1)[: len(data.splits[name])]
        predicted[name] = data.scaling.predicted(mine)
        begin = end
    about = {"settings": run.record["settings"], "data": run.record["data"]}
    about |= {"epoch": best + 1, "validation_mae": float(errors[best])}
    save_weights(run.folder / BEST, network, about)
    reached = Progress(epoch=one.epochs, best_epoch=best + 1, total_seconds=seconds)
    metrics = {
        **metrics_of(run.settings, data, predicted),
        **spent(run, network, reached, one.steps, steps.device),
        "processes": 1,
        "side_by_side": steps.sizes.groups,
    }
    finish_run(run.folder, metrics, data, predicted)
    return metrics


def _write_log(
    one: Lined,
    told: NDArray[np.float64],
    errors: NDArray[np.float64],
    rates: NDArray[np.float32],
    seconds: float,
) -> None:
    """The lines of ``log.csv``; the time is shared out evenly over the epochs."""
    n = len(one.data.splits["train"])
    by_epoch = told.reshape(one.epochs, one.steps, -1)
    last = rates.reshape(one.epochs, one.steps)[:, -1]
    rows = [
        {
            "epoch": epoch + 1,
            "learning_rate": float(last[epoch]),
            "train_loss": by_epoch[epoch, :, 0].sum() / n,
            "train_mae": by_epoch[epoch, :, 1].sum() / n * one.data.scaling.deviation,
            "validation_mae": errors[epoch],
            "best_validation_mae": errors[: epoch + 1].min(),
            "gradient_norm": by_epoch[epoch, :, 2].max(),
            "seconds": seconds / one.epochs,
            "crystals_per_second": n * one.epochs / seconds,
        }
        for epoch in range(one.epochs)
    ]
    write_log(one.run.folder, rows)
