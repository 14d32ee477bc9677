import pytest

from crystext.model.benchmark.report import words
from crystext.model.benchmark.statistics import Gain, Spread

HELPS, HURTS, NOTHING = (Gain(m, m - 0.1, m + 0.1, m, 9) for m in (0.2, -0.2, 0.0))


@pytest.mark.parametrize(
    ("gain", "over", "look"),
    [
        (HELPS, None, "good"),
        (HELPS, HELPS, "good"),
        (HELPS, NOTHING, ""),
        (HELPS, HURTS, ""),
        (HURTS, None, "bad"),
        (HURTS, HELPS, "bad"),
        (NOTHING, HELPS, ""),
    ],
)
def test_green_is_a_gain_that_other_crystals_texts_do_not_bring(gain, over, look):
    assert words.look(gain, over) == look


def test_bars_are_spoken_of_where_there_are_some():
    one, several = Spread(0.1, float("nan"), 1), Spread(0.1, 0.01, 3)
    assert words.bars([one, None], "Bars are") == ""
    assert words.bars([one, several], "Bars are") == "Bars are one standard deviation over seeds."
