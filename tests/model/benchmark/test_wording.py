import re

import pytest

from crystext.html.shell import asset
from crystext.model.benchmark import wording
from crystext.model.benchmark.statistics import Gain, Spread
from crystext.model.benchmark.suite import BASELINES, Row
from tests.html.test_contrast import contrast, themes

HELPS, HURTS, NOTHING = (Gain(m, m - 0.1, m + 0.1, m, 9) for m in (0.2, -0.2, 0.0))


@pytest.mark.parametrize(
    ("gain", "over", "words", "look"),
    [
        (HELPS, None, "helps", "good"),
        (HELPS, HELPS, "helps", "good"),
        (HELPS, NOTHING, "helps, and so do other crystals' texts", ""),
        (HELPS, HURTS, "helps, and so do other crystals' texts", ""),
        (HURTS, None, "hurts", "bad"),
        (HURTS, HELPS, "hurts", "bad"),
        (NOTHING, HELPS, "cannot tell", ""),
    ],
)
def test_green_is_a_gain_that_other_crystals_texts_do_not_bring(gain, over, words, look):
    assert wording.verdict(gain, over) == (words, look)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_row_has_a_colour_that_is_seen(theme):
    """A contrast of 3 to 1 with the paper (WCAG 2.1, 1.4.11)."""
    style = asset("crystext.model.benchmark.report", "page.css")
    first, second = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    tones = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", first if theme == "light" else second))
    paper = themes()[theme]["paper"]
    rows = [Row("crysmmnet", text) for text in wording.TEXTS] + [Row(one) for one in BASELINES]
    for row in rows:
        name, *more = wording.kind(row).split()
        assert more == (["control"] if row.is_control else [])
        (tone,) = re.findall(rf"\.{name}(?:, [^{{]*)? \{{ --tone: var\(--([\w-]+)\)", style)
        assert contrast(tones[tone], paper) >= 3, (name, tones[tone])


def test_bars_are_spoken_of_where_there_are_some():
    one, several = Spread(0.1, float("nan"), 1), Spread(0.1, 0.01, 3)
    assert wording.bars([one, None], "Bars are") == ""
    assert wording.bars([one, several], "Bars are") == "Bars are one standard deviation over seeds."
