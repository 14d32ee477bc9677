"""Tables for a terminal: each property's lines, and the ensembles of seeds below them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crystext.model.benchmark import wording
from crystext.model.benchmark.suite import BASELINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.stacks import Stack
    from crystext.model.benchmark.statistics import Gain
    from crystext.model.benchmark.tables import Line

ADJUSTED = (
    "helps and hurts are said after Holm's adjustment for all comparisons of this table, and hold "
    "together; else one cannot tell"
)


def as_text(
    lines: Sequence[Line],
    ensembles: Sequence[Ensemble] = (),
    stacks: Sequence[Stack] = (),
    *,
    title: str,
    protocol: str,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> list[str]:
    """The tables for a terminal.

    Args:
        lines: of all properties.
        ensembles: likewise; they stand below each property's table.
        stacks: likewise, below these.
        title: of the suite.
        protocol: of the runs.
        notes: by property, what is to be said of its split.
    """
    out = [title]
    if protocol == "published":
        out.append("PUBLISHED PROTOCOL: each figure is the lowest test error over epochs")
    for name in dict.fromkeys(line.property for line in lines):
        mine = [line for line in lines if line.property == name]
        first = next((line for line in mine if line.mae is not None), mine[0])
        counts = f"{first.train:,} crystals to learn from, {first.crystals:,} tested"
        counts += _steps(mine)
        out += ["", f"{name}: test MAE, {first.unit}; {counts}"]
        out += (notes or {}).get(name, [])
        with_paper = any(line.paper for line in mine)
        control = any(line.over_control is not None for line in mine)
        head = ["model", "MAE", "over seeds", "a run takes", "text's gain (95 % interval)"]
        head += ["over shuffled texts"] if control else []
        head += ["the paper's"] if with_paper else []
        cells = [head]
        cells += [_cells(line, control=control, with_paper=with_paper) for line in mine]
        out += _aligned(cells)
        out += [ADJUSTED] if any(one.gain or one.over_control for one in mine) else []
        if found := [one for one in ensembles if one.property == name]:
            out += ["", *_ensembles(found, protocol)]
        if stacked := [one for one in stacks if one.property == name]:
            out += ["", *_stacks(stacked)]
    return out


def _steps(lines: Sequence[Line]) -> str:
    """For example ``; 5,005 steps of training``; empty where no network was trained."""
    found = sorted({round(line.steps) for line in lines if not math.isnan(line.steps)})
    if not found:
        return ""
    told = f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"
    return f"; {told} steps of training"


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [
        "  ".join(one.ljust(width) for one, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _ensembles(found: Sequence[Ensemble], protocol: str) -> list[str]:
    counts = sorted({len(one.seeds) for one in found})
    of = f"{counts[0]} seeds" if len(counts) == 1 else "seeds"
    about = f"ensembles of {of}: the mean of their predictions"
    if protocol == "published":
        about += ", each at its lowest test error"
    about += "; intervals are of these very seeds"
    control = any(one.over_control is not None for one in found)
    text = control or any(one.gain is not None for one in found)
    cells = [["model", "MAE", "seeds", "gain over one seed (95 % interval)"]]
    cells[0] += ["text's gain between ensembles"] if text else []
    cells[0] += ["over shuffled texts"] if control else []
    for one in found:
        row = [one.row.words, wording.number(one.mae), str(len(one.seeds)), _interval(one.over_one)]
        shuffled = one.row.is_control
        if text:
            row.append("" if one.gain is None else gain_words(one.gain, control=shuffled))
        if control:
            row.append("" if one.over_control is None else gain_words(one.over_control))
        cells.append(row)
    return [about, *_aligned(cells)]


def _stacks(found: Sequence[Stack]) -> list[str]:
    pair = any(one.over_pair is not None for one in found)
    cells = [["stack", "MAE", "weight of the trees", "gain over the graph network (95 % interval)"]]
    cells[0] += ["over two graph networks"] if pair else []
    for one in found:
        control = one.trees.is_control
        row = [f"{one.row.words} + {one.trees.words}", wording.number(one.mae), f"{one.weight:.2f}"]
        row.append(gain_words(one.over_graph, control=control))
        if one.over_pair is not None:
            row.append(gain_words(one.over_pair, control=control))
        cells.append(row)
    return ["graph network and boosted trees, weighed on validation", *_aligned(cells)]


def _cells(line: Line, *, control: bool, with_paper: bool) -> list[str]:
    if line.mae is None:
        code = line.failures[0].partition(":")[0] if line.failures else "not run"
        found = [line.row.words, "failed", code, "", ""]
    else:
        many = line.mae.runs > 1
        found = [
            line.row.words,
            wording.number(line.mae.mean),
            f"± {wording.number(line.mae.deviation)} ({line.mae.runs})" if many else "one run",
            "" if line.row.model in BASELINES else _takes(line),
            "" if line.gain is None else gain_words(line.gain, control=line.row.is_control),
        ]
    if control:
        found.append("" if line.over_control is None else gain_words(line.over_control))
    if with_paper:
        found.append(", ".join(f"{mae:g} (table {table})" for table, mae in line.paper))
    return found


def _takes(line: Line) -> str:
    """For example ``14 min, 740 MB``."""
    told = [wording.duration(line.seconds)]
    told += [wording.memory(line.memory)] if line.memory > 0 else []
    return ", ".join(told)


def gain_words(gain: Gain, *, control: bool = False) -> str:
    """For example ``+0.0031 (+0.0012 to +0.0049), +5.0 %: helps``.

    Args:
        gain: to be said.
        control: whether it is a control's, of which nothing is claimed.
    """
    return f"{_interval(gain)}: {'control' if control else gain.verdict}"


def _interval(gain: Gain) -> str:
    return f"{wording.interval(gain)}, {wording.percent(gain.relative)}"
