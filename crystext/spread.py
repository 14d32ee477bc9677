"""A value and its spread in words, with digits that fit one another."""

from __future__ import annotations

import math

_MOST_DECIMALS = 6


def with_spread(value: float, spread: float) -> str:
    """``25.6 ± 7.0``: the spread has two digits, and the value ends at the same decimal.

    Args:
        value: in any unit.
        spread: in the same unit, not negative.
    """
    if not (math.isfinite(value) and math.isfinite(spread) and spread > 0):
        return f"{value:.4g} ± {spread:.2g}"
    decimals = 1 - math.floor(math.log10(float(f"{spread:.1e}")))  # 0.0996 is 0.10
    if decimals > _MOST_DECIMALS:
        return f"{value:.{_MOST_DECIMALS}f} ± {spread:.1e}"
    decimals = max(decimals, 0)
    return f"{value:.{decimals}f} ± {spread:.{decimals}f}"
