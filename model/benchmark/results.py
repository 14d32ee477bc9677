"""The long table of results: one row a trial, as Parquet, and the errors behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from crystext.files import written_aside
from crystext.model.benchmark.layout import FAILURE, RESULTS, RUNS, is_finished
from crystext.model.benchmark.statistics import Gain, paired_gain
from crystext.model.benchmark.suite import BASELINES, Row
from crystext.model.training.folder import PREDICTIONS, WATCHED_SPLIT, read_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.model.benchmark.trial import Trial

STRING = pa.string()


def told(name: str, kind: pa.DataType, description: str) -> pa.Field:
    """A column whose name does not say all; the words stand in the file."""
    return pa.field(name, kind, metadata={"description": description})


SCHEMA = pa.schema(
    [
        *((name, STRING) for name in ("suite", "property", "model")),
        told("text", STRING, "section or control, and fusion; empty: none"),
        ("split", STRING),
        ("fold", pa.int16()),
        ("seed", pa.int32()),
        ("protocol", STRING),
        ("preset", STRING),
        told("overrides", STRING, "of the preset, as JSON"),
        told("mae", pa.float64(), "test set, in error_unit"),
        told("mae_in_unit", pa.float64(), "test set, in unit"),
        ("validation_mae", pa.float64()),
        ("error_unit", STRING),
        ("unit", STRING),
        *((name, pa.int32()) for name in ("n_train", "n_validation", "n_test")),
        *((name, pa.int32()) for name in ("epochs", "best_epoch")),
        told("steps", pa.int64(), "of the optimiser, in all"),
        ("parameters", pa.int64()),
        told("seconds", pa.float64(), "of training"),
        told(
            "peak_memory_mb", pa.float64(), "MiB: a GPU's, by tensors; on a CPU the whole process'"
        ),
        ("device", STRING),
        *((name, STRING) for name in ("corpus_digest", "split_digest", "run_digest")),
        told("versions", STRING, "JSON"),
        told("run", STRING, "folder under runs/"),
        told("failure", STRING, "code and message; else null"),
    ]
)


def collect(trials: Sequence[Trial], out: Path, suite: str) -> pa.Table:
    """Reads the metrics of all finished trials and writes the table.

    The file also keeps what earlier benchmarks in the same folder left, such as another suite or
    another ``--train-part``.

    Returns:
        One row a trial that has ended, in the trials' order.
    """
    rows = [row for trial in trials if (row := _row(trial, out, suite)) is not None]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    mine = {row["run"] for row in rows}
    others = [row for row in read_results(out).to_pylist() if row["run"] not in mine]
    kept = [row for row in others if (out / RUNS / row["run"]).is_dir()]
    write_rows(out / RESULTS, [*rows, *kept], SCHEMA)
    return table


def read_results(out: Path) -> pa.Table:
    """All results that a folder holds; none where the file is not there.

    Columns that an earlier version did not write are null.
    """
    return read_rows(out / RESULTS, SCHEMA)


def read_rows(path: Path, schema: pa.Schema) -> pa.Table:
    """A Parquet file in a schema; no rows where it is not there or its columns are others."""
    if not path.is_file():
        return schema.empty_table()
    table = pq.read_table(path)
    known = {field.name: field.type for field in schema}
    if any(known.get(field.name) != field.type for field in table.schema):
        return schema.empty_table()
    return pa.Table.from_pylist(table.to_pylist(), schema=schema)


def write_rows(path: Path, rows: Sequence[dict[str, Any]], schema: pa.Schema) -> None:
    """Writes rows as Parquet, aside and then renamed."""
    with written_aside(path) as aside:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), aside)


_AS_THEY_ARE = (
    *("error_unit", "unit", "epochs", "best_epoch", "steps", "parameters", "seconds"),
    *("peak_memory_mb", "device"),
)


def _row(trial: Trial, out: Path, suite: str) -> dict[str, Any] | None:
    folder = out / RUNS / trial.name
    row: dict[str, Any] = {
        "suite": suite,
        "property": trial.property_name,
        "model": trial.row.model,
        "text": trial.row.reads,
        "split": trial.plan.words,
        "fold": trial.fold,
        "seed": trial.seed,
        "protocol": trial.protocol,
        "preset": trial.preset,
        "overrides": json.dumps(trial.overrides, sort_keys=True),
        "run": trial.name,
    }
    if (folder / FAILURE).is_file():
        failure = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
        return row | {"failure": f"{failure['code']}: {failure['message']}"}
    if not is_finished(trial, out):
        return None
    words, metrics = read_run(folder)
    data, counts = words["data"], metrics["counts"]
    if trial.protocol == "published" and WATCHED_SPLIT in metrics:
        test, in_unit = (metrics[WATCHED_SPLIT][name] for name in ("mae", "mae_in_unit"))
    else:
        same_unit = metrics["error_unit"] == metrics["unit"]
        test = metrics["test"]["mae"]
        in_unit = test if same_unit else metrics["test_in_unit"]["mae"]
    return row | {
        "mae": test,
        "mae_in_unit": in_unit,
        "validation_mae": metrics["validation"]["mae"],
        "n_train": counts["train"],
        "n_validation": counts["validation"],
        "n_test": counts["test"],
        "corpus_digest": data["corpus_digest"],
        "split_digest": data["split_digest"],
        "run_digest": metrics["digest"],
        "versions": json.dumps(metrics["versions"]),
        **{name: metrics.get(name) for name in _AS_THEY_ARE},
    }


@dataclass(frozen=True)
class Tested:
    """What the seeds of one model predict for the crystals that all of them were tested on.

    Attributes:
        ids: n crystals, sorted.
        seeds: of the rows of ``predicted``.
        true: (n,), in the unit that is learnt.
        predicted: (seeds, n), likewise.
        log10: whether that unit is the logarithm of the property's.
        folds: (n,), in which each crystal was tested.
    """

    ids: list[str]
    seeds: list[int]
    true: NDArray[np.float64]
    predicted: NDArray[np.float64]
    log10: bool
    folds: NDArray[np.int64]

    @property
    def errors(self) -> NDArray[np.float64]:
        """(seeds, n), absolute errors, in the unit that is learnt."""
        return np.abs(self.predicted - self.true)

    def among(self, other: Tested) -> Tested:
        """The same of the crystals that another model was tested on too."""
        ids = sorted(set(self.ids) & set(other.ids))
        at = np.searchsorted(self.ids, ids)
        true, predicted, folds = self.true[at], self.predicted[:, at], self.folds[at]
        return replace(self, ids=ids, true=true, predicted=predicted, folds=folds)

    def gain_over(self, other: Tested) -> Gain | None:
        """Over another model on the crystals that both were tested on, if there are any."""
        before, after = other.among(self), self.among(other)
        if not before.ids:
            return None
        return paired_gain(before.errors, after.errors, folds=before.folds)


def by_row(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, Row], list[dict[str, Any]]]:
    """Rows of the results that ended, by property, model and text, in their order."""
    found: dict[tuple[str, Row], list[dict[str, Any]]] = {}
    for row in rows:
        if row["failure"] is None:
            found.setdefault((row["property"], Row.of_result(row)), []).append(row)
    return found


def finished(rows: Sequence[dict[str, Any]], folds: int) -> list[dict[str, Any]]:
    """Rows of the seeds that have all folds; of one property, model, text and split."""
    by_seed: dict[int, set[int]] = {}
    for row in rows:
        by_seed.setdefault(row["seed"], set()).add(row["fold"])
    return [row for row in rows if len(by_seed[row["seed"]]) == folds]


def tested(out: Path, rows: Sequence[dict[str, Any]], split: str) -> Tested:
    """Reads the predictions of one model's test sets, or of those of another split.

    Args:
        out: folder of the benchmark.
        rows: of the results, of one property, model, text and split; a crystal is tested once for
            every seed, in whichever fold it stands.
        split: ``test`` or ``validation``.
    """
    found: dict[int, dict[str, tuple[float, float]]] = {}
    fold: dict[str, int] = {}
    for row in rows:
        table = predictions_of(out, row, split)
        both = (table[name].to_pylist() for name in ("target", "prediction"))
        pairs = zip(table["id"].to_pylist(), zip(*both, strict=True), strict=True)
        found.setdefault(row["seed"], {}).update(pairs)
        fold.update(dict.fromkeys(table["id"].to_pylist(), row["fold"]))
    ids = sorted(set.intersection(*(set(one) for one in found.values())))
    first, *_ = found.values()
    true = np.array([first[name][0] for name in ids], dtype=np.float64)
    predicted = np.array([[one[name][1] for name in ids] for one in found.values()], np.float64)
    if log10 := rows[0]["error_unit"].startswith("log10"):
        true, predicted = np.log10(true), np.log10(predicted)
    folds = np.array([fold[name] for name in ids], dtype=np.int64)
    return Tested(ids, list(found), true, predicted, log10, folds)


def predictions_of(out: Path, row: dict[str, Any], split: str = "test") -> pa.Table:
    """Ids, targets and predictions of a run's test set or another, in the property's unit.

    Under the published protocol those of the epoch with the lowest test error, as its figure is; a
    baseline has no epochs.
    """
    watched = row["protocol"] == "published" and row["model"] not in BASELINES
    split = WATCHED_SPLIT if watched else split
    return pq.read_table(out / RUNS / row["run"] / PREDICTIONS, filters=[("split", "=", split)])
