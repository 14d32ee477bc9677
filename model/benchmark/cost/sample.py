"""A few crystals that stand for all that a benchmark reads, for measuring what it will cost."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from crystext.errors import CfidFailedError, CrystextError, GraphFailedError
from crystext.model.baselines.cfid import cfid
from crystext.model.graphs.build import graphs_and_errors
from crystext.model.graphs.inputs import cell_or_failure
from crystext.model.graphs.settings import GraphSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.corpus.reader import Corpus
    from crystext.model.graphs.arrays import GraphArrays
    from crystext.model.graphs.cells import Cell


_DESCRIBED = 8  # crystals whose descriptors are timed


class Sample:
    """Some crystals of every size, as often as in the whole: evenly drawn in order of size."""

    def __init__(self, corpus: Corpus, ids: Sequence[str], size: int) -> None:
        table = corpus.table(["id", "n_sites"], filter=pc.field("id").isin(ids))
        pairs = zip(table["n_sites"].to_pylist(), table["id"].to_pylist(), strict=True)
        order = [one for _, one in sorted(pairs)]
        count = min(size, len(order))
        self.ids = [order[int((place + 0.5) * len(order) / count)] for place in range(count)]
        rows = corpus.table(["id", "structure"], filter=pc.field("id").isin(self.ids))
        self._cifs = dict(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True))

    def _make(self) -> tuple[list[Cell], GraphArrays | None]:
        found = [cell_or_failure((one, self._cifs[one])) for one in self.ids]
        cells = [one for one in found if not isinstance(one, CrystextError)]
        return cells, graphs_and_errors(cells, GraphSettings())[0]

    @cached_property
    def _made(self) -> tuple[list[Cell], GraphArrays | None]:
        """The cells that can be read, and their graphs side by side, as a store is built."""
        return self._make()

    @property
    def graphs(self) -> GraphArrays:
        """The crystals' graphs, without crystals that have none.

        Raises:
            GraphFailedError: not one has a graph.
        """
        if self._made[1] is None:
            raise GraphFailedError(f"not one of {len(self.ids)} crystals of the corpus has a graph")
        return self._made[1]

    def seconds_of_graphs(self) -> float:
        """Seconds for the graph of one crystal, on average, from its CIF."""
        _ = self.graphs  # imports and tables are not timed
        began = time.perf_counter()
        self._make()
        return (time.perf_counter() - began) / len(self.ids)

    def seconds_of_cfid(self) -> float:
        """Seconds for the descriptors of one crystal, on average.

        Raises:
            MissingExtraError: jarvis-tools is not installed.
        """
        seconds = []
        cells = self._made[0]
        for cell in cells[:: max(1, len(cells) // _DESCRIBED)]:
            try:
                cfid(cell)  # reads the elements' tables, which is done once
                began = time.perf_counter()
                cfid(cell)
                seconds.append(time.perf_counter() - began)
            except CfidFailedError:
                continue
        return sum(seconds) / max(1, len(seconds))
