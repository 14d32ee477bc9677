"""Charts over several properties or training sizes: where the text helps, and with how much data.

A folder may hold several experiments, for example ``--train-part 0.1`` beside ``0.5``; they are
compared only where they differ by nothing but the split.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from crystext.model.benchmark import wording
from crystext.model.benchmark.report import strips
from crystext.model.benchmark.report.charts import Plot, padded
from crystext.model.benchmark.report.figures import Picture, keys_of
from crystext.model.benchmark.report.strips import Mark, Strip
from crystext.model.benchmark.suite import Row
from crystext.model.benchmark.tables import make_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crystext.model.benchmark.suite import Suite
    from crystext.model.benchmark.tables import Line

_SAME = ("protocol", "preset", "overrides", "corpus_digest")


def by_property(lines: Sequence[Line]) -> list[Picture]:
    """Gain in parts of the error without text, a chart for every property, all on one scale."""
    found: dict[str, list[Strip]] = {}
    for line in lines:
        if line.gain is not None:
            mean, low, high = (100 * part for part in line.gain.parts)
            mark = Mark(mean, wording.kind(line.row), low, high)
            strip = Strip(line.row.words, [[mark]], wording.percent(line.gain.relative))
            found.setdefault(line.property, []).append(strip)
    if len(found) < 2:
        return []
    limits = padded([end for one in found.values() for end in strips.ends(one)], zero=True)
    pictures = []
    for name, mine in found.items():
        picture = strips.draw(
            mine, limits, zero=True, name="gain, % of the error without text",
            alt=f"Relative gain from text: {name}",
        )  # fmt: skip
        rows = [line.row for line in lines if line.property == name and line.gain is not None]
        pictures.append(Picture(name, picture, "", keys_of(rows, "interval", "dot")))
    return pictures


class TrainingSizes(NamedTuple):
    """One experiment with several parts of the training set.

    Attributes:
        pictures: error and gain, for each property and graph network.
        lines: rows that were run with two or more sizes, by property, row and size.
    """

    pictures: list[Picture]
    lines: list[Line]


def by_training_size(
    results: pa.Table, whole: pa.Table, suite: Suite, out: Path
) -> TrainingSizes | None:
    """Error and gain by crystals to learn from, where the folder holds several sizes.

    Only splits are compared that test the same crystals: those that are this benchmark's but for
    the part to learn from.

    ``whole`` is all that the folder holds.
    """
    mine = {_experiment(row) for row in results.to_pylist()}
    rows = [row for row in whole.to_pylist() if row["failure"] is None and _experiment(row) in mine]
    lines: list[Line] = []
    for split in dict.fromkeys(row["split"] for row in rows):
        part = [row for row in rows if row["split"] == split]
        lines += make_lines(pa.Table.from_pylist(part, schema=whole.schema), suite, out, "")
    sizes = Counter((line.property, line.row) for line in lines)
    lines = [line for line in lines if sizes[line.property, line.row] > 1 and line.mae is not None]
    pictures, sorted_lines = [], []
    for name in dict.fromkeys(line.property for line in lines):
        of_one = sorted((one for one in lines if one.property == name), key=lambda one: one.train)
        rows_of_one = list(dict.fromkeys(one.row for one in of_one))
        for family, kinds in wording.families(rows_of_one).items():
            pictures += _sizes(name, family, kinds, of_one)
        for row in sorted(rows_of_one, key=lambda row: (wording.family(row), row.text)):
            sorted_lines += [one for one in of_one if one.row == row]
    return TrainingSizes(pictures, sorted_lines) if pictures else None


def _experiment(row: dict[str, Any]) -> tuple[Any, ...]:
    """What runs share that differ by the size of their training set alone."""
    split = re.sub(r"^\d+%/|, \d+% of train$", "", row["split"])
    return (split, *(row[name] for name in _SAME))


def _sizes(name: str, family: str, kinds: Sequence[Row], lines: Sequence[Line]) -> list[Picture]:
    """Error, and gain if there is one; ``lines`` are of one property, sorted by training size."""
    mine, mean = [line for line in lines if line.row in kinds], Row("mean")
    found = {
        row: points
        for row in (*kinds, mean)
        if (points := [(one, one.mae) for one in lines if one.row == row and one.mae is not None])
    }
    ends = [end for points in found.values() for _, mae in points for end in (mae.mean, *mae.ends)]
    train = [line.train for line in mine]
    limits, marked = (0.85 * min(train), 1.15 * max(train)), tuple(sorted(set(train)))
    plot = Plot(limits, padded(ends), height=250, log_x=True, ticks_x=marked)
    plot.axes("crystals to learn from", f"test MAE, {mine[0].unit}")
    said = []
    for row, points in found.items():
        kind = wording.kind(row)
        plot.line([line.train for line, _ in points], [mae.mean for _, mae in points], kind)
        for line, mae in () if row == mean else points:
            if mae.runs > 1:
                plot.upright(line.train, *mae.ends, kind)
            plot.dot(line.train, plot.place_y(mae.mean), kind)
            gain = "" if line.gain is None else f", gain {wording.percent(line.gain.relative)}"
            error = wording.number(mae.mean)
            said.append(f"{wording.reads(row)}, {line.train:,}: {error}{gain}")
    alt = f"Error of {family} on {name} by training size: {'; '.join(said)}"
    keys = keys_of(kinds, "line", "dot") + keys_of({mean} & found.keys(), "line")
    title = f"{wording.family_words(family)} on {name}"
    caption = wording.bars([line.mae for line in mine], "Bars are")
    return [Picture(title, plot.svg(alt), caption, keys), *_gains(title, mine, plot)]


def _gains(title: str, lines: Sequence[Line], beside: Plot) -> Iterator[Picture]:
    """The gain over the same crystals to learn from, if there is one."""
    found = [(line, line.gain) for line in lines if line.gain is not None]
    if not found:
        return
    limits = padded([end for _, gain in found for end in (gain.low, gain.high)], zero=True)
    plot = Plot(beside.x, limits, height=250, log_x=True, ticks_x=beside.ticks_x)
    plot.axes("crystals to learn from", f"text's gain, {lines[0].unit}")
    plot.horizontal(0, "zero")
    said = []
    for line, gain in found:
        plot.upright(line.train, gain.low, gain.high, wording.kind(line.row))
        plot.dot(line.train, plot.place_y(gain.mean), wording.kind(line.row))
        said.append(f"{line.row.words}, {line.train:,}: {wording.percent(gain.relative)}")
    keys = keys_of((line.row for line, _ in found), "interval", "dot")
    alt = f"Gain from text to {title} by training size: {'; '.join(said)}"
    caption = "Gain over no text; bars are 95 % intervals."
    yield Picture(f"{title}: gain from text", plot.svg(alt), caption, keys)
