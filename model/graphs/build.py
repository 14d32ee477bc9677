"""Building a graph store: one pass over a corpus, a few crystals at a time.

Graphs of some crystals are built side by side in whole arrays and appended to the store's files,
so memory does not grow with the corpus. The bytes depend on crystals and settings alone, not on
the number of workers.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from crystext.errors import CrystextError, GraphFailedError, UsageError, first_line
from crystext.model.graphs.arrays import ROWS_OF, GraphArrays, offsets
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.inputs import cell_or_failure, facts_of, failure, source_of
from crystext.model.graphs.quotient import quotient
from crystext.model.graphs.settings import GraphSettings
from crystext.model.graphs.store import ONLY_FULL, PTRS, STORED_AS, WIDTHS, GraphStore
from crystext.model.stored import in_chunks, make_once, store_digest
from crystext.pipelines.cache import cache_dir

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.crystal import Crystal, Failure
    from crystext.model.graphs.cells import Cell
    from crystext.model.graphs.inputs import Row

CHUNK = 32  # crystals at once: more gain nothing and leave the processor's cache
_PACKAGES = ("numpy", "pymatgen")


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
    if workers < 1:
        raise UsageError(f"{workers} workers build nothing; give 1 or more")
    settings = settings or GraphSettings()
    source = source_of(corpus, limit)
    told = {"graphs": settings.identity(), "source": source.facts}
    folder = Path(out) if out is not None else _cached(told)

    def write(into: Path) -> tuple[list[str], list[dict[str, str]]]:
        ids: list[str] = []
        failures: list[dict[str, str]] = []
        chunks = in_chunks(
            source.rows,
            partial(_chunk, settings=settings),
            size=CHUNK,
            workers=workers,
            what="crystals",
            progress=progress,
        )
        with _Writer(into, settings) as writer:
            for built in chunks:
                writer.append(built.arrays)
                ids += built.ids
                failures += built.failures
        assert len(ids) + len(failures) == len(source.rows)
        return ids, failures

    return GraphStore.open(make_once(GraphStore, folder, told, _PACKAGES, write))


def cached_graph_store(corpus: Corpus) -> GraphStore | None:
    """The store of a whole corpus with the default settings, if the cache has it; builds none."""
    folder = _cached({"graphs": GraphSettings().identity(), "source": facts_of(corpus)})
    return GraphStore.open(folder) if folder.is_dir() else None


def _cached(told: dict[str, Any]) -> Path:
    """Where the cache keeps a store with these settings."""
    name = f"{told['source']['name']}-{store_digest(GraphStore, told)}"
    return cache_dir() / "graphs" / name


class _Built(NamedTuple):
    """Graphs and failures of some crystals; the arrays are typed as they are stored."""

    ids: list[str]
    arrays: dict[str, NDArray[Any]]
    failures: list[dict[str, str]]


def _chunk(rows: Sequence[Row], settings: GraphSettings) -> _Built:
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
    try:
        graphs = graphs_of(cells, settings) if cells else None
    except GraphFailedError:  # of some of them; one by one it shows of which
        kept, parts = [], []
        for crystal_id, cell in zip(ids, cells, strict=True):
            try:
                parts.append(graphs_of([cell], settings))
            except GraphFailedError as error:
                failures.append(failure(crystal_id, error))
            else:
                kept.append(crystal_id)
        ids = kept
        graphs = GraphArrays.concatenate(parts) if parts else None
    return _Built(ids, {} if graphs is None else _stored(graphs), failures)


def graphs_of(cells: Sequence[Cell], settings: GraphSettings) -> GraphArrays:
    """The graphs of some cells, side by side.

    Raises:
        GraphFailedError: one of them has none.
    """
    try:
        graphs = crystal_graphs(
            cells,
            neighbors=settings.neighbors,
            cutoff=settings.cutoff,
            angles=settings.angles,
            doubled_images=settings.doubled_images,
        )
        return quotient(graphs, tolerance=settings.tolerance) if settings.quotient else graphs
    except (ArithmeticError, MemoryError, ValueError) as error:  # of the search, on odd cells
        raise GraphFailedError(f"the search for neighbours fails ({first_line(error)})") from error


def _stored(graphs: GraphArrays) -> dict[str, NDArray[Any]]:
    arrays = {
        name: value.astype(dtype)
        for name, dtype in STORED_AS.items()
        if (value := getattr(graphs, name)) is not None
    }
    return arrays | {ptr: np.diff(getattr(graphs, ptr)) for ptr in PTRS.values()}


class _Writer:
    """Appends chunks to the files of a store; the lengths are put in front at the end.

    Args:
        folder: where the files go.
        settings: which decide the arrays there are.
    """

    def __init__(self, folder: Path, settings: GraphSettings) -> None:
        self._folder = folder
        self._names = [
            name for name in ("lattice", *ROWS_OF) if not settings.quotient or name not in ONLY_FULL
        ]
        self._lengths = dict.fromkeys(self._names, 0)
        self._sizes: dict[str, list[NDArray[np.int64]]] = {ptr: [] for ptr in PTRS.values()}
        self._stack = ExitStack()
        self._files = {}

    def append(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Adds the graphs of some crystals; an empty dict is none."""
        if not arrays:
            return
        for name in self._names:
            self._files[name].write(np.ascontiguousarray(arrays[name]).data)
            self._lengths[name] += len(arrays[name])
        for ptr, sizes in self._sizes.items():
            sizes.append(arrays[ptr])

    def __enter__(self) -> Self:
        for name in self._names:
            path = self._folder / f"{name}.npy"
            self._files[name] = self._stack.enter_context(path.open("wb"))
            self._header(name)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._stack:
            if kind is not None:
                return
            for name, file in self._files.items():
                end = file.tell()
                file.seek(0)
                self._header(name)
                length = STORED_AS[name].itemsize * int(np.prod(WIDTHS.get(name, ())))
                assert end - file.tell() == length * self._lengths[name]
            for ptr, sizes in self._sizes.items():
                nothing = np.empty(0, dtype=np.int64)
                np.save(self._folder / f"{ptr}.npy", offsets(np.concatenate([nothing, *sizes])))

    def _header(self, name: str) -> None:
        """The header of a .npy file, in which numpy leaves room for the first length to grow."""
        shape = (self._lengths[name], *WIDTHS.get(name, ()))
        head = {"descr": STORED_AS[name].str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._files[name], head)
