"""Files in the user's cache: how they are written, and the checks that downloads must pass."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crystext.cache_folder import CACHE_VARIABLE
from crystext.errors import (
    CannotWriteError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
    first_line,
    shown,
)
from crystext.files import sha256 as sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = {"zip": (b"PK\x03\x04", b"PK\x05\x06"), "gz": (b"\x1f\x8b",), "json": (b"[", b"{")}
"""The first bytes of each type, after white space."""
HEAD = 512
"""Bytes that are looked at."""


@contextmanager
def cache_written(path: Path, besides: str = "") -> Iterator[None]:
    """Turns what the system says about a failed write into the cache into one line.

    Args:
        path: what is written, where the system names no file.
        besides: what else the message tells to do, from a comma on.

    Raises:
        CannotWriteError: with the reason.
    """
    try:
        yield
    except OSError as error:
        raise CannotWriteError(
            f"{error.filename or path} in the cache cannot be written ({error.strerror or error}); "
            f"mend it, or name another folder with {CACHE_VARIABLE}{besides}"
        ) from error


def verify(
    path: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    expected_type: str | None = None,
) -> Path:
    """Checks a file against what is known of it; checks are left out where nothing is.

    Args:
        path: the file.
        sha256: its hash, hexadecimal.
        size: its size in bytes.
        expected_type: ``zip``, ``gz`` or ``json``, told by the first bytes.

    Raises:
        HtmlInsteadOfDataError: it is a web page.
        WrongSizeError: it has another size.
        WrongHashError: it has another hash, is of another type, or no whole zip.
    """
    with path.open("rb") as file:
        check_head(file.read(HEAD), f"the file {shown(path.name)}", expected_type)
    found = path.stat().st_size
    if size is not None and found != size:
        message = f"{shown(path.name)} has {found} bytes where {size} are expected"
        raise WrongSizeError(f"{message}; fetch it again, it may be cut off or of another version")
    if sha256 is not None and (digest := sha256_of(path)) != sha256.lower():
        message = f"{shown(path.name)} has the SHA-256 {digest}, not {sha256.lower()}"
        raise WrongHashError(f"{message}; fetch the version in the registry (crystext sources)")
    if expected_type == "zip":
        _check_zip(path, unpack=False)
    return path


def note_hash(path: Path) -> None:
    """Keeps the hash of a file beside it, as ``sha256sum`` writes it."""
    _noted(path).write_text(f"{sha256_of(path)}  {path.name}\n", encoding="utf-8")


def is_as_fetched(path: Path) -> None:
    """Compares a cached file with its noted hash; a zip without one is unpacked once, and noted.

    Raises:
        WrongHashError: it is damaged.
    """
    try:
        noted = _noted(path).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        noted = []
    if noted:
        if (digest := sha256_of(path)) != noted[0]:
            message = f"{shown(path.name)} has the SHA-256 {digest}, not {shown(noted[0])}"
            raise WrongHashError(f"{message} as when it was fetched; fetch it again")
        return
    if path.suffix == ".zip":
        _check_zip(path, unpack=True)
    note_hash(path)


def _noted(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _check_zip(path: Path, *, unpack: bool) -> None:
    """Refuses what has no list of members at its end, or is damaged where it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip() if unpack else None
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        message = f"{shown(path.name)} is no whole zip ({first_line(error)})"
        raise WrongHashError(f"{message}; fetch it again") from error
    if bad is not None:
        raise WrongHashError(f"{shown(path.name)} is damaged at {shown(bad)}; fetch it again")


def check_head(head: bytes, what: str, expected_type: str | None) -> None:
    """Refuses what the first bytes show to be a web page, or of another type.

    Args:
        head: the first bytes.
        what: the file, for messages.
        expected_type: ``zip``, ``gz``, ``json`` or ``None`` for any.

    Raises:
        HtmlInsteadOfDataError: a web page.
        WrongHashError: another type.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<script", b"<!--")):
        message = f"{what} is a web page, not data"
        raise HtmlInsteadOfDataError(f"{message}; download it in a browser and pass --from-file")
    if expected_type and not start.startswith(tuple(m.lower() for m in MAGIC[expected_type])):
        message = f"{what} starts with {shown(head[:8])}, which is no {expected_type} file"
        raise WrongHashError(f"{message}; download it in a browser and pass --from-file")
