"""The text of a section, from a corpus' table, one of its rows, or a description."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from crystext.choices import JOINED, READABLE, SECTIONS
from crystext.description.record import Description
from crystext.description.sections import fields_text
from crystext.errors import UsageError
from crystext.settings import check_choice

if TYPE_CHECKING:
    import pyarrow as pa

FACTS = (
    *("formula", "mineral", "crystal_system", "space_group_symbol"),
    *("space_group_number", "dimensionality"),
)
"""The columns that the labelled fields are made of."""


def section_text(
    row_or_table: pa.Table | Mapping[str, Any] | Description, section: str
) -> list[str]:
    """The texts of one section, as ``crystext describe --section`` writes them.

    Args:
        row_or_table: a corpus' table (one text a row, in order), one row as a dict, or a
            description.
        section: ``all``, ``global``, ``local``, or ``fields``: the global facts with labels, made
            of the columns :data:`FACTS` where there is no ``fields_text``; or two of them joined,
            see :data:`crystext.choices.JOINED`.

    Raises:
        UsageError: there is no such section, or the columns that it needs are missing.
    """
    check_choice("section", section, READABLE)
    if section in JOINED:
        parts = [section_text(row_or_table, part) for part in JOINED[section]]
        return [" ".join(both) for both in zip(*parts, strict=True)]
    column = SECTIONS[section]
    if isinstance(row_or_table, Description):
        return [getattr(row_or_table, column)]
    rows: Any = [row_or_table] if isinstance(row_or_table, Mapping) else row_or_table
    names = rows[0] if isinstance(rows, list) else rows.column_names
    if column in names:
        return [rows[0][column]] if isinstance(rows, list) else rows[column].to_pylist()
    needed = FACTS if section == "fields" else (column,)
    if missing := [name for name in needed if name not in names]:
        raise UsageError(
            f"the section {section!r} needs the column {missing[0]!r}, which is missing"
        )
    listed = rows if isinstance(rows, list) else rows.select(FACTS).to_pylist()
    return [fields_text(**{name: row[name] for name in FACTS}) for row in listed]


def section_columns(names: Collection[str], section: str) -> list[str]:
    """The columns of a corpus that a section is made of."""
    found: list[str] = []
    for part in JOINED.get(section, (section,)):
        column = SECTIONS[part]
        found += [column] if column in names else FACTS
    return list(dict.fromkeys(found))
