import numpy as np
import pytest

import crystext
from crystext.errors import BadTargetsError, UsageError
from crystext.model.baselines.boosting import BoostingSettings, cfid_by_split, fit_boosting

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
    error = np.abs(np.log10(fitted.predictions["test"]) - np.log10(test)).mean()
    assert fitted.metrics["test"]["learnt_mae"] == pytest.approx(error)
    assert fitted.metrics["test"]["mae"] == pytest.approx(
        np.abs(fitted.predictions["test"] - test).mean()
    )
    mean = np.log10(data[1]["train"]).mean()
    assert fitted.mean_metrics["test"]["learnt_mae"] == pytest.approx(
        np.abs(np.log10(test) - mean).mean()
    )
    assert error < fitted.mean_metrics["test"]["learnt_mae"] / 2


def test_the_same_seed_gives_the_same_trees(data, fitted):
    again = fit_boosting(*data, QUICK, log10=True)
    np.testing.assert_array_equal(again.predictions["test"], fitted.predictions["test"])
    other = fit_boosting(*data, BoostingSettings(**{**vars(QUICK), "seed": 1}), log10=True)
    assert (other.predictions["test"] != fitted.predictions["test"]).any()


def test_validation_chooses_the_rounds_and_test_decides_nothing(data, fitted):
    features, targets = data
    errors = [
        np.abs(
            fitted.scaling.predicted(
                fitted.booster.predict(features["validation"], num_iteration=rounds)
            )
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
    found = fit_boosting(holes, targets, QUICK)
    assert set(found.metrics["test"]) == {"mae", "rmse", "r2"}
    assert np.isfinite(found.predictions["test"]).all()


def test_data_that_do_not_fit_are_refused(data):
    features, targets = data
    with pytest.raises(BadTargetsError, match="validation set is missing"):
        fit_boosting(features, {k: v for k, v in targets.items() if k != "validation"})
    with pytest.raises(BadTargetsError, match="60 rows of features and 59 targets"):
        fit_boosting(features, {**targets, "test": targets["test"][1:]})
    bad = targets["test"].copy()
    bad[3] = np.nan
    with pytest.raises(BadTargetsError, match="target 3 of the test set"):
        fit_boosting(features, {**targets, "test": bad})
    with pytest.raises(BadTargetsError, match="row 0 of the training set has no logarithm"):
        fit_boosting(features, {**targets, "train": -targets["train"]}, log10=True)


@pytest.mark.parametrize(
    "values",
    [{"rounds": 0}, {"leaves": 1}, {"learning_rate": 0.0}, {"row_share": 1.5}, {"loss": "huber"}],
)
def test_settings_are_checked(values):
    with pytest.raises(UsageError, match=next(iter(values))):
        BoostingSettings(**values)


class Descriptors:
    """A store of two numbers for all but one crystal."""

    def __init__(self, ids):
        self.ids = ids
        self.features = np.column_stack([np.arange(len(ids)), np.arange(len(ids)) ** 2])

    def rows_of(self, ids):
        return np.array([self.ids.index(one) for one in ids])


def test_descriptors_are_joined_with_the_corpus_split():
    corpus = crystext.load_corpus("mini")
    tables = corpus.targets("bulk_modulus")
    ids = [one for table in tables.values() for one in table["id"].to_pylist()]
    store = Descriptors(ids[:-1])
    features, targets, left_out = cfid_by_split(corpus, "bulk_modulus", store)
    assert left_out == [ids[-1]]
    assert {name: len(one) for name, one in targets.items()} == {
        "train": 1024,
        "validation": 82,
        "test": 67,
    }
    row = corpus.row(ids[1030])
    assert targets["validation"][6] == row["bulk_modulus"]
    assert features["validation"][6].tolist() == [1030, 1030**2]
