"""The pictures of attention: one text with its words coloured, and a corpus as two heat maps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.attention.view import MEAN, View
from crystext.model.plots import INK, SOFT, canvas, png, sheet, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crystext.model.attention.summary import Summary

ALL_HEADS = -1  # asks for a map of all heads below the text, which is coloured by their mean
WIDTH, MARGIN, LEADING = 640.0, 28.0, 17.0  # points
_DARK = "#0b5c6d"
_PARTS = {"[CLS]": "of these [CLS]", "[SEP]": "of these [SEP]", "special": "special tokens"}


def draw_view(view: View, layer: int, head: int = MEAN) -> bytes:
    """Draws one crystal's text, as PNG; the darkest word is the most attended.

    ``layer`` is from 1, ``head`` from 1, :data:`MEAN` or :data:`ALL_HEADS`.

    Raises:
        UsageError: the encoder has no such layer or head.
    """
    shown = MEAN if head == ALL_HEADS else head
    weights, text, heads = view.words(layer, shown), view.read.text, view.heads
    places, lines = _placed(view)
    map_height = 40.0 + 8 * heads if head == ALL_HEADS else 0.0
    height = 92 + LEADING * lines + map_height + 30
    figure, axes = sheet(WIDTH, height)
    write(axes, MARGIN, 36, formula_markup(view.formula), fontsize=16, parse_math=True)
    write(axes, WIDTH - MARGIN, 36, view.id, color=SOFT, ha="right")
    part = "whole text" if view.section == "all" else f"section {view.section}"
    line = f"What [CLS] attends to in {view.said(layer, shown)}"
    write(axes, MARGIN, 53, f"{line}; {part}, {len(view.read)} tokens", color=SOFT, fontsize=9)
    shares = view.sections(layer, shown).items()
    said = "     ".join(f"{name} {100 * share:.1f} %" for name, share in shares)
    write(axes, MARGIN, 68, f"of the attention: {said}", color=SOFT, fontsize=9)
    most = max(float(weights.max(initial=0)), 1e-9)
    for number, (x, y, width) in enumerate(places):
        depth, read = float(weights[number]) / most, number < view.read.first_unread
        if read:
            low, high = [82 + y] * 2, [79 + y + LEADING] * 2
            axes.fill_between((x - 0.8, x + width + 0.8), low, high, color=shade(depth), lw=0)
        colour = ink_on(shade(depth)) if read else SOFT
        write(axes, x, 93 + y, text[text.words[number]], color=colour)
    if head == ALL_HEADS:
        _heads(axes, view, layer, 92 + LEADING * lines)
    note = f"darkest: {100 * most:.2f} % of the attention of [CLS], summed over a word's tokens"
    if view.read.unread:
        note += f"; grey: {view.read.unread} tokens behind the limit of {view.limit}, not read"
    write(axes, MARGIN, height - 14, note, color=SOFT, fontsize=9)
    return png(figure)


def formula_markup(formula: str) -> str:
    """A formula with its amounts set low, for matplotlib."""
    return re.sub(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)", r"$_{\\mathregular{\1}}$", formula)


def shade(depth: float) -> tuple[float, ...]:
    """The colour of a share of the scale, 0 to 1: from white to the darkest."""
    from matplotlib.colors import to_rgb

    return tuple(1 - (1 - one) * min(max(depth, 0.0), 1.0) for one in to_rgb(_DARK))


def ink_on(colour: tuple[float, ...]) -> str:
    """Black or white, whichever is read better on a colour, with a contrast of 4.58 at least.

    By the relative luminance of WCAG 2.1, whose contrast with either is the same at 0.179.
    """
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour]
    return "white" if np.dot(linear[:3], (0.2126, 0.7152, 0.0722)) < 0.179 else "black"


def draw_summary(summary: Summary) -> bytes:
    """Draws shares of the attention, and how they compare with shares of the tokens, as PNG."""
    groups = [(group, name) for group in ("section", "kind") for name in summary.names(group)]
    groups.remove(("kind", "special"))
    layers = range(1, summary.layers + 1)
    rows = [[summary.row(*group, layer) for layer in layers] for group in groups]
    shares = np.array([[100 * row["attention_mean"] for row in line] for line in rows])
    ratios = np.array([[row["ratio_mean"] for row in line] for line in rows], dtype=float)
    ratios[[name in _PARTS for _, name in groups]] = np.nan
    figure = canvas(190 + 2 * 46 * max(summary.layers, 4), 90 + 21 * len(rows))
    left, right = figure.subplots(1, 2, sharey=True)
    settings = summary.settings
    figure.suptitle(
        f"What [CLS] of {settings['encoder']} attends to in {settings['corpus']}\n{summary.said}",
        fontsize=11, color=INK, parse_math=False,
    )  # fmt: skip
    _map(left, shares, "share of all the attention, %", "Blues", (0, 100), "{:.1f}", np.sqrt)
    far = np.log(max(2.0, np.nanmax(ratios), 1 / max(np.nanmin(ratios), 0.05)))
    words = "per token; average of the text = 1"
    _map(right, ratios, words, "BrBG", (-far, far), "{:.2f}", lambda x: np.log(x.clip(0.01)))
    names = [f"{_PARTS.get(name, name)} ({100 * line[0]['tokens_mean']:.1f} % of tokens)"
             for (_, name), line in zip(groups, rows, strict=True)]  # fmt: skip
    left.set_yticks(range(len(names)), names, fontsize=9)
    return png(figure)


def _map(axes: Axes, values: Any, title: str, colours: str, ends: Any, words: str, at: Any) -> None:
    """A heat map with its numbers (groups, layers), coloured by ``at`` of them between ends."""
    low, high = ends if colours == "BrBG" else at(np.array(ends))
    image = axes.imshow(at(values), cmap=colours, vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            ink = ink_on(tuple(image.cmap(image.norm(at(np.array(value))))))
            how: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "color": ink}
            axes.text(column, row, words.format(value), **how)
    axes.set_title(title, fontsize=10, color=INK)
    axes.set_xticks(range(len(values[0])), map(str, range(1, len(values[0]) + 1)), fontsize=9)
    axes.set_xlabel("layer", fontsize=9)
    axes.tick_params(length=0)


def _heads(axes: Axes, view: View, layer: int, top: float) -> None:
    """Each head's weights on the words in order, one line a head, each up to its own maximum."""
    note = f"heads 1 (top) to {view.heads}, words from left to right, each up to its own maximum"
    write(axes, MARGIN, top + 12, note, color=SOFT, fontsize=9)
    rows = np.array([view.words(layer, head + 1) for head in range(view.heads)])
    rows = rows[:, : view.read.first_unread]
    depth = rows / rows.max(1, keepdims=True, initial=1e-9)
    colours = 1 - (1 - np.array(shade(1.0))) * depth[..., None]
    ends = (MARGIN, WIDTH - MARGIN, top + 20 + 8 * view.heads, top + 20)
    axes.imshow(colours, extent=ends, aspect="auto", interpolation="nearest")
    axes.set(xlim=(0, WIDTH), ylim=axes.get_ylim())


def _placed(view: View) -> tuple[list[tuple[float, float, float]], int]:
    """Left end, line's top and width of each word, in points, and how many lines there are."""
    from matplotlib.textpath import TextPath

    places, x, line, end, previous = [], MARGIN, 0, 0, 0
    for word in view.read.text.words:
        letters = view.read.text[word].replace("$", r"\$")
        width = float(TextPath((0, 0), letters, size=10).get_extents().x1) * 1.02  # hinting widens
        gap = 3.2 if word.start > end else 0.0
        if word.sentence != previous or (gap and x + gap + width > WIDTH - MARGIN):
            x, line, gap = MARGIN, line + 1, 0.0
        places.append((x + gap, line * LEADING, width))
        x, end, previous = x + gap + width + 0.6, word.end, word.sentence
    return places, line + 1
