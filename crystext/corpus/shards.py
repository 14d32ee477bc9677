"""Parquet files whose bytes depend on their rows alone, written as the rows come.

Shards and row groups end at fixed numbers of rows, however the rows arrive. Content-defined
chunking cuts pages where the content says, so that the Hub stores what two versions share once.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.corpus.layout import shard_name
from crystext.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ROWS_PER_SHARD = 25_000
ROWS_PER_GROUP = 5_000
"""About 60 MB unpacked; the Hub's viewer reads at most 300 MB at once."""
ZSTD_LEVEL = 17
"""11 % smaller than level 9 for 2 ms a crystal; 19 would double that time for another 1.5 %."""


def write_shards(
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    folder: Path,
    split: str,
    *,
    total: int,
    rows_per_shard: int = ROWS_PER_SHARD,
) -> list[dict[str, Any]]:
    """Writes rows to as many shards as they need; one empty shard if there are none.

    Args:
        tables: the rows in their order, in tables of any length.
        schema: of all tables.
        folder: made if missing; its name and that of its parent ``properties`` stand in the paths.
        split: for example ``train``.
        total: number of rows that will come, which decides the names.
        rows_per_shard: rows of each shard but the last.

    Returns:
        The files in their order, as a manifest lists them: path, with slashes, from the parent of
        ``folder``, number of rows, size in bytes and SHA-256.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, -(-total // rows_per_shard))
    files = []
    groups = regrouped(tables, schema, _groups(total, rows_per_shard))
    for index in range(count):
        rows = min(rows_per_shard, total - index * rows_per_shard)
        path = folder / shard_name(split, index, count)
        with _writer(path, schema) as writer:
            left = rows
            while left:
                group = next(groups)
                writer.write_table(group, row_group_size=len(group))
                left -= len(group)
        facts = {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256(path)}
        files.append({"path": f"{folder.name}/{path.name}"} | facts)
    surplus = sum(len(group) for group in groups)
    assert not surplus, f"{surplus} rows more than the {total} that were announced"
    return files


def write_tables(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    """Writes tables as they come to one file, in row groups of a fixed size."""
    with _writer(path, schema) as writer:
        for group in regrouped(tables, schema, repeat(ROWS_PER_GROUP)):
            writer.write_table(group, row_group_size=len(group))


def regrouped(
    tables: Iterable[pa.Table], schema: pa.Schema, lengths: Iterable[int]
) -> Iterator[pa.Table]:
    """The same rows in tables of the given lengths, the last one perhaps shorter."""
    waiting: list[pa.Table] = []
    held = 0
    source = iter(tables)
    for length in lengths:
        while held < length and (table := next(source, None)) is not None:
            waiting.append(table)
            held += len(table)
        if not held:
            return
        whole = pa.concat_tables(waiting) if waiting else schema.empty_table()
        yield whole.slice(0, length).combine_chunks()
        rest = whole.slice(length)
        waiting, held = ([rest], len(rest)) if len(rest) else ([], 0)
    rest = [*waiting, *source]
    if sum(len(table) for table in rest):
        yield pa.concat_tables(rest)


def _groups(total: int, rows_per_shard: int) -> Iterator[int]:
    """Lengths of the row groups: shard by shard, so that no group crosses a boundary."""
    for start in range(0, total, rows_per_shard):
        rows = min(rows_per_shard, total - start)
        for first in range(0, rows, ROWS_PER_GROUP):
            yield min(ROWS_PER_GROUP, rows - first)


@contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet writer into a file that Python opened, so that errors are plain ``OSError``."""
    with (
        path.open("wb") as file,
        pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            use_content_defined_chunking=True,
            write_page_index=True,
        ) as writer,
    ):
        yield writer
