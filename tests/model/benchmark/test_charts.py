"""Scales, ticks and marks of the charts."""

import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from crystext.model.benchmark.report.charts import Plot, Scale, padded, tick_words, ticks


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.131, 0.229, ["0.140", "0.160", "0.180", "0.200", "0.220"]),
        (-1, 1, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),  # noqa: RUF001
        (0, 6000, ["0", "2,000", "4,000", "6,000"]),
        (0, 1.2, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
    ],
)
def test_ticks_are_round_and_inside(low, high, words):
    found = ticks(low, high)
    assert low <= found[0] < found[-1] <= high * (1 + 1e-9)
    steps = np.diff(found)
    assert np.allclose(steps, steps[0])
    spoken = [float(one.replace("−", "-").replace(",", "")) for one in tick_words(found)]  # noqa: RUF001
    assert spoken == pytest.approx(found)
    assert len(tick_words(found)) <= 7
    assert len({len(one.partition(".")[2]) for one in tick_words(found)}) == 1
    assert [float(one.replace("−", "-").replace(",", "")) for one in words][-1] <= high  # noqa: RUF001


def test_a_single_value_is_one_tick():
    assert ticks(3, 3) == [3]
    assert tick_words([3]) == ["3"]


def test_scales_run_from_start_to_end():
    scale = Scale(10, 30, 100, 0)
    assert [scale(value) for value in (10, 20, 30)] == [100, 50, 0]
    log = Scale(1, 100, 0, 200, log=True)
    assert log(10) == pytest.approx(100)
    assert [words for _, words in log.ticks()] == ["1", "2", "5", "10", "20", "50", "100"]


def test_epochs_are_whole():
    assert [place for place, _ in Scale(1, 2, 0, 10, whole=True).ticks()] == [0, 10]


def test_limits_leave_room_and_hold_zero():
    low, high = padded([1.0, 2.0, float("nan")])
    assert 0.9 < low < 1
    assert 2 < high < 2.1
    assert padded([0.5, 1.0], zero=True)[0] == 0
    assert padded([-0.5, 1.0], zero=True)[0] < -0.5
    assert all(map(math.isfinite, padded([])))


def test_a_picture_is_well_formed_and_says_what_it_shows():
    plot = Plot((0, 1), (0, 1))
    plot.axes("epoch", "MAE, log10(GPa) <&>")
    plot.line([0, 1], [0, 1], "t-all")
    plot.cloud(np.array([0.5, 0.5, 0.9]), np.array([0.5, 0.5, 0.1]), "t-all")
    root = ET.fromstring(str(plot.svg('a "picture" of <b>')))
    assert root.get("aria-label") == 'a "picture" of <b>'
    assert root.get("role") == "img"
    texts = [one.text for one in root.iter("text")]
    assert "epoch" in texts
    assert "MAE, log10(GPa) <&>" in texts
    (cloud,) = [one for one in root.iter("path") if one.get("class", "").startswith("cloud")]
    assert cloud.get("d").count("h0") == 2, "equal points are drawn once"
    assert not any(name in one.attrib for one in root.iter() for name in ("style", "fill"))


def test_chosen_ticks_do_not_touch():
    plot = Plot((100, 1000), (0, 1), log_x=True, ticks_x=(120, 125, 900))
    plot.axes("crystals to learn from", "MAE")
    root = ET.fromstring(str(plot.svg("x")))
    shown = [one.text for one in root.iter("text") if one.get("class") == "tick middle"]
    assert shown == ["120", "900"]
