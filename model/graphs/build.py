"""Building a graph store: one pass over a corpus, a few crystals at a time.

Graphs of some crystals are built side by side in whole arrays and appended to the store's files,
so memory does not grow with the corpus. The bytes depend on crystals and settings alone, not on
the number of workers, nor on whether the build was interrupted.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import CrystextError, GraphFailedError, first_line
from crystext.model.graphs.arrays import GraphArrays
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.inputs import cell_or_failure, failure, inputs_of, origin_of
from crystext.model.graphs.quotient import quotient
from crystext.model.graphs.settings import GraphSettings
from crystext.model.graphs.store import BEGINS_OF, STORED_AS, GraphStore
from crystext.model.stores.crystals import Built, cached_store, make_crystal_store

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.crystal import Crystal, Failure
    from crystext.model.graphs.cells import Cell
    from crystext.model.graphs.inputs import CellRow

CHUNK = 32  # crystals at once: more gain nothing and leave the processor's cache


def build_graph_store(
    corpus: Corpus | str | os.PathLike[str] | Iterable[Crystal | Failure],
    out: str | os.PathLike[str] | None = None,
    *,
    settings: GraphSettings | None = None,
    workers: int = 1,
    limit: int | None = None,
    progress: bool = False,
) -> GraphStore:
    """Builds the graphs of a corpus once, or opens the store where that was done before.

    Args:
        corpus: a corpus, its folder, ``mini``, or crystals.
        out: folder of the store; if ``None``, one in the user's cache that is named after corpus
            and digest.
        settings: how graphs are built; the defaults if ``None``.
        workers: processes.
        limit: only the first so many crystals.
        progress: show a bar where standard error is a terminal.

    Returns:
        The store, with a row for each crystal that has a graph, and a failure for each other one.

    Raises:
        UsageError: a setting is not allowed.
        NoCorpusError: there is no such corpus.
        OtherStoreError: ``out`` holds other files, or graphs of other crystals or settings.
        CannotWriteError: ``out`` cannot be written.
    """
    settings = settings or GraphSettings()
    return make_crystal_store(
        GraphStore,
        inputs_of(corpus, limit),
        {"graphs": settings.to_dict()},
        partial(_chunk, settings=settings),
        chunk=CHUNK,
        out=out,
        workers=workers,
        progress=progress,
    )


def cached_graph_store(corpus: Corpus) -> GraphStore | None:
    """The store of a whole corpus with the default settings, if the cache has it; builds none."""
    settings = {"graphs": GraphSettings().to_dict(), "source": origin_of(corpus)}
    return cached_store(GraphStore, settings)


def _chunk(rows: Sequence[CellRow], settings: GraphSettings) -> Built:
    ids: list[str] = []
    cells: list[Cell] = []
    failures = []
    for row in rows:
        cell = cell_or_failure(row)
        if isinstance(cell, CrystextError):
            failures.append(failure(row[0], cell))
        else:
            ids.append(row[0])
            cells.append(cell)
    graphs, errors = graphs_and_errors(cells, settings)
    pairs = list(zip(ids, errors, strict=True))
    failures += [failure(crystal_id, error) for crystal_id, error in pairs if error is not None]
    kept = [crystal_id for crystal_id, error in pairs if error is None]
    return Built(kept, {} if graphs is None else _stored(graphs), failures)


def graphs_and_errors(
    cells: Sequence[Cell], settings: GraphSettings
) -> tuple[GraphArrays | None, list[GraphFailedError | None]]:
    """The graphs of the cells that have one, and for each cell why it has none."""
    if not cells:
        return None, []
    try:
        return graphs_of(cells, settings), [None] * len(cells)
    except GraphFailedError:  # of some of them; one by one it shows of which
        parts: list[GraphArrays] = []
        errors: list[GraphFailedError | None] = []
        for cell in cells:
            try:
                parts.append(graphs_of([cell], settings))
            except GraphFailedError as error:
                errors.append(error)
            else:
                errors.append(None)
        return GraphArrays.concatenate(parts) if parts else None, errors


def graphs_of(cells: Sequence[Cell], settings: GraphSettings) -> GraphArrays:
    """The graphs of some cells, side by side.

    Raises:
        GraphFailedError: one of them has none.
    """
    try:
        graphs = crystal_graphs(cells, **settings.search)
        return quotient(graphs, tolerance=settings.tolerance) if settings.quotient else graphs
    except (ArithmeticError, MemoryError, ValueError) as error:  # of the search, on odd cells
        raise GraphFailedError(f"the search for neighbours fails ({first_line(error)})") from error


def _stored(graphs: GraphArrays) -> dict[str, NDArray[Any]]:
    """The arrays as they are stored; of those that say where rows begin, the numbers of rows."""
    return {
        name: np.diff(value) if name in BEGINS_OF else value.astype(row.base)
        for name, row in STORED_AS.items()
        if (value := getattr(graphs, name)) is not None
    }
