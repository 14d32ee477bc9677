"""The page's charts of one property: what each one shows, its caption and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.model.benchmark.report import words
from crystext.model.benchmark.report.breakdown import FEWEST
from crystext.model.benchmark.report.charts import WIDTH, Plot, padded
from crystext.model.benchmark.suite import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from crystext.model.benchmark.report.breakdown import Breakdown
    from crystext.model.benchmark.report.evidence import Evidence
    from crystext.model.benchmark.statistics import Gain

_ROW, _MARK = 20, 17  # heights of a label and of a mark, in units of the picture


@dataclass(frozen=True)
class Picture:
    """A chart and what stands about it.

    Attributes:
        title: above it, empty for none.
        svg: the chart.
        caption: below it, empty for none.
        keys: class and words of each kind of mark.
    """

    title: str
    svg: Markup
    caption: str = ""
    keys: tuple[tuple[str, str], ...] = ()


def keys_of(rows: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    """One key for each kind of row."""
    return tuple(dict.fromkeys((words.kind(row), words.reads(row)) for row in rows))


def forest(evidence: Evidence) -> Picture | None:
    """Gain of each text over the same network without it, and over shuffled texts."""
    entries: list[tuple[str, list[tuple[Gain, str]]]] = []
    for line in evidence.lines:
        marks = []
        if line.gain is not None:
            marks.append((line.gain, words.kind(line.row)))
        if line.over_control is not None:
            marks.append((line.over_control, "over"))
        if marks:
            entries.append((line.row.words, marks))
    if not entries:
        return None
    gains = [gain for _, marks in entries for gain, _ in marks]
    height = 20 + sum(_ROW + _MARK * len(marks) + 6 for _, marks in entries) + 40
    limits = padded([end for gain in gains for end in (gain.low, gain.high)], zero=True)
    plot = Plot(limits, (0, 1), height=height, left=12)
    plot.axes(f"gain: error without − error with, {evidence.unit}")  # noqa: RUF001
    plot.vertical(0, "zero")
    y = 26.0
    said = []
    for name, marks in entries:
        plot.text(14, y, name, "label")
        gain = marks[0][0]
        plot.text(
            WIDTH - 16,
            y,
            f"{words.number(gain.mean, sign=True)} ({words.percent(gain.relative)})",
            "value end",
        )
        for gain, look in marks:
            y += _MARK
            plot.interval(y - 4, gain.low, gain.high, look)
            (plot.diamond if look == "over" else plot.dot)(gain.mean, y - 4, look)
            said.append(f"{name} {words.number(gain.mean, sign=True)}, {gain.verdict}")
        y += _ROW + 6
    rows = [line.row for line in evidence.lines if line.gain is not None]
    keys = [(look, f"{name}, over no text") for look, name in keys_of(rows)]
    if any(line.over_control is not None for line in evidence.lines):
        keys.append(("over", "over the same network with other crystals' texts"))
    caption = "Right of 0 the text helps. Bars are 95 % intervals of a paired bootstrap."
    return Picture(
        "What the text is worth", plot.svg("Gain from text: " + "; ".join(said)), caption,
        tuple(keys),
    )  # fmt: skip


def learning(evidence: Evidence) -> list[Picture]:
    """Validation error by epoch, one chart for each graph network."""
    pictures = []
    baseline = evidence.line(Row("mean"))
    everything = [end for one in evidence.curves.values() for end in (*one.low, *one.high)]
    for name, rows in words.families(evidence.curves).items():
        curves = {row: evidence.curves[row] for row in rows}
        longest = max(len(one.mean) for one in curves.values())
        plot = Plot((1, max(longest, 2)), padded(everything), height=250, whole_x=True)
        plot.axes("epoch", f"validation MAE, {evidence.unit}")
        if baseline is not None and baseline.validation is not None:
            plot.horizontal(baseline.validation.mean, "line t-mean")
        said = []
        for row, curve in curves.items():
            epochs = np.arange(1, len(curve.mean) + 1).tolist()
            if curve.seeds > 1:
                plot.band(epochs, curve.low.tolist(), curve.high.tolist(), words.kind(row))
            plot.line(epochs, curve.mean.tolist(), words.kind(row))
            said.append(f"{words.reads(row)} ends at {words.number(curve.mean[-1])}")
        alt = f"Learning curves of {words.family_words(name)}: {'; '.join(said)} {evidence.unit}"
        rows_shown = [*rows, *([Row("mean")] if baseline is not None else [])]
        pictures.append(Picture(words.family_words(name), plot.svg(alt), "", keys_of(rows_shown)))
    return pictures


def fits(evidence: Evidence) -> list[Picture]:
    """Predicted against true, and the error against true, one chart for each row."""
    pictures = []
    shown = {row: one for row, one in evidence.predictions.items() if row.model != "mean"}
    if not shown:
        return []
    values = [end for one in shown.values() for end in (*one.true, *one.predicted)]
    wrong = [end for one in shown.values() for end in one.predicted - one.true]
    limits, around = padded(values), padded([*wrong, *(-end for end in wrong)])
    for row, one in shown.items():
        kind = words.kind(row)
        plot = Plot(limits, limits, height=330)
        plot.axes("", f"predicted, {evidence.unit}", x_ticks=False)
        plot.line(limits, limits, "zero")
        plot.cloud(one.true, one.predicted, kind)
        below = Plot(limits, around, height=190)
        below.axes(f"true {evidence.property}, {evidence.unit}", "predicted − true")  # noqa: RUF001
        below.horizontal(0, "zero")
        below.cloud(one.true, one.predicted - one.true, kind)
        line = evidence.line(row)
        error = "–" if line is None or line.mae is None else words.number(line.mae.mean)  # noqa: RUF001
        part = "" if len(one.true) == one.tested else f", {len(one.true):,} of them drawn"
        alt = f"{row.words}: predicted against true; MAE {error} {evidence.unit}"
        residual = f"{row.words}: error of the prediction against the true value"
        pictures.append(
            Picture(
                row.words,
                plot.svg(alt) + below.svg(residual),
                f"Test crystals of seed {one.seed}: {one.tested:,}{part}. Diagonal: right.",
            )
        )
    return pictures


def readings(evidence: Evidence) -> list[Picture]:
    """Error by what a network reads, beside the paper's, where a network reads several things."""
    pictures = []
    for name, rows in words.families(line.row for line in evidence.lines).items():
        lines = [line for row in rows if (line := evidence.line(row)) is not None]
        if sum(line.row.text != "" for line in lines) < 2:
            continue
        ends = [
            value
            for line in lines
            if line.mae is not None
            for value in (
                line.mae.mean - np.nan_to_num(line.mae.deviation),
                line.mae.mean + np.nan_to_num(line.mae.deviation),
                *(mae for _, mae in line.paper),
            )
        ]
        plot = Plot(padded(ends), (0, 1), height=30 + len(lines) * (_ROW + _MARK) + 36, left=12)
        plot.axes(f"test MAE, {evidence.unit}")
        y, said, looks = 26.0, [], []
        for line in lines:
            assert line.mae is not None
            look = words.kind(line.row)
            looks.append(line.row)
            plot.text(14, y, words.reads(line.row), "label")
            plot.text(WIDTH - 16, y, words.spread(line.mae), "value end")
            y += _MARK
            if line.mae.runs > 1:
                low, high = (line.mae.mean + s * line.mae.deviation for s in (-1, 1))
                plot.interval(y - 4, low, high, look)
            plot.dot(line.mae.mean, y - 4, look)
            for _, mae in line.paper:
                plot.diamond(mae, y - 4, "paper")
            said.append(f"{words.reads(line.row)} {words.number(line.mae.mean)}")
            y += _ROW
        paper = any(line.paper for line in lines)
        keys = (("paper", "the paper's figure"),) if paper else ()
        pictures.append(
            Picture(
                words.family_words(name),
                plot.svg(f"Error by what {name} reads, {evidence.unit}: {'; '.join(said)}"),
                words.bars([line.mae for line in lines], "Bars are"),
                keys,
            )
        )
    return pictures


