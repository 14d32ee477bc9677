"""Charts over several properties or training sizes: where the text helps, and with how much data.

A folder may hold several experiments, for example ``--train-part 0.1`` beside ``0.5``; they are
compared only where they differ by nothing but the split.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from crystext.model.benchmark.report import words
from crystext.model.benchmark.report.charts import WIDTH, Plot, padded
from crystext.model.benchmark.report.figures import Picture, keys_of
from crystext.model.benchmark.suite import Row
from crystext.model.benchmark.tables import make_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from crystext.model.benchmark.suite import Suite
    from crystext.model.benchmark.tables import Line

_SAME = ("protocol", "preset", "overrides", "corpus_digest")


def by_property(lines: Sequence[Line]) -> list[Picture]:
    """Gain in parts of the error without text, a chart for every property, all on one scale."""
    found = [line for line in lines if line.gain is not None]
    names = list(dict.fromkeys(line.property for line in found))
    if len(names) < 2:
        return []
    parts = {id(line): _parts(line) for line in found}
    limits = padded([end for part in parts.values() for end in part], zero=True)
    pictures = []
    for name in names:
        mine = [line for line in found if line.property == name]
        plot = Plot(limits, (0, 1), height=34 + 30 * len(mine) + 36, left=12)
        plot.axes("gain, % of the error without text")
        plot.vertical(0, "zero")
        y, said = 8.0, []
        for line in mine:
            mean, low, high = parts[id(line)]
            y += 16
            plot.text(14, y, line.row.words, "label")
            plot.text(WIDTH - 16, y, words.percent(mean / 100), "value end")
            y += 14
            plot.interval(y - 4, low, high, words.kind(line.row))
            plot.dot(mean, y - 4, words.kind(line.row))
            said.append(f"{line.row.words} {words.percent(mean / 100)}")
        alt = f"Relative gain from text: {name}: {'; '.join(said)}"
        pictures.append(Picture(name, plot.svg(alt), "", keys_of(line.row for line in mine)))
    return pictures


def _parts(line: Line) -> list[float]:
    """Mean, low and high of the gain in percent of the error without text."""
    assert line.gain is not None
    gain = line.gain
    without = gain.mean / gain.relative if gain.relative else float("inf")
    return [100 * end / without for end in (gain.mean, gain.low, gain.high)]


@dataclass(frozen=True)
class TrainingSizes:
    """One experiment with several parts of the training set.

    Attributes:
        pictures: one for each property and graph network.
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

    Args:
        results: of this benchmark.
        whole: all that the folder holds.
        suite: of the benchmark.
        out: the folder.
    """
    mine = {_experiment(row) for row in results.to_pylist()}
    rows = [row for row in whole.to_pylist() if row["failure"] is None and _experiment(row) in mine]
    lines: list[Line] = []
    for split in dict.fromkeys(row["split"] for row in rows):
        part = _table([row for row in rows if row["split"] == split], whole)
        lines += make_lines(part, suite, out, "")
    sizes = Counter((line.property, line.row) for line in lines)
    lines = [line for line in lines if sizes[line.property, line.row] > 1 and line.mae is not None]
    pictures, sorted_lines = [], []
    for name in dict.fromkeys(line.property for line in lines):
        of_one = sorted((one for one in lines if one.property == name), key=lambda one: one.train)
        rows_of_one = list(dict.fromkeys(one.row for one in of_one))
        for family, kinds in words.families(rows_of_one).items():
            pictures.append(_sizes(name, family, kinds, of_one))
        for row in sorted(rows_of_one, key=lambda row: (words.family(row), row.text)):
            sorted_lines += [one for one in of_one if one.row == row]
    return TrainingSizes(pictures, sorted_lines) if pictures else None


def _experiment(row: dict[str, Any]) -> tuple[Any, ...]:
    """What runs share that differ by the size of their training set alone."""
    split = re.sub(r"^\d+%/|, \d+% of train$", "", row["split"])
    return (split, *(row[name] for name in _SAME))


def _table(rows: list[dict[str, Any]], whole: pa.Table) -> pa.Table:
    return type(whole).from_pylist(rows, schema=whole.schema)


def _sizes(name: str, family: str, kinds: Sequence[Row], lines: Sequence[Line]) -> Picture:
    """Error above, gain below; ``lines`` are of one property and sorted by training size."""
    mine = [line for line in lines if line.row in kinds]
    baseline = [line for line in lines if line.row == Row("mean")]
    ends = []
    for line in (*mine, *baseline):
        assert line.mae is not None
        room = line.mae.deviation if line.mae.runs > 1 else 0.0
        ends += [line.mae.mean - room, line.mae.mean + room]
    train = [line.train for line in mine]
    limits, marked = (0.85 * min(train), 1.15 * max(train)), tuple(sorted(set(train)))
    plot = Plot(limits, padded(ends), height=250, log_x=True, ticks_x=marked)
    plot.axes("crystals to learn from", f"test MAE, {mine[0].unit}")
    said = []
    shown = [*kinds, *(dict.fromkeys(line.row for line in baseline))]
    for kind in shown:
        points = [line for line in (*mine, *baseline) if line.row == kind]
        means = [line.mae.mean for line in points if line.mae is not None]
        plot.line([line.train for line in points], means, words.kind(kind))
        for line in points if kind in kinds else ():
            assert line.mae is not None
            if line.mae.runs > 1:
                low, high = (line.mae.mean + s * line.mae.deviation for s in (-1, 1))
                plot.upright(line.train, low, high, words.kind(kind))
            plot.dot(line.train, plot.place_y(line.mae.mean), words.kind(kind))
            gain = "" if line.gain is None else f", gain {words.percent(line.gain.relative)}"
            said.append(f"{words.reads(kind)}, {line.train:,}: {words.number(line.mae.mean)}{gain}")
    gains = _gains(mine, plot, f"Gain from text to {family} on {name} by training size")
    caption = words.bars([line.mae for line in mine], "Bars above:")
    if gains:
        caption = f"{caption} Below: text's gain over no text, with its 95 % interval.".strip()
    return Picture(
        f"{words.family_words(family)} on {name}",
        plot.svg(f"Error of {family} on {name} by training size: {'; '.join(said)}") + gains,
        caption,
        keys_of(shown),
    )


def _gains(lines: Sequence[Line], above: Plot, alt: str) -> Markup:
    """The gain below the error, over the same crystals to learn from."""
    found = [(line, line.gain) for line in lines if line.gain is not None]
    if not found:
        return Markup("")
    ends = [end for _, gain in found for end in (gain.low, gain.high)]
    limits = padded(ends, zero=True)
    plot = Plot(above.x, limits, height=190, log_x=True, ticks_x=above.ticks_x)
    plot.axes("crystals to learn from", f"text's gain, {lines[0].unit}")
    plot.horizontal(0, "zero")
    said = []
    for line, gain in found:
        plot.upright(line.train, gain.low, gain.high, words.kind(line.row))
        plot.dot(line.train, plot.place_y(gain.mean), words.kind(line.row))
        said.append(f"{line.row.words}, {line.train:,}: {words.percent(gain.relative)}")
    return plot.svg(f"{alt}: {'; '.join(said)}")
