"""From a crystal and its description to one row of the corpus, and from rows to tables."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus.cif_text import cif
from crystext.corpus.columns import CORE
from crystext.errors import BadPropertyError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crystext.corpus.columns import Property
    from crystext.crystal import Crystal, Failure
    from crystext.description.record import Description
    from crystext.unread import UnreadCrystal

STAGES = ("read", "describe", "tokenize")
"""The steps in which an input can fail."""
DECIMALS = 6
"""Of numbers in condensed data: angstrom, degrees and likenesses."""
_UPWARDS = 2.0**-33
"""Added before rounding, so that noise does not decide where to a number goes that lies half way.

Many do: half of a lattice vector that is given with 6 decimals.
"""
SPLIT = "split"
"""Property that names a crystal's part of the split; told by the split files, so no column."""


def row_of(
    crystal: Crystal,
    description: Description,
    *,
    symprec: float,
    properties: Mapping[str, Any] | None = None,
    tokens: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One row of the ``corpus`` table.

    Args:
        crystal: the crystal as it was described, see :meth:`crystext.Describer.read`.
        description: what the describer made of it.
        symprec: symmetry tolerance that worked, in angstrom.
        properties: values of the property columns, see :func:`property_values`.
        tokens: values of the token columns, see :func:`crystext.corpus.tokens.token_values`.
    """
    structure = crystal.structure
    worked_out = {
        "id": crystal.id,
        "source": crystal.source,
        "elements": sorted({element.symbol for element in structure.composition.elements}),
        "n_sites": len(structure),
        "structure": cif(structure),
        "structure_hash": description.provenance["structure_hash"],
        "condensed": kept_condensed(description),
        "n_components": sum(component["count"] for component in description.components),
        "n_different_components": len(description.components),
        "symprec": symprec,
        "notes": list(description.provenance["notes"]),
    }
    names = [one.name for one in CORE]  # what is not worked out, the description says
    row = {
        name: worked_out[name] if name in worked_out else getattr(description, name)
        for name in names
    }
    return row | dict(tokens or {}) | dict(properties or {})


def failure_row(failure: Failure, source: str, stage: str) -> dict[str, str]:
    """One row of the ``failures`` table."""
    assert stage in STAGES, stage
    error = failure.error
    return {
        "id": failure.id,
        "source": source,
        "stage": stage,
        "code": error.code,
        "message": error.message,
    }


def rounded(value: Any) -> Any:
    """The same plain value with its numbers to 6 decimals, however deep.

    What lies beyond is noise that differs between processors, and costs a quarter of a corpus.
    """
    kind = type(value)
    if kind is int or kind is str:  # most of them
        return value
    if isinstance(value, float):
        return round(value + _UPWARDS, DECIMALS)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def property_values(
    crystal: Crystal | UnreadCrystal, properties: Iterable[Property]
) -> dict[str, Any]:
    """The values of the property columns; absent, ``None`` and NaN become null.

    Args:
        crystal: its ``properties`` may hold the part of the split as well.
        properties: the columns that the source declares.

    Raises:
        BadPropertyError: a value has not the type of its column.
        ValueError: the source gives a property that it does not declare.
    """
    columns = {one.name: one for one in properties}
    unknown = sorted(crystal.properties.keys() - columns.keys() - {SPLIT})
    if unknown:
        msg = f"{crystal.source} gives the property {unknown[0]!r} but does not declare it"
        raise ValueError(msg)
    return {
        name: _value(column, crystal.properties.get(name), crystal.id)
        for name, column in columns.items()
    }


def _value(column: Property, value: Any, crystal_id: str) -> Any:
    value = value.item() if hasattr(value, "item") else value  # numpy
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    try:
        stored = pa.scalar(value, type=column.kind).as_py()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        stored = None
    cut = pa.types.is_integer(column.kind) and stored != value  # Arrow makes 1 of 1.5
    if stored is None or cut:
        raise BadPropertyError(
            f"{column.name} is {shown(value)}, which is no {column.kind}; correct it or leave it "
            "empty",
            crystal_id=crystal_id,
        )
    return stored


def table_of(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of exactly this schema; a null where none is allowed is refused.

    Raises:
        ValueError: a row lacks a required value, or a value has the wrong type.
    """
    for field in schema:
        if not field.nullable and any(row.get(field.name) is None for row in rows):
            msg = f"a row has no {field.name}, which must not be null"
            raise ValueError(msg)
    return pa.Table.from_pylist(rows, schema=schema)


def kept_condensed(description: Description) -> str:
    """The condensed data as a corpus keeps them: JSON without blanks, numbers to 6 decimals."""
    return json.dumps(rounded(description.condensed), ensure_ascii=False, separators=(",", ":"))
