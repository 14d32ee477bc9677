"""The picture of a summary: heat maps of kinds of words against layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crystext.model.attention.summary import Summary

LESS, EVEN, MORE, FAINT = "#b4551d", "#f1f3f5", "#0b7285", "#f4f6f8"
ROW, COLUMN, NAMES, HEAD, GAP, TOKENS = 21.0, 40.0, 96.0, 82.0, 34.0, 40.0  # points
MARGIN, FOOT, BETWEEN = 26.0, 48.0, 26.0
PARTS = {"[CLS]": "of these [CLS]", "[SEP]": "of these [SEP]", "special": "special tokens"}


def draw_summary(summary: Summary) -> bytes:
    """Draws shares of the attention, and how they compare with shares of the tokens, as PNG."""
    sections, kinds = summary.names("section"), summary.names("kind")
    kinds.remove("special")
    rows = [("section", name) for name in sections] + [("kind", name) for name in kinds]
    block = COLUMN * summary.layers
    width = 2 * MARGIN + NAMES + 2 * block + TOKENS + GAP
    height = HEAD + ROW * len(rows) + BETWEEN + FOOT
    figure, axes = canvas(width, height)
    draw = _Maps(axes, summary, block)
    draw.head()
    for number, (group, name) in enumerate(rows):
        y = HEAD + ROW * number + (BETWEEN if group == "kind" else 0)
        draw.row(y, group, name)
    draw.group(HEAD - 6, "SECTIONS")
    draw.group(HEAD + ROW * len(sections) + BETWEEN - 6, "KINDS OF WORDS")
    draw.foot(height - FOOT + 18)
    return png(figure)


class _Maps:
    def __init__(self, axes: Axes, summary: Summary, block: float) -> None:
        self.axes, self.summary, self.layers = axes, summary, summary.layers
        self.left = MARGIN + NAMES
        self.right = self.left + block + TOKENS + GAP
        special = {"special", "[CLS]", "[SEP]"}
        ratios = [
            row["ratio_mean"]
            for row in summary.rows
            if row["ratio_mean"] is not None and row["name"] not in special
        ]
        self.far = max([2.0, *ratios, *(1 / max(ratio, 0.05) for ratio in ratios)])
        self.special = special

    def head(self) -> None:
        settings = self.summary.settings
        title = f"What [CLS] of {settings['encoder']} attends to in {settings['corpus']}"
        self._text(MARGIN, 30, title, size=13, weight="bold")
        part = "whole texts" if settings["section"] == "all" else f"section {settings['section']}"
        line = f"{settings['crystals']:,} crystals, {part}, sentences {settings['sentences']}"
        line += f", mean over {settings['heads']} heads"
        self._text(MARGIN, 44, line, size=8.5, colour=SOFT)
        self._text(self.left, HEAD - 20, "share of all the attention, %", size=8.5, weight="bold")
        self._text(
            self.right, HEAD - 20, "per token, average of the text = 1", size=8.5, weight="bold"
        )
        for layer in range(1, self.layers + 1):
            for x in (self.left, self.right):
                at = x + COLUMN * (layer - 0.5)
                weight = "bold" if layer == settings["layer"] else "normal"
                self._text(
                    at,
                    HEAD - 6,
                    f"layer {layer}",
                    size=7,
                    colour=SOFT,
                    align="center",
                    weight=weight,
                )
        x = self.left + COLUMN * self.layers + TOKENS
        self._text(x, HEAD - 6, "tokens, %", size=7, colour=SOFT, align="right")

    def group(self, y: float, name: str) -> None:
        self._text(MARGIN, y, name, size=7, colour=SOFT, weight="bold")

    def row(self, y: float, group: str, name: str) -> None:
        self._text(MARGIN, y + 14, PARTS.get(name, name), size=8.5)
        for layer in range(1, self.layers + 1):
            held = self.summary.row(group, name, layer)
            x = COLUMN * (layer - 1)
            share = held["attention_mean"]
            self._cell(self.left + x, y, f"{100 * share:.1f}", FAINT, MORE, math.sqrt(share))
            if name not in self.special:
                self._ratio(self.right + x, y, held["ratio_mean"])
        tokens = self.summary.row(group, name, 1)["tokens_mean"]
        x = self.left + COLUMN * self.layers + TOKENS
        self._text(x - 2, y + 14, f"{100 * tokens:.1f}", size=8.5, colour=SOFT, align="right")

    def foot(self, y: float) -> None:
        self._scale(self.left, y, lambda t: (FAINT, MORE, t), ("0", "25 %", "100 %"))
        self._scale(
            self.right,
            y,
            lambda t: (EVEN, MORE if t > 0.5 else LESS, abs(2 * t - 1)),
            (f"{1 / self.far:.2f}", "1", f"{self.far:.1f}"),
        )

    def _ratio(self, x: float, y: float, ratio: float) -> None:
        depth = min(1.0, abs(math.log(max(ratio, 0.01))) / math.log(self.far))
        self._cell(x, y, f"{ratio:.2f}", EVEN, MORE if ratio > 1 else LESS, depth)

    def _cell(self, x: float, y: float, text: str, low: str, high: str, depth: float) -> None:
        self._box(x + 0.7, y + 0.7, COLUMN - 1.4, ROW - 1.4, mixed(low, high, depth))
        colour = PAPER if depth > DEEP else INK
        self._text(x + COLUMN / 2, y + 14, text, size=8.5, colour=colour, align="center")

    def _scale(self, x: float, y: float, colour: Any, labels: tuple[str, str, str]) -> None:
        for step in range(90):
            low, high, depth = colour((step + 0.5) / 90)
            self._box(x + 2 * step, y, 2.2, 7, mixed(low, high, depth))
        for at, label, align in zip((0, 90, 180), labels, ("left", "center", "right"), strict=True):
            self._text(x + at, y + 16, label, size=7, colour=SOFT, align=align)

    def _box(self, x: float, y: float, width: float, height: float, colour: Any) -> None:
        draw_box(self.axes, x, y, width, height, colour)

    def _text(self, x: float, y: float, text: str, **options: Any) -> None:
        draw_text(self.axes, x, y, text, **options)
