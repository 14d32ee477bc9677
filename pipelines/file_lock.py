"""A lock between processes that ends with the process that holds it, however it ends."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from crystext.cache_folder import remedy_in_cache
from crystext.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 1.0
"""Seconds of waiting after which it says so."""
_RIGHTS = 0o666  # less the umask: whoever may write there may also lock
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
    lock = FileLock(path, mode=_RIGHTS)
    if not _acquired(lock, _PATIENCE):
        _log.warning("waiting for the process that holds %s", path)
        _acquired(lock, -1)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def try_file_lock(path: Path) -> Iterator[bool]:
    """Holds the lock if no other process does, and says whether it holds it.

    Raises:
        CannotWriteError: the file cannot be made.
    """
    lock = FileLock(path, mode=_RIGHTS)
    mine = _acquired(lock, 0)
    try:
        yield mine
    finally:
        if mine:
            lock.release()


def _acquired(lock: FileLock, timeout: float) -> bool:
    try:
        # Made here first: where nothing can be made, the library would ask again for ever
        os.close(os.open(lock.lock_file, os.O_RDWR | os.O_CREAT, _RIGHTS))
        lock.acquire(timeout)
    except Timeout:
        return False
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"the lock {lock.lock_file} cannot be opened ({reason})"
        other = remedy_in_cache(Path(lock.lock_file)) or "choose another folder"
        raise CannotWriteError(f"{message}; remove it, give rights there, or {other}") from error
    return True
