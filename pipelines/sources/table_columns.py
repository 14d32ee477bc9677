"""What the columns of a user's table hold, learnt from all their values.

A header may carry its unit, ``band gap [eV]``. What is not as a table seems to say is logged.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from crystext.corpus import layout
from crystext.corpus.columns import CORE
from crystext.errors import BadTableError, UsageError, printable, shown
from crystext.ids import is_text
from crystext.pipelines.sources import tables
from crystext.pipelines.sources.column_kinds import ColumnKind
from crystext.pipelines.sources.delimited import layout_of, remark_on
from crystext.pipelines.sources.json_stream import TwiceGiven
from crystext.pipelines.sources.property_columns import Key
from crystext.pipelines.sources.table_kinds import SEPARATORS, kind_of
from crystext.pipelines.splits import SPLIT_COLUMN
from crystext.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_log = logging.getLogger(__name__)
_IN_ROUND = re.compile(r"(?P<name>[^()]*[^()\s])\s*\((?P<unit>[^()]+)\)\s*")
_RESERVED = frozenset(field.name for field in CORE) | {"default", layout.FAILURES}
"""Columns and configs of every corpus."""
_INDEX = re.compile(r"\s*|Unnamed: 0(\.[0-9]+)?|__index_level_[0-9]+__")
"""Headers that pandas gives the numbers of rows, which are no property."""


def columns(path: Path, without: Iterable[str | None] = ()) -> tuple[Key, ...]:
    """What the columns of a table hold, learnt from all its rows.

    Args:
        path: the table.
        without: headers that are no properties: the id, which comes first, and the structure.

    Returns:
        One key a column; a name that the corpus uses itself gets ``given_`` before it. What is
        not as the table seems to say is logged: a separator that its name does not promise, a
        column of row numbers that is left out, one of numbers that is text because of a value, or
        has decimal commas.

    Raises:
        BadTableError: two columns get the same name, a name is no text, or a value cannot be kept
            as it is; see :class:`~crystext.pipelines.sources.column_kinds.ColumnKind`.
    """
    left_out = list(without)
    kinds: dict[str, ColumnKind] = {}
    commas = _tell_layout(path)
    for number, row in enumerate(tables.rows(path), start=1):
        name = tables.id_in(row, left_out[0] if left_out else None, number, path.name)
        where = f"row {number}{f' (id {shown(name)})' if name else ''} of {shown(path.name)}"
        if isinstance(row, TwiceGiven):
            raise BadTableError(f"{where} gives the column {shown(row.key)} twice; rename one")
        for header, value in row.items():
            if header not in left_out:
                if header not in kinds:
                    kinds[header] = ColumnKind(header, commas=commas)
                kinds[header].see(value, where)
    for header in [header for header in kinds if _INDEX.fullmatch(header)]:
        del kinds[header]
        named = f"column {shown(header)}" if header.strip() else "column without a name"
        _log.warning("the %s of %s is left out; name it to keep it", named, shown(path.name))
    keys = [_key(header, path.name, kind) for header, kind in kinds.items()]
    for key, kind in zip(keys, kinds.values(), strict=True):
        _tell(key.key, kind)
        _tell_round_brackets(key)
    check_names(keys, path.name)
    return tuple(keys)


def _tell(header: str, kind: ColumnKind) -> None:
    """Logs what a column is taken for where it seems to be another thing."""
    if kind.nearly is not None:
        where, value = kind.nearly
        _log.warning("column %s is text, for %s has %s", shown(header), where, shown(value))
    if kind.decimal is not None:
        where, value = kind.decimal
        _log.warning("column %s has decimal commas: %s has %s", shown(header), where, shown(value))
    if SPLIT_COLUMN == header.strip().lower() != header:
        _log.warning("column %s is no split; call it %s for that", shown(header), SPLIT_COLUMN)


def _tell_round_brackets(key: Key) -> None:
    """A note on numbers whose header has what looks like a unit, and is not read as one."""
    if not key.unit and key.kind != pa.string() and (found := _IN_ROUND.fullmatch(key.key)):
        unit = shown(f"{found['name']} [{found['unit']}]")
        words = "column %s is called %s and has no unit; where it is one, write %s"
        _log.warning(words, shown(key.key), shown(key.column), unit)


def _tell_layout(path: Path) -> bool:
    """Logs a separator that is not the one expected; returns whether commas part no values."""
    if (kind := kind_of(path)) not in SEPARATORS:
        return False
    if remark := remark_on(path, SEPARATORS[kind]):
        _log.warning("%s", remark)
    return layout_of(path, SEPARATORS[kind]).separator != ","


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


def _key(header: str, title: str, kind: ColumnKind) -> Key:
    if not is_text(header):
        message = f"{shown(title)} has the column {shown(header)}, whose name is no Unicode text"
        raise BadTableError(f"{message}; rename it, or save the table as UTF-8")
    text, unit = header.strip(), ""
    if text.endswith("]") and (start := text.find("[", text.rfind("]", 0, -1) + 1)) >= 0:
        text, unit = text[:start], text[start + 1 : -1]
    name = "_".join(text.split()) or "unnamed"  # but for a unit
    if name in _RESERVED:
        name = f"given_{name}"
    origin, commas = f"{header} of {printable(title)}", kind.decimal is not None
    return Key(header, unit, origin, kind.kind(), name, commas)


def with_units(
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
