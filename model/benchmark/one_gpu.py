"""The trials of a benchmark on one GPU: those that can share it are trained side by side."""

from __future__ import annotations

import gc
import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import torch

from crystext.errors import CrystextError
from crystext.model.benchmark.layout import RUNS, is_done, write_failure
from crystext.model.training.prepared import prepare
from crystext.model.training.side_by_side.lanes import can_be_recorded, train_together
from crystext.pipelines.file_lock import try_file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crystext.model.benchmark.inputs import TrialInputs
    from crystext.model.benchmark.trial import Trial
    from crystext.model.training.prepared import Prepared

_log = logging.getLogger(__name__)
_SHARES = ((16, 16), (8, 4), (4, 1), (1, 1))
"""Networks side by side, and streams, that are tried one after the other where memory runs out."""


def on_one_gpu(trial: Trial) -> bool:
    """Whether a trial is trained beside others: by its settings, where there is a GPU."""
    settings = trial.settings
    return (
        settings is not None
        and settings.training.device != "cpu"
        and torch.cuda.is_available()
        and can_be_recorded(settings)
    )


def run_side_by_side(
    trials: Sequence[Trial],
    out: Path,
    inputs: TrialInputs,
    *,
    device: torch.device,
    tick: Callable[[], None],
) -> None:
    """Runs trials that nobody has run or is running, many at once.

    They are such as :func:`on_one_gpu` holds for.

    Those that the memory has no room for, even alone, are left to be run as on any machine.
    """
    with ExitStack() as held:
        runs: list[Prepared] = []
        for trial in trials:
            folder = out / RUNS / trial.name
            folder.parent.mkdir(parents=True, exist_ok=True)
            mine = held.enter_context(try_file_lock(folder.with_suffix(".lock")))
            if mine and not is_done(trial, out):
                runs += _prepared(trial, folder, inputs)

        def tell(run: Prepared, found: dict[str, Any] | CrystextError) -> None:
            left.remove(run)
            if isinstance(found, CrystextError):
                write_failure(run.folder, found)
            tick()

        left = list(runs)
        for side_by_side, lanes in _SHARES:
            try:
                train_together(
                    list(left), device, side_by_side=side_by_side, lanes=lanes, tell=tell
                )
            except torch.OutOfMemoryError:
                gc.collect()
                torch.cuda.empty_cache()
                _log.warning(
                    "the GPU's memory runs out with %d networks side by side; trying fewer",
                    side_by_side,
                )
            else:
                break


def _prepared(trial: Trial, folder: Path, inputs: TrialInputs) -> list[Prepared]:
    """The run, or none where an error that we name is written down in its place."""
    settings = trial.settings
    assert settings is not None
    try:
        corpus, splits = inputs.corpus, inputs.split(trial)
        return [prepare(settings, folder, corpus=corpus, splits=splits, **inputs.read_by(trial))]
    except CrystextError as error:
        write_failure(folder, error)
        return []
