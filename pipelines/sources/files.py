"""``files``: structures that the user has, with or without a table of properties.

``from_file`` names a folder, a glob, a structure file, a zip of structure files, or a table (CSV,
TSV, JSON, JSON Lines, Parquet, also gzipped or alone in a zip) with a column ``structure``,
``atoms``, ``cif`` or ``poscar``. The other columns of a table are properties. A second table,
joined by id, may add more. A column ``split`` of either says who is learnt from and who is
tested, for every property that is a number. Ids of files are their paths below the folder; see
:mod:`crystext.reading`.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLITS
from crystext.crystal import Failure
from crystext.errors import (
    BadTableError,
    DuplicateIdError,
    InputError,
    SeveralStructuresError,
    UsageError,
    printable,
    shown,
)
from crystext.files import sha256
from crystext.ids import unused, with_text_id
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.packed_files import expand, fixed_part, from_zip
from crystext.pipelines.sources.property_columns import Key, typed_row
from crystext.pipelines.sources.source import Source, first, options_of
from crystext.pipelines.sources.table_files import Options, TableFile, id_column_of, table_at
from crystext.pipelines.splits import SPLIT_COLUMN, SplitSpec, part_named
from crystext.suggestions import did_you_mean

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crystext.crystal import Crystal
    from crystext.pipelines.sources.source import Given, Ids
    from crystext.unread import Input, UnreadCrystal


@dataclass(frozen=True, kw_only=True)
class Files(Source):
    """The user's own; which properties there are is known after :meth:`configured`.

    Attributes:
        own: columns of the table of structures.
        joined: columns of the property table.
    """

    own: tuple[Key, ...] | None = None
    joined: tuple[Key, ...] = ()

    def configured(self, *, from_file: Given = None, **options: Any) -> Source:
        """Reads the tables once to learn their columns; see :meth:`Source.configured`."""
        path, chosen = _required(from_file), options_of("files", Options, options)
        own: tuple[Key, ...] = ()
        remarks: list[str] = []
        with table_at(path, chosen) as table:
            if table is not None:
                without = (table.id_column, table.structure_column, SPLIT_COLUMN)
                own = tables.columns(table.path, without, remarks)
        joined: tuple[Key, ...] = ()
        if chosen.properties_file is not None:
            file = Path(chosen.properties_file)
            others = (id_column_of(file, chosen), SPLIT_COLUMN)
            joined = tables.columns(file, others, remarks)
            tables.check_names((*own, *joined), file.name)
        own, joined = _with_units(own, joined, chosen.units or {})
        properties = tuple(key.property() for key in (*own, *joined))
        ready = replace(self, properties=properties, own=own, joined=joined, remarks=tuple(remarks))
        if chosen.properties_file is not None:
            ready.check_ids(path, chosen)
        return ready

    def crystals(
        self, *, from_file: Given = None, ids: Ids = None, limit: int | None = None, **options: Any
    ) -> Iterator[Input]:
        """See :meth:`Source.crystals`; for the options see :class:`Options`."""
        if self.own is None:
            ready = self.configured(from_file=from_file, **options)
            return ready.crystals(from_file=from_file, ids=ids, limit=limit, **options)
        path, chosen = _required(from_file), options_of("files", Options, options)
        found = self._joined(self._read(path, chosen), chosen)
        return first(found if ids is None else self._chosen(found, ids), limit)

    def splits(self, *, from_file: Given = None, **options: Any) -> dict[str, SplitSpec]:
        """What a column ``split`` says, for every property that is a number.

        Raises:
            BadTableError: it names no part.
            OverlappingSplitError: a part is empty, or an id stands in two.
        """
        path, chosen = _required(from_file), options_of("files", Options, options)
        told: tuple[str, list[tuple[str, str]]] | None = None
        with table_at(path, chosen) as table:
            if table is not None:
                told = _told_split(table.path, table.id_column)
        if told is None and chosen.properties_file is not None:
            file = Path(chosen.properties_file)
            told = _told_split(file, id_column_of(file, chosen))
        if told is None:
            return {}
        origin, pairs = told
        ids = {part: tuple(one for one, home in pairs if home == part) for part in SPLITS}
        spec = SplitSpec(origin, ids)
        return {one.name: spec for one in self.properties if one.is_number}

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

    def check_ids(self, path: str, chosen: Options) -> None:
        """Refuses a property table that names what several inputs are called.

        Which of them is meant cannot be known: a number behind an id only tells its place.

        Args:
            path: of the structures, which are found once to learn what they are called.
            chosen: the other options, among them the property table.

        Raises:
            BadTableError: names the first of these ids.
        """
        assert chosen.properties_file is not None
        file, used = Path(chosen.properties_file), dict[str, int]()
        for _ in self._read(path, chosen, used):
            pass
        named = self._properties(file, id_column_of(file, chosen))
        if not (meant := [name for name in named if used.get(name, 1) > 1]):
            return
        more = f", and so for {len(meant) - 1:,} more of its ids" if len(meant) > 1 else ""
        message = f"{shown(file.name)} has the id {shown(meant[0])}, and several inputs are called"
        raise BadTableError(f"{message} so{more}; rename all but one of them, or leave the id out")

    def _chosen(self, found: Iterable[Input], ids: Sequence[str]) -> Iterator[Input]:
        wanted = dict.fromkeys(ids)
        kept = {one.id: one for one in found if one.id in wanted}
        if missing := [one for one in wanted if one not in kept]:
            raise self.unknown(missing)
        yield from (kept[one] for one in wanted)

    def _read(
        self, path: str, chosen: Options, used: dict[str, int] | None = None
    ) -> Iterator[Input]:
        """The structures without the property table; ``used`` as :func:`iter_unread` takes it."""
        from crystext.reading import iter_unread

        used = {} if used is None else used
        with table_at(path, chosen) as table:
            if table is not None:
                yield from _unique(map(with_text_id, self._from_table(table)), used)
                return
        if zipfile.is_zipfile(path):
            yield from from_zip(Path(path), used)
        else:
            yield from iter_unread(expand(path), used=used)

    def _from_table(self, table: TableFile) -> Iterator[Input]:
        assert self.own is not None
        for number, row in enumerate(tables.rows(table.path), start=1):
            name = tables.id_in(row, table.id_column, number, table.path.name)
            name = name or f"{table.path.stem}#{number}"
            try:
                crystal = _structure(row.get(table.structure_column), table.structure_column, name)
            except InputError as error:
                yield Failure(name, error.with_id(name))
                continue
            values, more = typed_row(row, self.own)
            notes = (*crystal.notes, *more)
            yield replace(crystal, source=self.name, properties=values, notes=notes)

    def _joined(self, found: Iterable[Input], chosen: Options) -> Iterator[Input]:
        if chosen.properties_file is None:
            yield from found
            return
        file = Path(chosen.properties_file)
        by_id = self._properties(file, id_column_of(file, chosen))
        nothing = dict.fromkeys(key.column for key in self.joined)
        used = 0
        for one in found:
            if isinstance(one, Failure):
                yield one
                continue
            values, notes = by_id.get(one.id, (nothing, ("no row in the property table",)))
            used += one.id in by_id
            joined = one.properties | values
            yield replace(one, properties=joined, notes=(*one.notes, *notes))
        if by_id and not used:
            message = f"no id of {shown(file.name)} is an id of a crystal"
            raise BadTableError(f"{message}; its first is {shown(next(iter(by_id)))}")

    def _properties(self, file: Path, id_column: str) -> dict[str, tuple[dict, tuple[str, ...]]]:
        by_id: dict[str, tuple[dict, tuple[str, ...]]] = {}
        for number, row in enumerate(tables.rows(file), start=1):
            name = tables.id_in(row, id_column, number, file.name)
            if not name or name in by_id:
                message = f"row {number} of {shown(file.name)} has the id {shown(name)}"
                raise BadTableError(f"{message}; every row needs an id of its own")
            values, notes = typed_row(row, self.joined)
            by_id[name] = values, tuple(notes)
        return by_id


def _with_units(
    own: tuple[Key, ...], joined: tuple[Key, ...], units: Mapping[str, str]
) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
    """The columns with the units that the user gives them.

    Raises:
        UsageError: there is no such column, or its header states another unit.
    """
    stated = {key.column: key.unit for key in (*own, *joined)}
    for name, unit in units.items():
        if name not in stated:
            raise UsageError(f"no table has a column {shown(name)}; {did_you_mean(name, stated)}")
        if stated[name] not in {"", unit}:
            message = f"the header of {shown(name)} says {stated[name]}, and {unit} is asked for"
            raise UsageError(f"{message}; give one of them")

    def named(key: Key) -> Key:
        return replace(key, unit=units.get(key.column, key.unit))

    return tuple(map(named, own)), tuple(map(named, joined))


def _required(from_file: str | os.PathLike[str] | None) -> str:
    if from_file is None:
        raise UsageError("files needs a path: give --from-file FOLDER, GLOB, ZIP or TABLE")
    return str(from_file)


def _told_split(file: Path, id_column: str | None) -> tuple[str, list[tuple[str, str]]] | None:
    """Where a split stands, and the ids with their parts; ``None`` if the table has none."""
    pairs: list[tuple[str, str]] = []
    for number, row in enumerate(tables.rows(file), start=1):
        if SPLIT_COLUMN not in row:
            return None
        part = part_named(row[SPLIT_COLUMN], f"row {number} of {shown(file.name)}")
        name = tables.id_in(row, id_column, number, file.name) or f"{file.stem}#{number}"
        pairs += [(name, part)] if part else []
    return (f"column {SPLIT_COLUMN} of {printable(file.name)}", pairs) if pairs else None


def places_of(path: str | os.PathLike[str], ids: Iterable[str]) -> dict[str, Path]:
    """The files that inputs were read from, by their ids; a table or zip itself for all in it."""
    from crystext import reading

    file = Path(path)
    if file.is_file() and (tables.table_suffix(file) or zipfile.is_zipfile(file)):
        return dict.fromkeys(ids, file)
    return reading.places_of(expand(str(path)), ids)


def _content_hash(file: Path) -> str:
    """SHA-256 of a file; of one that cannot be read, which will be a failure, the reason."""
    try:
        return sha256(file) if file.is_file() else "no file"
    except OSError as error:
        return str(error.strerror)


def _structure(value: Any, column: str, name: str) -> Crystal | UnreadCrystal:
    """One cell of a table as a crystal: a dict, JSON text, CIF or POSCAR; never a path."""
    from crystext.reading import to_crystal, unread_text

    if isinstance(value, (str, bytes)):
        fmt = column if column in {"cif", "poscar"} else None
        text = value if isinstance(value, bytes) else tables.bytes_of(value)
        (crystal, *more) = unread_text(text, fmt=fmt, id=name)
        if more:
            message = f"column {column} holds {1 + len(more)} structures; give one a row"
            raise SeveralStructuresError(message, crystal_id=name)
        return replace(crystal, id=name)
    return to_crystal(value, id=name)


def _unique(found: Iterable[Input], used: dict[str, int]) -> Iterator[Input]:
    """A second ``A`` is a failure ``A#2``."""
    for one in found:
        name = unused(one.id, used)
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
