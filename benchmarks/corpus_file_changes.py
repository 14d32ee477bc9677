"""Ways to spoil the files of a corpus: bytes, manifest, card and timings."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpus_copy import Copy
from crystext.corpus import layout
from crystext.corpus.card import write_card
from crystext.corpus.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[Copy], None]

# ------------------------------------------------------------------------------- bytes and files


def flip(path: Callable[[Copy], Path], place: float, bits: int = 0xFF) -> Change:
    """Some bits of the byte at a place between 0 and 1."""

    def change(copy: Copy) -> None:
        content = bytearray(path(copy).read_bytes())
        content[int(place * (len(content) - 1))] ^= bits
        path(copy).write_bytes(content)

    return change


def flip_page(
    column: str, place: float, bits: int = 0xFF, path: Callable[[Copy], Path] = Copy.shard
) -> Change:
    """Some bits of a byte of the pages of a column, at a place between 0 and 1."""

    def change(copy: Copy) -> None:
        file = path(copy)
        group = pq.read_metadata(file).row_group(0)
        chunks = [group.column(index) for index in range(group.num_columns)]
        chunk = next(one for one in chunks if one.path_in_schema == column)
        content = bytearray(file.read_bytes())
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        content[start + int(place * (chunk.total_compressed_size - 1))] ^= bits
        file.write_bytes(content)

    return change


def cut(copy: Copy) -> None:
    """Half of a shard."""
    content = copy.shard().read_bytes()
    copy.shard().write_bytes(content[: len(content) // 2])


def emptied(copy: Copy) -> None:
    """A shard without a byte."""
    copy.shard().write_bytes(b"")


def zeros(copy: Copy) -> None:
    """A block of zeros in a shard."""
    content = bytearray(copy.shard().read_bytes())
    content[1000:2000] = bytes(1000)
    copy.shard().write_bytes(content)


def swap_shards(copy: Copy) -> None:
    """The contents of two shards."""
    first, second = copy.shard(0), copy.shard(1)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def folder_for_shard(copy: Copy) -> None:
    """A folder of the name of a shard."""
    path = copy.shard()
    path.unlink()
    path.mkdir()


def add_shard(copy: Copy) -> None:
    """A shard that nobody lists."""
    shutil.copy(copy.shard(0), copy.folder / "data" / "train-00009-of-00010.parquet")


def unlisted_shard_gone(copy: Copy) -> None:
    """A shard less, also in the manifest."""
    path = copy.shard(-1)
    path.unlink()
    with copy.manifest() as manifest:
        manifest["files"] = [f for f in manifest["files"] if not f["path"].endswith(path.name)]


# ---------------------------------------------------------------------------------- the manifest


def entry(*path: str | int, value: Any) -> Change:
    """Another value at a place in the manifest."""

    def change(copy: Copy) -> None:
        with copy.manifest() as manifest:
            *others, last = path
            place: Any = manifest
            for key in others:
                place = place[key]
            place[last] = value

    return change


def without(*path: str) -> Change:
    """No value at a place in the manifest."""

    def change(copy: Copy) -> None:
        with copy.manifest() as manifest:
            *others, last = path
            place: Any = manifest
            for key in others:
                place = place[key]
            del place[last]

    return change


def manifest_text(text: str) -> Change:
    """Another text of the manifest."""

    def change(copy: Copy) -> None:
        (copy.folder / layout.MANIFEST).write_text(text)

    return change


def invented_unit(copy: Copy) -> None:
    """In the manifest and in all files that name it."""
    with copy.manifest() as manifest:
        manifest["properties"][0]["unit"] = "meV/atom"
    name = "formation_energy_per_atom"
    paths = [*layout.shards(copy.folder / layout.DATA, "train")]
    paths += sorted((copy.folder / layout.PROPERTIES / name).glob("*.parquet"))
    for path in paths:
        copy.table(_with_unit, path)


def _with_unit(table: pa.Table) -> pa.Table:
    fields = [
        field.with_metadata(field.metadata | {b"unit": b"meV/atom"})
        if field.name in ("formation_energy_per_atom", "target")
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


# --------------------------------------------------------------------------------- card, timings


def card(old: str, new: str) -> Change:
    """Other words in the card."""

    def change(copy: Copy) -> None:
        path = copy.folder / layout.CARD
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    return change


def card_of(repo_id: str) -> Change:
    """A card that loads from another repository."""

    def change(copy: Copy) -> None:
        write_card(copy.folder, read_manifest(copy.folder), repo_id)

    return change


def timing(**values: Any) -> Change:
    """Other values of the first timing."""

    def change(copy: Copy) -> None:
        with copy.rows(copy.folder / layout.TIMINGS) as rows:
            rows[0] |= values

    return change


def reverse_timings(copy: Copy) -> None:
    """Timings from the last on."""
    with copy.rows(copy.folder / layout.TIMINGS) as rows:
        rows.reverse()


def no_timings(copy: Copy) -> None:
    """No timings."""
    (copy.folder / layout.TIMINGS).unlink()
