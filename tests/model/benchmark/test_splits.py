"""Splits are fixed lists: disjoint, drawn by a seed, and of the sizes that were asked for."""

import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

import crystext
from crystext.corpus.columns import Property
from crystext.errors import UsageError
from crystext.model.benchmark.matbench_folds import TASKS, task_of
from crystext.model.benchmark.splits import SplitPlan, make_split

PLANS = (
    SplitPlan(),
    SplitPlan("random", train=0.2),
    SplitPlan("folds"),
    SplitPlan("folds", train=0.1),
    SplitPlan("composition", train=0.8),
)
MATBENCH = "CRYSTEXT_MATBENCH_WHEEL"


@pytest.fixture(scope="module")
def mini():
    return crystext.load_corpus("mini")


@pytest.fixture(scope="module")
def formulas(mini):
    table = mini.table(["id", "formula"])
    return dict(zip(table["id"].to_pylist(), table["formula"].to_pylist(), strict=True))


def everything(mini):
    return {one for part in mini.targets("bulk_modulus").values() for one in part["id"].to_pylist()}


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.words)
def test_parts_are_disjoint_known_and_the_same_again(mini, plan):
    for fold in range(plan.number):
        split = make_split(mini, "bulk_modulus", plan, fold)
        parts = [set(split[name]) for name in ("train", "validation", "test")]
        assert all(parts)
        assert sum(map(len, parts)) == len(set.union(*parts))
        assert set.union(*parts) <= everything(mini)
        assert all(len(split[name]) == len(set(split[name])) for name in split)
        assert make_split(mini, "bulk_modulus", plan, fold) == split


def test_the_official_one_is_the_corpus_own(mini):
    split = make_split(mini, "bulk_modulus", SplitPlan())
    tables = mini.targets("bulk_modulus")
    assert split == {name: tables[name]["id"].to_pylist() for name in split}


def test_a_part_of_train_leaves_the_others_alone(mini):
    whole = make_split(mini, "bulk_modulus", SplitPlan())
    part = make_split(mini, "bulk_modulus", SplitPlan(train=0.25))
    assert len(part["train"]) == round(0.25 * len(whole["train"]))
    assert set(part["train"]) < set(whole["train"])
    assert part["test"] == whole["test"]
    assert part != whole


@pytest.mark.parametrize("train", [1, 0.1])
def test_folds_test_every_crystal_once(mini, train):
    plan = SplitPlan("folds", train=train)
    splits = [make_split(mini, "bulk_modulus", plan, fold) for fold in range(plan.number)]
    tested = [one for split in splits for one in split["test"]]
    assert len(tested) == 1174
    assert set(tested) == everything(mini)
    assert {len(split["test"]) for split in splits} == {234, 235}
    assert len({tuple(split["train"]) for split in splits}) == 5
    held = [set(split["validation"]) for split in splits]
    shared = max(len(a & b) / len(a) for a in held for b in held if a is not b)
    assert shared < 0.3, "validation is drawn anew for each fold"
    rest = 1174 * 4 / 5 * 0.9
    assert all(abs(len(split["train"]) - train * rest) < 2 for split in splits)


def test_parts_of_the_whole_are_as_large_as_asked(mini):
    split = make_split(mini, "bulk_modulus", SplitPlan("random", train=0.2))
    assert {name: len(ids) for name, ids in split.items()} == {
        "train": 235, "validation": 117, "test": 117,
    }  # fmt: skip


def test_by_composition_no_formula_stands_in_two_parts(mini, formulas):
    split = make_split(mini, "bulk_modulus", SplitPlan("composition", train=0.8))
    groups = [{formulas[one] for one in ids} for ids in split.values()]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    official = make_split(mini, "bulk_modulus", SplitPlan())
    twice = {formulas[i] for i in official["train"]} & {formulas[i] for i in official["test"]}
    assert twice, "the official split has formulas in both, else this shows nothing"


def test_another_seed_is_another_split(mini):
    first, second = (
        make_split(mini, "bulk_modulus", SplitPlan("folds", seed=seed)) for seed in (0, 1)
    )
    assert first != second


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": "whole"}, "whole"),
        ({"train": 0}, "between"),
        ({"kind": "random", "train": 0.9}, "more than the whole"),
        ({"folds": 1}, "1 folds"),
    ],
)
def test_wrong_plans_are_refused(options, named):
    with pytest.raises(UsageError, match=named):
        SplitPlan(**options)


def test_matbench_needs_its_ids(mini):
    with pytest.raises(UsageError, match="mb-log-kvrh-00001, not "):
        make_split(mini, "bulk_modulus", SplitPlan("matbench"))


def test_matbench_tasks_by_id():
    assert task_of("mb-log-kvrh-00017").name == "matbench_log_kvrh"
    assert task_of("mb-mp-e-form-000001") is TASKS["matbench_mp_e_form"]
    assert task_of("mp-149") is None
    assert task_of("mb-steels-001") is None


def test_matbench_folds_cover_a_task_once():
    task = TASKS["matbench_phonons"]
    folds = task.test_ids()
    assert sorted(one for fold in folds for one in fold) == task.ids
    assert [len(fold) for fold in folds] == [253] * 5


@pytest.mark.parametrize("lost", [0, 2])
def test_matbench_folds_of_a_corpus(lost):
    """Crystals that could not be described are missing; nobody changes folds for that."""
    task = TASKS["matbench_jdft2d"]
    known = task.ids[lost:]
    tables = {"train": pa.table({"id": known[9:]}), "test": pa.table({"id": known[:9]})}
    corpus = SimpleNamespace(
        targets=lambda _: tables,
        manifest={"splits": {"exfoliation": {}}},
        properties={"exfoliation": Property("exfoliation", "meV/atom", "of a sheet")},
    )
    plan = SplitPlan("matbench")
    splits = [make_split(corpus, "exfoliation", plan, fold) for fold in range(plan.number)]
    for split, published in zip(splits, task.test_ids(), strict=True):
        assert split["test"] == [one for one in published if one in set(known)]
        assert sorted(one for part in split.values() for one in part) == known


def test_official_lists_without_one_part_are_refused():
    corpus = SimpleNamespace(
        targets=lambda _: {"train": pa.table({"id": ["a"]}), "test": pa.table({"id": ["b"]})},
        manifest={"splits": {"gap": {}}},
        properties={"gap": Property("gap", "eV", "of a band")},
    )
    with pytest.raises(UsageError, match="2 crystals with 'gap' leave none for validation"):
        make_split(corpus, "gap", SplitPlan())


@pytest.mark.parametrize("name", sorted(TASKS))
def test_matbench_folds_are_the_published_ones(name):
    if not (wheel := os.environ.get(MATBENCH)):
        pytest.skip(f"the wheel of matbench 0.6 is not in {MATBENCH}")
    with zipfile.ZipFile(Path(wheel)) as archive:
        published = json.loads(archive.read("matbench/matbench_v0.1_validation.json"))
    folds = published["splits"][name]
    assert TASKS[name].test_ids() == [folds[f"fold_{number}"]["test"] for number in range(5)]
