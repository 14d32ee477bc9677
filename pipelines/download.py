"""Fetches one file into the user's cache: resumed, verified, never half-written.

Attempts (:mod:`crystext.pipelines.transfer`) go on where the last one was cut. Only what has the
expected size, hash and first bytes is renamed to its name. Web pages are refused, whatever their
status. A file in the cache that is damaged is dropped and fetched again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crystext.errors import (
    CannotWriteError,
    DownloadFailedError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
)
from crystext.pipelines.cache import cache_written, is_as_fetched, note_hash, verify
from crystext.pipelines.file_lock import file_lock
from crystext.pipelines.patience import Patience, TransientError
from crystext.pipelines.transfer import CHUNK, Transfer

if TYPE_CHECKING:
    from pathlib import Path

RETRIES = 5
TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as cut."""
_PROGRESS = CHUNK
"""Bytes that an attempt must win for it not to count as failed like the one before."""
_log = logging.getLogger(__name__)


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    expected_type: str | None = None,
    retries: int = RETRIES,
    timeout: float = TIMEOUT,
    backoff: float = 1.0,
) -> Path:
    """Fetches a file unless it is there already.

    Two processes that want the same file take turns, and the second finds it. Where no hash is
    known beforehand, that of what was fetched is kept beside the file.

    Args:
        url: ``http`` or ``https``; redirects are followed.
        target: where the file will stand; its folder is made.
        sha256: hash to check, hexadecimal; ``None`` where it is not known.
        size: size to check, bytes; ``None`` where it is not known. No more is ever written.
        expected_type: ``zip``, ``gz`` or ``json``.
        retries: failed attempts in a row, with hardly a byte won or too slow, after which to give
            up.
        timeout: seconds to wait for the connection and for each next byte, and over which at least
            :data:`crystext.pipelines.transfer.SLOWEST` bytes a second must come.
        backoff: seconds before the first retry; they double, with jitter. A ``Retry-After`` of
            the server wins.

    Returns:
        ``target``.

    Raises:
        DownloadFailedError: the server refuses, or does not answer in spite of retries.
        HtmlInsteadOfDataError: the server sends a web page.
        WrongSizeError: the file has another size.
        WrongHashError: the file has another hash or type.
        CannotWriteError: the cache cannot be written.
    """
    known = {"sha256": sha256, "size": size, "expected_type": expected_type}
    with cache_written(target, f", or fetch {url} yourself and pass --from-file"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with file_lock(target.with_name(target.name + ".lock")):
            if not _is_good(target, known):
                patience = Patience(retries=retries, backoff=backoff)
                _fetch(Transfer(url, target, known, timeout), patience)
                if sha256 is None:
                    note_hash(target)
    return target


def _is_good(target: Path, known: dict[str, Any]) -> bool:
    """Whether the file is in the cache; one that is damaged is dropped."""
    if not target.is_file():
        if target.is_dir():
            raise CannotWriteError(
                f"{target} is a folder where a downloaded file should stand; remove it"
            )
        return False
    try:
        verify(target, **known)
        if known["sha256"] is None:
            is_as_fetched(target)
    except (WrongHashError, WrongSizeError, HtmlInsteadOfDataError) as error:
        _log.warning("the cached file %s is dropped and fetched again: %s", target, error)
        target.unlink()
        return False
    return True


def _fetch(task: Transfer, patience: Patience) -> None:
    resumed = _attempts(task, patience)
    try:
        _verify_or_discard(task)
    except WrongHashError:
        if not resumed:
            raise
        _attempts(task, patience)  # the halves did not fit: once more from the start
        _verify_or_discard(task)
    task.part.replace(task.target)
    task.state.unlink(missing_ok=True)


def _verify_or_discard(task: Transfer) -> None:
    try:
        verify(task.part, **task.known)
    except (WrongHashError, WrongSizeError, HtmlInsteadOfDataError):
        task.discard()
        raise


def _attempts(task: Transfer, patience: Patience) -> bool:
    """Runs until the body is complete; whether any part of it was resumed."""
    resumed = False

    def attempt() -> None:
        nonlocal resumed
        before = task.have()
        try:
            resumed |= task.fetch()
        except TransientError as problem:
            problem.won = task.have() - before >= _PROGRESS and not problem.slow
            if problem.wait is not None:
                problem.wait = min(problem.wait, patience.longest_wait)
            raise

    patience.ask(
        task.url,
        attempt,
        host=urlsplit(task.url).hostname or task.url,
        error=DownloadFailedError,
        by_hand=", or download it in a browser and pass --from-file",
    )
    return resumed
