"""Turns a database's raw values into typed columns; what cannot be read becomes a note."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus.columns import FLOAT, Property
from crystext.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MISSING = frozenset({"", "na", "n/a", "nan", "none", "null", "-", "--"})
"""How databases and tables write that a value is missing, in lower case."""
STRING, INTEGER, BOOL = pa.string(), pa.int64(), pa.bool_()


@dataclass(frozen=True)
class Key:
    """One key of a database's entries and the column that it fills.

    Attributes:
        key: in the entries.
        unit: of the column.
        description: of the column.
        kind: of the column.
        column: its name, the key by default.
    """

    key: str
    unit: str
    description: str
    kind: pa.DataType = FLOAT
    column: str = ""

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
            row[key.column or key.key] = typed(raw, key.kind)
        except (TypeError, ValueError):
            row[key.column or key.key] = None
            notes.append(f"{key.key} is {shown(raw)}, no {key.kind}; read as missing")
    return row, notes


def typed(raw: Any, kind: pa.DataType) -> Any:
    """One value as its column's type.

    Numbers may come as strings; lists and dicts become JSON in string columns.

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
        if isinstance(raw, str):
            return raw.strip()
        return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
    if kind == BOOL:
        if isinstance(raw, bool) or str(raw).strip().lower() in {"true", "false"}:
            return str(raw).strip().lower() == "true"
        raise ValueError(raw)
    if isinstance(raw, bool):
        raise TypeError(raw)
    number = float(raw)
    if not math.isfinite(number):
        raise ValueError(raw)
    if kind == INTEGER:
        if not number.is_integer():
            raise ValueError(raw)
        return int(number)
    return number


def is_missing(raw: Any) -> bool:
    """Whether a value says that there is none; a dict or list does if all its values do."""
    if raw is None:
        return True
    if isinstance(raw, str):
        return raw.strip().lower() in MISSING
    if isinstance(raw, float):
        return math.isnan(raw)
    if isinstance(raw, dict):
        return all(map(is_missing, raw.values()))
    if isinstance(raw, list):
        return all(map(is_missing, raw))
    return False
