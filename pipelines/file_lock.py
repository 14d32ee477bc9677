"""A lock between processes that ends with the process that holds it, however it ends."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL = 0.1


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock, then holds it.

    The operating system keeps it, so a killed process leaves no stale lock; the empty file stays.

    Args:
        path: the lock's own file, made where it is missing.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("ab") as file:
        while not _try_lock(file):
            time.sleep(_POLL)
        try:
            yield
        finally:
            _unlock(file)


@contextmanager
def try_file_lock(path: Path) -> Iterator[bool]:
    """Holds the lock if no other process does, and says whether it holds it.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("ab") as file:
        mine = _try_lock(file)
        try:
            yield mine
        finally:
            if mine:
                _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
