"""The files of a benchmark's folder: what they are called, and what they say of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.files import write_json
from crystext.model.training.folder import METRICS

if TYPE_CHECKING:
    from pathlib import Path

    from crystext.errors import CrystextError
    from crystext.model.benchmark.trial import Trial

RESULTS = "results.parquet"
ENSEMBLES = "ensembles.parquet"
PAGE = "report.html"
PLANS = "benchmark.json"
"""What was planned in the folder, by digest, for workers to read."""
RUNS = "runs"
"""The folder of the runs, one a trial."""
FAILURE = "failure.json"
"""In a run's folder: why it has no metrics."""


def is_finished(trial: Trial, out: Path) -> bool:
    """Whether a trial has its metrics."""
    return (out / RUNS / trial.name / METRICS).is_file()


def is_done(trial: Trial, out: Path) -> bool:
    """Whether a trial has its metrics, or the reason why it has none."""
    return is_finished(trial, out) or (out / RUNS / trial.name / FAILURE).is_file()


def write_failure(folder: Path, error: CrystextError) -> None:
    """Writes down why a trial has no metrics."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FAILURE, error.to_dict())
