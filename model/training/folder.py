"""The files of a run: what they are called, and how they are written and read.

::

    RUN/
      settings.json        all that decides the numbers, saved before work
      excluded.csv         crystals of the splits that could not be used, each with a code
      log.csv              one line an epoch; tensorboard/ holds the same
      best.safetensors     weights of the epoch with the lowest validation error, as of the state
      state.safetensors    what an interrupted run goes on from, these weights included; written
                           every 30 s at most, on interruption and at the end of training; gone
                           when the run has ended
      predictions.parquet  validation and test, in the property's unit; where the test set was
                           watched, ``watched_test`` too: the test set at its lowest error
      metrics.json         written last; a run without it has not ended
      curves.png           errors by epoch, and the test set
"""

from __future__ import annotations

import csv
import io
import json
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    BadRunError,
    CrystextError,
    NoRunError,
    OtherRunError,
    UsageError,
    first_line,
    shown,
)
from crystext.files import sha256, write_json, write_text, written_aside
from crystext.provenance import changed
from crystext.spreadsheets import remark_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data

_log = logging.getLogger(__name__)
SETTINGS, METRICS = "settings.json", "metrics.json"
PREDICTIONS, EXCLUDED, LOG = "predictions.parquet", "excluded.csv", "log.csv"
BEST, STATE = "best.safetensors", "state.safetensors"
_LENGTHS = {"settings.training.epochs", "settings.training.steps"}
WATCHED_SPLIT = "watched_test"
WATCHED_PREDICTIONS = "watched.npy"
"""Beside the state of a run that an earlier release began; now the state holds them."""


def read_run(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and metrics of a finished run.

    Raises:
        NoRunError: there is none, or it has not ended.
        BadRunError: a file is damaged.
    """
    folder = Path(folder)
    settings, metrics = _files(folder, BadRunError, "copy the run again")
    if settings is None:
        raise NoRunError(f"{folder} holds no training run; make one with crystext train")
    if metrics is None:
        raise NoRunError(f"the run in {folder} has not ended; give its crystext train again")
    return settings, metrics


def first_weights(settings: RunSettings) -> str:
    """SHA-256 of the weights that a run begins from.

    Raises:
        NoRunError: there is no finished run.
        UsageError: it trained another model.
    """
    assert settings.init_from is not None
    folder = Path(settings.init_from)
    saved, _ = read_run(folder)
    model = saved.get("settings", {}).get("model")
    if model != settings.model:
        raise UsageError(
            f"{folder} trained {shown(model)}, and {settings.model} cannot begin from it; give "
            f"--model {model}"
        )
    if not (folder / BEST).is_file():
        raise NoRunError(f"{folder} holds no {BEST}; copy the whole run")
    return sha256(folder / BEST)


def finished_run(folder: Path, words: Mapping[str, Any]) -> dict[str, Any] | None:
    """Metrics of a finished run of the same words, ``None`` where there is none yet.

    Raises:
        OtherRunError: the folder holds other files, another run, or damaged ones.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    before, metrics = _files(folder, OtherRunError, "choose a new folder")
    if before is None:
        raise OtherRunError(f"{folder} holds other files; choose a new folder for the run")
    now = json.loads(json.dumps(words))
    if before != now:
        names = [name for name, *_ in changed(before, now)]
        more = ""
        if set(names) <= _LENGTHS and metrics is not None:
            # The learning rate ended at zero with the run: more epochs are another cycle.
            more = f", and --init-from {folder} to go on from its weights"
        raise OtherRunError(
            f"{folder} holds a run with another {', '.join(names)}; choose a new folder{more}"
        )
    return metrics


def begin_run(folder: Path, words: Mapping[str, Any], data: Data) -> None:
    """Writes what decides the numbers, and the crystals that cannot be used."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / SETTINGS, words)  # first: a folder of other files alone is no run's
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["id", "split", "code", "message"])
    writer.writerows([one.id, one.split, one.code, one.message] for one in data.excluded)
    write_text(folder / EXCLUDED, table.getvalue())
    if remark := remark_on(one.id for one in data.excluded):
        _log.warning("%s: %s", EXCLUDED, remark)


def finish_run(
    folder: Path,
    metrics: Mapping[str, Any],
    data: Data,
    predicted: Mapping[str, NDArray[np.float64]],
) -> None:
    """Writes predictions, then metrics, and drops what a resumption would need.

    Args:
        folder: of the run.
        metrics: of the run.
        data: of the run.
        predicted: (n,) by split, in the unit of errors; the watched test set is a split too.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    splits = {**data.splits, WATCHED_SPLIT: data.splits["test"]}
    table = pa.concat_tables(
        pa.table(
            {
                "id": splits[split].ids,
                "split": [split] * len(values),
                "target": splits[split].values,
                "prediction": 10.0**values if data.scaling.log10 else values,
            }
        )
        for split, values in predicted.items()
    )
    with written_aside(folder / PREDICTIONS) as aside:
        pq.write_table(table, aside)
    write_json(folder / METRICS, {**metrics, "finished": time.strftime("%Y-%m-%dT%H:%M:%S%z")})
    for name in (STATE, WATCHED_PREDICTIONS):
        (folder / name).unlink(missing_ok=True)


def _files(folder: Path, damaged: type[CrystextError], remedy: str) -> tuple[Any, Any]:
    """Settings and metrics of a run, ``None`` for a file that is not there.

    Raises:
        CrystextError: the one given: a file is damaged.
    """
    try:
        return _json(folder / SETTINGS), _json(folder / METRICS)
    except (ValueError, RecursionError) as error:
        message = f"{SETTINGS} or {METRICS} of {folder} is damaged ({first_line(error)})"
        raise damaged(f"{message}; {remedy}") from error


def _json(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
