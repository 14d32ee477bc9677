"""A small corpus in a folder, to be spoilt: its rows, its manifest, and all checksums anew."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from crystext.choices import SPLITS
from crystext.corpus import layout
from crystext.corpus.card import write_card
from crystext.corpus.manifest import content_digest, digest, read_manifest
from crystext.errors import CrystextError
from crystext.files import sha256, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Copy:
    """A corpus in a folder, and ways to change it."""

    folder: Path

    def shard(self, index: int = 0, *folders: str, split: str = "train") -> Path:
        """A shard of the rows, or of another folder."""
        return layout.shards(self.folder.joinpath(*(folders or (layout.DATA,))), split)[index]

    @contextmanager
    def rows(self, path: Path | None = None) -> Iterator[list[dict[str, Any]]]:
        """The rows of a file, written back as they are then."""
        path = path or self.shard()
        table = pq.read_table(path)
        rows = table.to_pylist()
        yield rows
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)

    @contextmanager
    def manifest(self) -> Iterator[dict[str, Any]]:
        """The manifest, written back as it is then."""
        path = self.folder / layout.MANIFEST
        manifest = json.loads(path.read_text(encoding="utf-8"))
        yield manifest
        write_json(path, manifest)

    def table(self, change: Callable[[pa.Table], pa.Table], path: Path | None = None) -> None:
        """Another table in place of that of a file."""
        path = path or self.shard()
        pq.write_table(change(pq.read_table(path)), path)

    def differs(self, other: Path) -> bool:
        """Whether it says anything else than the corpus in another folder.

        A file that was written again with the same rows has another size, and says the same.
        """
        names = [
            sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
            for folder in (self.folder, other)
        ]
        if names[0] != names[1]:
            return True
        return any(_other(self.folder / name, other / name) for name in names[0])

    def recompute(self, *, card: bool = True) -> None:
        """Sizes, hashes, counts, digests and the card, as far as the files can be read."""
        try:
            read_manifest(self.folder)
        except CrystextError:
            return
        with self.manifest() as manifest:
            for file in manifest["files"]:
                path = self.folder / file["path"]
                if path.is_file():
                    file["bytes"], file["sha256"] = path.stat().st_size, sha256(path)
                    file["rows"] = _n_rows(path, file["rows"])
            _recount(self, manifest)
            manifest["settings_digest"] = digest(manifest["settings"])
            manifest["content_digest"] = content_digest(manifest["files"])
        if not card:
            return
        try:
            write_card(self.folder, read_manifest(self.folder))
        except (CrystextError, OSError, ValueError, LookupError, TypeError, pa.ArrowException):
            return  # whoever damages files gets no card of them either


def _other(path: Path, was: Path) -> bool:
    held, before = path.read_bytes(), was.read_bytes()
    if held == before or len(held) == len(before) or path.suffix != ".parquet":
        return held != before
    try:
        tables = [pq.read_table(one) for one in (path, was)]
        tables[0].validate(full=True)
    except (OSError, pa.ArrowException):
        return True
    schemas = tables[0].schema.equals(tables[1].schema, check_metadata=True)
    return not schemas or str(tables[0].to_pylist()) != str(tables[1].to_pylist())


def _n_rows(path: Path, told: int) -> int:
    try:
        return pq.read_metadata(path).num_rows
    except (OSError, pa.ArrowException):
        return told


def _recount(copy: Copy, manifest: dict[str, Any]) -> None:
    counts = manifest["counts"]
    for name, folder in (("rows", layout.DATA), ("failures", layout.FAILURES)):
        files = [file for file in manifest["files"] if file["path"].startswith(f"{folder}/")]
        counts[name] = sum(file["rows"] for file in files)
    counts["inputs"] = counts["rows"] + counts["failures"]
    for name, split in manifest["splits"].items():
        for part in SPLITS:
            start = f"{layout.PROPERTIES}/{name}/{part}-"
            files = [file for file in manifest["files"] if file["path"].startswith(start)]
            split["counts"][part] = sum(file["rows"] for file in files)
    try:
        paths = layout.shards(copy.folder / layout.DATA, "train")
        tables = [pq.read_table(path, columns=["notes"]) for path in paths]
        counts["noted"] = sum(bool(one) for t in tables for one in t["notes"].to_pylist())
        codes = pq.read_table(copy.shard(0, layout.FAILURES))["code"].to_pylist()
        counts["failures_by_code"] = {code: codes.count(code) for code in sorted(set(codes))}
    except (OSError, LookupError, UnicodeError, pa.ArrowException):
        return
