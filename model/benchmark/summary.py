"""What a text adds to each graph network, over all properties: a table of gains at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crystext.model.benchmark import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.stacks import Stack
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


def blocks(
    lines: Sequence[Line], ensembles: Sequence[Ensemble] = (), stacks: Sequence[Stack] = ()
) -> list[Block]:
    """The gains over the graph network alone, and over as many graph networks.

    Args:
        lines: of all properties.
        ensembles: likewise.
        stacks: likewise.

    Returns:
        One for each kind of text and fusion; none where there are fewer than two properties or
        networks.
    """
    alone = [
        _Told(one.property, one.row.reads, one.row.is_control, _network(one.row), one.gain)
        for one in lines
    ]
    many = [
        _Told(one.property, one.row.reads, one.row.is_control, _network(one.row), one.gain)
        for one in ensembles
    ]
    mean = [(one, f"mean with trees on {one.trees.words}") for one in stacks]
    stacked, pairs = (
        [
            _Told(one.property, words, one.trees.is_control, _network(one.row), gain(one))
            for one, words in mean
        ]
        for gain in (lambda one: one.over_graph, lambda one: one.over_pair)
    )
    return [
        *_blocks(alone, "the graph alone"),
        *_blocks(many, "an ensemble of as many graph networks, by one of as many of both"),
        *_blocks(stacked, "the graph alone"),
        *_blocks(pairs, "the mean of two graph networks"),
    ]


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


class _Told(NamedTuple):
    property: str
    reads: str
    control: bool
    network: str
    gain: Gain | None


def _network(row: Row) -> str:
    return row.without_text or row.model


def _blocks(found: Sequence[_Told], over: str) -> list[Block]:
    made = []
    known = [one for one in found if one.gain is not None]
    for reads in dict.fromkeys(one.reads for one in known):
        mine = [one for one in known if one.reads == reads]
        properties = list(dict.fromkeys(one.property for one in mine))
        networks = tuple(dict.fromkeys(one.network for one in mine))
        if len(properties) < _FEWEST or len(networks) < _FEWEST:
            continue
        gains = {(one.property, one.network): one.gain for one in mine}
        each = {name: tuple(gains.get((name, one)) for one in networks) for name in properties}
        made.append(Block(reads, mine[0].control, over, networks, each))
    return made


def _cell(gain: Gain | None) -> str:
    """In per cent of the error without the text."""
    if gain is None:
        return ""
    scale = gain.relative / gain.mean if gain.mean else 0.0
    ends = (wording.percent(one * scale).removesuffix(" %") for one in (gain.low, gain.high))
    return f"{wording.percent(gain.relative)} ({' to '.join(ends)})"
