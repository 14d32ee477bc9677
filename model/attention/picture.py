"""The picture of one crystal's text, with words coloured by what [CLS] attends to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.attention.drawing import (
    DEEP,
    INK,
    PAPER,
    SOFT,
    canvas,
    draw_box,
    draw_text,
    mixed,
    png,
)
from crystext.model.attention.flow import Flow
from crystext.model.attention.kinds import SECTIONS
from crystext.model.attention.view import MEAN, View

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

ALL_HEADS = -1
"""Asks for a strip of all heads below the text, which is coloured by their mean."""
WIDTH, MARGIN, GUTTER = 620.0, 28.0, 58.0  # points; the gutter holds each sentence's share
TEXT, LEADING, SMALL = 9.5, 16.0, 7.5
LINE, FAR, BAD = "#dfe3e8", "#0b7285", "#c2413b"
SECTION_COLOURS = {"global": "#e8862e", "local": "#3f7fc1", "special": "#5b6675"}
STRIP = 7.0  # points that a head's line is high


def draw_view(view: View, layer: int, head: int = MEAN) -> bytes:
    """Draws one crystal's text, as PNG.

    Args:
        view: the text and its weights.
        layer: from 1.
        head: from 1, :data:`MEAN`, or :data:`ALL_HEADS`.

    Raises:
        UsageError: the encoder has no such layer or head.
    """
    return png(_Drawing(view, layer, head).figure())


def formula_markup(formula: str) -> str:
    """A formula with its amounts set low, for matplotlib."""
    return re.sub(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)", r"$_{\\mathregular{\1}}$", formula)


class _Drawing:
    """Places everything from the top down, then makes a figure as high as that needs."""

    def __init__(self, view: View, layer: int, head: int) -> None:
        self.view, self.layer, self.strip = view, layer, head == ALL_HEADS
        self.head = MEAN if self.strip else head
        self.words = view.words(layer, self.head)
        self.most = max(float(self.words.max(initial=0)), 1e-9)
        self.y = MARGIN
        self.things: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def figure(self) -> Figure:
        self._head()
        self._shares()
        self._text()
        if self.strip:
            self._heads()
        self._foot()
        figure, axes = canvas(WIDTH, self.y)
        for what, args, options in self.things:
            getattr(self, f"_draw_{what}")(axes, *args, **options)
        return figure

    # From the top down

    def _head(self) -> None:
        view, layers, heads = self.view, self.view.layers, self.view.heads
        which = f"mean of {heads} heads" if self.head == MEAN else f"head {self.head} of {heads}"
        part = "whole text" if view.section == "all" else f"section {view.section}"
        read = len(view.read)
        of = f"{read} of {read + view.read.unread} tokens" if view.read.unread else f"{read} tokens"
        self.y += 14
        self._put(
            "text", MARGIN, self.y, formula_markup(view.formula), size=17, weight="bold", math=True
        )
        self._put("text", WIDTH - MARGIN, self.y, view.id, size=11, colour=SOFT, align="right")
        self.y += 17
        line = f"What [CLS] attends to in {view.encoder}: layer {self.layer} of {layers}, {which}"
        self._put("text", MARGIN, self.y, f"{line}; {part}, {of}", size=8.5, colour=SOFT)
        self.y += 14

    def _shares(self) -> None:
        """A bar of the sections' shares, special tokens apart."""
        shares = self.view.sections(self.layer, self.head)
        width, x = WIDTH - 2 * MARGIN, MARGIN
        for name, share in shares.items():
            self._put("box", x, self.y, width * share, 9, SECTION_COLOURS[name])
            x += width * share
        self.y += 19
        x = MARGIN
        flow = Flow(width, SMALL + 0.5)
        for name, share in self._named_shares().items():
            section = name if name in shares else "special"
            self._put("box", x, self.y - 6, 6, 6, SECTION_COLOURS[section])
            label = f"{name}  {100 * share:.1f} %"
            self._put("text", x + 9, self.y, label, size=SMALL + 0.5, colour=SOFT)
            x += flow.measure(label) + 27
        self.y += 10

    def _named_shares(self) -> dict[str, float]:
        found = self.view.sections(self.layer, self.head)
        del found["special"]
        tokens, weights = self.view.read.tokens, self.view.tokens(self.layer, self.head)
        for i in np.flatnonzero(self.view.read.words < 0).tolist():
            found[tokens[i]] = found.get(tokens[i], 0) + float(weights[i])
        return found

    def _text(self) -> None:
        text = self.view.read.text
        of_sentence = np.bincount(
            [word.sentence for word in text.words], self.words, len(text.sentences)
        )
        shares = self.view.sections(self.layer, self.head)
        previous = None
        for number, sentence in enumerate(text.sentences):
            if sentence.section != previous:
                self._section(sentence.section, shares[sentence.section])
                previous = sentence.section
            share = float(of_sentence[number])
            self._sentence(number, share, float(of_sentence.max()), sentence.section)
        self.y += 4

    def _section(self, name: str, share: float) -> None:
        self.y += 20
        colour = SECTION_COLOURS[name]
        self._put("text", MARGIN, self.y, name.upper(), size=8, weight="bold", colour=colour)
        x = MARGIN + Flow(WIDTH, 8).measure(name.upper(), "bold") + 7
        self._put("text", x, self.y, SECTIONS[name], size=8, colour=SOFT)
        label = f"{100 * share:.1f} % of the attention"
        self._put("text", WIDTH - MARGIN, self.y, label, size=8, colour=SOFT, align="right")
        self.y += 4
        self._put("box", MARGIN, self.y, WIDTH - 2 * MARGIN, 1.2, colour)
        self.y += 3

    def _sentence(self, number: int, share: float, most: float, section: str) -> None:
        read, text = self.view.read, self.view.read.text
        flow = Flow(WIDTH - 2 * MARGIN - GUTTER, TEXT)
        inside = [i for i, word in enumerate(text.words) if word.sentence == number]
        ends = {text.words[i].end for i in inside}
        words = [(i, text[text.words[i]], text.words[i].start not in ends) for i in inside]
        placed, lines = flow.place(words)
        top = self.y
        if inside[0] < read.first_unread:
            label = f"{100 * share:.1f}"
            self._put(
                "text", MARGIN + 20, top + 11.5, label, size=SMALL, colour=SOFT, align="right"
            )
            self._put("box", MARGIN + 24, top + 7, 24, 4, "#eef0f3")
            self._put(
                "box",
                MARGIN + 24,
                top + 7,
                24 * share / max(most, 1e-9),
                4,
                SECTION_COLOURS[section],
            )
        for one in placed:
            x, y = MARGIN + GUTTER + one.x, top + 12 + LEADING * one.line
            depth = float(self.words[one.number]) / self.most
            unread = one.number >= read.first_unread
            if not unread:
                self._put("box", x - 0.8, y - 9.6, one.width + 1.6, 12.4, shade(depth))
            colour = "#aab2bd" if unread else PAPER if depth > DEEP else INK
            self._put("text", x, y, text[text.words[one.number]], size=TEXT, colour=colour)
            if read.unread and one.number == read.first_unread:
                self._put("box", x - 2, y - 10, 0.9, 13.5, BAD)
        self.y += LEADING * lines + 1.5

    def _heads(self) -> None:
        """Each head's weights on all words, one line a head."""
        self.y += 22
        self._put("text", MARGIN, self.y, "EACH HEAD", size=8, weight="bold", colour=INK)
        label = "words from left to right, each line coloured up to its own most attended word"
        self._put("text", MARGIN + 62, self.y, label, size=8, colour=SOFT)
        self.y += 5
        width = WIDTH - 2 * MARGIN - GUTTER
        count = self.view.read.first_unread
        heads = [self.view.words(self.layer, h + 1)[:count] for h in range(self.view.heads)]
        for number, weights in enumerate(heads, start=1):
            y = self.y + (number - 1) * (STRIP + 1)
            top = f"{number}   {100 * weights.max(initial=0):.1f} %"
            self._put("text", MARGIN + GUTTER - 6, y + 6, top, size=6.5, colour=SOFT, align="right")
            scaled = weights / max(float(weights.max(initial=0)), 1e-9)
            self._put("strip", MARGIN + GUTTER, y, width, STRIP, scaled)
        self.y += len(heads) * (STRIP + 1)
        text = self.view.read.text
        for x, end, name in _runs([text.section(word) for word in text.words[:count]]):
            left, right = (MARGIN + GUTTER + width * at / count for at in (x, end))
            self._put("box", left, self.y + 1, right - left, 2.4, SECTION_COLOURS[name])
        self.y += 6

    def _foot(self) -> None:
        """The scale of colours, and what greyed words are."""
        self.y += 20
        self._put("scale", MARGIN, self.y, 190, 7)
        for tick in (0, 0.5, 1):
            label = f"{100 * tick * self.most:.2f} %" if tick else "0"
            align = ("left", "center", "right")[round(2 * tick)]
            x = MARGIN + 190 * tick
            self._put("text", x, self.y + 15, label, size=7, colour=SOFT, align=align)
        notes = [
            "share of the attention of [CLS] on a word: the sum over its tokens, not renormalised"
        ]
        if self.view.read.unread:
            left, limit = self.view.read.unread, self.view.limit
            notes.append(f"grey: {left} tokens behind the limit of {limit}, which are not read")
        for i, note in enumerate(notes):
            self._put("text", MARGIN + 206, self.y + 7 + 10 * i, note, size=SMALL, colour=SOFT)
        self.y += 22 + MARGIN / 2

    # What can be drawn

    def _put(self, what: str, *args: Any, **options: Any) -> None:
        self.things.append((what, args, options))

    _draw_text = staticmethod(draw_text)
    _draw_box = staticmethod(draw_box)

    @staticmethod
    def _draw_strip(
        axes: Axes, x: float, y: float, width: float, height: float, scaled: NDArray
    ) -> None:
        edges = np.linspace(x, x + width, len(scaled) + 1)
        for left, right, depth in zip(edges[:-1], edges[1:], scaled.tolist(), strict=True):
            draw_box(axes, left, y, right - left, height, shade(depth, "#f4f5f7"))

    @staticmethod
    def _draw_scale(axes: Axes, x: float, y: float, width: float, height: float) -> None:
        draw_box(axes, x - 0.5, y - 0.5, width + 1, height + 1, LINE)
        for step in range(100):
            colour = shade((step + 0.5) / 100)
            draw_box(axes, x + width * step / 100, y, width / 100 + 0.2, height, colour)


def shade(depth: float, paper: str = PAPER) -> tuple[float, ...]:
    """The colour of a share of the scale, 0 to 1: from paper to the darkest.

    Args:
        depth: the share.
        paper: the colour of 0.
    """
    return mixed(paper, FAR, min(max(depth, 0.0), 1.0))


def _runs(names: list[str]) -> list[tuple[int, int, str]]:
    """Start, end and name of each run of equal names."""
    found: list[tuple[int, int, str]] = []
    for i, name in enumerate(names):
        if found and found[-1][2] == name:
            found[-1] = (found[-1][0], i + 1, name)
        else:
            found.append((i, i + 1, name))
    return found
