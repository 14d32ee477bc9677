"""Reading a finished corpus: ``crystext.load_corpus(DIR)``.

Nothing but the manifest is read until it is asked for, and tables are mapped into memory.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.choices import SPLITS, TRAIN
from crystext.corpus import layout
from crystext.corpus.columns import FAILURES, TIMINGS, Property, corpus_schema
from crystext.corpus.manifest import Manifest, read_manifest
from crystext.errors import BadCorpusError, NoCorpusError, UsageError, first_line, shown
from crystext.suggestions import hint

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import pyarrow.compute as pc
    import pyarrow.dataset as ds

PACKAGED = {"mini": "mini-text"}
"""Names of the corpora that come with crystext, and their folders in its data."""
BATCH = 256
_HOLDS = " holds"  # no name of a column begins so
_PACKAGED_FILES = ExitStack()  # keeps what a zipped installation unpacks until the end


def load_corpus(path_or_name: str | os.PathLike[str]) -> Corpus:
    """Opens a corpus.

    Args:
        path_or_name: the folder, or ``mini`` for the corpus that comes with crystext, unless there
            is a folder of that name.

    Raises:
        NoCorpusError: there is none.
        UnfinishedCorpusError: its build did not end.
        BadCorpusError: files are missing or cut.

    Examples:
        >>> corpus = crystext.load_corpus("mini")
        >>> corpus.row("mp-22862")["text"]
    """
    name = None if Path(path_or_name).exists() else PACKAGED.get(str(path_or_name))
    if name is None:
        return Corpus(Path(path_or_name))
    folder = files("crystext") / "data" / name
    if not folder.is_dir():
        raise NoCorpusError(
            f"this crystext comes without the corpus {path_or_name!r}; build it with: "
            f"crystext build-corpus --db {path_or_name} --out {name}"
        )
    return Corpus(_PACKAGED_FILES.enter_context(as_file(folder)))


class Corpus:
    """A finished corpus in a folder.

    Args:
        path: the folder.
        manifest: where its files were just written or checked; read and compared if not given.

    Attributes:
        path: the folder.
        manifest: versions, settings, counts and checksums, see
            :mod:`crystext.corpus.manifest`.

    Raises:
        NoCorpusError: there is none.
        UnfinishedCorpusError: its build did not end.
        BadCorpusError: files are missing or cut.
    """

    def __init__(self, path: str | Path, manifest: Manifest | None = None) -> None:
        self.path = Path(path)
        if manifest is not None:
            self.manifest: Manifest = manifest
            return
        self.manifest = read_manifest(self.path)
        for file in self.manifest["files"]:
            whole = self.path / file["path"]
            size = whole.stat().st_size if whole.is_file() else None
            if size != file["bytes"]:
                state = "is missing" if size is None else f"has {size} bytes, not {file['bytes']}"
                raise BadCorpusError(f"{whole} {state}; get or build the corpus again")

    def __len__(self) -> int:
        return self.manifest["counts"]["rows"]

    def __repr__(self) -> str:
        return f"Corpus({str(self.path)!r}, {len(self)} rows)"

    def _repr_html_(self) -> str:
        """What a notebook shows: counts, properties, and the first rows."""
        from crystext.notebook.html import corpus_card

        return corpus_card(self)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yields the rows as dicts, in their order."""
        for batch in self.batches():
            with damage_named(self.path / layout.DATA):
                rows = batch.to_pylist()
            yield from rows

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the rows in their order, at most 256 at a time.

        Args:
            columns: only these; all if ``None``.

        Raises:
            UsageError: there is no such column.
            BadCorpusError: a shard cannot be read.
        """
        batches = self._scanner(columns, batch_size=BATCH).to_batches()
        while True:
            with damage_named(self.path / layout.DATA):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    @property
    def schema(self) -> pa.Schema:
        """Names, types, meanings and units of the columns."""
        return self._rows.schema

    @cached_property
    def properties(self) -> dict[str, Property]:
        """The source's properties by name."""
        return {one["name"]: Property.from_dict(one) for one in self.manifest["properties"]}

    @property
    def tokenizers(self) -> list[str]:
        """Short names of the tokenizers that count."""
        return self.manifest["settings"].get("tokenizers", [])

    @property
    def representations(self) -> list[str]:
        """Names of the other texts that it holds."""
        return self.manifest["settings"].get("representations", [])

    @cached_property
    def declared(self) -> pa.Schema:
        """The schema that the manifest declares."""
        return corpus_schema(self.properties.values(), self.tokenizers, self.representations)

    def table(
        self,
        columns: Sequence[str] | None = None,
        filter: pc.Expression | None = None,  # noqa: A002
    ) -> pa.Table:
        """The rows as a table.

        Args:
            columns: only these; all if ``None``.
            filter: only rows for which it holds, for example
                ``pyarrow.compute.field("n_sites") < 10``.

        Raises:
            UsageError: there is no such column, or the filter does not fit the columns.
            BadCorpusError: a shard cannot be read.
        """
        scanner = self._scanner(columns, filter)
        with damage_named(self.path / layout.DATA):
            return scanner.to_table()

    def holds(
        self,
        filter: pc.Expression,  # noqa: A002
        columns: Sequence[str] = (),
    ) -> tuple[pa.ChunkedArray, pa.Table]:
        """Whether a condition holds, of each row in its order; what is missing meets none.

        Args:
            filter: the condition.
            columns: to give back as well, for all rows.

        Raises:
            UsageError: the condition does not fit the columns.
            BadCorpusError: a shard cannot be read.
        """
        import pyarrow.compute as pc

        scanner = self._scanner({_HOLDS: filter, **{name: pc.field(name) for name in columns}})
        with damage_named(self.path / layout.DATA):
            found = scanner.to_table()
        held = pc.fill_null(found[_HOLDS], False)  # noqa: FBT003  (Arrow's own argument)
        return held, found.drop([_HOLDS])

    def row(self, crystal_id: str) -> dict[str, Any]:
        """One crystal's row.

        Raises:
            KeyError: there is none; its failure is named if it has one.
        """
        import pyarrow.compute as pc

        rows = self.table(filter=pc.field("id") == crystal_id).to_pylist()
        if rows:
            return rows[0]
        why = [one["message"] for one in self.failures().to_pylist() if one["id"] == crystal_id]
        msg = f"{crystal_id!r} has no row" + (f": {why[0]}" if why else " in this corpus")
        raise KeyError(msg)

    def failures(self) -> pa.Table:
        """The inputs that gave no row, each with its step, code and message."""
        folder = self.path / layout.FAILURES
        return _table(folder, layout.shards(folder, TRAIN), FAILURES)

    def timings(self) -> pa.Table:
        """Seconds that each input took, rows and failures alike; empty if they were left out."""
        path = self.path / layout.TIMINGS
        return _table(path, [path]) if path.is_file() else TIMINGS.empty_table()

    def targets(self, name: str) -> dict[str, pa.Table]:
        """The split of one property: ids, texts and targets by ``train``, ``validation``, ``test``.

        Raises:
            UsageError: there is no such property, or it has no split.
        """
        if name not in self.properties:
            known = ", ".join(self.properties) or "none"
            meant = hint(name, self.properties)
            raise UsageError(f"the corpus has no property {shown(name)}; {meant}it has {known}")
        if name not in self.manifest["splits"]:
            known = ", ".join(self.manifest["splits"]) or "none"
            raise UsageError(
                f"{shown(name)} has no split in this corpus; these have: {known}. Draw one "
                "(--split random, folds or composition), or give a table with a column split"
            )
        folder = self.path / layout.PROPERTIES / layout.property_folder(name)
        parts = {split: layout.shards(folder, split) for split in SPLITS}
        return {split: _table(folder, paths) for split, paths in parts.items() if paths}

    @cached_property
    def _rows(self) -> ds.Dataset:
        folder = self.path / layout.DATA
        return _dataset(folder, layout.shards(folder, TRAIN))

    def _scanner(
        self,
        columns: Sequence[str] | dict[str, pc.Expression] | None,
        filter: pc.Expression | None = None,  # noqa: A002
        **how: Any,
    ) -> ds.Scanner:
        """What reads the rows; here a wrong question is told from damage, which reading tells."""
        rows, names = self._rows, self.schema.names
        wanted = columns if columns is None or isinstance(columns, dict) else list(columns)
        if isinstance(wanted, list) and (unknown := [one for one in wanted if one not in names]):
            if unknown[0] in self.declared.names:
                raise BadCorpusError(
                    f"{self.path / layout.DATA} lacks the column {unknown[0]}; get or build the "
                    "corpus again"
                )
            raise UsageError(
                f"the corpus has no column {shown(unknown[0])}; {hint(unknown[0], names)}it has "
                f"{', '.join(names)}"
            )
        try:
            return rows.scanner(columns=wanted, filter=filter, **how)
        except (pa.ArrowException, TypeError) as error:
            raise UsageError(
                f"the condition does not fit the columns ({first_line(error)}); it has "
                f"{', '.join(names)}"
            ) from error


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Around reading Parquet files: damage is told in one line that names the place.

    Raises:
        BadCorpusError: a file cannot be read, or lacks a column.
    """
    try:
        yield
    except (OSError, KeyError, UnicodeDecodeError, pa.ArrowException) as error:
        raise BadCorpusError(
            f"{path} cannot be read ({first_line(error)}); get or build the corpus again"
        ) from error


def _table(folder: Path, paths: list[Path], schema: pa.Schema | None = None) -> pa.Table:
    with damage_named(folder):
        return _dataset(folder, paths, schema).to_table()


def _dataset(folder: Path, paths: list[Path], schema: pa.Schema | None = None) -> ds.Dataset:
    import pyarrow.dataset as ds
    from pyarrow.fs import LocalFileSystem

    if not paths:
        raise BadCorpusError(f"{folder} holds no shard; get or build the corpus again")
    with damage_named(folder):
        return ds.dataset(
            [str(path) for path in paths],
            format="parquet",
            schema=schema,
            filesystem=LocalFileSystem(use_mmap=True),
        )
