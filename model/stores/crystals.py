"""Stores of what is computed of crystals, some of them at a time, in one process or several."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from crystext.errors import UsageError
from crystext.model.stores.store import Store
from crystext.model.stores.writer import StoreWriter, make_store
from crystext.pipelines.progress import progress_bar

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crystext.model.graphs.inputs import CellRow, Inputs

Kind = TypeVar("Kind", bound=Store)


class Built(NamedTuple):
    """What was computed of some crystals.

    Attributes:
        ids: of those that have rows.
        arrays: their rows, typed as they are stored.
        failures: ``id``, ``code`` and ``message`` of the others.
    """

    ids: list[str]
    arrays: dict[str, NDArray[Any]]
    failures: list[dict[str, str]]


def make_crystal_store(
    kind: type[Kind],
    inputs: Inputs,
    settings: Mapping[str, Any],
    build: Callable[[Sequence[CellRow]], Built],
    *,
    chunk: int,
    out: str | os.PathLike[str] | None,
    workers: int,
    progress: bool,
) -> Kind:
    """Makes a store with a row or a failure for each crystal, or opens the one that is there.

    Args:
        kind: of the store.
        inputs: the crystals.
        settings: that decide the rows, beside the crystals.
        build: what is done with some crystals; picklable if there are several workers.
        chunk: crystals at a time; the rows do not depend on it.
        out: the folder; if ``None``, one in the user's cache that is named after corpus and digest.
        workers: processes; one is this process itself.
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: there are no workers.
        OtherStoreError: ``out`` holds other files, or a store of other crystals or settings.
        CannotWriteError: ``out`` cannot be written.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers build nothing; give 1 or more")
    settings = {**settings, "source": inputs.origin}
    folder = kind.cached(settings["source"]["name"], settings) if out is None else Path(out)
    rows = inputs.rows
    chunks = [rows[begin : begin + chunk] for begin in range(0, len(rows), chunk)]

    def fill(writer: StoreWriter) -> None:
        writer.grow()
        left, done = chunks[writer.done :], min(writer.done * chunk, len(rows))
        with progress_bar(len(rows), shown=progress, done=done) as advance:
            for part, built in zip(left, _results(left, build, workers), strict=True):
                assert len(built.ids) + len(built.failures) == len(part)
                writer.append(built.arrays, built.ids, built.failures)
                writer.chunk_done()
                advance(len(part))
        writer.finish()

    return make_store(kind, folder, settings, fill, {"chunk": chunk})


def cached_store(kind: type[Kind], settings: Mapping[str, Any]) -> Kind | None:
    """The store that the cache has of crystals with these settings; makes none.

    Args:
        kind: of the store.
        settings: that decide the rows; ``source`` says which crystals.
    """
    folder = kind.cached(settings["source"]["name"], settings)
    return kind.open(folder) if folder.is_dir() else None


def _results(
    chunks: Sequence[Sequence[CellRow]], build: Callable[[Sequence[CellRow]], Built], workers: int
) -> Iterable[Built]:
    """What was computed of each chunk, in order."""
    if workers == 1:
        return map(build, chunks)
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=workers, return_as="generator", batch_size=1)
    return pool(delayed(build)(chunk) for chunk in chunks)
