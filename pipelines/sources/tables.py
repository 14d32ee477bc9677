"""Tables that users bring: rows of CSV, JSON, JSON Lines and Parquet, and what their columns hold.

A header may carry its unit, ``band gap [eV]``. Numbers become 64-bit floats, true and false
booleans, everything else strings. Nothing in a table is executed.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus.columns import CORE, FLOAT
from crystext.errors import BadTableError, first_line, shown
from crystext.pipelines.sources.columns_of import BOOL, INTEGER, STRING, Key, is_missing, typed
from crystext.pipelines.sources.json_stream import json_entries, open_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ID_COLUMNS = ("id", "jid", "material_id", "mp_id", "task_id", "entry_id")
STRUCTURE_COLUMNS = ("structure", "atoms", "cif", "poscar")
TABLES = (".csv", ".json", ".jsonl", ".parquet")
_HEADER = re.compile(r"\s*(?P<name>.*?)\s*(\[(?P<unit>[^\]]*)\]\s*)?", re.DOTALL)
_RESERVED = frozenset(field.name for field in CORE)
_BATCH = 256
_LONGEST_CELL = 1 << 27
"""Characters; a structure as JSON is longer than Python's limit of 128 k."""


def table_suffix(path: Path) -> str | None:
    """The suffix without ``.gz`` if it is a table's."""
    name = path.name.lower().removesuffix(".gz")
    return next((suffix for suffix in TABLES if name.endswith(suffix)), None)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table by header; memory stays flat.

    Args:
        path: ``.csv``, ``.json``, ``.jsonl`` (each also gzipped) or ``.parquet``.

    Raises:
        BadTableError: it cannot be read, or a row is no row.
        InputError: JSON is damaged or cut off.
    """
    suffix = table_suffix(path)
    if suffix == ".parquet":
        yield from _parquet_rows(path)
    elif suffix == ".csv":
        yield from _csv_rows(path)
    else:
        for number, row in enumerate(json_entries(path), start=1):
            if not isinstance(row, dict):
                message = f"entry {number} of {shown(path.name)} is {shown(row)}, no dict"
                raise BadTableError(f"{message}; give a list of dicts, one a crystal")
            yield row


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        message = f"{shown(path.name)} cannot be read as Parquet ({first_line(error)})"
        raise BadTableError(f"{message}; write it again") from error


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
    try:
        with open_text(path) as file:
            reader = csv.reader(file, strict=True)
            names = next(reader, [])
            if len(set(names)) != len(names) or not names:
                message = f"the header of {shown(path.name)} is empty or names a column twice"
                raise BadTableError(f"{message}; give each column one name")
            for values in reader:
                if values and len(values) != len(names):
                    message = f"line {reader.line_num} of {shown(path.name)} has {len(values)}"
                    raise BadTableError(f"{message} values under {len(names)} names; correct it")
                if values:
                    yield dict(zip(names, values, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        message = f"{shown(path.name)} cannot be read as CSV ({first_line(error)})"
        raise BadTableError(f"{message}; save it as UTF-8 with commas") from error


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


def columns(path: Path, without: Iterable[str | None] = ()) -> tuple[Key, ...]:
    """What the columns of a table hold, learnt from all its rows.

    Args:
        path: the table.
        without: headers that are no properties: the id, the structure.

    Returns:
        One key a column; a name that the corpus uses itself gets ``given_`` before it.

    Raises:
        BadTableError: two columns get the same name.
    """
    kinds: dict[str, pa.DataType | None] = {}
    for row in rows(path):
        for name, value in row.items():
            kinds[name] = _wider(kinds.get(name), value)
    left_out = set(without)
    keys = [
        _key(name, path.name, STRING if kind is None else kind)
        for name, kind in kinds.items()
        if name not in left_out
    ]
    check_names(keys, path.name)
    return tuple(keys)


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
    match = _HEADER.fullmatch(header)
    assert match is not None  # the pattern takes every text
    name = "_".join(match["name"].split()) or "unnamed"
    if name in _RESERVED:
        name = f"given_{name}"
    return Key(header, match["unit"] or "", f"{header} of {title}", kind, name)


def _wider(kind: pa.DataType | None, value: Any) -> pa.DataType | None:
    """The kind that holds what was seen before and this value."""
    if is_missing(value) or kind == STRING:
        return kind
    if isinstance(value, int) and not isinstance(value, bool):
        found = INTEGER
    else:
        found = next((one for one in (BOOL, FLOAT) if _fits(value, one)), STRING)
    if kind is None or kind == found:
        return found
    return FLOAT if {kind, found} == {INTEGER, FLOAT} else STRING


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        typed(value, kind)
    except (TypeError, ValueError):
        return False
    return True
