"""Files that are written whole or not at all, and their hashes.

What is written goes into a file beside the final one, is flushed to the disk and then renamed, so
that a reader, or the next run after a crash, finds the old file or the new one and nothing between.
The final file gets the rights that the user's umask gives to any new file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.cache_folder import remedy_in_cache
from crystext.errors import CannotWriteError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

ASIDE = ".tmp"
"""How the names of files end that are not finished."""
_LEFT_BEHIND = 3600  # s: so old, an unfinished file is of a process that was killed
_AGAIN = "run the same command again, or choose another --out"


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes ``path`` when the block ends without an error.

    Two processes may write the same file at a time; the later one wins. What killed processes left
    of the same file an hour ago or earlier is removed.

    Args:
        path: of the final file; its folder exists.

    Yields:
        The path of an empty file in the same folder.

    Raises:
        CannotWriteError: a device, a pipe or a socket stands there, which must not be replaced.
        OSError: the file cannot be written; the old one, if there is one, is as it was.
    """
    if special(path):
        raise CannotWriteError(f"{path} is {special(path)}, not a file; name a new file")
    _remove_left_behind(path)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{ASIDE}")
    aside.touch(exist_ok=False)
    rights = stat.S_IMODE(aside.stat().st_mode)  # by the umask, whatever a library gives its files
    try:
        yield aside
        aside.chmod(rights)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        if isinstance(error, OSError) and error.errno and not error.filename:
            error.filename = str(path)  # the system names no file when a disk is full
        raise
    sync_folder(path.parent)


def special(path: Path) -> str | None:
    """What stands at a path that is neither file nor folder, in words; ``None`` for these."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return None
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((words for is_kind, words in kinds if is_kind(mode)), None)


def check_folder(folder: Path) -> None:
    """Refuses a folder that cannot be made or written, before any work is done for it.

    A folder is made beside it and removed again: rights alone do not tell, as of ``/proc``.

    Args:
        folder: to be made, or there already.

    Raises:
        CannotWriteError: it cannot, with the reason.
    """
    if folder.exists() and not folder.is_dir():
        what = special(folder) or "a file"
        raise CannotWriteError(f"{folder} is {what}, no folder; choose another --out")
    try:
        if folder.exists() and any(folder.iterdir()):
            return  # a finished work may be read again from where nothing can be written
    except OSError:
        pass  # the probe says why
    _probe(folder, folder)


def check_file(path: Path) -> None:
    """Refuses a file that cannot be written, before any work is done for it.

    Args:
        path: of the file, new or there already; its folder must be there.

    Raises:
        CannotWriteError: it cannot, with the reason.
    """
    if path.is_dir() or special(path):
        what = special(path) or "a folder"
        raise CannotWriteError(f"{path} is {what}, not a file; choose another --out")
    if not path.parent.is_dir():
        raise CannotWriteError(
            f"{shown(str(path.parent))} is no folder; make it first, or choose another --out"
        )
    _probe(path.parent, path)


def _probe(near: Path, wanted: Path) -> None:
    """Makes a folder in the nearest folder that is there, and removes it."""
    try:
        above = next(one for one in (near.absolute(), *near.absolute().parents) if one.exists())
        os.rmdir(tempfile.mkdtemp(prefix=".crystext", suffix=ASIDE, dir=above))  # noqa: PTH106
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotWriteError(
            f"{wanted} cannot be written ({reason}); make room or give rights there, or choose "
            "another --out"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with written_aside(path) as aside:
        aside.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Writes text as UTF-8, with the line ends that it has, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; ``None`` if there is no file, or none that holds an object."""
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


@contextmanager
def writing(path: Path, remedy: str = _AGAIN) -> Iterator[None]:
    """Turns what the system says about a failed write into one clear line.

    Args:
        path: what is written, where the system names no file.
        remedy: what to do once there is room; in the cache that is told otherwise.

    Raises:
        CannotWriteError: no space, no permission, or a read-only file system.
    """
    try:
        yield
    except OSError as error:
        if other := remedy_in_cache(path):
            remedy = f"run the same command again, or {other}"
        raise CannotWriteError(
            f"{error.filename or path} cannot be written ({error.strerror or error}); make room or "
            f"give rights there and {remedy}"
        ) from error


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, 64 hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder last through a loss of power, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_left_behind(path: Path) -> None:
    start = f".{path.name}."
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if entry.name.startswith(start) and entry.name.endswith(ASIDE):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat().st_mtime > _LEFT_BEHIND:
                        Path(entry.path).unlink()
