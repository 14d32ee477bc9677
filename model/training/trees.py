"""A run of boosted trees on facts: grown on the training set, stopped on validation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.errors import UsageError
from crystext.model.baselines.boosting import ON_FACTS, fit_boosting
from crystext.model.networks.trees import Trees
from crystext.model.training.checkpoint import save_weights
from crystext.model.training.folder import BEST, begin_run, finish_run
from crystext.model.training.loop import Progress
from crystext.model.training.run_metrics import metrics_of, spent

if TYPE_CHECKING:
    from crystext.model.training.prepared import Prepared


def train_trees(run: Prepared) -> dict[str, Any]:
    """Grows the trees of a run; its ``epochs`` are the rounds, its ``parameters`` the leaves.

    Returns:
        What ``metrics.json`` holds.

    Raises:
        UsageError: the targets are classes, or not learnt as standard scores.
        MissingExtraError: LightGBM is not installed.
    """
    data = run.data
    texts: Any = data.texts  # facts are vectors, never states of tokens
    if data.scaling.classes or not run.settings.training.standardise:
        raise UsageError(
            f"trees learn standard scores of numbers; take a network for {run.settings.target}, or "
            "leave training.standardise out"
        )
    begin_run(run.folder, run.record, data)
    matrix = np.asarray(texts.vectors)
    features = {name: matrix[one.text_rows] for name, one in data.splits.items()}
    targets = {name: one.values for name, one in data.splits.items()}
    settings = replace(ON_FACTS, seed=run.settings.seed)
    grown = fit_boosting(features, targets, settings, log10=data.scaling.log10)
    trees = Trees(grown.booster.model_to_string(num_iteration=grown.rounds))
    about = {"settings": run.record["settings"], "data": run.record["data"]}
    save_weights(run.folder / BEST, trees, {**about, "epoch": grown.rounds})
    reached = Progress(epoch=grown.rounds, best_epoch=grown.rounds, total_seconds=grown.seconds)
    leaves = sum(one["num_leaves"] for one in trees.booster.dump_model()["tree_info"])
    metrics = {
        **metrics_of(run.settings, data, grown.predictions),
        **spent(run, trees, reached, 1, torch.device("cpu")),
        "parameters": leaves,
        "processes": 1,
    }
    finish_run(run.folder, metrics, data, grown.predictions)
    return metrics
