"""Rows of an index that are like a given crystal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.features.facts import row_of
from crystext.pipelines.search.likeness import distances, packed
from crystext.pipelines.search.ranking import top
from crystext.pipelines.search.terms import terms_of
from crystext.verification.knowledge import Knowledge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.description.record import Description
    from crystext.pipelines.search.index import Index

_BRUTE = 200_000  # rows that are all compared; of more only candidates by facts
_CANDIDATES = 20_000


def by_likeness(
    description: Description, index: Index, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], dict[int, float]]:
    """Scores of all rows, and the distances of those that were compared.

    Of a large corpus those are compared that have most facts in common.
    """
    one = packed(row_of(description.condensed)[None])[0]
    scores = np.zeros(index.n_rows, np.float32)
    rows = np.flatnonzero(allowed)
    if len(rows) > _BRUTE:
        for term in terms_of(Knowledge.of(description)):
            scores[index.facts.of(term)] += np.float32(index.facts.rarity(term))
        rows = np.sort(rows[top(scores[rows], _CANDIDATES)])
        scores[:] = 0
    away = distances(one, index.likeness, rows)
    scores[rows] = 1 / (1 + away)
    return scores, dict(zip(rows.tolist(), away.tolist(), strict=True))
