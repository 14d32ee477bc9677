"""How much of a test set is known from training."""

from types import SimpleNamespace

import pyarrow as pa
import pytest

import crystext
from crystext.model.benchmark.overlap import known_from_training
from crystext.model.benchmark.splits import SplitPlan, make_split


@pytest.fixture
def corpus():
    """Rutile twice, anatase, and a salt."""
    table = pa.table(
        {
            "id": ["r1", "r2", "a", "s"],
            "formula": ["TiO2", "TiO2", "TiO2", "NaCl"],
            "space_group_number": [136, 136, 141, 225],
        }
    )
    return SimpleNamespace(table=table.select)


def test_formula_and_space_group_are_told_apart(corpus):
    split = {"train": ["r1"], "validation": [], "test": ["r2", "a", "s"]}
    assert known_from_training(corpus, [split]) == (
        "of the tested, 67% have their formula in train, 33% in the same space group"
    )
    other = {"train": ["s"], "validation": [], "test": ["r1"]}
    assert known_from_training(corpus, [split, other]) == (
        "of the tested, 50% have their formula in train, 25% in the same space group"
    )


def test_a_split_by_composition_has_none():
    mini = crystext.load_corpus("mini")
    plan = SplitPlan("composition", train=0.8)
    found = known_from_training(mini, [make_split(mini, "bulk_modulus", plan)])
    assert found == "no formula of the tested stands in train"
    random = known_from_training(mini, [make_split(mini, "bulk_modulus", SplitPlan("folds"))])
    assert random.startswith("of the tested, ")
