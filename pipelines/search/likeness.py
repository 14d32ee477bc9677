"""How alike two crystals are by their facts: one byte a feature, so that millions fit in memory.

Features are divided by the scale that :mod:`crystext.features` declares for each, which is the
same for every corpus, and cut off at four scales.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.features import composition
from crystext.features.facts import FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS, _MOST = 30, 120  # of a scale; of a byte
_BIAS = 2.0**-20
"""Halves are rounded upwards, and so is what a processor's noise makes of them."""
LACKING = -60
"""Where a crystal has no such thing: two scales below nothing. What may lack is never negative."""
_SCALES = np.array([one.scale for one in FEATURES])
_BLOCK = 65536
_SHARES = np.array([one.name.startswith("share_") for one in FEATURES])
_OF_ELEMENTS = np.isin(np.arange(len(FEATURES)), np.arange(len(composition.FEATURES))) & ~_SHARES
_OTHERS = ~_SHARES & ~_OF_ELEMENTS
_WEIGHTS = (
    0.5 * _SHARES  # their squares sum up to 2 at most, for no element in common
    + 0.25 * _OF_ELEMENTS / _OF_ELEMENTS.sum()
    + 0.5 * _OTHERS / _OTHERS.sum()
).astype(np.float32)
"""Half of a distance is the structure, the other half elements and what they are like."""


def packed(values: NDArray[np.float64]) -> NDArray[np.int8]:
    """Features (n, features) as bytes of the same shape.

    Args:
        values: NaN where a crystal has no such thing.
    """
    scaled = np.nan_to_num(values / _SCALES) * _STEPS
    steps = np.clip(np.floor(scaled + (0.5 + _BIAS)), -_MOST, _MOST)
    return np.where(np.isnan(values), LACKING, steps).astype(np.int8)


def distances(
    one: NDArray[np.int8], others: NDArray[np.int8], rows: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Root of the weighted sum of squares, in scales, from one crystal to others.

    Args:
        one: (features,).
        others: (n, features).
        rows: only to these; to all if ``None``.

    Returns:
        (n,) or (rows,), 0 for the same facts.
    """
    found = np.empty(len(others) if rows is None else len(rows), np.float32)
    mine = one.astype(np.float32)
    for start in range(0, len(found), _BLOCK):
        block = slice(start, start + _BLOCK)
        apart = others[block if rows is None else rows[block]].astype(np.float32)
        apart -= mine
        apart *= apart
        found[block] = np.sqrt(apart @ _WEIGHTS)
    return found / np.float32(_STEPS)
