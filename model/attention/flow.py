"""Setting words in lines on a drawing: a cursor that knows how wide words are."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

FONT = "DejaVu Sans"
"""Comes with matplotlib, so that drawings look alike on all machines."""


class Placed(NamedTuple):
    """A word on the drawing.

    Attributes:
        number: of the word.
        x: left end, in points from the left end of the line.
        width: in points.
        line: from 0.
    """

    number: int
    x: float
    width: float
    line: int


class Flow:
    """Sets words in lines of a width.

    Args:
        width: of a line, in points.
        size: of the letters, in points.
    """

    def __init__(self, width: float, size: float) -> None:
        self.width, self.size = width, size

    def place(self, words: Iterable[tuple[int, str, bool]]) -> tuple[list[Placed], int]:
        """Places words.

        Args:
            words: number, letters, and whether white space stands before it. Words that no white
                space parts stay on one line.

        Returns:
            The words, and how many lines they take.
        """
        placed: list[Placed] = []
        blank = self.measure("n n") - 2 * self.measure("n")
        x, line = 0.0, 0
        for run in _runs(words):
            widths = [self.measure(letters) for _, letters in run]
            if placed:
                x += blank
                if x + sum(widths) > self.width:
                    x, line = 0.0, line + 1
            for (number, _), width in zip(run, widths, strict=True):
                placed.append(Placed(number, x, width, line))
                x += width
        return placed, line + 1

    def measure(self, letters: str, weight: str = "normal") -> float:
        """How wide letters are, in points."""
        return _measured(letters, self.size, weight)


def _runs(words: Iterable[tuple[int, str, bool]]) -> list[list[tuple[int, str]]]:
    runs: list[list[tuple[int, str]]] = []
    for number, letters, after_blank in words:
        if after_blank or not runs:
            runs.append([])
        runs[-1].append((number, letters))
    return runs


@lru_cache(maxsize=65536)
def _measured(letters: str, size: float, weight: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=FONT, size=size, weight=weight)
    # A dollar sign in a name would begin mathematics.
    return TextToPath().get_text_width_height_descent(letters, font, ismath=False)[0]
