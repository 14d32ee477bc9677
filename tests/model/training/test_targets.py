"""Targets: scaling and back, the logarithm of the Materials Project's moduli, metrics."""

import numpy as np
import pytest

from crystext.errors import BadTargetsError
from crystext.model.training.metrics import errors_of, undefined
from crystext.model.training.targets import Scaling, error_unit, takes_log10


@pytest.mark.parametrize("log10", [False, True])
def test_scores_are_standard_and_come_back(log10):
    values = np.random.default_rng(0).lognormal(4, 1, 200)
    scaling = Scaling.of(values, log10=log10, ids=["a"] * 200)
    scores = scaling.scores(values)
    assert scores.mean() == pytest.approx(0, abs=1e-12)
    assert scores.std() == pytest.approx(1)
    assert np.allclose(scaling.values(scores), values, rtol=1e-12)
    assert np.allclose(scaling.predicted(scores), np.log10(values) if log10 else values)


def test_what_has_no_logarithm_is_named():
    with pytest.raises(BadTargetsError, match=r"-1\.0 of mp-2"):
        Scaling.of(np.array([3.0, -1.0]), log10=True, ids=["mp-1", "mp-2"])


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0]])
def test_equal_targets_teach_nothing(values):
    with pytest.raises(BadTargetsError, match="equal targets"):
        Scaling.of(np.array(values), log10=False, ids=["a"] * len(values))


@pytest.mark.parametrize(
    ("name", "source", "transform", "expected"),
    [
        ("bulk_modulus", "mini", "auto", True),
        ("shear_modulus", "mp", "auto", True),
        ("bulk_modulus_kv", "jarvis", "auto", False),
        ("band_gap", "mini", "auto", False),
        ("band_gap", "mini", "log10", True),
        ("bulk_modulus", "mini", "none", False),
    ],
)
def test_which_properties_are_learnt_as_logarithms(name, source, transform, expected):
    assert takes_log10(name, source, transform) is expected


def test_units_of_errors():
    assert error_unit("GPa", log10=True) == "log10(GPa)"
    assert error_unit("eV", log10=False) == "eV"


def test_metrics_are_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics")
    true, predicted = np.random.default_rng(1).normal(size=(2, 50))
    ours = errors_of(true, predicted)
    assert ours["mae"] == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert ours["rmse"] ** 2 == pytest.approx(metrics.mean_squared_error(true, predicted))
    assert ours["r2"] == pytest.approx(metrics.r2_score(true, predicted))
    assert errors_of(np.ones(3), np.zeros(3)) == {"mae": 1.0, "rmse": 1.0, "r2": None}
    overflown = errors_of(np.array([1.0, 2.0]), np.array([100.0, np.inf]))
    assert overflown == {"mae": None, "rmse": None, "r2": None}
    assert undefined({"test": overflown, "epochs": 3}) == ["test.mae", "test.rmse", "test.r2"]
