"""Spread and gain: signs, exact cases, and intervals that cover about as often as they say."""

import math

import numpy as np
import pytest

from crystext.model.benchmark.statistics import LEVEL, Gain, Spread, adjust, paired_gain


def test_spread_is_the_sample_deviation():
    spread = Spread.of(np.array([1.0, 2.0, 4.0]))
    assert spread.mean == pytest.approx(7 / 3)
    assert spread.deviation == pytest.approx(math.sqrt((16 / 9 + 1 / 9 + 25 / 9) / 2))
    assert math.isnan(Spread.of(np.array([1.0])).deviation)


def test_equal_errors_gain_nothing():
    errors = np.random.default_rng(0).exponential(size=(1, 50))
    gain = paired_gain(errors, errors.copy(), resamples=200)
    assert (gain.mean, gain.low, gain.high) == (0, 0, 0)
    assert gain.verdict == "cannot tell"
    assert gain.crystals == 50


def test_a_smaller_error_is_a_positive_gain():
    rng = np.random.default_rng(1)
    without = rng.exponential(size=(3, 200))
    gain = paired_gain(without, 0.8 * without, resamples=500)
    assert gain.relative == pytest.approx(0.2)
    assert gain.mean == pytest.approx(0.2 * without.mean())
    assert gain.low < gain.mean < gain.high
    assert gain.verdict == "helps"
    back = paired_gain(0.8 * without, without, resamples=500)
    assert back.verdict == "hurts"
    assert back.mean == pytest.approx(-gain.mean)


def test_pairing_is_what_makes_it_narrow():
    """Crystals differ far more than networks do; the same crystals on both sides cancel."""
    rng = np.random.default_rng(2)
    hard = rng.exponential(size=(1, 300))
    gain = paired_gain(hard, hard - 0.01, resamples=500)
    assert gain.low == pytest.approx(0.01)
    mixed = paired_gain(hard, rng.permutation(hard[0])[None] - 0.01, resamples=500)
    assert mixed.high - mixed.low > 0.1


def test_seeds_that_differ_widen_the_interval():
    rng = np.random.default_rng(3)
    without = rng.exponential(size=(1, 200)).repeat(3, axis=0)
    same = paired_gain(without, without - 0.1, resamples=500)
    moved = without - 0.1 + np.array([[-0.2], [0.0], [0.2]])
    assert paired_gain(without, moved, resamples=500).high > same.high + 0.05


def test_the_numbers_of_seeds_may_differ():
    rng = np.random.default_rng(4)
    gain = paired_gain(rng.random((1, 40)), rng.random((3, 40)), resamples=100)
    assert np.isfinite([gain.mean, gain.low, gain.high]).all()


def test_the_same_draws_again():
    rng = np.random.default_rng(5)
    pair = rng.random((2, 30)), rng.random((2, 30))
    assert paired_gain(*pair, resamples=100) == paired_gain(*pair, resamples=100)


def test_the_interval_covers_at_about_its_level():
    """Test sets of 80 crystals from a law whose true gain is known: 0.1."""
    rng = np.random.default_rng(6)
    covered = 0
    for seed in range(200):
        without = rng.exponential(size=(1, 80))
        with_it = without - 0.1 + rng.normal(scale=0.3, size=(1, 80))
        gain = paired_gain(without, with_it, seed=seed, resamples=300)
        covered += gain.low <= 0.1 <= gain.high
    assert LEVEL - 0.06 <= covered / 200 <= LEVEL + 0.04


def test_an_interval_that_touches_nothing_is_told_apart():
    assert Gain(0.1, 0.0, 0.2, 0.1, 9).verdict == "cannot tell"
    assert Gain(0.1, 1e-9, 0.2, 0.1, 9).verdict == "helps"
    assert Gain(-0.1, -0.2, -1e-9, -0.1, 9).verdict == "hurts"


def null_share(seeds, folds, deviation, tables=300, n=60):
    """Share of tables without any gain whose interval leaves 0 out."""
    rng = np.random.default_rng(7)
    fold = np.arange(n * folds) % folds
    wrong = 0
    for number in range(tables):
        hard = rng.exponential(0.03, size=n * folds)
        sides = [
            hard
            + rng.normal(scale=deviation, size=(seeds, folds))[:, fold]
            + rng.normal(scale=0.01, size=(seeds, n * folds))
            for _ in range(2)
        ]
        gain = paired_gain(*sides, folds=fold, seed=number, resamples=300)
        wrong += not gain.low <= 0 <= gain.high
    return wrong / tables


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("folds", [1, 5])
def test_few_runs_raise_no_false_alarms(seeds, folds):
    """Drawing seeds as they are errs in 10 to 14 % of tables at three seeds."""
    assert null_share(seeds, folds, 0.004) <= 0.08


def test_one_seed_of_five_folds_spreads_over_folds():
    assert null_share(1, 5, 0.004) <= 0.08


def test_holm_by_hand():
    gains = [Gain(1, 0.5, 1.5, 0.1, 9, p) for p in (0.01, 0.04, 0.03)]
    adjusted = [gain.adjusted for gain in adjust([*gains[:1], None, *gains[1:]]) if gain]
    assert adjusted == pytest.approx([0.03, 0.06, 0.06])
    first, none, second, third = adjust([*gains[:1], None, *gains[1:]])
    assert none is None
    assert [one.verdict for one in (first, second, third)] == ["helps"] + 2 * ["cannot tell"]


def test_probability_and_interval_agree():
    rng = np.random.default_rng(8)
    for shift in np.linspace(-0.01, 0.01, 9):
        hard = rng.exponential(0.03, size=(3, 400))
        gain = paired_gain(hard, hard + shift + rng.normal(scale=0.03, size=(3, 400)))
        if not 0.03 < gain.p < 0.08:  # the ends of a bootstrap are not those of Student's t
            assert (gain.p <= 1 - LEVEL) == (not gain.low <= 0 <= gain.high)
