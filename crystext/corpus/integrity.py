"""Whether a folder holds the finished corpus that its manifest describes, byte for byte."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus import layout
from crystext.corpus.manifest import Manifest, read_manifest
from crystext.errors import BadCorpusError, UnfinishedCorpusError, first_line
from crystext.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Around reading Parquet files: damage is told in one line that names the place.

    Raises:
        BadCorpusError: a file cannot be read, or lacks a column.
    """
    try:
        yield
    except (OSError, KeyError, UnicodeDecodeError, pa.ArrowException) as error:
        raise BadCorpusError(
            f"{path} cannot be read ({first_line(error)}); get or build the corpus again"
        ) from error


def check_files(folder: Path) -> Manifest:
    """The manifest of a corpus, once every file has proved to be the one that it lists.

    Raises:
        NoCorpusError: the folder is missing, or holds no corpus.
        UnfinishedCorpusError: a build in it has not ended.
        BadCorpusError: the manifest is damaged, a file is missing, was changed or is not listed,
            or the counts do not add up.
    """
    manifest = read_manifest(folder)
    if (folder / layout.WORK).exists():
        msg = (
            f"{folder} holds a build that did not end; end it with: crystext build-corpus --resume"
        )
        raise UnfinishedCorpusError(msg)
    listed = {}
    for file in manifest["files"]:
        path = PurePosixPath(file["path"])
        if path.is_absolute() or ".." in path.parts:
            msg = f"{layout.MANIFEST} lists {file['path']!r}, which lies outside; build again"
            raise BadCorpusError(msg)
        listed[folder / path] = file
    for path in _shards(folder):
        if path not in listed:
            msg = f"{path} is not in {layout.MANIFEST}; remove it or build again"
            raise BadCorpusError(msg)
    for path, file in listed.items():
        _check(path, file)
    _check_counts(manifest)
    return manifest


def _shards(folder: Path) -> list[Path]:
    folders = (layout.DATA, layout.FAILURES, layout.PROPERTIES)
    return sorted(path for name in folders for path in (folder / name).rglob("*.parquet"))


def _check(path: Path, file: Mapping[str, Any]) -> None:
    """Size first, which costs nothing, then the checksum."""
    if not path.is_file():
        msg = f"{path} is listed and missing; build again"
        raise BadCorpusError(msg)
    size = path.stat().st_size
    if size != file["bytes"]:
        msg = f"{path} has {size:,} bytes instead of {file['bytes']:,}; build again"
        raise BadCorpusError(msg)
    found = sha256(path)
    if found != file["sha256"]:
        msg = f"{path} has SHA-256 {found[:16]}… instead of {file['sha256'][:16]}…; build again"
        raise BadCorpusError(msg)


def _check_counts(manifest: Mapping[str, Any]) -> None:
    """Rows in = rows out + failures, and as many as the shards hold."""
    counts = manifest["counts"]
    for name, folder in (("rows", layout.DATA), ("failures", layout.FAILURES)):
        held = sum(f["rows"] for f in manifest["files"] if f["path"].startswith(f"{folder}/"))
        if held != counts[name]:
            msg = f"the shards hold {held:,} {name} and the manifest counts {counts[name]:,}"
            raise BadCorpusError(f"{msg}; build again")
    if counts["inputs"] != counts["rows"] + counts["failures"]:
        msg = (
            f"{counts['inputs']:,} inputs are not {counts['rows']:,} rows and "
            f"{counts['failures']:,} failures; build again"
        )
        raise BadCorpusError(msg)
