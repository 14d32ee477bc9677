"""``files``: structures that the user has, with or without a table of properties.

``from_file`` names a folder, a glob, a structure file, a zip of structure files, or a table (CSV,
JSON, JSON Lines, Parquet, also gzipped or alone in a zip) with a column ``structure``, ``atoms``,
``cif`` or ``poscar``. The other columns of a table are properties. A second table, joined by id,
may add more. A column ``split`` of either says who is learnt from and who is tested, for every
property that is a number, or true or false. Ids of files are their paths below the folder; see
:mod:`crystext.reading`.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.choices import SPLITS
from crystext.crystal import Failure
from crystext.errors import BadTableError, DuplicateIdError, InputError, UsageError, shown
from crystext.files import sha256
from crystext.ids import Distinct, text_of, with_text_id
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.joining import PropertyTable
from crystext.pipelines.sources.packed_files import expand, fixed_part, from_zip
from crystext.pipelines.sources.property_columns import Key, typed_row
from crystext.pipelines.sources.source import Source, first, options_of
from crystext.pipelines.sources.table_cells import structure_in
from crystext.pipelines.sources.table_columns import check_names, columns, with_units
from crystext.pipelines.sources.table_files import (
    Options,
    TableFile,
    id_column_of,
    table_at,
    told_split,
)
from crystext.pipelines.splits import SPLIT_COLUMN, SplitSpec

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from crystext.pipelines.sources.source import Given, Ids
    from crystext.unread import Input


@dataclass(frozen=True, kw_only=True)
class Files(Source):
    """The user's own; which properties there are is known after :meth:`configured`.

    Attributes:
        own: columns of the table of structures.
        joined: columns of the property table.
        inputs: how many there are, where they have been counted.
    """

    own: tuple[Key, ...] | None = None
    joined: tuple[Key, ...] = ()
    inputs: int | None = None

    def configured(self, *, from_file: Given = None, **options: Any) -> Source:
        """Reads the tables once to learn their columns; see :meth:`Source.configured`."""
        path, chosen = _required(from_file), options_of("files", Options, options)
        own: tuple[Key, ...] = ()
        with table_at(path, chosen) as table:
            if table is not None:
                without = (table.id_column, table.structure_column, SPLIT_COLUMN)
                own = columns(table.path, without)
        joined: tuple[Key, ...] = ()
        if chosen.properties_file is not None:
            file = Path(chosen.properties_file)
            joined = columns(file, (id_column_of(file, chosen.id_column), SPLIT_COLUMN))
            check_names((*own, *joined), file.name)
        own, joined = with_units(own, joined, chosen.units or {})
        properties = tuple(key.property() for key in (*own, *joined))
        return replace(self, properties=properties, own=own, joined=joined)

    def ready(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Source:
        """Compares the property table with all inputs, before work; see :meth:`Source.ready`.

        Raises:
            BadTableError: none of its ids is that of a crystal, or one may be that of several.
        """
        del ids, limit
        path, chosen = _required(from_file), options_of("files", Options, options)
        if (table := self._property_table(chosen)) is None:
            return self
        return replace(self, inputs=table.check(path, self._read(path, chosen)))

    def count(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> int:
        """See :meth:`Source.count`."""
        if self.inputs is None or ids is not None:
            return super().count(from_file=from_file, ids=ids, limit=limit, **options)
        return self.inputs if limit is None else min(self.inputs, limit)

    def crystals(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Input]:
        """See :meth:`Source.crystals`; for the options see :class:`Options`."""
        if self.own is None:
            ready = self.configured(from_file=from_file, **options)
            return ready.crystals(from_file=from_file, ids=ids, limit=limit, **options)
        path, chosen = _required(from_file), options_of("files", Options, options)
        found = self._read(path, chosen)
        if (table := self._property_table(chosen)) is not None:
            table.refuse_ambiguous(path)
            found = table.join(found)
        return first(found if ids is None else self._chosen(found, ids), limit)

    def splits(self, *, from_file: Given = None, **options: Any) -> dict[str, SplitSpec]:
        """What a column ``split`` says, for every property that is a number, or true or false.

        Raises:
            BadTableError: it names no part, or both tables have one.
            OverlappingSplitError: a part is empty, or an id stands in two.
        """
        path, chosen = _required(from_file), options_of("files", Options, options)
        told: tuple[str, list[tuple[str, str]]] | None = None
        with table_at(path, chosen) as table:
            if table is not None:
                told = told_split(table.path, table.id_column)
        if chosen.properties_file is not None:
            file = Path(chosen.properties_file)
            joined = told_split(file, id_column_of(file, chosen.id_column))
            if told and joined:
                message = f"two tables have a column {SPLIT_COLUMN}, the second {shown(file.name)}"
                raise BadTableError(f"{message}; remove one of them")
            told = told or joined
        if told is None:
            return {}
        origin, pairs = told
        ids = {part: tuple(one for one, home in pairs if home == part) for part in SPLITS}
        spec = SplitSpec(origin, ids)
        learnt = [one for one in self.properties if one.is_number or pa.types.is_boolean(one.kind)]
        return {one.name: spec for one in learnt}

    def file_hash(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """SHA-256 of one file; of a folder or glob, of the hashes of all files that are read."""
        if path is None or Path(path).is_file():
            return super().file_hash(path)
        from crystext.reading import structure_files

        found = [file for one in expand(str(path)) for file in sorted(structure_files(one))]
        lines = [
            f"{_content_hash(file)}  {file.relative_to(fixed_part(path)).as_posix()}"
            for file in found
        ]
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def _chosen(self, found: Iterable[Input], ids: Sequence[str]) -> Iterator[Input]:
        wanted = dict.fromkeys(ids)
        kept = {one.id: one for one in found if one.id in wanted}
        if missing := [one for one in wanted if one not in kept]:
            raise self.unknown(missing)
        yield from (kept[one] for one in wanted)

    def _property_table(self, chosen: Options) -> PropertyTable | None:
        if chosen.properties_file is None:
            return None
        file = Path(chosen.properties_file)
        return PropertyTable.read(file, id_column_of(file, chosen.id_column), self.joined)

    def _read(self, path: str, chosen: Options) -> Iterator[Input]:
        from crystext.reading import iter_unread

        with table_at(path, chosen) as table:
            if table is not None:
                distinct = Distinct(lambda: (text_of(name) for name, _ in _named(table)))
                yield from _unique(map(with_text_id, self._from_table(table)), distinct)
                return
        if zipfile.is_zipfile(path):
            yield from from_zip(Path(path))
        else:
            yield from iter_unread(expand(path))

    def _from_table(self, table: TableFile) -> Iterator[Input]:
        assert self.own is not None
        for name, row in _named(table):
            try:
                value = row.get(table.structure_column)
                crystal = structure_in(value, table.structure_column, name)
            except InputError as error:
                yield Failure(name, error.with_id(name))
                continue
            values, more = typed_row(row, self.own)
            notes = (*crystal.notes, *more)
            yield replace(crystal, source=self.name, properties=values, notes=notes)


def _required(from_file: str | os.PathLike[str] | None) -> str:
    if from_file is None:
        raise UsageError("files needs a path: give --from-file FOLDER, GLOB, ZIP or TABLE")
    return str(from_file)


def _content_hash(file: Path) -> str:
    """SHA-256 of a file; of one that cannot be read, which will be a failure, the reason."""
    try:
        return sha256(file) if file.is_file() else "no file"
    except OSError as error:
        return str(error.strerror)


def _named(table: TableFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a table of structures, each with the id that it asks for."""
    for number, row in enumerate(tables.rows(table.path), start=1):
        name = tables.id_in(row, table.id_column, number, table.path.name)
        yield name or f"{table.path.stem}#{number}", row


def _unique(found: Iterable[Input], distinct: Distinct) -> Iterator[Input]:
    """A second ``A`` is a failure ``A#2``."""
    for one in found:
        name = distinct(one.id)
        if name == one.id:
            yield one
        else:
            message = f"{one.id} stands before already; give every structure an id of its own"
            yield Failure(name, DuplicateIdError(message, crystal_id=name))


SOURCE = Files(
    name="files",
    title="your own files",
    version="as given",
    licence_note="as of the files",
)
