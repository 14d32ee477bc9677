"""The files of a run: what they are called, and how they are written and read.

::

    RUN/
      settings.json        all that decides the numbers, saved before work
      excluded.csv         crystals of the splits that could not be used, each with a code
      log.csv              one line an epoch; tensorboard/ holds the same
      best.safetensors     weights of the epoch with the lowest validation error
      state.safetensors    what an interrupted run goes on from; gone when the run has ended
      predictions.parquet  validation and test, in the property's unit; where the test set was
                           watched, ``watched_test`` too: the test set at its lowest error
      watched.npy          that, until the run has ended
      metrics.json         written last; a run without it has not ended
      curves.png           errors by epoch, and the test set
"""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    NoRunError,
    OtherRunError,
    UsageError,
    first_line,
    shown,
)
from crystext.files import sha256, write_json, written_aside

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data

SETTINGS, METRICS = "settings.json", "metrics.json"
PREDICTIONS, EXCLUDED = "predictions.parquet", "excluded.csv"
BEST, STATE = "best.safetensors", "state.safetensors"
WATCHED_SPLIT, WATCHED_PREDICTIONS = "watched_test", "watched.npy"


PRETRAINING = "pretraining"
"""The kind that a pretraining's ``settings.json`` names; that of ``crystext train`` names none."""


def read_run(
    folder: str | Path, *, pretraining: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and metrics of a finished run.

    Args:
        folder: of the run.
        pretraining: whether one of :func:`crystext.model.training.pretrain.pretrain` will do.

    Raises:
        NoRunError: there is none, it has not ended, or it is of another kind.
    """
    folder = Path(folder)
    settings, metrics = _json(folder / SETTINGS), _json(folder / METRICS)
    if settings is None:
        raise NoRunError(f"{folder} holds no training run; make one with crystext train")
    kind = settings.get("kind") if isinstance(settings, dict) else None
    if kind == PRETRAINING and not pretraining:
        raise NoRunError(
            f"{folder} holds a pretraining, which predicts nothing yet; begin a run from it with "
            "crystext train --init-from"
        )
    if kind is not None and kind != PRETRAINING:
        raise NoRunError(
            f"{folder} holds {shown(kind)}, no training run; give one of crystext train"
        )
    if metrics is None:
        command = "train" if kind is None else "pretrain"
        raise NoRunError(f"the run in {folder} has not ended; give its crystext {command} again")
    return settings, metrics


def is_pretraining(folder: str | Path) -> bool:
    """Whether the folder's ``settings.json`` says that it holds a pretraining."""
    words = _json(Path(folder) / SETTINGS)
    return isinstance(words, dict) and words.get("kind") == PRETRAINING


def first_weights(settings: RunSettings) -> str:
    """SHA-256 of the weights that a run begins from.

    Raises:
        NoRunError: there is no finished run.
        UsageError: it trained another model.
    """
    assert settings.init_from is not None
    folder = Path(settings.init_from)
    saved, _ = read_run(folder, pretraining=True)
    model = saved.get("settings", {}).get("model")
    if is_pretraining(folder):
        if model != settings.graph_network:
            raise UsageError(
                f"{folder} pretrained {shown(model)}, and {settings.model} cannot begin from it; "
                f"give --model {model} or crysmmnet-{model}"
            )
    elif model != settings.model:
        raise UsageError(
            f"{folder} trained {shown(model)}, and {settings.model} cannot begin from it; give "
            f"--model {model}"
        )
    if not (folder / BEST).is_file():
        raise NoRunError(f"{folder} holds no {BEST}; copy the whole run")
    return sha256(folder / BEST)


def finished_run(folder: Path, words: Mapping[str, Any]) -> dict[str, Any] | None:
    """Metrics of a finished run of the same words; refuses another's folder."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    try:
        before = _json(folder / SETTINGS)
    except ValueError as error:
        raise OtherRunError(
            f"{folder / SETTINGS} is damaged ({first_line(error)}); choose a new folder"
        ) from error
    if before is None:
        raise OtherRunError(f"{folder} holds other files; choose a new folder for the run")
    if before != json.loads(json.dumps(words)):
        names = ", ".join(differing(before, json.loads(json.dumps(words))))
        raise OtherRunError(f"{folder} holds a run with another {names}; choose a new folder")
    return _json(folder / METRICS)


def differing(before: Any, now: Any, name: str = "") -> list[str]:
    """Dotted names of the values that differ."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return [] if before == now else [name]
    keys = [*before, *(key for key in now if key not in before)]
    return [
        one
        for key in keys
        for one in differing(before.get(key), now.get(key), f"{name}.{key}".lstrip("."))
    ]


def begin_run(folder: Path, words: Mapping[str, Any], data: Data) -> None:
    """Writes what decides the numbers, and the crystals that cannot be used."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / EXCLUDED).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "split", "code", "message"])
        writer.writerows([one.id, one.split, one.code, one.message] for one in data.excluded)
    write_json(folder / SETTINGS, words)


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


def _json(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
