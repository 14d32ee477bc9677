"""Matbench's record: its scores, its form, and what its own reader says of it."""

import hashlib
import json
import os
import subprocess

import numpy as np
import pytest

from crystext.model.benchmark.matbench_folds import TASKS
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.benchmark.submissions.matbench import scores, write_matbench
from tests.model.benchmark import made

PLAN = SplitPlan("matbench")
PYTHON = "CRYSTEXT_MATBENCH_PYTHON"
READ = """
import json, sys
from matbench.bench import MatbenchBenchmark
found = MatbenchBenchmark.from_file(sys.argv[1])
print(json.dumps([
    found.is_valid, found.is_recorded, {name: one.mae.mean for name, one in found.scores.items()}
]))
"""


def runs(out, task, *, unit="1/cm", error_unit=None, folds=range(5), **row):
    """One run a fold of a task; targets grow with the id, predictions are 1 % off."""
    tested = TASKS[task].test_ids()
    rows = []
    for fold in folds:
        true = np.array([float(one.rpartition("-")[2]) for one in tested[fold]])
        rows.append(
            made.run(
                out, f"{task}-{fold}-{row.get('seed', 0)}", ids=tested[fold], true=true,
                predicted=1.01 * true, property="target", model="cgcnn", fold=fold,
                unit=unit, error_unit=error_unit or unit, **row,
            )
        )  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    out = tmp_path_factory.mktemp("matbench")
    assert write_matbench(out, runs(out, "matbench_phonons"), plan=PLAN) == [
        "Matbench: matbench/cgcnn.json holds matbench_phonons."
    ]
    return out / "matbench" / "cgcnn.json"


def test_scores_against_their_definitions():
    true, predicted = np.array([1.0, -2.0, 0.0]), np.array([1.5, -2.0, 1.0])
    assert scores(true, predicted) == pytest.approx(
        {"mae": 0.5, "rmse": np.sqrt(1.25 / 3), "mape": 0.25, "max_error": 1.0}
    )
    assert all(type(value) is float for value in scores(true, predicted).values())


def test_every_crystal_is_recorded_in_its_fold(record):
    found = json.loads(record.read_text())
    (task,) = found["tasks"].values()
    assert task["dataset_name"] == "matbench_phonons"
    for fold, ids in enumerate(TASKS["matbench_phonons"].test_ids()):
        part = task["results"][f"fold_{fold}"]
        assert list(part["data"]) == ids
        assert all(type(value) is float for value in part["data"].values())
        assert part["data"][ids[0]] == pytest.approx(1.01 * float(ids[0].rpartition("-")[2]))
        assert part["scores"]["mape"] == pytest.approx(0.01)


def test_the_hash_is_of_the_sorted_content(record):
    """Matbench sorts every dictionary and hashes its JSON."""
    found = json.loads(record.read_text())

    def ordered(value):
        if isinstance(value, dict):
            return {key: ordered(one) for key, one in sorted(value.items())}
        return value

    told = found.pop("hash")
    assert told == hashlib.sha256(json.dumps(ordered(found)).encode()).hexdigest()


def test_moduli_are_recorded_as_logarithms(tmp_path):
    rows = runs(tmp_path, "matbench_log_kvrh", unit="GPa", error_unit="log10(GPa)")
    write_matbench(tmp_path, rows, plan=PLAN)
    found = json.loads((tmp_path / "matbench" / "cgcnn.json").read_text())
    data = found["tasks"]["matbench_log_kvrh"]["results"]["fold_0"]["data"]
    one, value = next(iter(data.items()))
    assert value == pytest.approx(np.log10(1.01 * float(one.rpartition("-")[2])))


def test_reasons_for_none(tmp_path):
    def said(folder, task="matbench_phonons", plan=PLAN, **options):
        rows = runs(tmp_path / folder, task, **options)
        return write_matbench(tmp_path / folder, rows, plan=plan)

    assert said("other", plan=SplitPlan()) == []
    (reason,) = said("part", plan=SplitPlan("matbench", train=0.5))
    assert "whole training sets" in reason
    (reason,) = said("published", protocol="published")
    assert "tested once" in reason
    (reason,) = said("folds", folds=range(4))
    assert "0 of the 253 test crystals of fold 4" in reason
    (reason,) = said("unit", task="matbench_log_kvrh", unit="GPa")
    assert "is not scored in GPa" in reason
    assert not list(tmp_path.glob("*/matbench"))


def test_matbench_reads_it(record, tmp_path):
    if not (python := os.environ.get(PYTHON)):
        pytest.skip(f"a Python with matbench is not in {PYTHON}")
    done = subprocess.run(
        [python, "-c", READ, str(record)], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    valid, recorded, found = json.loads(done.stdout.splitlines()[-1])
    assert valid
    assert recorded
    assert found == {"matbench_phonons": pytest.approx(0.01 * np.mean(np.arange(1, 1266)))}
