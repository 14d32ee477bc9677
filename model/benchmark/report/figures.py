"""The page's charts of one property: what each one shows, its caption and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.model.benchmark import wording
from crystext.model.benchmark.report import strips
from crystext.model.benchmark.report.breakdown import FEWEST
from crystext.model.benchmark.report.charts import Plot, padded, sample
from crystext.model.benchmark.report.strips import Mark, Strip
from crystext.model.benchmark.suite import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from crystext.model.benchmark.report.breakdown import Breakdown
    from crystext.model.benchmark.report.evidence import Evidence


POINTS = 2000
"""At most so many crystals are drawn in a cloud."""


@dataclass(frozen=True)
class Picture:
    """A chart and what stands about it: keys are a sample and words of each kind of mark."""

    title: str
    svg: Markup
    caption: str = ""
    keys: tuple[tuple[Markup, str], ...] = ()


def keys_of(rows: Iterable[Row], *marks: str) -> tuple[tuple[Markup, str], ...]:
    """One key for each kind of row, drawn with the marks that the chart has of it."""
    kinds = dict.fromkeys((wording.kind(row), wording.reads(row)) for row in rows)
    return tuple((sample(kind, *marks), words) for kind, words in kinds)


def forest(evidence: Evidence) -> list[Picture]:
    """Gain of each text over the same network without it, and over other crystals' texts."""
    found = []
    for line in evidence.lines:
        gains = [(line.gain, wording.kind(line.row), "dot"), (line.over_control, "over", "diamond")]
        marks = [
            [Mark(gain.mean, look, gain.low, gain.high, shape)]
            for gain, look, shape in gains
            if gain is not None
        ]
        first = line.gain or line.over_control
        if first is not None:
            value = f"{wording.number(first.mean, sign=True)} ({wording.percent(first.relative)})"
            found.append(Strip(line.row.words, marks, value))
    if not found:
        return []
    rows = [line.row for line in evidence.lines if line.gain is not None]
    keys = [(drawn, f"{words}, over no text") for drawn, words in keys_of(rows, "interval", "dot")]
    if any(line.over_control is not None for line in evidence.lines):
        with_others = "over the same network with other crystals' texts"
        keys.append((sample("over", "interval", "diamond"), with_others))
    picture = strips.draw(
        found, padded(strips.ends(found), zero=True), zero=True,
        name=f"gain: error without \u2212 error with, {evidence.unit}",
        alt="Gain from text",
    )  # fmt: skip
    caption = "Right of 0 the text helps. Bars are 95 % intervals of a paired bootstrap."
    return [Picture("What the text is worth", picture, caption, tuple(keys))]


def learning(evidence: Evidence) -> list[Picture]:
    """Validation error by epoch, one chart for each graph network."""
    pictures = []
    baseline = evidence.line(Row("mean"))
    everything = [end for one in evidence.curves.values() for end in (*one.low, *one.high)]
    for name, rows in wording.families(evidence.curves).items():
        curves = {row: evidence.curves[row] for row in rows}
        longest = max(len(one.mean) for one in curves.values())
        plot = Plot((1, max(longest, 2)), padded(everything), height=250, whole_x=True)
        plot.axes("epoch", f"validation MAE, {evidence.unit}")
        keys, said = [], []
        if baseline is not None and baseline.validation is not None:
            level = baseline.validation.mean
            if plot.y[0] <= level <= plot.y[1]:
                plot.horizontal(level, "line t-mean")
                keys = [*keys_of([baseline.row], "line")]
            said.append(f"{wording.reads(baseline.row)} at {wording.number(level)}")
        for row, curve in curves.items():
            epochs = np.arange(1, len(curve.mean) + 1).tolist()
            kind, marks = wording.kind(row), ("band", "line") if curve.seeds > 1 else ("line",)
            if curve.seeds > 1:
                plot.band(epochs, curve.low.tolist(), curve.high.tolist(), kind)
            plot.line(epochs, curve.mean.tolist(), kind)
            keys += keys_of([row], *marks)
            said.append(f"{wording.reads(row)} ends at {wording.number(curve.mean[-1])}")
        title = f"Learning curves of {wording.family_words(name)}"
        picture = plot.svg(f"{title}: {'; '.join(said)} {evidence.unit}")
        caption = "Mean over seeds with their lowest and highest, until the first run stopped."
        several = any(one.seeds > 1 for one in curves.values())
        pictures.append(Picture(title, picture, caption if several else "", tuple(keys)))
    return pictures


