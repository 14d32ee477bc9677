import numpy as np
import pytest

import crystext
from crystext.errors import BadTargetsError
from crystext.model.baselines.boosting import BoostingSettings, fit_boosting
from crystext.model.settings import make_settings
from crystext.model.training.data import load_data
from crystext.model.training.targets import Scaling

pytest.importorskip("lightgbm")
SIZES = {"train": 300, "validation": 60, "test": 60}
QUICK = BoostingSettings(rounds=120, patience=15, learning_rate=0.1, feature_share=0.8)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    features = {name: rng.normal(size=(n, 12)).astype(np.float32) for name, n in SIZES.items()}
    targets = {
        name: 10 ** (x[:, 0] + 0.5 * np.sin(3 * x[:, 1]) + 0.05 * rng.normal(size=len(x)))
        for name, x in features.items()
    }
    return features, targets


@pytest.fixture(scope="module")
def fitted(data):
    return fit_boosting(*data, QUICK, log10=True)


def test_trees_learn_what_the_mean_does_not(data, fitted):
    test = data[1]["test"]
    error = np.abs(fitted.predictions["test"] - np.log10(test)).mean()
    mean = np.log10(data[1]["train"]).mean()
    assert error < np.abs(np.log10(test) - mean).mean() / 2


def test_the_same_seed_gives_the_same_trees(data, fitted):
    again = fit_boosting(*data, QUICK, log10=True)
    np.testing.assert_array_equal(again.predictions["test"], fitted.predictions["test"])
    other = fit_boosting(*data, BoostingSettings(**{**vars(QUICK), "seed": 1}), log10=True)
    assert (other.predictions["test"] != fitted.predictions["test"]).any()


def test_validation_chooses_the_rounds_and_test_decides_nothing(data, fitted):
    features, targets = data
    scaling = Scaling.of(targets["train"], log10=True, ids=[])
    errors = [
        np.abs(
            scaling.predicted(fitted.booster.predict(features["validation"], num_iteration=rounds))
            - np.log10(targets["validation"])
        ).mean()
        for rounds in range(1, fitted.booster.num_trees() + 1)
    ]
    assert int(np.argmin(errors)) + 1 == fitted.rounds < QUICK.rounds
    shuffled = {**targets, "test": targets["test"][::-1]}
    blind = fit_boosting(features, shuffled, QUICK, log10=True)
    np.testing.assert_array_equal(blind.predictions["test"], fitted.predictions["test"])


def test_missing_values_and_plain_targets(data):
    features, targets = data
    holes = {name: np.where(x > 2, np.nan, x) for name, x in features.items()}
    found = fit_boosting(holes, targets, QUICK, log10=False)
    assert np.isfinite(found.predictions["test"]).all()


def test_targets_that_cannot_be_learnt_are_refused(data):
    features, targets = data
    with pytest.raises(BadTargetsError, match="row 0 of the training set has no logarithm"):
        fit_boosting(features, {**targets, "train": -targets["train"]}, QUICK, log10=True)


class Descriptors:
    """A store of two numbers for all but one crystal."""

    def __init__(self, ids):
        self.ids = ids
        self.features = np.column_stack([np.arange(len(ids)), np.arange(len(ids)) ** 2])

    def failures(self):
        return []


def test_descriptors_are_joined_with_the_corpus_split():
    settings = make_settings(corpus="mini", property_name="bulk_modulus", model="cfid")
    corpus = crystext.load_corpus("mini")
    tables = corpus.targets("bulk_modulus")
    ids = [one for table in tables.values() for one in table["id"].to_pylist()]
    store = Descriptors(ids[:-1])
    data = load_data(corpus, settings, graphs=store, texts=None)
    assert [one.id for one in data.excluded] == [ids[-1]]
    assert {name: len(one) for name, one in data.splits.items()} == {
        "train": 1024,
        "validation": 82,
        "test": 67,
    }
    row = corpus.row(ids[1030])
    validation = data.splits["validation"]
    assert validation.values[6] == row["bulk_modulus"]
    assert store.features[validation.graph_rows[6]].tolist() == [1030, 1030**2]
