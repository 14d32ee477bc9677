"""Spread and gain: signs, exact cases, and intervals that cover about as often as they say."""

import math

import numpy as np
import pytest

from crystext.model.benchmark.statistics import LEVEL, Gain, Spread, paired_gain


def test_spread_is_the_sample_deviation():
    spread = Spread.of(np.array([1.0, 2.0, 4.0]))
    assert spread.mean == pytest.approx(7 / 3)
    assert spread.deviation == pytest.approx(math.sqrt((16 / 9 + 1 / 9 + 25 / 9) / 2))
    assert math.isnan(Spread.of(np.array([1.0])).deviation)


def test_equal_errors_gain_nothing():
    errors = np.random.default_rng(0).exponential(size=(1, 50))
    gain = paired_gain(errors, errors.copy(), resamples=200)
    assert (gain.mean, gain.low, gain.high) == (0, 0, 0)
    assert gain.verdict == "no difference seen"
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
    assert Gain(0.1, 0.0, 0.2, 0.1, 9).verdict == "no difference seen"
    assert Gain(0.1, 1e-9, 0.2, 0.1, 9).verdict == "helps"
    assert Gain(-0.1, -0.2, -1e-9, -0.1, 9).verdict == "hurts"
