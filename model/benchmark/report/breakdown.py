"""Errors by what a crystal is: its crystal system, its dimensionality, the size of its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.model.benchmark.statistics import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.benchmark.suite import Row

RESAMPLES = 1000
FEWEST = 5
"""Of fewer crystals no interval is given: resampling so few says nothing."""
SYSTEMS = tuple(reversed(CRYSTAL_SYSTEMS))
DIMENSIONS = ("0D", "1D", "2D", "3D")
SIZES = (("1-4", 4), ("5-10", 10), ("11-20", 20), ("21-50", 50), ("over 50", None))
"""Words and the most sites."""


@dataclass(frozen=True)
class Mean:
    """Mean absolute error of some crystals.

    Attributes:
        mae: over crystals and seeds, in the unit of errors.
        low: of the bootstrap interval over crystals, not a number for fewer than :data:`FEWEST`.
        high: likewise.
    """

    mae: float
    low: float
    high: float


@dataclass(frozen=True)
class Breakdown:
    """Errors by one attribute of crystals; groups without a crystal are left out."""

    name: str
    counts: dict[str, int]
    means: dict[Row, dict[str, Mean]]


def _size(sites: int) -> str:
    return next(words for words, most in SIZES if most is None or sites <= most)


_ATTRIBUTES: tuple[tuple[str, str, tuple[str, ...], Callable[[Any], str]], ...] = (
    ("crystal system", "crystal_system", SYSTEMS, str),
    ("dimensionality", "dimensionality", DIMENSIONS, lambda value: f"{value}D"),
    ("sites of the cell", "n_sites", tuple(words for words, _ in SIZES), _size),
)


def break_down(
    corpus: Corpus, errors: Mapping[Row, tuple[Sequence[str], NDArray[np.float64]]]
) -> list[Breakdown]:
    """Errors by crystal system, dimensionality and cell size.

    ``errors`` are, by row, the ids of n crystals and their absolute errors (seeds, n).
    """
    wanted = sorted({one for ids, _ in errors.values() for one in ids})
    columns = [column for _, column, _, _ in _ATTRIBUTES]
    table = corpus.table(["id", *columns], filter=pc.field("id").isin(wanted))
    known = {row.pop("id"): row for row in table.to_pylist()}
    found = []
    for name, column, order, words in _ATTRIBUTES:
        group_of = {one: words(row[column]) for one, row in known.items()}
        present = [group for group in order if group in set(group_of.values())]
        counts = {group: sum(one == group for one in group_of.values()) for group in present}
        means = {}
        for kind, (ids, values) in errors.items():
            groups = np.array([group_of.get(one, "") for one in ids])
            each = values.mean(0)
            means[kind] = {
                group: mean_of(each[groups == group]) for group in present if group in groups
            }
        found.append(Breakdown(name, counts, means))
    return found


def mean_of(errors: NDArray[np.float64]) -> Mean:
    """Mean of (n,) errors, n at least 1, with a percentile bootstrap interval."""
    n = len(errors)
    if n < FEWEST:
        return Mean(float(errors.mean()), float("nan"), float("nan"))
    rng = np.random.default_rng(0)
    means = [errors[rng.integers(n, size=n)].mean() for _ in range(RESAMPLES)]
    edge = (1 - LEVEL) / 2
    low, high = np.quantile(means, [edge, 1 - edge])
    return Mean(float(errors.mean()), float(low), float(high))
