"""Tables that users bring: rows of CSV, JSON, JSON Lines and Parquet, with ids.

Nothing in a table is executed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.errors import BadTableError, first_line, shown
from crystext.ids import is_text
from crystext.pipelines.sources.delimited import delimited_rows
from crystext.pipelines.sources.json_frames import frame_rows
from crystext.pipelines.sources.json_stream import OutOfRange, json_entries
from crystext.pipelines.sources.table_kinds import SEPARATORS, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_BATCH = 256
_FEW = 8
"""Columns that a message names."""


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the rows of a table by header; memory stays flat.

    Args:
        path: ``.csv``, ``.tsv`` or ``.tab`` with tabs, ``.json``, ``.jsonl`` (each also gzipped) or
            ``.parquet``; of another name, what it begins with tells the kind. Text is UTF-8, or
            UTF-16 or UTF-32. Bytes of a CSV that are no UTF-8 become halves of surrogate pairs,
            for :func:`bytes_of`.

    Raises:
        BadTableError: it cannot be read, or a row is no row.
        InputError: JSON is damaged or cut off.
    """
    kind = kind_of(path)
    if kind == ".parquet":
        yield from _parquet_rows(path)
    elif kind in SEPARATORS:
        yield from delimited_rows(path, SEPARATORS[kind])
    else:
        found = frame_rows(path) or json_entries(path, exact=True)
        for number, row in enumerate(found, start=1):
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

    Where none is called so, one may be in other letters: ``ID`` for ``id``.

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
        raise BadTableError(f"{message}; it has {listed(names)}")
    if chosen is not None:
        return chosen
    if found := next((name for name in usual if name in names), None):
        return found
    alike = [name for name in names if name.strip().lower() in usual]
    return alike[0] if len(alike) == 1 else None


def listed(names: Iterable[str]) -> str:
    """The first columns of a table, for messages."""
    first = list(names)
    more = f" and {len(first) - _FEW} more" if len(first) > _FEW else ""
    return ", ".join(shown(name) for name in first[:_FEW]) + more