def groups(evidence: Evidence, breakdown: Breakdown) -> list[Picture]:
    """Error by group of crystals, one chart for each graph network; small groups are left out."""
    pictures = []
    counts = {group: n for group, n in breakdown.counts.items() if n >= FEWEST}
    shown = {row: means for row, means in breakdown.means.items() if row.model != "mean"}
    ends = [
        end
        for means in shown.values()
        for group in counts
        if group in means
        for end in (means[group].mae, means[group].low, means[group].high)
    ]
    for name, rows in words.families(shown).items() if counts else ():
        step = _ROW + 11 * len(rows)
        height = 24 + step * len(counts) + 36
        plot = Plot(padded([*ends, 0.0], zero=True), (0, 1), height=height, left=12)
        plot.axes(f"test MAE, {evidence.unit}")
        y, said = 24.0, []
        for group, count in counts.items():
            plot.text(14, y, f"{group}  (n = {count:,})", "label")
            y += 13
            for row in rows:
                one = shown[row].get(group)
                if one is not None:
                    if np.isfinite(one.low):
                        plot.interval(y - 4, one.low, one.high, words.kind(row))
                    plot.dot(one.mae, y - 4, words.kind(row))
                    said.append(f"{group}, {words.reads(row)} {words.number(one.mae)}")
                y += 11
            y += _ROW - 13
        alt = f"Error of {words.family_words(name)} by {breakdown.name}: {'; '.join(said)}"
        pictures.append(Picture(words.family_words(name), plot.svg(alt), "", keys_of(rows)))
    return pictures
