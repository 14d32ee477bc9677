"""What ``metrics.json`` of a run holds: errors, and what the run took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.training.machine import PACKAGES, device_name, peak_memory
from crystext.model.training.metrics import class_metrics, errors_of
from crystext.provenance import digest, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data
    from crystext.model.training.loop import Progress
    from crystext.model.training.prepared import Prepared


def metrics_of(
    settings: RunSettings, data: Data, predicted: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Errors of the predictions, beside the mean predictor's, and what they are of.

    Args:
        settings: of the run.
        data: of the run.
        predicted: (n,) by split, in the unit of errors.
    """
    learnt = {name: data.scaling.learnt(one.values) for name, one in data.splits.items()}
    train = data.scaling.learnt(data.splits["train"].values)
    mean = np.full(len(learnt["test"]), train.mean())
    metrics: dict[str, Any] = {
        "property": settings.target,
        "model": settings.model,
        "preset": settings.preset,
        "section": settings.text.section if settings.uses_text else None,
        "seed": settings.seed,
        "unit": data.unit,
        "error_unit": data.error_unit,
        "counts": {name: len(one) for name, one in data.splits.items()},
        "excluded": len(data.excluded),
        **({} if data.sites is None else {"without_sites": data.without_sites}),
        **{name: errors_of(learnt[name], one) for name, one in predicted.items()},
        "mean_predictor": errors_of(learnt["test"], mean),
    }
    if data.scaling.classes:
        for name, one in predicted.items():
            metrics[name] |= class_metrics(learnt[name], one)
    if data.scaling.log10:
        metrics["test_in_unit"] = errors_of(data.splits["test"].values, 10.0 ** predicted["test"])
    return metrics


def spent(
    run: Prepared, network: torch.nn.Module, reached: Progress, steps: int, device: torch.device
) -> dict[str, Any]:
    """What a run took, and of what it was made: the part of the metrics that holds no error.

    Args:
        run: as it began.
        network: of the run.
        reached: where it ended.
        steps: of an epoch.
        device: it ran on.
    """
    return {
        "epochs": reached.epoch,
        "steps": reached.epoch * steps,
        "best_epoch": reached.best_epoch,
        "parameters": sum(one.numel() for one in network.parameters()),
        "seconds": round(reached.total_seconds, 3),
        "crystals_per_second": len(run.data.splits["train"])
        * reached.epoch
        / reached.total_seconds,
        "peak_memory_mb": peak_memory(device),
        "device": device_name(device),
        "digest": digest(run.record),
        "versions": versions(*PACKAGES),
    }
