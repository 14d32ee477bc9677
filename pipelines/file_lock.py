"""A lock between processes that ends with the process that holds it, however it ends."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from crystext.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL = 0.1
_PATIENCE = 1.0
"""Seconds of waiting after which it says so."""
_log = logging.getLogger(__name__)


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock, then holds it. A long wait is said once.

    The operating system keeps it, so a killed process leaves no stale lock; the empty file stays.

    Args:
        path: the lock's own file, made where it is missing.

    Raises:
        CannotWriteError: the file cannot be made.
    """
    with _opened(path) as file:
        started, said = time.monotonic(), False
        while not _try_lock(file):
            if not said and time.monotonic() - started >= _PATIENCE:
                said = True
                _log.warning("waiting for the process that holds %s", path)
            time.sleep(_POLL)
        try:
            yield
        finally:
            _unlock(file)


@contextmanager
def try_file_lock(path: Path) -> Iterator[bool]:
    """Holds the lock if no other process does, and says whether it holds it.

    Raises:
        CannotWriteError: the file cannot be made.
    """
    with _opened(path) as file:
        mine = _try_lock(file)
        try:
            yield mine
        finally:
            if mine:
                _unlock(file)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("ab")
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"the lock {path} cannot be opened ({reason})"
        raise CannotWriteError(
            f"{message}; remove it, give rights there, or choose another folder"
        ) from error


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
