"""Spread over seeds, and whether one network is better than another, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RESAMPLES = 10_000
LEVEL = 0.95
_LARGE = 1e9  # degrees of freedom, of the normal law
_EXACT = 1e-9  # deviation over mean below which nothing but rounding is left
_CHUNK = 100  # draws at once: a few megabytes for a test set of thousands


@dataclass(frozen=True)
class Spread:
    """Mean and spread of a figure over runs.

    Attributes:
        mean: over runs.
        deviation: sample standard deviation, not a number for one run.
        runs: how many.
    """

    mean: float
    deviation: float
    runs: int

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """Of (n,) figures, n at least 1."""
        deviation = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
        return cls(float(np.mean(values)), deviation, len(values))

    @property
    def ends(self) -> tuple[float, float]:
        """The mean less and more its deviation; not numbers for one run."""
        return self.mean - self.deviation, self.mean + self.deviation


@dataclass(frozen=True)
class Gain:
    """How much smaller the error is with something than without it.

    Attributes:
        mean: difference of the mean absolute errors, positive where it helps.
        low: of the interval.
        high: of the interval.
        relative: the mean over the error without.
        crystals: how many were compared.
        p: probability of a difference as large as this where there is none; not a number where
            it was not asked for.
        adjusted: likewise, after :func:`adjust` for all comparisons of a table; ``None`` where the
            comparison stands alone.
    """

    mean: float
    low: float
    high: float
    relative: float
    crystals: int
    p: float = float("nan")
    adjusted: float | None = None

    @property
    def parts(self) -> tuple[float, float, float]:
        """Mean, low and high over the error without."""
        scale = self.relative / self.mean if self.mean else 0.0
        return self.relative, self.low * scale, self.high * scale

    @property
    def verdict(self) -> str:
        """``helps``, ``hurts``, or ``cannot tell``.

        It cannot be told where the interval holds 0, or where the adjusted probability is over
        5 %.
        """
        if self.adjusted is not None and self.adjusted > 1 - LEVEL:
            return "cannot tell"
        if self.low > 0:
            return "helps"
        return "hurts" if self.high < 0 else "cannot tell"


def paired_gain(
    without: NDArray[np.float64],
    with_it: NDArray[np.float64],
    *,
    folds: NDArray[np.int64] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Gain:
    """Paired bootstrap over crystals and runs, as wide as few runs make it.

    Crystals are drawn with replacement, the same for both sides, and so are the runs of either
    side, so that the interval holds what another test set and another start would change
    (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 8). A run is one seed of one
    fold. Deviations of n runs from their mean are stretched by sqrt(n / (n - 1)), for a bootstrap
    of n values has only (n - 1) / n of their sample variance. The ends are Student's t times the
    draws' standard deviation from the mean, with the degrees of freedom of Welch and Satterthwaite:
    a variance from three runs is itself uncertain, and quantiles of so few runs are too narrow
    (``benchmarks/coverage.py`` compares them). Where a side has one seed and there are
    several folds, folds are drawn in place of runs and crystals; one seed of one fold says nothing
    of other starts, and the interval is of crystals alone.

    Args:
        without: (seeds, n), absolute errors of n crystals.
        with_it: (seeds, n), of the same crystals; the number of seeds may differ.
        folds: (n,), in which each crystal is tested; one fold if not given.
        seed: of the draws.
        resamples: how many draws.
    """
    n = without.shape[1]
    rng = np.random.default_rng(seed)
    fold = np.zeros(n, np.int64) if folds is None else np.unique(folds, return_inverse=True)[1]
    difference = without.mean(0) - with_it.mean(0)
    mean = float(difference.mean())
    if min(len(without), len(with_it)) == 1 and fold.max() > 0:
        draws, freedom = _fold_draws(difference, fold, resamples, rng)
    else:
        draws = _crystal_draws(difference, resamples, rng)
        parts = [(float(difference.var(ddof=1)) / n if n > 1 else 0.0, n - 1)]
        for errors in (without, with_it):
            for of_fold in _run_means(errors, fold):
                draws += _run_draws(of_fold, resamples, rng)
                if (runs := len(of_fold)) > 1:
                    parts.append((float(of_fold.var(ddof=1)) / runs, runs - 1))
        freedom = _satterthwaite(parts)
    low, high, p = _ends(mean, draws, freedom)
    return Gain(mean, low, high, mean / float(without.mean()), n, p)


def adjust(gains: Sequence[Gain | None]) -> list[Gain | None]:
    """Gains with probabilities adjusted for how many comparisons are made at once.

    By Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6 (1979) 65: the chance that any verdict among them is wrong stays below 5 %.
    """
    compared = sorted((gain.p, place) for place, gain in enumerate(gains) if gain is not None)
    adjusted, highest = list(gains), 0.0
    for rank, (p, place) in enumerate(compared):
        highest = max(highest, min(1.0, (len(compared) - rank) * p))
        gain = gains[place]
        assert gain is not None
        adjusted[place] = replace(gain, adjusted=highest)
    return adjusted


def _crystal_draws(
    difference: NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(resamples,), means over crystals that are drawn with replacement, of (n,) differences."""
    n = len(difference)
    sizes = [min(_CHUNK, resamples - begun) for begun in range(0, resamples, _CHUNK)]
    return np.concatenate([difference[rng.integers(n, size=(s, n))].mean(1) for s in sizes])


def _run_means(errors: NDArray[np.float64], fold: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """For each fold (seeds,): its runs' sums of errors over the number of all crystals."""
    n = errors.shape[1]
    return [errors[:, fold == one].sum(1) / n for one in range(int(fold.max()) + 1)]


def _run_draws(
    means: NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(resamples,), what drawing runs anew adds to the mean, of (runs,) means; 0 for one run."""
    runs = len(means)
    if runs == 1:
        return np.zeros(resamples)
    shares = rng.multinomial(runs, np.full(runs, 1 / runs), size=resamples) / runs
    return math.sqrt(runs / (runs - 1)) * (shares @ (means - means.mean()))


def _fold_draws(
    difference: NDArray[np.float64],
    fold: NDArray[np.int64],
    resamples: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], float]:
    """(resamples,) means over folds that are drawn with replacement, and degrees of freedom."""
    count = int(fold.max()) + 1
    n = len(difference)
    sums = np.bincount(fold, weights=difference, minlength=count).astype(np.float64)
    means = count / n * sums
    return difference.mean() + _run_draws(means, resamples, rng), count - 1.0


def _satterthwaite(parts: Sequence[tuple[float, int]]) -> float:
    """Degrees of freedom of a sum of variances, of (variance, degrees of freedom) pairs.

    Satterthwaite, Biometrics Bulletin 2 (1946) 110.
    """
    below = sum(variance**2 / freedom for variance, freedom in parts if freedom > 0)
    return sum(variance for variance, _ in parts) ** 2 / below if below else math.inf


def _ends(mean: float, draws: NDArray[np.float64], freedom: float) -> tuple[float, float, float]:
    """Low and high end of the interval, and the probability of the mean were there no gain."""
    from scipy.special import stdtr, stdtrit

    deviation, freedom = float(draws.std()), min(freedom, _LARGE)
    if not deviation > _EXACT * abs(mean):
        return mean, mean, float(mean == 0)
    room = float(stdtrit(freedom, (1 + LEVEL) / 2)) * deviation
    return mean - room, mean + room, 2 * float(stdtr(freedom, -abs(mean) / deviation))
