"""Tables that pandas writes as one JSON object, such as matbench's files.

``orient="split"`` (and ``tight``) has ``columns``, ``index`` and ``data``; ``orient="table"`` has a
``schema``; pandas' own default has an object for each column, and ``orient="index"`` one for each
row, which is read where each has a structure. Of the first, memory stays flat where
``columns`` and ``index`` stand before ``data``, as pandas and matminer write them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crystext.errors import BadTableError, shown
from crystext.formats.objects import is_structure_dict
from crystext.pipelines.sources.json_stream import (
    CHUNK,
    EXACT,
    Entries,
    TwiceGiven,
    open_text,
    told_damages,
)
from crystext.pipelines.sources.table_kinds import ID_COLUMNS, STRUCTURE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SPLIT = {"columns", "index", "data"}
_TIGHT = {"index_names", "column_names"}
_AGAIN = "write it with df.reset_index().to_json(path, orient='records')"
_NUMBER = re.compile("-?[0-9]+")


def frame_rows(path: Path, *, chunk: int = CHUNK) -> Iterator[dict[str, Any]] | None:
    """The rows of a JSON file that is one table; ``None`` for another file.

    Labels of rows that are text are the column ``id`` where no column is one of ids, else one
    without a name; labels that are numbers are left out.

    Args:
        path: plain, gzipped, or alone in a zip.
        chunk: characters to read at a time.

    Raises:
        BadTableError: it is a table that contradicts itself, or its rows cannot be told.
        InputError: the JSON is damaged.
    """
    head = _before_data(path, chunk)
    if head is None:
        return None
    if all(isinstance(head.get(name), list) for name in ("columns", "index")):
        return _streamed(path, chunk, head)
    whole = _only_object(path, chunk)
    if whole is None or isinstance(whole, TwiceGiven):
        return None
    if set(whole) - _TIGHT == _SPLIT and all(isinstance(whole[one], list) for one in _SPLIT):
        return _rows_of(whole["data"], whole, path.name)
    if set(whole) == {"schema", "data"}:
        return _of_schema(whole, path.name)
    return _of_columns(whole, path.name)


def _before_data(path: Path, chunk: int) -> dict[str, Any] | None:
    """What stands before the ``data`` of a table; ``None`` for a file that is no object."""
    with told_damages(path), open_text(path) as file:
        entries = Entries(file, path.name, chunk, EXACT)
        if entries.next() != "{":
            return None
        head: dict[str, Any] = {}
        for key in entries.names():
            if key not in _SPLIT | _TIGHT or key == "data":
                break
            head[key] = entries.value()
        return head


def _only_object(path: Path, chunk: int) -> dict[str, Any] | None:
    """The object that a file holds; ``None`` if more follows it, as in JSON Lines."""
    with told_damages(path), open_text(path) as file:
        entries = Entries(file, path.name, chunk, EXACT)
        whole = entries.value()
        return None if entries.next() else whole


def _streamed(path: Path, chunk: int, head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    seen = set()
    with told_damages(path), open_text(path) as file:
        entries = Entries(file, path.name, chunk, EXACT)
        entries.next()
        for key in entries.names():
            if key in seen:
                raise _refused(path.name, f"gives {shown(key)} twice")
            seen.add(key)
            if key == "data" and entries.next() == "[":
                yield from _rows_of(entries.items(), head, path.name)
            elif key == "data":
                raise _refused(path.name, "has data that are no list")
            else:
                entries.value()
        if entries.next():
            raise _refused(path.name, "goes on behind its end")


def _rows_of(data: Iterable[Any], head: dict[str, Any], title: str) -> Iterator[dict[str, Any]]:
    """Rows of values under the names of ``columns``, with the labels of ``index``."""
    names, labels = head["columns"], head["index"]
    if any(isinstance(name, (list, dict)) for name in names):
        raise _refused(title, "has names of columns that are no text")
    names = [str(name) for name in names]
    if twice := [name for name in names if names.count(name) > 1]:
        raise _refused(title, f"has two columns {shown(twice[0])}")
    label = _name_of(labels, names)
    number = 0
    for number, values in enumerate(data, start=1):
        if not isinstance(values, list) or len(values) != len(names):
            many = f"{len(values)} values" if isinstance(values, list) else shown(values)
            raise _refused(title, f"has {many} in row {number} under {len(names)} names")
        if number > len(labels):
            break
        yield _labelled(label, labels[number - 1]) | dict(zip(names, values, strict=True))
    if number != len(labels):
        raise _refused(title, f"has an index of {len(labels)} labels, and not as many rows")


def _of_schema(whole: dict[str, Any], title: str) -> Iterator[dict[str, Any]] | None:
    schema, data = whole["schema"], whole["data"]
    if not (isinstance(schema, dict) and "fields" in schema and isinstance(data, list)):
        return None
    if not all(isinstance(row, dict) for row in data):
        raise _refused(title, "has rows that are no objects")
    dropped = "index" if schema.get("primaryKey") == ["index"] else None
    return ({name: value for name, value in row.items() if name != dropped} for row in data)


def _of_columns(whole: dict[str, Any], title: str) -> Iterator[dict[str, Any]] | None:
    """The rows of an object of columns, or of rows by id; ``None`` for structures and one row."""
    if not whole or not all(isinstance(column, dict) for column in whole.values()):
        return None
    first: dict[str, Any] = next(iter(whole.values()))
    named = any(name in whole for name in (*ID_COLUMNS, *STRUCTURE_COLUMNS))
    if named and len(whole) > 1 and all(list(one) == list(first) for one in whole.values()):
        labels = [int(one) if _NUMBER.fullmatch(one) else one for one in first]
        data = (list(row) for row in zip(*(one.values() for one in whole.values()), strict=True))
        return _rows_of(data, {"columns": list(whole), "index": labels}, title)
    if all(_is_entry(name, row) for name, row in whole.items()):
        return ({ID_COLUMNS[0]: name} | row for name, row in whole.items())
    if any(map(is_structure_dict, (whole, *whole.values()))):
        return None
    raise _refused(title, "is one object of objects, in which rows and columns cannot be told")


def _is_entry(name: str, row: dict[str, Any]) -> bool:
    """Whether an object, given by its id, has a structure under a usual name and more beside it."""
    id_column = ID_COLUMNS[0]
    structures = [row[one] for one in STRUCTURE_COLUMNS if isinstance(row.get(one), dict)]
    return len(structures) == 1 < len(row) and row.get(id_column, name) == name


def _name_of(labels: Sequence[Any], names: Sequence[str]) -> str | None:
    """The column of the labels: none, where they only count the rows."""
    if labels == list(range(len(labels))):
        return None
    are_ids = all(isinstance(one, str) for one in labels) and not set(names) & set(ID_COLUMNS)
    return ID_COLUMNS[0] if are_ids else ""


def _labelled(name: str | None, label: Any) -> dict[str, Any]:
    return {} if name is None else {name: label}


def _refused(title: str, what: str) -> BadTableError:
    return BadTableError(f"{shown(title)} {what}; {_AGAIN}")
