"""From scores of rows to the best ones: facts first, then lists that are put together by rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANKS = 60.0
"""Added to every rank, after Cormack and others (https://doi.org/10.1145/1571941.1572114)."""
DEPTH = 1000
"""Rows of a list that have a rank."""
WEIGHTS = {"words": 1.0, "likeness": 2.0, "meaning": 1.0}
"""Of the lists."""
FACTS = 0.9
"""Share of the score that facts decide, where the query asks for any; lists decide the rest."""


@dataclass(frozen=True)
class List:
    """Rows in an order: what one way of searching says.

    Attributes:
        name: words, likeness or meaning.
        scores: (rows,), the higher the better; 0 or less for what is not on the list.
    """

    name: str
    scores: NDArray[np.float32]

    def ranks(self, among: NDArray[np.int64]) -> NDArray[np.float64]:
        """The share that each of some rows gets: 1 for the first, 0 for what is far down the list.

        Equal scores have one rank.
        """
        scores = self.scores[among]
        high = scores > 0
        if len(scores) > DEPTH:
            high &= scores >= np.partition(scores, len(scores) - DEPTH)[len(scores) - DEPTH]
        found = np.zeros(len(scores))
        _, places = np.unique(-scores[high], return_inverse=True)
        found[high] = (RANKS + 1) / (RANKS + 1 + places)
        return found


def best(
    covered: NDArray[np.float32] | None,
    lists: list[List],
    allowed: NDArray[np.bool_],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """The rows with the highest scores, the scores, and how many rows have any.

    Facts come first, since they are known and not guessed; among rows with the same facts the
    lists decide, each by its ranks. Ties stay in the order of the corpus.

    Args:
        covered: (rows,), the share of the wanted facts that each row has, if any are wanted.
        lists: of those that were asked.
        allowed: (rows,), which may be found.
        limit: rows at most.
    """
    listed = allowed.copy()
    if covered is not None or lists:
        parts = [one.scores > 0 for one in lists] + ([covered > 0] if covered is not None else [])
        listed &= np.any(parts, axis=0)
    rows = np.flatnonzero(listed)
    scores = np.ones(len(rows))
    if lists:
        scores = np.sum([WEIGHTS[one.name] * one.ranks(rows) for one in lists], axis=0)
        scores /= sum(WEIGHTS[one.name] for one in lists)
    if covered is not None:
        scores = FACTS * covered[rows] + (1 - FACTS) * scores
    chosen = top(scores, limit)
    return rows[chosen], scores[chosen], len(rows)


def top(scores: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Places of the highest scores, the highest first; the first of equal ones."""
    if len(scores) > count:
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        kept = np.flatnonzero(scores >= least)
    else:
        kept = np.arange(len(scores))
    return kept[np.argsort(-scores[kept], kind="stable")][:count]
