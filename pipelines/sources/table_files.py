"""Which file holds a table of structures, and which of its columns are ids and structures."""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    BadTableError,
    InputError,
    printable,
    shown,
)
from crystext.files import special
from crystext.formats.names import format_of_name, is_about
from crystext.formats.objects import is_structure_dict
from crystext.formats.packed import LOOKED_AT, encoding_of
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.delimited import WORDS
from crystext.pipelines.sources.packed_files import (
    UNPACKING,
    expand,
    members,
    opened_zip,
    unpacking_error,
)
from crystext.pipelines.sources.table_kinds import ID_COLUMNS, STRUCTURE_COLUMNS, table_suffix
from crystext.pipelines.splits import SPLIT_COLUMN, part_named

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True)
class Options:
    """What the user may say besides the path.

    Attributes:
        properties_file: a table with an id column, joined to the crystals.
        id_column: its name in either table; by default ``id``, ``jid``, ``material_id`` …
        structure_column: by default ``structure``, ``atoms``, ``cif`` or ``poscar``.
        units: of columns, by name; a header such as ``gap [eV]`` states its own.
    """

    properties_file: str | os.PathLike[str] | None = None
    id_column: str | None = None
    structure_column: str | None = None
    units: Mapping[str, str] | None = None


@dataclass(frozen=True)
class TableFile:
    """A table of structures.

    Attributes:
        path: of the table, unpacked.
        id_column: its header; ``None`` where there is none.
        structure_column: its header.
    """

    path: Path
    id_column: str | None
    structure_column: str


@contextmanager
def table_at(path: str, chosen: Options) -> Iterator[TableFile | None]:
    """The table of structures at a path, unpacked if it is alone in a zip; None for other input."""
    file = Path(path)
    if not file.is_file():
        yield None
    elif zipfile.is_zipfile(file):
        with opened_zip(file) as archive, TemporaryDirectory() as folder:
            inside = members(archive)
            alone = Path(inside[0].filename) if len(inside) == 1 else None
            if alone is None or table_suffix(alone) is None:
                yield None
                return
            inner = Path(folder) / alone.name
            try:
                with archive.open(inside[0]) as source, inner.open("wb") as target:
                    shutil.copyfileobj(source, target)
            except UNPACKING as error:
                raise unpacking_error(error, alone.name) from error
            yield _as_table(inner, chosen)
    elif table_suffix(file):
        yield _as_table(file, chosen)
    else:
        _refuse_hidden_table(file)
        yield None


def places_of(path: str | os.PathLike[str], ids: Iterable[str]) -> dict[str, Path]:
    """The files that inputs were read from, by their ids; a table or zip itself for all in it."""
    from crystext import reading

    file = Path(path)
    if file.is_file() and (table_suffix(file) or zipfile.is_zipfile(file)):
        return dict.fromkeys(ids, file)
    return reading.places_of(expand(str(path)), ids)


def left_out_of(path: str | os.PathLike[str]) -> tuple[list[str], int]:
    """As :func:`crystext.reading.left_out`, also of a zip; what ``__MACOSX`` holds is hidden."""
    from crystext.reading import left_out

    if not zipfile.is_zipfile(path):
        return left_out(path)
    with opened_zip(Path(path)) as archive:
        visible = [one.filename for one in members(archive)]
        everything = sum(not one.is_dir() for one in archive.infolist())
    if len(visible) == 1 and table_suffix(Path(visible[0])):
        return [], everything - 1
    names = ((name, PurePosixPath(name).name) for name in visible)
    told = [name for name, last in names if not (format_of_name(last) or is_about(last))]
    return told, everything - len(visible)


def _refuse_hidden_table(file: Path) -> None:
    """Refuses a table whose name says nothing: read as one CIF, it would lose its columns.

    Raises:
        BadTableError: its first line names a column of ids and one of structures.
    """
    if special(file) or format_of_name(file.name):
        return
    try:
        with file.open("rb") as opened:
            head = opened.read(LOOKED_AT)
    except OSError:  # its reader says why
        return
    line = head.decode(encoding_of(head), errors="replace").partition("\n")[0].lower()
    for separator in WORDS:
        names = {name.strip().strip('"') for name in line.split(separator)}
        if names & set(ID_COLUMNS) and names & set(STRUCTURE_COLUMNS):
            message = f"{shown(file.name)} is a table, and its name does not say so"
            raise BadTableError(f"{message}; end the name in .csv or .tsv")


def _as_table(file: Path, chosen: Options) -> TableFile | None:
    is_json = table_suffix(file) in {".json", ".jsonl"}
    try:
        names: Any = next(tables.rows(file), {})
    except (BadTableError, InputError):
        if is_json:  # a structure file in another form: its reader gives the reason
            return None
        raise
    column = tables.column_named(names, chosen.structure_column, STRUCTURE_COLUMNS, file.name)
    if column is None:
        held = [name for name, value in names.items() if isinstance(value, dict)]
        one = len(held) == 1 < len(names) and is_structure_dict(names[held[0]])
        if is_json and (not one or is_structure_dict(names)):  # one, some or some by id
            return None
        message = f"{shown(file.name)} has no column {', '.join(STRUCTURE_COLUMNS)}"
        has = f"it has {tables.listed(held if one else names)}"
        which = "name one so, or say which (--structure-column, structure_column)"
        raise BadTableError(f"{message}; {has}: {which}")
    id_column = tables.column_named(names, chosen.id_column, ID_COLUMNS, file.name)
    return TableFile(file, id_column, column)


def id_column_of(file: Path, chosen: str | None = None) -> str:
    """The header of a property table's ids.

    Args:
        file: the table.
        chosen: what the user asked for.

    Raises:
        BadTableError: it has none.
    """
    names = next(tables.rows(file), None)
    if names is None:
        raise BadTableError(f"{shown(file.name)} has no rows; give a table of ids and properties")
    column = tables.column_named(names, chosen, ID_COLUMNS, file.name)
    if column is None:
        message = f"{shown(file.name)} has no id column; it has {tables.listed(names)}"
        raise BadTableError(
            f"{message}: name one {ID_COLUMNS[0]}, or say which (--id-column, id_column)"
        )
    return column


def told_split(file: Path, id_column: str | None) -> tuple[str, list[tuple[str, str]]] | None:
    """Where a split stands, and the ids with their parts; ``None`` if the table has none.

    Raises:
        BadTableError: it names no part.
    """
    pairs: list[tuple[str, str]] = []
    for number, row in enumerate(tables.rows(file), start=1):
        if SPLIT_COLUMN not in row:
            return None
        part = part_named(row[SPLIT_COLUMN], f"row {number} of {shown(file.name)}")
        name = tables.id_in(row, id_column, number, file.name) or f"{file.stem}#{number}"
        pairs += [(name, part)] if part else []
    return (f"column {SPLIT_COLUMN} of {printable(file.name)}", pairs) if pairs else None
