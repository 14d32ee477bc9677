"""What a text adds to each graph network, over all properties: a table of gains at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crystext.model.benchmark.wording import family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.model.benchmark.ensembles import Ensemble
    from crystext.model.benchmark.stacks import Stack
    from crystext.model.benchmark.statistics import Gain
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
    def words(self) -> str:
        """How many intervals lie on which side of zero."""
        found = [one for row in self.gains.values() for one in row if one is not None]
        above = sum(one.low > 0 for one in found)
        below = sum(one.high < 0 for one in found)
        return f"{above} of {len(found)} intervals lie above zero, {below} below"


def blocks(
    lines: Sequence[Line], ensembles: Sequence[Ensemble] = (), stacks: Sequence[Stack] = ()
) -> list[Block]:
    """The gains over the graph network alone, and over as many graph networks.

    Returns:
        One for each kind of text and fusion; none where there are fewer than two properties or
        networks.
    """
    alone, many = (
        [
            _Told(one.property, one.row.reads, one.row.is_control, family(one.row), one.gain)
            for one in found
        ]
        for found in (lines, ensembles)
    )
    stacked, pairs = [], []
    for one in stacks:
        reads, control = f"mean with trees on {one.trees.words}", one.trees.is_control
        stacked.append(_Told(one.property, reads, control, one.row.model, one.over_graph))
        pairs.append(_Told(one.property, reads, control, one.row.model, one.over_pair))
    return [
        *_blocks(alone, "the graph alone"),
        *_blocks(many, "an ensemble of as many graph networks, by one of as many of both"),
        *_blocks(stacked, "the graph alone"),
        *_blocks(pairs, "the mean of two graph networks"),
    ]


class _Told(NamedTuple):
    property: str
    reads: str
    control: bool
    network: str
    gain: Gain | None


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
