"""Spread over seeds, and whether one network is better than another, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 10_000
LEVEL = 0.95
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


@dataclass(frozen=True)
class Gain:
    """How much smaller the error is with something than without it.

    Attributes:
        mean: difference of the mean absolute errors, positive where it helps.
        low: of the interval.
        high: of the interval.
        relative: the mean over the error without.
        crystals: how many were compared.
    """

    mean: float
    low: float
    high: float
    relative: float
    crystals: int

    @property
    def verdict(self) -> str:
        """``helps``, ``hurts``, or ``no difference seen`` where the interval holds 0."""
        if self.low > 0:
            return "helps"
        return "hurts" if self.high < 0 else "no difference seen"


def paired_gain(
    without: NDArray[np.float64],
    with_it: NDArray[np.float64],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Gain:
    """Paired bootstrap over crystals and seeds.

    Crystals are drawn with replacement, the same for both sides, and so are the seeds of either
    side, so that the interval holds what another test set and another start would change
    (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 8).

    Args:
        without: (seeds, n), absolute errors of n crystals.
        with_it: (seeds, n), of the same crystals; the number of seeds may differ.
        seed: of the draws.
        resamples: how many draws.
    """
    rng = np.random.default_rng(seed)
    n = without.shape[1]
    gains = []
    for begun in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - begun)
        before, after = (_seeds(errors, size, rng) for errors in (without, with_it))
        crystals = rng.integers(n, size=(size, n))
        gains.append(np.take_along_axis(before - after, crystals, axis=1).mean(1))
    edge = (1 - LEVEL) / 2
    low, high = np.quantile(np.concatenate(gains), [edge, 1 - edge])
    mean = float(without.mean() - with_it.mean())
    return Gain(mean, float(low), float(high), mean / float(without.mean()), n)


def _seeds(errors: NDArray[np.float64], size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(size, n), means over seeds that are drawn with replacement, of (seeds, n) errors."""
    seeds = len(errors)
    return rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=size) / seeds @ errors
