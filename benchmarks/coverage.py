"""How often intervals of a gain leave the true gain out, for few runs: before and after.

Simulated tables of two networks that are equally good: errors of crystals are exponential, each
run (a seed of a fold) has a deviation of its own, and each crystal differs from run to run. The
share of intervals that leave 0 out should be 5 %.

    python -m benchmarks.coverage --tables 1000 > benchmarks/results/coverage.md
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from crystext.model.benchmark.statistics import LEVEL, paired_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRYSTALS, ERROR, NOISE = 300, 0.04, 0.015  # like bulk moduli of the mini crystals, log10(GPa)
DEVIATIONS = (0.0, 0.0014, 0.0025, 0.005)
CASES = ((3, 1), (5, 1), (3, 5), (5, 5), (1, 5))


def main() -> None:
    """Prints a table of the shares."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=500)
    args = parser.parse_args()
    print("# Intervals that leave the true gain out\n")
    print(
        f"{args.tables} simulated tables a line, {CRYSTALS} crystals tested in all, mean error "
        f"{ERROR}, no true gain;\n{args.resamples} draws each. Nominal: {1 - LEVEL:.0%}. *Before*: "
        "quantiles of a bootstrap of crystals and\nwhole seeds. *After*: runs with the factor "
        "sqrt(n / (n - 1)) and Student's t. *Quantiles*: the same draws\nwith the factor, without "
        "Student's t. A dash: folds are drawn, there is no such variant.\n"
    )
    print("| seeds | folds | deviation of a run | before | quantiles | after |")
    print("| --: | --: | --: | --: | --: | --: |")
    for seeds, folds in CASES:
        for deviation in DEVIATIONS:
            shares = wrong_shares(seeds, folds, deviation, args.tables, args.resamples)
            told = " | ".join("–" if np.isnan(one) else f"{one:.1%}" for one in shares)  # noqa: RUF001
            print(f"| {seeds} | {folds} | {deviation:g} | {told} |", flush=True)


def wrong_shares(
    seeds: int, folds: int, deviation: float, tables: int, resamples: int
) -> NDArray[np.float64]:
    """(3,), the shares of tables whose interval leaves 0 out: before, quantiles, after."""
    rng = np.random.default_rng(0)
    fold = np.arange(CRYSTALS) % folds
    wrong = np.zeros(3)
    for number in range(tables):
        hard = rng.exponential(ERROR, size=CRYSTALS)
        sides = []
        for _ in range(2):
            runs = rng.normal(scale=deviation, size=(seeds, folds))
            sides.append(hard + runs[:, fold] + rng.normal(scale=NOISE, size=(seeds, CRYSTALS)))
        one, other = sides
        gain = paired_gain(one, other, folds=fold, seed=number, resamples=resamples)
        ends = (
            quantiles(one, other, np.zeros(CRYSTALS, np.int64), resamples, rng, factor=False),
            quantiles(one, other, fold, resamples, rng, factor=True),
            (gain.low, gain.high),
        )
        wrong += [not low <= 0 <= high for low, high in ends]
    shares = wrong / tables
    if seeds == 1:
        shares[1] = np.nan
    return shares


def quantiles(
    without: NDArray[np.float64],
    with_it: NDArray[np.float64],
    fold: NDArray[np.int64],
    resamples: int,
    rng: np.random.Generator,
    *,
    factor: bool,
) -> tuple[float, float]:
    """Low and high end by quantiles of a bootstrap of crystals and of runs on either side.

    Without the factor and with one fold for all it is what the benchmark did before.
    """
    n = without.shape[1]
    draws = np.zeros(resamples)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=resamples) / n
    for sign, errors in ((1, without), (-1, with_it)):
        draws += sign * (weights @ errors.mean(0))
        seeds = len(errors)
        stretch = np.sqrt(seeds / (seeds - 1)) if factor and seeds > 1 else 1.0
        for one in np.unique(fold):
            sums = errors[:, fold == one].sum(1) / n
            shares = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples) / seeds
            draws += sign * stretch * (shares @ (sums - sums.mean()))
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


if __name__ == "__main__":
    main()
