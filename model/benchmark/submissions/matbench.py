"""Matbench's record: a ``MatbenchBenchmark`` as JSON, of the tasks whose five folds were run.

The form is that of matbench 0.6: predictions by id for every fold, the fold's scores, and a hash of
the whole that its reader checks. It is read by ``MatbenchBenchmark.from_file``.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.files import write_text
from crystext.model.benchmark.matbench_folds import FOLDS, task_of
from crystext.model.benchmark.results import predictions_of
from crystext.model.benchmark.submissions.runs import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.model.benchmark.splits import SplitPlan

FOLDER = "matbench"
VERSION = "0.6"
BENCHMARK = "matbench_v0.1"
_SMALL = 1e-5  # targets nearer to zero are left out of the percentage error, as Matbench does


def write_matbench(out: Path, rows: Sequence[dict[str, Any]], *, plan: SplitPlan) -> list[str]:
    """Writes one record for each model that was run on all folds of a task.

    Only Matbench's own folds count.

    Returns:
        What was written, or why something was not, in sentences; none for another split.
    """
    if plan.kind != "matbench":
        return []
    if plan.train != 1 or any(row["protocol"] != "honest" for row in rows):
        return ["Matbench: nothing written; it asks for whole training sets, tested once."]
    said = []
    for kind, properties in candidates(rows).items():
        tasks = {}
        for name, runs in properties.items():
            found = _record(out, runs)
            if isinstance(found, str):
                said.append(f"Matbench: not {name} of {kind.words}; {found}.")
            else:
                tasks[found["dataset_name"]] = found
        if tasks:
            path = out / FOLDER / f"{kind.file_name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(benchmark(tasks, {"model": kind.words})))
            said.append(f"Matbench: {FOLDER}/{path.name} holds {', '.join(tasks)}.")
    return said


def _record(out: Path, runs: Sequence[dict[str, Any]]) -> dict[str, Any] | str:
    """A task's record, or why there is none."""
    by_fold = {run["fold"]: predictions_of(out, run) for run in runs}
    first = next(iter(by_fold.values()))["id"][0].as_py()
    task = task_of(first)
    if task is None:
        return f"{first} is not of a task"
    if task.log10 != runs[0]["error_unit"].startswith("log10"):
        return f"{task.name} is not scored in {runs[0]['error_unit'] or 'no unit'}"
    in_unit = runs[0]["error_unit"] != runs[0]["unit"]  # whose logarithm is scored
    folds = {}
    for fold, wanted in enumerate(task.test_ids()):
        table = by_fold.get(fold)
        ids = [] if table is None else table["id"].to_pylist()
        if table is None or set(ids) != set(wanted):
            got = len(set(ids) & set(wanted))
            return f"{got:,} of the {len(wanted):,} test crystals of fold {fold} were predicted"
        columns = (table[name].to_numpy() for name in ("target", "prediction"))
        true, predicted = (np.log10(one) if in_unit else one for one in columns)
        by_id = dict(zip(ids, predicted.tolist(), strict=True))
        folds[f"fold_{fold}"] = {
            "data": {one: by_id[one] for one in wanted},
            "parameters": {"seed": runs[0]["seed"], "preset": runs[0]["preset"]},
            "scores": scores(true, predicted),
            "uncertainty": None,
        }
    assert len(folds) == FOLDS
    return {
        "@module": "matbench.task",
        "@class": "MatbenchTask",
        "benchmark_name": BENCHMARK,
        "dataset_name": task.name,
        "results": folds,
    }


def benchmark(tasks: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    """A ``MatbenchBenchmark`` of records by name of task, with its hash."""
    record = {
        "@module": "matbench.bench",
        "@class": "MatbenchBenchmark",
        "version": VERSION,
        "tasks": tasks,
        "user_metadata": about,
        "benchmark_name": BENCHMARK,
        "datestamp": time.strftime("%Y.%m.%d %H:%M.%S", time.gmtime()),
    }
    content = json.dumps(record, sort_keys=True).encode()  # keys sorted at every depth
    return record | {"hash": hashlib.sha256(content).hexdigest()}


def scores(true: NDArray[np.float64], predicted: NDArray[np.float64]) -> dict[str, float]:
    """Matbench's four scores of a regression.

    Args:
        true: (n,), in the unit that is scored.
        predicted: (n,), in the same.
    """
    wrong = np.abs(predicted - true)
    kept = np.abs(true) > _SMALL
    return {
        "mae": float(wrong.mean()),
        "rmse": float(np.sqrt(np.mean(wrong**2))),
        "mape": float(np.mean(wrong[kept] / np.abs(true[kept]))) if kept.any() else 0.0,
        "max_error": float(wrong.max()),
    }
