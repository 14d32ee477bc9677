"""A value and its spread: digits that fit, checked by reading them again."""

import numpy as np
import pytest

from crystext.spread import with_spread


@pytest.mark.parametrize(
    ("value", "spread", "words"),
    [
        (25.591, 7.03, "25.6 ± 7.0"),
        (4.9121, 0.2804, "4.91 ± 0.28"),
        (-2.1112, 0.0386, "-2.111 ± 0.039"),
        (1.23456, 0.0996, "1.23 ± 0.10"),
        (352.4, 123.4, "352 ± 123"),
        (352.4, 9.96, "352 ± 10"),
        (0.5, 0.0, "0.5 ± 0"),
        (0.5, 2e-9, "0.500000 ± 2.0e-09"),
        (float("nan"), 1.0, "nan ± 1"),
    ],
)
def test_the_value_ends_where_its_spread_does(value, spread, words):
    assert with_spread(value, spread) == words


def test_no_value_is_moved_by_more_than_a_twentieth_of_its_spread():
    """Two digits of a spread are at least 10: half of the last one is 5 % of it at most."""
    numbers = np.random.default_rng(0)
    for value, power in zip(
        numbers.normal(0, 100, 2000), numbers.uniform(-5, 4, 2000), strict=True
    ):
        spread = 10.0**power
        shown, about = with_spread(value, spread).split(" ± ")
        assert abs(float(shown) - value) <= 0.0501 * spread
        assert abs(float(about) - spread) <= 0.0501 * spread
