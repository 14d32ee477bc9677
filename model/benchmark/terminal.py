"""Tables for a terminal: each property's lines, ensembles and stacks, and all gains at the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crystext.model.benchmark import wording
from crystext.model.benchmark.suite import BASELINES
from crystext.model.benchmark.summary import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.stacks import Stack
    from crystext.model.benchmark.statistics import Gain
    from crystext.model.benchmark.summary import Block
    from crystext.model.benchmark.tables import Line

LINES = (
    *("model", "MAE", "over seeds", "a run takes", "text's gain (95 % interval)"),
    *("over shuffled texts", "the paper's"),
)
ENSEMBLES = (
    *("model", "MAE", "seeds", "gain over one seed (95 % interval)"),
    *("text's gain between ensembles", "over shuffled texts"),
)
STACKS = (
    *("stack", "MAE", "weight of the trees", "gain over the graph network (95 % interval)"),
    "over two graph networks",
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

    Ensembles stand below each property's table, stacks below these; notes are what is to be said of
    a property's split.
    """
    out = [title]
    if protocol == "published":
        out.append("PUBLISHED PROTOCOL: each figure is the lowest test error over epochs")
    for name in dict.fromkeys(line.property for line in lines):
        mine = [line for line in lines if line.property == name]
        first = next((line for line in mine if line.mae is not None), mine[0])
        unit = f", {first.unit}" if first.unit else ""
        sizes = f"{first.train:,} crystals to learn from, {first.crystals:,} tested"
        out += ["", f"{name}: test MAE{unit}; {sizes}{_steps(mine)}"]
        out += (notes or {}).get(name, [])
        out += _aligned(LINES, map(_line, mine))
        out += [wording.ADJUSTED] if any(one.gain or one.over_control for one in mine) else []
        if found := [one for one in ensembles if one.property == name]:
            counts = {f"{len(one.seeds)} seeds" for one in found}
            seeds = counts.pop() if len(counts) == 1 else "seeds"
            about = f"ensembles of {seeds}: the mean of their predictions"
            about += ", each at its lowest test error" if protocol == "published" else ""
            out += ["", f"{about}; intervals are of these very seeds"]
            out += _aligned(ENSEMBLES, map(_ensemble, found))
        if stacked := [one for one in stacks if one.property == name]:
            out += ["", "graph network and boosted trees, weighed on validation"]
            out += _aligned(STACKS, map(_stack, stacked))
    return out + as_lines(blocks(lines, ensembles, stacks))


def as_lines(found: Sequence[Block]) -> list[str]:
    """The gains of all properties."""
    out: list[str] = []
    for block in found:
        control = " (control)" if block.control else ""
        out += ["", f"{block.reads}{control}: gain over {block.over}, 95 % interval"]
        rows = [[name, *map(_cell, gains)] for name, gains in block.gains.items()]
        out += [*_aligned(("property", *block.networks), rows), block.words]
    return out


def _cell(gain: Gain | None) -> str:
    """In per cent of the error without the text."""
    if gain is None:
        return ""
    mean, *ends = map(wording.percent, gain.parts)
    return f"{mean} ({' to '.join(one.removesuffix(' %') for one in ends)})"


def _steps(lines: Sequence[Line]) -> str:
    """For example ``; 5,005 steps of training``; empty where no network was trained."""
    found = sorted({round(line.steps) for line in lines if not math.isnan(line.steps)})
    if not found:
        return ""
    told = f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"
    return f"; {told} steps of training"


def _aligned(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; columns in which no row has anything are left out."""
    columns = [one for one in zip(titles, *rows, strict=True) if any(one[1:])]
    padded = [[cell.ljust(max(map(len, one))) for cell in one] for one in columns]
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]


def _line(line: Line) -> list[str]:
    paper = ", ".join(f"{mae:g} (table {table})" for table, mae in line.paper)
    if line.mae is None:
        code = line.failures[0].partition(":")[0] if line.failures else "not run"
        return [line.row.words, "failed", code, "", "", "", paper]
    many = f"± {wording.number(line.mae.deviation)} ({line.mae.runs})"
    takes = [wording.duration(line.seconds)]
    takes += [wording.memory(line.memory)] if line.memory > 0 else []
    return [
        line.row.words,
        wording.number(line.mae.mean),
        many if line.mae.runs > 1 else "one run",
        "" if line.row.model in BASELINES else ", ".join(takes),
        _gain(line.gain, control=line.row.is_control),
        _gain(line.over_control),
        paper,
    ]


def _ensemble(one: Ensemble) -> list[str]:
    return [
        one.row.words,
        wording.number(one.mae),
        str(len(one.seeds)),
        _interval(one.over_one),
        _gain(one.gain, control=one.row.is_control),
        _gain(one.over_control),
    ]


def _stack(one: Stack) -> list[str]:
    control = one.trees.is_control
    return [
        f"{one.row.words} + {one.trees.words}",
        wording.number(one.mae),
        f"{one.weight:.2f}",
        _gain(one.over_graph, control=control),
        _gain(one.over_pair, control=control),
    ]


def _gain(gain: Gain | None, *, control: bool = False) -> str:
    """For example ``+0.0031 (+0.0012 to +0.0049), +5.0 %: helps``; of a control nothing is said."""
    if gain is None:
        return ""
    return f"{_interval(gain)}: {'control' if control else gain.verdict}"


def _interval(gain: Gain) -> str:
    return f"{wording.interval(gain)}, {wording.percent(gain.relative)}"
