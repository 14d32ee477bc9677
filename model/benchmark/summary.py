"""What a text adds to each graph network, over all properties: a table of gains at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crystext.model.benchmark import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.statistics import Gain
    from crystext.model.benchmark.suite import Row
    from crystext.model.benchmark.tables import Line

_FEWEST = 2  # properties or networks, below which the tables themselves are a glance


class Block(NamedTuple):
    """The gains of one kind of text and fusion.

    Attributes:
        reads: the text and the fusion.
        control: whether it should not help.
        over: what the gains are over.
        networks: graph networks, the columns.
        gains: by property, one for each network; ``None`` where it was not run.
    """

    reads: str
    control: bool
    over: str
    networks: tuple[str, ...]
    gains: dict[str, tuple[Gain | None, ...]]

    @property
    def told(self) -> list[Gain]:
        """Those that were run."""
        return [one for row in self.gains.values() for one in row if one is not None]

    @property
    def words(self) -> str:
        """How many intervals lie on which side of zero."""
        found = self.told
        above = sum(one.low > 0 for one in found)
        below = sum(one.high < 0 for one in found)
        return f"{above} of {len(found)} intervals lie above zero, {below} below"


def blocks(lines: Sequence[Line], ensembles: Sequence[Ensemble] = ()) -> list[Block]:
    """The gains over the graph network alone, and between ensembles of as many seeds.

    Args:
        lines: of all properties.
        ensembles: likewise.

    Returns:
        One for each kind of text and fusion; none where there are fewer than two properties or
        networks.
    """
    one = _blocks(((line.property, line.row, line.gain) for line in lines), "the graph alone")
    many = ((each.property, each.row, each.gain) for each in ensembles)
    return one + _blocks(many, "an ensemble of as many graph networks, by one of as many of both")


def as_lines(found: Sequence[Block]) -> list[str]:
    """The blocks for a terminal."""
    out: list[str] = []
    for block in found:
        control = " (control)" if block.control else ""
        out += ["", f"{block.reads}{control}: gain over {block.over}, 95 % interval"]
        rows = [["property", *block.networks]]
        rows += [[name, *map(_cell, gains)] for name, gains in block.gains.items()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        out += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        out.append(block.words)
    return out


def _blocks(found: Iterable[tuple[str, Row, Gain | None]], over: str) -> list[Block]:
    gains: dict[Row, dict[str, Gain]] = {}
    for name, row, gain in found:
        if gain is not None:
            gains.setdefault(row, {})[name] = gain
    by_reads: dict[str, list[Row]] = {}
    for row in gains:
        by_reads.setdefault(row.reads, []).append(row)
    made = []
    for reads, rows in by_reads.items():
        properties = list(dict.fromkeys(name for row in rows for name in gains[row]))
        if len(properties) < _FEWEST or len(rows) < _FEWEST:
            continue
        each = {name: tuple(gains[row].get(name) for row in rows) for name in properties}
        networks = tuple(row.without_text or row.model for row in rows)
        made.append(Block(reads, rows[0].is_control, over, networks, each))
    return made


def _cell(gain: Gain | None) -> str:
    """In per cent of the error without the text."""
    if gain is None:
        return ""
    scale = gain.relative / gain.mean if gain.mean else 0.0
    ends = (wording.percent(one * scale).removesuffix(" %") for one in (gain.low, gain.high))
    return f"{wording.percent(gain.relative)} ({' to '.join(ends)})"
