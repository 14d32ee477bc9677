"""The numbers that a database gives beside its structures: columns with units and descriptions.

Every database lists its own properties under ``/info/structures``; those with its prefix
(``_oqmd_band_gap``) that are numbers or flags become columns. Old lists (1.0: ``type``, ``unit``)
and property definitions of 1.2 (``x-optimade-type``, ``x-optimade-unit``) are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crystext.corpus.columns import FLOAT, corpus_schema
from crystext.errors import UsageError, printable
from crystext.pipelines.sources.property_columns import BOOL, INTEGER, Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

_OWN = re.compile(r"_[a-z0-9]+_\w+", re.ASCII | re.IGNORECASE)
_KINDS = {"float": FLOAT, "number": FLOAT, "integer": INTEGER, "boolean": BOOL}
_NO_UNIT = frozenset({"", "dimensionless", "inapplicable", "none", "null", "1", "unitless", "n/a"})
_LONGEST = 300


def keys_of(info: Mapping[str, Any]) -> tuple[Key, ...]:
    """The columns that the list of a database's properties gives, sorted by name.

    Args:
        info: attributes of ``/info/structures``.
    """
    listed = info.get("properties")
    found = []
    for name, told in sorted(listed.items()) if isinstance(listed, dict) else ():
        kind = _kind(told) if isinstance(told, dict) else None
        if kind is None or not _OWN.fullmatch(name):
            continue
        key = Key(name, _unit(told), _description(told, name), kind)
        try:
            corpus_schema([key.property()])
        except UsageError:  # it has the name of a column that every corpus has
            continue
        found.append(key)
    return tuple(found)


def _kind(told: Mapping[str, Any]) -> pa.DataType | None:
    types = told.get("x-optimade-type") or told.get("type")
    names = [one for one in (types if isinstance(types, list) else [types]) if one != "null"]
    return _KINDS.get(names[0]) if len(names) == 1 and isinstance(names[0], str) else None


def _unit(told: Mapping[str, Any]) -> str:
    unit = told.get("x-optimade-unit") or told.get("unit") or ""
    text = " ".join(str(unit).split())
    return "" if text.lower() in _NO_UNIT else printable(text)


def _description(told: Mapping[str, Any], name: str) -> str:
    text = str(told.get("description") or told.get("title") or "").strip()
    line = printable(" ".join(text.partition("\n\n")[0].split()))
    if not line:
        return f"{name}, which the database does not explain"
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
