"""Turns a database's raw values into typed columns; what cannot be read becomes a note."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus.columns import FLOAT, Property
from crystext.errors import shown
from crystext.pipelines.sources.json_stream import OutOfRange, TwiceGiven, float_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "none", "null", "-", "--"})
"""How databases, spreadsheets and pandas write that a value is missing, in lower case."""
_SODIUM = "Na"
STRING, INTEGER, BOOL = pa.string(), pa.int64(), pa.bool_()
INTEGERS = range(-(2**63), 2**63)
"""What a column of integers holds."""
_NUMBER = re.compile(
    r"[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|inf(inity)?)", re.IGNORECASE
)
_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Key:
    """One key of a database's entries and the column that it fills.

    Attributes:
        key: in the entries.
        unit: of the column.
        description: of the column.
        kind: of the column.
        column: its name, the key by default.
        commas: whether its numbers have decimal commas.
    """

    key: str
    unit: str
    description: str
    kind: pa.DataType = FLOAT
    column: str = ""
    commas: bool = False

    def property(self) -> Property:
        """The column."""
        return Property(self.column or self.key, self.unit, self.description, self.kind)


def typed_row(entry: Mapping[str, Any], keys: Sequence[Key]) -> tuple[dict[str, Any], list[str]]:
    """The columns of one entry, and a note on each value that could not be read.

    Args:
        entry: what the database says of one crystal; keys may lack.
        keys: the columns.

    Returns:
        Every column, ``None`` where the value is missing, and notes.
    """
    row: dict[str, Any] = {}
    notes = []
    for key in keys:
        raw = entry.get(key.key)
        try:
            row[key.column or key.key] = typed(with_point(raw) if key.commas else raw, key.kind)
        except (TypeError, ValueError):
            row[key.column or key.key] = None
            notes.append(f"{key.key} is {shown(raw)}, no {key.kind}; read as missing")
    return row, notes


def typed(raw: Any, kind: pa.DataType) -> Any:
    """One value as its column's type, without loss.

    Numbers may come as strings; lists and dicts become JSON in string columns. A decimal becomes
    the float that is nearest; an integer must be one that the column holds exactly.

    Args:
        raw: the value; ``na`` and the like, empty lists and NaN are missing.
        kind: float, integer, bool or string.

    Raises:
        ValueError: it cannot be read as this type.
        TypeError: likewise.
    """
    if is_missing(raw):
        return None
    if kind == STRING:
        return _text(raw)
    if kind == BOOL:
        if isinstance(raw, bool) or str(raw).strip().lower() in {"true", "false"}:
            return str(raw).strip().lower() == "true"
        raise ValueError(raw)
    if isinstance(raw, bool):
        raise TypeError(raw)
    number = number_of(raw)
    if isinstance(number, float) and (not math.isfinite(number) or isinstance(number, OutOfRange)):
        raise ValueError(raw)
    if kind == INTEGER:
        whole = int(number)
        if whole != number or whole not in INTEGERS:
            raise ValueError(raw)
        return whole
    if isinstance(number, int) and not is_exact(number):
        raise ValueError(raw)
    return float(number)


def number_of(raw: Any) -> int | float:
    """A number, or the one that a text writes: an integer if it has neither point nor exponent.

    Raises:
        ValueError: the text is no number; ``1_000`` is none.
        TypeError: it is neither.
    """
    if isinstance(raw, (int, float)):
        return raw
    if not isinstance(raw, (str, Decimal)):
        return float(raw)
    text = str(raw).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(raw)
    return int(text) if _INTEGER.fullmatch(text) else float_of(text)


def with_point(raw: Any) -> Any:
    """A text with its decimal comma as a point; another value as it is."""
    return raw.replace(",", ".", 1) if isinstance(raw, str) else raw


def is_exact(number: int) -> bool:
    """Whether a 64-bit float holds this integer exactly."""
    try:
        return int(float(number)) == number
    except OverflowError:
        return False


def _text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, OutOfRange):
        return raw.text
    if isinstance(raw, (Decimal, date, time, timedelta)):
        return str(raw)
    if any(isinstance(one, (OutOfRange, TwiceGiven)) for one in inside(raw)):
        raise ValueError("holds what JSON loses")
    try:
        return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def inside(raw: Any) -> Iterator[Any]:
    """A value, and all values in it where it is a list or dict, however deep; in no fixed order."""
    waiting = [raw]
    while waiting:
        yield (one := waiting.pop())
        if isinstance(one, (dict, list, tuple)):
            waiting.extend(one.values() if isinstance(one, dict) else one)


def is_missing(raw: Any) -> bool:
    """Whether a value says that there is none; a dict or list does if all its values do."""
    if not isinstance(raw, (dict, list)):
        return _says_none(raw)
    return all(isinstance(one, (dict, list)) or _says_none(one) for one in inside(raw))


def _says_none(raw: Any) -> bool:
    if isinstance(raw, (str, Decimal)):
        text = str(raw).strip()
        return text.lower() in MISSING and text != _SODIUM
    return raw is None or (isinstance(raw, float) and math.isnan(raw))
