"""Which file holds a table of structures, and which of its columns are ids and structures.

What the user says of them are the options of the source ``files``.
"""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from crystext.errors import BadTableError, InputError, shown
from crystext.files import special
from crystext.formats.names import format_of_name
from crystext.formats.packed import LOOKED_AT, encoding_of
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.delimited import SEPARATORS
from crystext.pipelines.sources.packed_files import (
    UNPACKING,
    members,
    opened_zip,
    unpacking_error,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping


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
            if alone is None or tables.table_suffix(alone) is None:
                yield None
                return
            inner = Path(folder) / alone.name
            try:
                with archive.open(inside[0]) as source, inner.open("wb") as target:
                    shutil.copyfileobj(source, target)
            except UNPACKING as error:
                raise unpacking_error(error, alone.name) from error
            yield _as_table(inner, chosen)
    elif tables.table_suffix(file):
        yield _as_table(file, chosen)
    else:
        _refuse_hidden_table(file)
        yield None


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
    line = head.decode(encoding_of(head), errors="replace").partition("\n")[0]
    for separator in (";", *SEPARATORS.values()):
        names = {name.strip().strip('"') for name in line.split(separator)}
        if names & set(tables.ID_COLUMNS) and names & set(tables.STRUCTURE_COLUMNS):
            message = f"{shown(file.name)} is a table, and its name does not say so"
            raise BadTableError(f"{message}; end the name in .csv or .tsv")


def _as_table(file: Path, chosen: Options) -> TableFile | None:
    is_json = tables.table_suffix(file) in {".json", ".jsonl"}
    try:
        names: Any = next(tables.rows(file), {})
    except (BadTableError, InputError):
        if is_json:  # a structure file in another form: its reader gives the reason
            return None
        raise
    usual = tables.STRUCTURE_COLUMNS
    column = tables.column_named(names, chosen.structure_column, usual, file.name)
    if column is None:
        if is_json:
            return None
        message = f"{shown(file.name)} has no column {', '.join(usual)}"
        raise BadTableError(f"{message}; name one so, or give structure_column")
    id_column = tables.column_named(names, chosen.id_column, tables.ID_COLUMNS, file.name)
    return TableFile(file, id_column, column)


def id_column_of(file: Path, chosen: Options) -> str:
    """The header of a property table's ids.

    Raises:
        BadTableError: it has none.
    """
    names = next(tables.rows(file), {})
    column = tables.column_named(names, chosen.id_column, tables.ID_COLUMNS, file.name)
    if column is None:
        message = f"{shown(file.name)} has no id column"
        raise BadTableError(f"{message}; name it {tables.ID_COLUMNS[0]} or give id_column")
    return column
