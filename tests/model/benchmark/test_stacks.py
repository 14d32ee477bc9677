"""Stacks: the weight comes from validation alone, and a useless second model gets none."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crystext.model.benchmark.layout import RUNS
from crystext.model.benchmark.stacks import best_weight, make_stacks
from crystext.model.benchmark.suite import Row
from tests.model.benchmark import made

N, FOLDS = 300, 2


def write(out, name, rng, *, fold, seed, noise, log10=False):
    """A run with both sets; ``noise`` is the deviation of its errors, the same for both."""
    ids = [f"c-{fold}-{number:03d}" for number in range(N)]
    true = np.random.default_rng([fold, 5]).normal(size=2 * N)
    predicted = true + noise * rng.normal(size=2 * N)
    values = [10.0**one if log10 else one for one in (true, predicted)]
    unit = {"error_unit": "log10(GPa)", "unit": "GPa"} if log10 else {}
    row = made.run(
        out,
        f"{name}-{fold}-{seed}",
        ids=ids,
        true=values[0][:N].tolist(),
        predicted=values[1][:N].tolist(),
        model=name,
        fold=fold,
        seed=seed,
        **unit,
    )
    table = {
        "id": [*ids, *(f"v{one}" for one in ids)],
        "split": ["test"] * N + ["validation"] * N,
        "target": values[0],
        "prediction": values[1],
    }
    pq.write_table(pa.table(table), out / RUNS / row["run"] / "predictions.parquet")
    return row


def rows(out, *, trees, log10=False):
    rng = np.random.default_rng(1)
    networks = [
        write(out, "cgcnn", rng, fold=fold, seed=seed, noise=0.5, log10=log10)
        for fold in range(FOLDS)
        for seed in range(2)
    ]
    grown = [
        write(out, name, rng, fold=fold, seed=0, noise=noise, log10=log10)
        for fold in range(FOLDS)
        for name, noise in trees.items()
    ]
    return made.table([*networks, *grown])


@pytest.mark.parametrize("log10", [False, True])
def test_two_models_whose_errors_differ_are_better_together(tmp_path, log10):
    (stack,) = make_stacks(rows(tmp_path, trees={"facts": 0.5}, log10=log10), tmp_path)
    assert (stack.row, stack.trees) == (Row("cgcnn"), Row("facts"))
    assert stack.weight == pytest.approx(0.5, abs=0.1)
    assert stack.mae == pytest.approx(0.5 / 2**0.5 * (2 / np.pi) ** 0.5, rel=0.05)
    assert stack.crystals == FOLDS * N
    assert stack.over_graph.verdict == "helps"
    assert stack.over_pair is not None
    assert abs(stack.over_pair.mean) < 0.02  # two networks of one kind are as good


def test_what_knows_nothing_gets_no_weight(tmp_path):
    found = make_stacks(rows(tmp_path, trees={"facts-shuffled": 20.0, "facts": 0.1}), tmp_path)
    by_trees = {one.trees.model: one for one in found}
    assert by_trees["facts-shuffled"].weight < 0.02
    assert abs(by_trees["facts-shuffled"].over_graph.mean) < 0.01
    assert by_trees["facts"].over_pair.verdict == "helps"


def test_the_weight_is_the_one_that_errs_least():
    true = np.array([0.0, 0.0, 0.0, 4.0])
    assert best_weight(true, true + 1, true) == 0
    assert best_weight(true + 1, true, true) == 1
    assert best_weight(true + 1, true - 1, true) == pytest.approx(0.5)


def test_a_fold_that_trees_have_not_ended_is_left_out(tmp_path):
    table = rows(tmp_path, trees={"facts": 0.5})
    kept = [one for one in table.to_pylist() if (one["model"], one["fold"]) != ("facts", 1)]
    (stack,) = make_stacks(made.table(kept), tmp_path)
    assert stack.crystals == N


def test_a_crystal_that_one_of_them_cannot_read_is_left_out(tmp_path):
    table = rows(tmp_path, trees={"facts": 0.5})
    for row in table.to_pylist():
        path = tmp_path / RUNS / row["run"] / "predictions.parquet"
        if row["model"] == "cgcnn" and row["fold"] == 0:  # no graph of a test crystal and another
            pq.write_table(pq.read_table(path).slice(1, 2 * N - 2), path)
    (stack,) = make_stacks(table, tmp_path)
    assert stack.crystals == FOLDS * N - 1
