"""Charts as SVG: scales, axes and marks; colours are the page's, so that they follow its theme.

Nothing here sets a colour: marks carry classes (``t-all``, ``line``, ``band``) that the page's
styles give a colour in light and in dark. A cloud of points is one path of strokes without length,
which takes a fifth of the room of circles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

WIDTH = 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 12, 42
_TICKS = 5
_TICK_ROOM = 34  # between chosen ticks, so that their words do not touch


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two, for example 0, 0.2, 0.4."""
    if not high > low:
        return [low]
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one for one in (1, 2, 2.5, 5, 10) if one * power >= rough * (1 - 1e-9)) * power
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_words(values: Sequence[float]) -> list[str]:
    """The ticks with as many decimals as their step has."""
    if len(values) < 2:
        return [f"{one:.3g}" for one in values]
    step = values[1] - values[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if not math.isclose(round(step, decimals), step, rel_tol=1e-6):
        decimals += 1  # 0.25
    return [f"{one:,.{decimals}f}".replace("-", "−") for one in values]  # noqa: RUF001


@dataclass(frozen=True)
class Scale:
    """From values to places.

    Attributes:
        low: value at the start.
        high: value at the end.
        start: place in the picture.
        end: place in the picture.
        log: whether places follow the logarithm.
        whole: whether only whole numbers are ticks.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False

    def __call__(self, value: float) -> float:
        """The place of a value; what lies outside is put on the edge."""
        low, high, value = (
            math.log10(one) if self.log else one for one in (self.low, self.high, value)
        )
        part = (value - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * min(max(part, -0.02), 1.02)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and words of ticks."""
        if self.log:
            found = _log_ticks(self.low, self.high)
        else:
            values = ticks(self.low, self.high)
            if self.whole:
                values = [one for one in values if one == round(one)]
            found = list(zip(values, tick_words(values), strict=True))
        return [(self(value), words) for value, words in found]


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 2 else (1,)
    values = [one * 10.0**power for power in range(first, last + 1) for one in steps]
    return [(one, f"{one:,g}") for one in values if low * 0.999 <= one <= high * 1.001]


def padded(values: Iterable[float], *, zero: bool = False) -> tuple[float, float]:
    """Limits that leave a little room about values."""
    found = [one for one in values if math.isfinite(one)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    return (low if zero and low == 0 else low - room), (high if zero and high == 0 else high + room)


@dataclass
class Plot:
    """One picture with two axes.

    Attributes:
        x: limits of the horizontal axis.
        y: limits of the vertical axis.
        height: of the picture; :data:`WIDTH` is its width.
        left: room left of it.
        log_x: whether x is logarithmic.
        whole_x: whether x counts something.
        ticks_x: values of x to mark, in place of round ones; those too close to the last are left
            out.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    height: float = 280
    left: float = _LEFT
    log_x: bool = False
    whole_x: bool = False
    ticks_x: tuple[float, ...] = ()
    parts: list[Markup] = field(default_factory=list)

    @property
    def place_x(self) -> Scale:
        """From x to the picture."""
        return Scale(*self.x, self.left, WIDTH - _RIGHT, log=self.log_x, whole=self.whole_x)

    @property
    def place_y(self) -> Scale:
        """From y to the picture."""
        return Scale(*self.y, self.height - _BOTTOM, _TOP)

    def axes(self, x_label: str, y_label: str = "", *, x_ticks: bool = True) -> None:
        """Grid, ticks and names of both axes; no vertical ticks where the label is empty."""
        floor, right = self.height - _BOTTOM, WIDTH - _RIGHT
        for place, words in self._chosen_ticks() if self.ticks_x else self.place_x.ticks():
            self._line(place, _TOP, place, floor, "grid")
            if x_ticks:
                self.text(place, floor + 16, words, "tick middle")
        if y_label:
            for place, words in self.place_y.ticks():
                self._line(self.left, place, right, place, "grid")
                self.text(self.left - 6, place + 4, words, "tick end")
            middle = (_TOP + floor) / 2
            self.parts.append(
                Markup(
                    '<text class="name middle" transform="translate(13 {}) rotate(-90)">{}</text>'
                ).format(_n(middle), y_label)
            )
        self._line(self.left, floor, right, floor, "axis")
        if x_label:
            self.text((self.left + right) / 2, self.height - 6, x_label, "name middle")

    def _chosen_ticks(self) -> list[tuple[float, str]]:
        found: list[tuple[float, str]] = []
        for value in sorted(self.ticks_x):
            place = self.place_x(value)
            if not found or place - found[-1][0] > _TICK_ROOM:
                found.append((place, f"{value:,g}"))
        return found

    def vertical(self, x: float, kind: str) -> None:
        """A line through a value of x."""
        place = self.place_x(x)
        self._line(place, _TOP, place, self.height - _BOTTOM, kind)

    def horizontal(self, y: float, kind: str) -> None:
        """A line through a value of y."""
        place = self.place_y(y)
        self._line(self.left, place, WIDTH - _RIGHT, place, kind)

    def line(self, x: Sequence[float], y: Sequence[float], kind: str) -> None:
        """A broken line through points."""
        self._path(f"line {kind}", f"M{self._points(x, y)}")

    def band(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str
    ) -> None:
        """What lies between two lines."""
        there, back = self._points(x, low), self._points(list(x)[::-1], list(high)[::-1])
        self._path(f"band {kind}", f"M{there}L{back}z")

    def cloud(self, x: NDArray, y: NDArray, kind: str) -> None:
        """Many points; those that fall on the same half pixel are drawn once."""
        places = {
            (round(2 * self.place_x(a)) / 2, round(2 * self.place_y(b)) / 2)
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        }
        self._path(f"cloud {kind}", "".join(f"M{_n(a)} {_n(b)}h0" for a, b in sorted(places)))

    def interval(self, y: float, low: float, high: float, kind: str) -> None:
        """A horizontal interval with small ends, at a place of the picture."""
        a, b = self.place_x(low), self.place_x(high)
        path = f"M{_n(a)} {_n(y - 3)}v6M{_n(a)} {_n(y)}H{_n(b)}M{_n(b)} {_n(y - 3)}v6"
        self._path(f"interval {kind}", path)

    def upright(self, x: float, low: float, high: float, kind: str) -> None:
        """A vertical interval between two values of y."""
        a = self.place_x(x)
        self._line(a, self.place_y(low), a, self.place_y(high), f"interval {kind}")

    def dot(self, x: float, y: float, kind: str) -> None:
        """A dot at a value of x and a place of the picture."""
        self.parts.append(
            Markup('<circle class="dot {}" cx="{}" cy="{}" r="4.2"/>').format(
                kind, _n(self.place_x(x)), _n(y)
            )
        )

    def diamond(self, x: float, y: float, kind: str) -> None:
        """A diamond at a value of x and a place of the picture."""
        start = f"M{_n(self.place_x(x))} {_n(y - 5.5)}"
        self._path(f"dot {kind}", f"{start}l5.5 5.5-5.5 5.5-5.5-5.5z")

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        """Words at a place of the picture."""
        self.parts.append(
            Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _n(x), _n(y), words)
        )

    def label(self, y: float, words: str, value: str = "") -> None:
        """Words to the left and a value to the right, on a strip that covers what lies behind."""
        self._path("strip", f"M{self.left} {_n(y - 11)}H{WIDTH - _RIGHT}v15H{self.left}z")
        self.text(self.left + 2, y, words, "label")
        if value:
            self.text(WIDTH - _RIGHT - 2, y, value, "value end")

    def svg(self, alt: str) -> Markup:
        """The picture; ``alt`` is what it shows, for those who do not see it."""
        return Markup(
            '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>'
        ).format(alt, WIDTH, _n(self.height), Markup("").join(self.parts))

    def _line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self._path(kind, f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}")

    def _path(self, kind: str, path: str) -> None:
        self.parts.append(Markup('<path class="{}" d="{}"/>').format(kind, path))

    def _points(self, x: Sequence[float], y: Sequence[float]) -> str:
        pairs = zip(x, y, strict=True)
        return "L".join(f"{_n(self.place_x(a))} {_n(self.place_y(b))}" for a, b in pairs)


_SAMPLES = {
    "band": Markup('<path class="band {}" d="M0 1h24v10H0z"/>'),
    "line": Markup('<path class="line {}" d="M0 6h24"/>'),
    "interval": Markup('<path class="interval {}" d="M1 3v6M1 6h22M23 3v6"/>'),
    "dot": Markup('<circle class="dot {}" cx="12" cy="6" r="4.2"/>'),
    "diamond": Markup('<path class="dot {}" d="M12 .5l5.5 5.5-5.5 5.5-5.5-5.5z"/>'),
}


def sample(kind: str, *marks: str) -> Markup:
    """A small picture for a legend, of the same marks in the same classes as a chart.

    Marks are ``band``, ``line``, ``interval``, ``dot`` and ``diamond``; ``kind`` is the classes of
    the colour.
    """
    parts = Markup("").join(_SAMPLES[one].format(kind) for one in marks)
    return Markup('<svg class="sample" aria-hidden="true" viewBox="0 0 24 12">{}</svg>').format(
        parts
    )


def _n(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
