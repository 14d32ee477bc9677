"""What is checked, a problem of it, and how rows are read for the checks: in small batches.

Every Parquet file is read once to its end before any check: what is damaged is told by name, and
no check meets it. Rows are given to the checks from columns of the declared type alone, and without
those in which a required value is null; both are told by the check of the schema.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crystext.choices import SPLITS, TRAIN
from crystext.corpus import layout
from crystext.corpus.columns import FAILURES, TIMINGS, target_schema
from crystext.corpus.reader import Corpus
from crystext.errors import first_line
from crystext.files import sha256
from crystext.representations.representation import REPRESENTATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crystext.corpus.manifest import Manifest
    from crystext.representations.representation import Representation

MINI = "mini"
"""The source that comes with the package."""
_BATCH, _NAMED = 1024, 3
Level = Literal["error", "notice"]


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
    level: Level = "error"


Finding = Problem | tuple[str, str] | tuple[str, str, Level]
"""What a check yields: path or id, message and, where it is no error, the level."""


@dataclass
class Read:
    """What reading a Parquet file to its end has shown.

    Attributes:
        damage: why it cannot be read, ``None`` if it can.
        schema: its columns.
        rows: how many it holds.
        nulls: how many values of each column are null, or lists that hold a null.
    """

    damage: str | None = None
    schema: pa.Schema = field(default_factory=lambda: pa.schema([]))
    rows: int = 0
    nulls: Counter = field(default_factory=Counter)

    def sound(self, wanted: pa.Field) -> bool:
        """Whether it has this column, once and with this type."""
        held = self.schema.get_all_field_indices(wanted.name)
        return len(held) == 1 and self.schema.field(held[0]).type == wanted.type


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
    def corpus(self) -> Corpus:
        """The corpus as its manifest describes it."""
        return Corpus(self.folder, self.manifest)

    @cached_property
    def files(self) -> dict[Path, Read]:
        """The Parquet files of the folder, each read to its end."""
        return {path: _read(path) for path in sorted(self.folder.rglob("*.parquet"))}

    @cached_property
    def has_source(self) -> bool:
        """Whether what it was built from is at hand: the mini crystals of this package."""
        source = self.manifest["source"]
        if source["name"] != MINI:
            return False
        with as_file(files("crystext") / "data" / f"{MINI}.parquet") as path:
            return source.get("sha256") == sha256(path)

    @cached_property
    def representations(self) -> list[Representation]:
        """The other texts that the corpus holds."""
        return [REPRESENTATIONS[name] for name in self.corpus.representations]

    def tables(self) -> Iterator[tuple[Path, pa.Schema]]:
        """Every readable file of the corpus with the schema that it must have."""
        yield from ((path, self.corpus.declared) for path in self.shards(layout.DATA))
        yield from ((path, FAILURES) for path in self.shards(layout.FAILURES))
        for one in self.corpus.properties.values():
            for split in SPLITS:
                for path in self.shards(
                    layout.PROPERTIES, layout.property_folder(one.name), split=split
                ):
                    yield path, target_schema(one)
        timings = self.folder / layout.TIMINGS
        if timings in self.files and self.files[timings].damage is None:
            yield timings, TIMINGS

    def shards(self, *folders: str, split: str = TRAIN) -> list[Path]:
        """The readable shards of one split in a folder of the corpus."""
        found = layout.shards(self.folder.joinpath(*folders), split)
        return [path for path in found if path in self.files and self.files[path].damage is None]

    def name(self, path: Path) -> str:
        """A file's path in the corpus, with slashes."""
        return path.relative_to(self.folder).as_posix()

    def columns(self) -> set[str]:
        """The columns that every data shard has as declared."""
        shards = [self.files[path] for path in self.shards(layout.DATA)]
        return {
            one.name for one in self.corpus.declared if shards and all(s.sound(one) for s in shards)
        }

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The values of some columns row by row; none if a shard lacks one of them."""
        if set(columns) <= self.columns():
            yield from self._values(self.shards(layout.DATA), self.corpus.declared, columns)

    def row_dicts(self, *columns: str) -> Iterator[dict[str, Any]]:
        """The same, each row with the names of its columns."""
        return (dict(zip(columns, row, strict=True)) for row in self.rows(*columns))

    def failures(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The same of the failures."""
        yield from self._values(self.shards(layout.FAILURES), FAILURES, columns)

    def targets(self, name: str, part: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The same of one part of a property's split; none if there is no such property."""
        if one := self.corpus.properties.get(name):
            paths = self.shards(layout.PROPERTIES, layout.property_folder(name), split=part)
            yield from self._values(paths, target_schema(one), columns)

    def timings(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The same of the timings; none if they were left out."""
        paths = [path for path, schema in self.tables() if schema is TIMINGS]
        yield from self._values(paths, TIMINGS, columns)

    def _values(
        self, paths: list[Path], schema: pa.Schema, columns: tuple[str, ...]
    ) -> Iterator[tuple[Any, ...]]:
        fields = [schema.field(name) for name in columns]
        required = [i for i, one in enumerate(fields) if not one.nullable]
        for path in paths:
            if not all(self.files[path].sound(one) for one in fields):
                continue
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_BATCH, columns=list(columns)):
                    held = (batch[name].to_pylist() for name in columns)
                    for row in zip(*held, strict=True):
                        if not any(_is_null(row[i]) for i in required):
                            yield row


def few(items: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    more = f" and {len(items) - _NAMED:,} more" if len(items) > _NAMED else ""
    return "; ".join(items[:_NAMED]) + more


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, list) and None in value)


def _read(path: Path) -> Read:
    """Reads a file to its end."""
    found = Read()
    try:
        with pq.ParquetFile(path) as file:
            found.schema = file.schema_arrow
            for batch in file.iter_batches(_BATCH):
                batch.validate(full=True)
                found.rows += len(batch)
                for index, name in enumerate(batch.schema.names):
                    found.nulls[name] += _nulls(batch.column(index))
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:  # names are text, too
        found.damage = first_line(error)
    return found


def _nulls(column: pa.Array) -> int:
    inside = pc.list_flatten(column).null_count if pa.types.is_list(column.type) else 0
    return column.null_count + inside
