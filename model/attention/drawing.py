"""What pictures are drawn with: a canvas in points from the top, texts, boxes, mixed colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.attention.flow import FONT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, PAPER = "#1c2430", "#5b6675", "#ffffff"
DEEP = 0.72
"""Share of a scale of colours above which letters are white."""
_DPI = 200


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure and its axes, in points to the right and downwards."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def draw_text(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    colour: str = INK,
    weight: str = "normal",
    align: str = "left",
    math: bool = False,
) -> None:
    """Writes on a base line; the text of a corpus is no mathematics unless told so."""
    options: dict[str, Any] = {"fontsize": size, "color": colour, "weight": weight, "family": FONT}
    axes.text(x, y, text, ha=align, va="baseline", parse_math=math, **options)


def draw_box(axes: Axes, x: float, y: float, width: float, height: float, colour: Any) -> None:
    """Fills a box, given by its upper left corner."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, linewidth=0))


def mixed(low: str, high: str, depth: float) -> tuple[float, ...]:
    """The colour at a share of the scale, 0 to 1, from one colour to another."""
    from matplotlib.colors import to_rgb

    ends = np.array([to_rgb(low), to_rgb(high)])
    return tuple((ends[0] + (ends[1] - ends[0]) * depth).tolist())


def png(figure: Figure) -> bytes:
    """A figure as PNG, the same bytes each time."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
