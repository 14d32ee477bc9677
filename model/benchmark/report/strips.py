"""Charts of strips: a label, and below it marks with their intervals on a common axis.

No line of the plane runs through a label: its strip covers them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crystext.model.benchmark import wording
from crystext.model.benchmark.report.charts import Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

_LABEL, _LINE = 20, 14  # heights of a label and of a line of marks, in units of the picture


@dataclass(frozen=True)
class Mark:
    """A value with its interval.

    Attributes:
        value: on the axis.
        kind: classes of its colour.
        low: of the interval; not a number for none.
        high: likewise.
        shape: ``dot`` or ``diamond``.
    """

    value: float
    kind: str
    low: float = math.nan
    high: float = math.nan
    shape: str = "dot"


@dataclass(frozen=True)
class Strip:
    """A label to the left, a value to the right, and lines of marks, which stand side by side."""

    label: str
    lines: Sequence[Sequence[Mark]]
    value: str = ""


def ends(strips: Sequence[Strip]) -> list[float]:
    """All values that marks and intervals reach, for the limits of the axis."""
    marks = [mark for one in strips for line in one.lines for mark in line]
    return [end for one in marks for end in (one.value, one.low, one.high)]


def draw(
    strips: Sequence[Strip], limits: tuple[float, float], *, name: str, alt: str, zero: bool = False
) -> Markup:
    """Draws strips from above.

    Args:
        strips: in order.
        limits: of the axis.
        name: of the axis, with its unit.
        alt: what the picture shows, for those who do not see it; what the strips say follows.
        zero: whether a line marks 0.
    """
    height = 50 + sum(_LABEL + _LINE * len(one.lines) for one in strips)
    plot = Plot(limits, (0, 1), height=height, left=12)
    plot.axes(name)
    if zero:
        plot.vertical(0, "zero")
    y = 22.0
    for one in strips:
        plot.label(y, one.label, one.value)
        for line in one.lines:
            y += _LINE
            for mark in line:
                if math.isfinite(mark.low):
                    plot.interval(y - 4, mark.low, mark.high, mark.kind)
                (plot.diamond if mark.shape == "diamond" else plot.dot)(
                    mark.value, y - 4, mark.kind
                )
        y += _LABEL
    return plot.svg(f"{alt}: {'; '.join(map(_said, strips))}")


def _said(one: Strip) -> str:
    values = (wording.number(mark.value) for line in one.lines for mark in line)
    return f"{one.label} {one.value or ', '.join(values)}"