def fits(evidence: Evidence) -> list[Picture]:
    """Predicted against true, and the error against true, of one seed, a chart for each row."""
    shown = {row: one for row, one in evidence.tested.items() if row.model != "mean"}
    seeds = {row: one.seeds.index(min(one.seeds)) for row, one in shown.items()}
    found = {row: (one.true, one.predicted[seeds[row]]) for row, one in shown.items()}
    if not found:
        return []
    limits = padded([end for both in found.values() for part in both for end in part])
    wrong = [end for true, predicted in found.values() for end in predicted - true]
    around = padded([*wrong, *(-end for end in wrong)])
    pictures = []
    for row, (true, predicted) in found.items():
        kind, n = wording.kind(row), len(true)
        drawn = (
            np.arange(n)
            if n <= POINTS
            else np.random.default_rng(0).choice(n, POINTS, replace=False)
        )
        plot = Plot(limits, limits, height=330)
        plot.axes("", f"predicted, {evidence.unit}", x_ticks=False)
        plot.line(limits, limits, "zero")
        plot.cloud(true[drawn], predicted[drawn], kind)
        below = Plot(limits, around, height=190)
        below.axes(f"true {evidence.property}, {evidence.unit}", "predicted \u2212 true")
        below.horizontal(0, "zero")
        below.cloud(true[drawn], (predicted - true)[drawn], kind)
        line = evidence.line(row)
        error = wording.spread(line.mae if line else None)
        part = "" if len(drawn) == n else f", {len(drawn):,} of them drawn"
        alt = f"{row.words}: predicted against true; MAE {error} {evidence.unit}"
        residual = f"{row.words}: error of the prediction against the true value"
        seed = shown[row].seeds[seeds[row]]
        caption = f"Test crystals of seed {seed}: {n:,}{part}. Diagonal: right."
        pictures.append(Picture(row.words, plot.svg(alt) + below.svg(residual), caption))
    return pictures


def readings(evidence: Evidence) -> list[Picture]:
    """Error by what a network reads, beside the paper's, where a network reads several things."""
    pictures = []
    for name, rows in wording.families(line.row for line in evidence.lines).items():
        lines = [line for row in rows if (line := evidence.line(row)) is not None]
        if sum(line.row.text != "" for line in lines) < 2:
            continue
        found = []
        for line in lines:
            assert line.mae is not None
            marks = [Mark(line.mae.mean, wording.kind(line.row), *line.mae.ends)]
            marks += [Mark(mae, "paper", shape="diamond") for _, mae in line.paper]
            found.append(Strip(wording.reads(line.row), [marks], wording.spread(line.mae)))
        picture = strips.draw(
            found, padded(strips.ends(found)), name=f"test MAE, {evidence.unit}",
            alt=f"Error by what {name} reads, {evidence.unit}",
        )  # fmt: skip
        paper = any(line.paper for line in lines)
        keys = ((sample("paper", "diamond"), "the paper's figure"),) if paper else ()
        title = f"By what {wording.family_words(name)} reads"
        caption = wording.bars([line.mae for line in lines], "Bars are")
        pictures.append(Picture(title, picture, caption, keys))
    return pictures


def groups(evidence: Evidence, breakdown: Breakdown) -> list[Picture]:
    """Error by group of crystals, one chart for each graph network; small groups are left out."""
    counts = {group: n for group, n in breakdown.counts.items() if n >= FEWEST}
    shown = {row: means for row, means in breakdown.means.items() if row.model != "mean"}
    found: dict[str, list[Strip]] = {}
    families = wording.families(shown) if counts else {}
    for name, rows in families.items():
        found[name] = [
            Strip(
                f"{group}  (n = {count:,})",
                [
                    [Mark(one.mae, wording.kind(row), one.low, one.high)]
                    for row in rows
                    if (one := shown[row].get(group)) is not None
                ],
            )
            for group, count in counts.items()
        ]
    limits = padded([end for one in found.values() for end in strips.ends(one)] + [0.0], zero=True)
    pictures = []
    for name, rows in families.items():
        family = wording.family_words(name)
        picture = strips.draw(
            found[name], limits, name=f"test MAE, {evidence.unit}",
            alt=f"Error of {family} by {breakdown.name}, "
            + ", ".join(wording.reads(row) for row in rows),
        )  # fmt: skip
        keys = keys_of(rows, "interval", "dot")
        pictures.append(Picture(f"{family} by {breakdown.name}", picture, "", keys))
    return pictures
