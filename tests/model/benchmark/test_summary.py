"""The gains of all properties at a glance."""

from types import SimpleNamespace

import pytest

from crystext.model.benchmark.statistics import Gain
from crystext.model.benchmark.suite import Row
from crystext.model.benchmark.summary import blocks
from crystext.model.benchmark.terminal import as_lines


def line(name, words, low, mean, high):
    gain = Gain(mean, low, high, mean / 0.5, 100)
    return SimpleNamespace(property=name, row=Row.parse(words), gain=gain)


BEST, OTHER = "crysmmnet-cgcnn:facts:residual", "crysmmnet-cogn:facts:residual"
LINES = [
    line("band_gap", BEST, 0.01, 0.05, 0.09),
    line("band_gap", OTHER, -0.02, 0.01, 0.04),
    line("bulk_modulus", BEST, -0.09, -0.05, -0.01),
    line("band_gap", "crysmmnet-cgcnn:zero:residual", 0.0, 0.0, 0.0),
]


def test_a_block_has_properties_by_networks():
    (block,) = blocks(LINES)
    assert block.reads == "facts:residual"
    assert block.networks == ("cgcnn", "cogn")
    assert list(block.gains) == ["band_gap", "bulk_modulus"]
    assert block.gains["bulk_modulus"][1] is None
    assert block.words == "1 of 3 intervals lie above zero, 1 below"


def test_cells_are_parts_of_the_error_without_the_text():
    told = "\n".join(as_lines(blocks(LINES)))
    assert "gain over the graph alone" in told
    assert "+10 % (+2.0 to +18)" in told
    assert "−10 % (−18 to −2.0)" in told  # noqa: RUF001


@pytest.mark.parametrize("few", [LINES[:2], [LINES[0], LINES[2]], []])
def test_one_property_or_one_network_needs_no_glance(few):
    assert blocks(few) == []


def test_ensembles_have_a_block_of_their_own_and_controls_are_said():
    control = [
        line(name, f"crysmmnet-{net}:zero:residual", -0.1, 0.01, 0.1)
        for name in ("a", "b")
        for net in ("cgcnn", "cogn")
    ]
    first, second = blocks(control, control)
    assert first.control
    assert "ensemble of as many" in second.over
    assert "zero:residual (control): gain over" in "\n".join(as_lines([first]))
