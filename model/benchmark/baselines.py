"""What every network has to beat: the mean of the training set, and boosted trees.

Trees learn from CFID descriptors of the structure, or from the facts of the text.

A baseline leaves the files of a run, so that results are collected alike.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import TEST, VALIDATION
from crystext.features.composition import FEATURES as COMPOSITION
from crystext.model.baselines.boosting import ON_FACTS, BoostingSettings, fit_boosting
from crystext.model.settings import RunSettings
from crystext.model.text.store import EmbeddingStore
from crystext.model.training.data import Data, load_data
from crystext.model.training.folder import begin_run, finish_run, finished_run
from crystext.model.training.machine import PACKAGES
from crystext.model.training.run_metrics import metrics_of
from crystext.provenance import digest, versions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.model.baselines.cfid import CfidStore
    from crystext.model.benchmark.inputs import TrialInputs
    from crystext.model.benchmark.trial import Trial


def run_baseline(trial: Trial, folder: Path, inputs: TrialInputs) -> None:
    """Fits a baseline once, unless the folder holds that run already."""
    model, corpus, splits = trial.row.model, inputs.corpus, inputs.split(trial)
    descriptors = inputs.descriptors(model)
    settings = RunSettings(
        corpus=trial.corpus, property_name=trial.property_name, model=model, preset=trial.preset
    )
    data = load_data(corpus, settings, graphs=descriptors, texts=None, splits=splits)
    words: dict[str, Any] = {
        "settings": settings.to_dict(),
        "data": {
            "corpus_digest": corpus.manifest["content_digest"],
            "split_digest": digest(splits),
            "descriptors": None if descriptors is None else descriptors.digest,
        },
    }
    if finished_run(folder, words) is not None:
        return
    begin_run(folder, words, data)
    began = time.perf_counter()
    if descriptors is None:
        held_out = {name: len(data.splits[name]) for name in (VALIDATION, TEST)}
        predicted = {name: np.full(n, data.scaling.mean) for name, n in held_out.items()}
        rounds = 0
    else:
        predicted, rounds = _boosted(data, descriptors, model, trial.run_seed)
    metrics = {
        **metrics_of(settings, data, predicted),
        "epochs": rounds,
        "best_epoch": rounds,
        "parameters": None,
        "seconds": round(time.perf_counter() - began, 3),
        "device": "CPU",
        "versions": versions(*PACKAGES),
        "digest": digest(words),
    }
    finish_run(folder, metrics, data, predicted)


def _boosted(
    data: Data, descriptors: CfidStore | EmbeddingStore, model: str, seed: int
) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Predictions in the unit of errors, and how many trees were grown."""
    if isinstance(descriptors, EmbeddingStore):
        matrix = np.asarray(descriptors.vectors)
        if model == "facts-shuffled":
            matrix = matrix[np.random.default_rng([seed, len(matrix)]).permutation(len(matrix))]
        if model == "composition":
            matrix = matrix[:, : len(COMPOSITION)]
        settings = replace(ON_FACTS, seed=seed)
    else:
        matrix, settings = descriptors.features, BoostingSettings()
    features = {
        name: np.asarray(matrix[one.graph_rows])
        for name, one in data.splits.items()
        if one.graph_rows is not None
    }
    targets = {name: one.values for name, one in data.splits.items()}
    result = fit_boosting(features, targets, settings, log10=data.scaling.log10)
    return result.predictions, result.rounds
