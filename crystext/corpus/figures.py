"""What the card shows of a corpus' rows: counts, lengths and one example, read column by column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crystext.corpus import layout
from crystext.corpus.columns import CRYSTAL_SYSTEMS, SECTIONS, TOKEN_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOWN = ("id", "formula", "global_text", "local_text")


def card_figures(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Reads the figures of :func:`crystext.corpus.card.render_card` from the shards.

    Memory grows with the number of rows by a few bytes each: texts are measured by row group.

    Args:
        folder: a finished corpus.
        manifest: its manifest, for the names of properties and tokenizers.
    """
    files = [pq.ParquetFile(path) for path in layout.shards(folder / layout.DATA, "train")]
    characters = _numbers(files, "text", pc.utf8_length)
    systems = Counter(_column(files, "crystal_system").to_pylist())
    dimensionalities = Counter(_column(files, "dimensionality").to_pylist())
    return {
        "sites": _range(_numbers(files, "n_sites")),
        "characters": _range(characters),
        "space_groups": len(pc.unique(_column(files, "space_group_number"))),
        "elements": len(pc.unique(pc.list_flatten(_column(files, "elements")))),
        "crystal_systems": {name: systems[name] for name in CRYSTAL_SYSTEMS if systems[name]},
        "dimensionalities": {f"{n}D": dimensionalities[n] for n in sorted(dimensionalities)},
        "tokens": [
            _tokens(files, tokenizer, section)
            for tokenizer in manifest["settings"]["tokenizers"]
            for section in SECTIONS
        ],
        "properties": [
            _property(files, item) for item in manifest["properties"] if _is_number(files, item)
        ],
        "example": _row(files, _middle(characters)),
    }


def _column(files: list[pq.ParquetFile], name: str) -> pa.ChunkedArray:
    parts = [file.read([name]).column(name) for file in files]
    return pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type)


def _numbers(files: list[pq.ParquetFile], name: str, measure: Any = None) -> np.ndarray:
    """One column as numbers without nulls, measured by row group if it is text."""
    parts = [
        (measure(column) if measure else column).drop_null().to_numpy()
        for file in files
        for group in range(file.num_row_groups)
        for column in [file.read_row_group(group, [name]).column(name)]
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _range(values: np.ndarray) -> dict[str, Any]:
    """Count, least, median, 95 % and most, ``None`` where there are no values."""
    if not len(values):
        return {"count": 0, "min": None, "median": None, "p95": None, "max": None}
    p50, p95 = np.percentile(values, [50, 95])
    return {
        "count": len(values),
        "min": values.min().item(),
        "median": float(p50),
        "p95": float(p95),
        "max": values.max().item(),
    }


def _tokens(files: list[pq.ParquetFile], tokenizer: str, section: str) -> dict[str, Any]:
    values = _numbers(files, f"{section}_tokens_{tokenizer}")
    over = int((values > TOKEN_LIMIT).sum())
    return {"tokenizer": tokenizer, "section": section, "over": over, **_range(values)}


def _is_number(files: list[pq.ParquetFile], item: Mapping[str, Any]) -> bool:
    kind = files[0].schema_arrow.field(item["name"]).type
    return pa.types.is_floating(kind) or pa.types.is_integer(kind)


def _property(files: list[pq.ParquetFile], item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": item["name"],
        "unit": item["unit"],
        **_range(_numbers(files, item["name"])),
    }


def _middle(lengths: np.ndarray) -> int | None:
    """The row of median length, the first of several; ``None`` where there are no rows."""
    if not len(lengths):
        return None
    return int(np.argsort(lengths, kind="stable")[(len(lengths) - 1) // 2])


def _row(files: list[pq.ParquetFile], index: int | None) -> dict[str, Any] | None:
    if index is None:
        return None
    for file in files:
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if index < size:
                return file.read_row_group(group, list(SHOWN)).slice(index, 1).to_pylist()[0]
            index -= size
    raise IndexError(index)
