import io

import numpy as np
import pytest

pytest.importorskip("matplotlib")
image = pytest.importorskip("PIL.Image")

from crystext.model import plots  # noqa: E402


def test_a_logarithmic_axis_has_plain_numbers_and_the_legend_stands_above_the_data():
    figure = plots.canvas(360, 300)
    axes = figure.subplots()
    axes.plot([1, 50], [0.23, 0.03], label="train")
    axes.set_yscale("log")
    plots.tidy(axes)
    plots.legend_above(axes)
    figure.canvas.draw()
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert {"0.05", "0.1", "0.2"} <= set(shown)
    assert not any("times" in one for one in shown)
    assert axes.get_legend().get_window_extent().y0 >= axes.get_window_extent().y1
    assert len(axes.get_xticks()) <= 7


def test_a_dollar_is_no_mathematics():
    figure, axes = plots.sheet(100, 40)
    plots.write(axes, 5, 20, "$x$ and $y$")
    pixels = np.asarray(image.open(io.BytesIO(plots.png(figure))).convert("L"))
    assert pixels.shape == (40 * plots.DPI // 72, 100 * plots.DPI // 72)
    assert not axes.texts[0].get_parse_math()
    assert pixels.min() < 100
