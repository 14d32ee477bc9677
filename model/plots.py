"""The style of every picture that matplotlib draws: fonts, colours, sizes, legends, PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT = "#1c2430", "#5b6675"
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"
"""Colours that colour-blind readers tell apart (Okabe and Ito, 2008), and a grey for references."""
DPI = 200
_TICKS = 5


def canvas(width: float, height: float) -> Figure:
    """An empty figure in points, drawn without a window; labels keep out of each other's way."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure to write on, its axes in points to the right and downwards."""
    figure = canvas(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def write(axes: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """Writes on a base line; the text of a corpus is no mathematics unless told so."""
    how: dict[str, Any] = {"fontsize": 10, "family": "DejaVu Sans", "color": INK} | options
    axes.text(x, y, text, va="baseline", **{"parse_math": False} | how)


def tidy(axes: Axes) -> None:
    """Removes the frame's upper and right side, and ticks that would crowd; plain numbers."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=SOFT, labelsize=10)
    for axis, scale in ((axes.xaxis, axes.get_xscale()), (axes.yaxis, axes.get_yscale())):
        if scale == "linear":
            axis.set_major_locator(MaxNLocator(_TICKS, steps=[1, 2, 2.5, 5, 10]))
        else:
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_locator(NullLocator())


def legend_above(axes: Axes) -> None:
    """A legend outside of the data: above them, in two columns."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.01), ncols=2, frameon=False, fontsize=10,
        borderaxespad=0, handlelength=1.8, columnspacing=1.2,
    )  # fmt: skip


def png(figure: Figure) -> bytes:
    """A figure as PNG, the same bytes each time."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
