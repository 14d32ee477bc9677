"""What is checked, a problem of it, and how rows are read for the checks: in small batches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.corpus import layout
from crystext.errors import first_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crystext.corpus.manifest import Manifest

_BATCH = 1024


@dataclass(frozen=True)
class Problem:
    """Something wrong with a corpus, or something that one should know of it.

    Attributes:
        check: name of the check.
        path_or_id: the file, crystal, property or column that it is about.
        message: one line.
        level: an ``error`` makes the corpus wrong, a ``notice`` does not.
    """

    check: str
    path_or_id: str
    message: str
    level: Literal["error", "notice"] = "error"


@dataclass(frozen=True)
class Subject:
    """A corpus under examination.

    Attributes:
        folder: of the corpus.
        manifest: its manifest.
        deep: whether everything is examined where a sample is the rule.
    """

    folder: Path
    manifest: Manifest
    deep: bool = False

    @cached_property
    def unreadable(self) -> dict[Path, str]:
        """The Parquet files that cannot be opened, with the reason."""
        reasons = {}
        for path in sorted(self.folder.rglob("*.parquet")):
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException) as error:
                reasons[path] = first_line(error)
        return reasons

    def shards(self, *folders: str, split: str = layout.SPLITS[0]) -> list[Path]:
        """The readable shards of one split in a folder of the corpus."""
        found = layout.shards(self.folder.joinpath(*folders), split)
        return [path for path in found if path not in self.unreadable]

    def name(self, path: Path) -> str:
        """A file's path in the corpus, with slashes."""
        return path.relative_to(self.folder).as_posix()

    def columns(self) -> set[str]:
        """The columns that every data shard has."""
        names = [set(pq.read_schema(path).names) for path in self.shards(layout.DATA)]
        return set.intersection(*names) if names else set()

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The values of some columns row by row; none if a shard lacks one of them."""
        if set(columns) <= self.columns():
            yield from rows_of(self.shards(layout.DATA), *columns)


def rows_of(paths: list[Path], *columns: str) -> Iterator[tuple[Any, ...]]:
    """The values of some columns row by row, in the order asked for."""
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=list(columns)):
                yield from zip(*(batch[name].to_pylist() for name in columns), strict=True)
