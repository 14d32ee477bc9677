"""Tables that users bring: rows of CSV, TSV, JSON and Parquet, and what their columns hold.

A header may carry its unit, ``band gap [eV]``. What the columns hold is learnt from all their
values, see :mod:`crystext.pipelines.sources.column_kinds`. Nothing in a table is executed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus.columns import CORE
from crystext.errors import BadTableError, first_line, printable, shown
from crystext.formats.catalogue import PACKED
from crystext.ids import is_text
from crystext.pipelines.sources.column_kinds import ColumnKind
from crystext.pipelines.sources.delimited import SEPARATORS, delimited_rows, remark_on
from crystext.pipelines.sources.json_stream import OutOfRange, TwiceGiven, json_entries
from crystext.pipelines.sources.property_columns import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ID_COLUMNS = ("id", "jid", "material_id", "mp_id", "task_id", "entry_id")
STRUCTURE_COLUMNS = ("structure", "atoms", "cif", "poscar")
TABLES = (*SEPARATORS, ".json", ".jsonl", ".parquet")
_HEADER = re.compile(r"\s*(?P<name>.*?)\s*(\[(?P<unit>[^\]]*)\]\s*)?", re.DOTALL)
_RESERVED = frozenset(field.name for field in CORE)
_BATCH = 256
_UNREAD = (".bz2", ".xz")
_INDEX = re.compile(r"\s*|Unnamed: [0-9]+|__index_level_[0-9]+__")
"""Headers that pandas gives the numbers of rows; a column with such a one is no property."""


def table_suffix(path: Path) -> str | None:
    """The suffix, without that of a packed file behind it, if it is a table's."""
    name = path.name.lower()
    name = next((name.removesuffix(end) for end in PACKED if name.endswith(end)), name)
    return next((suffix for suffix in TABLES if name.endswith(suffix)), None)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table by header; memory stays flat.

    Args:
        path: ``.csv``, ``.tsv``, ``.tab``, ``.json``, ``.jsonl`` (each also gzipped) or
            ``.parquet``. Bytes of a CSV or TSV that are no Unicode become halves of surrogate
            pairs, for :func:`bytes_of`.

    Raises:
        BadTableError: it cannot be read, or a row is no row.
        InputError: JSON is damaged or cut off.
    """
    suffix = table_suffix(path)
    if suffix and path.suffix.lower() in _UNREAD:
        raise BadTableError(
            f"the table {shown(path.name)} is packed; unpack it, or pack it by gzip"
        )
    if suffix == ".parquet":
        yield from _parquet_rows(path)
    elif suffix in SEPARATORS:
        yield from delimited_rows(path, SEPARATORS[suffix])
    else:
        for number, row in enumerate(json_entries(path, exact=True), start=1):
            if not isinstance(row, dict):
                message = f"entry {number} of {shown(path.name)} is {shown(row)}, no dict"
                raise BadTableError(f"{message}; give a list of dicts, one a crystal")
            yield row


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    done = 0
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if twice := [name for name in names if names.count(name) > 1]:
                message = f"{shown(path.name)} has two columns {shown(twice[0])}"
                raise BadTableError(f"{message}; rename one")
            for batch in file.iter_batches(_BATCH):
                yield from _plain_rows(batch, path.name, done)
                done += len(batch)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        message = f"{shown(path.name)} cannot be read as Parquet ({first_line(error)})"
        raise BadTableError(f"{message}; write it again") from error


def _plain_rows(batch: pa.RecordBatch, title: str, done: int) -> list[dict[str, Any]]:
    """The rows as Python's values.

    Raises:
        BadTableError: a value has none, such as text that is no UTF-8; names it.
    """
    try:
        return batch.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for number, value in enumerate(column, start=done + 1):
                try:
                    value.as_py()
                except (ValueError, OverflowError, pa.ArrowException) as error:
                    message = f"row {number} of {shown(title)} has a value in the column"
                    raise BadTableError(
                        f"{message} {shown(name)} that cannot be read ({first_line(error)}); "
                        "correct it"
                    ) from error
        raise


def id_in(row: Mapping[str, Any], column: str | None, number: int, title: str) -> str:
    """The id that a row gives, on one line; empty without one.

    Args:
        row: of the table.
        column: that of the ids.
        number: of the row, for messages.
        title: of the table, for messages.

    Raises:
        BadTableError: it is neither text nor a number.
    """
    raw = row.get(column) if column else None
    if raw is None or raw != raw:  # noqa: PLR0124  (not a number)
        return ""
    if isinstance(raw, (dict, list, bytes)):
        message = f"row {number} of {shown(title)} has a {type(raw).__name__} for an id"
        raise BadTableError(f"{message} in the column {shown(column)}; give text or a number")
    return " ".join((raw.text if isinstance(raw, OutOfRange) else str(raw)).split())


def bytes_of(cell: str) -> str | bytes:
    """A cell as it was before :func:`rows` decoded it, where that lost something."""
    try:
        return cell if is_text(cell) else cell.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # of JSON, which had no bytes
        return cell


def column_named(
    names: Iterable[str], chosen: str | None, usual: tuple[str, ...], title: str
) -> str | None:
    """The column that serves a purpose: the one that was chosen, else the first usual name.

    Args:
        names: the headers.
        chosen: what the user asked for.
        usual: what to look for otherwise, in this order.
        title: of the table, for messages.

    Raises:
        BadTableError: the chosen column is not there.
    """
    names = list(names)
    if chosen is not None and chosen not in names:
        message = f"{shown(title)} has no column {shown(chosen)}"
        raise BadTableError(f"{message}; it has {shown(', '.join(map(str, names)))}")
    return chosen or next((name for name in usual if name in names), None)


def columns(
    path: Path, without: Iterable[str | None] = (), remarks: list[str] | None = None
) -> tuple[Key, ...]:
    """What the columns of a table hold, learnt from all its rows.

    Args:
        path: the table.
        without: headers that are no properties: the id, which comes first, and the structure.
        remarks: gets what people should know: which column is left out, or is text and why.

    Returns:
        One key a column; a name that the corpus uses itself gets ``given_`` before it.

    Raises:
        BadTableError: two columns get the same name, a name is no text, or a value cannot be kept
            as it is; see :class:`~crystext.pipelines.sources.column_kinds.ColumnKind`.
    """
    left_out, remarks = list(without), [] if remarks is None else remarks
    if (suffix := table_suffix(path)) in SEPARATORS:
        remarks += filter(None, [remark_on(path, SEPARATORS[suffix])])
    kinds: dict[str, ColumnKind] = {}
    for number, row in enumerate(rows(path), start=1):
        name = id_in(row, left_out[0] if left_out else None, number, path.name)
        where = f"row {number}{f' (id {shown(name)})' if name else ''} of {shown(path.name)}"
        if isinstance(row, TwiceGiven):
            raise BadTableError(f"{where} gives the column {shown(row.key)} twice; rename one")
        for header, value in row.items():
            if header not in left_out:
                if header not in kinds and _INDEX.fullmatch(header):
                    left_out.append(header)
                    remarks.append(_as_index(header, path.name))
                    continue
                if header not in kinds:
                    kinds[header] = ColumnKind(header)
                kinds[header].see(value, where)
    keys = [_key(header, path.name, kind.kind()) for header, kind in kinds.items()]
    remarks += filter(None, [kind.why_text() for kind in kinds.values()])
    check_names(keys, path.name)
    return tuple(keys)


def _as_index(header: str, title: str) -> str:
    named = f"called {shown(header)}" if header.strip() else "without a name"
    return f"a column {named} of {shown(title)} is left out as numbers of rows; name it to keep it"


def check_names(keys: Iterable[Key], title: str) -> None:
    """Refuses two columns of one name.

    Raises:
        BadTableError: there are.
    """
    seen: set[str] = set()
    for key in keys:
        if key.column in seen:
            message = f"{shown(title)} gives the column {shown(key.column)} twice"
            raise BadTableError(f"{message}; rename one")
        seen.add(key.column)


def _key(header: str, title: str, kind: pa.DataType) -> Key:
    if not is_text(header):
        message = f"{shown(title)} has the column {shown(header)}, whose name is no Unicode text"
        raise BadTableError(f"{message}; rename it, or save the table as UTF-8")
    match = _HEADER.fullmatch(header)
    assert match is not None  # the pattern takes every text
    name = "_".join(match["name"].split()) or "unnamed"
    if name in _RESERVED:
        name = f"given_{name}"
    return Key(header, match["unit"] or "", f"{header} of {printable(title)}", kind, name)
