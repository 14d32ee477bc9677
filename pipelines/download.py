"""Fetches one file into the user's cache: resumed, verified, never half-written.

Bytes go to ``NAME.part``, which survives a cut and is taken up again with a ``Range`` request; the
server's ``ETag`` beside it makes sure that both halves are of one file. Only what has the expected
size, hash and first bytes is renamed to its name. Web pages are refused, whatever their status.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    DownloadFailedError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
    first_line,
)
from crystext.pipelines.cache import HEAD, check_head, verify
from crystext.pipelines.file_lock import file_lock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    import requests

# 202 without a body is how figshare's guard asks a client to wait
TRANSIENT = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
RETRIES = 5
TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as cut."""
_LONGEST_WAIT = 300.0
_CHUNK = 1 << 14
"""Bytes a read; a cut loses at most so many."""
_ENOUGH = 16
"""Bytes that tell a type; a shorter first piece is looked at in the end."""


class _TransientError(Exception):
    """The attempt failed in a way that may pass."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


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

    Two processes that want the same file take turns, and the second finds it.

    Args:
        url: ``http`` or ``https``; redirects are followed.
        target: where the file will stand; its folder is made.
        sha256: hash to check, hexadecimal; ``None`` where it is not known.
        size: size to check, bytes; ``None`` where it is not known.
        expected_type: ``zip``, ``gz`` or ``json``.
        retries: failed attempts in a row, without a byte won, after which to give up.
        timeout: seconds to wait for the connection and for each next byte.
        backoff: seconds before the first retry; they double, with jitter. A ``Retry-After`` of
            the server wins.

    Returns:
        ``target``.

    Raises:
        DownloadFailedError: the server refuses, or does not answer in spite of retries.
        HtmlInsteadOfDataError: the server sends a web page.
        WrongSizeError: the file has another size.
        WrongHashError: the file has another hash or type.
        OSError: the cache cannot be written.
    """
    known = {"sha256": sha256, "size": size, "expected_type": expected_type}
    target.parent.mkdir(parents=True, exist_ok=True)
    with file_lock(target.with_name(target.name + ".lock")):
        if _is_good(target, known):
            return target
        task = _Task(url, target, size, expected_type, timeout)
        resumed = _attempts(task, retries, backoff)
        try:
            verify(task.part, **known)
        except WrongHashError:
            task.discard()
            if not resumed:
                raise
            _attempts(task, retries, backoff)  # the halves did not fit: once more from the start
            _verify_or_discard(task, known)
        except (WrongSizeError, HtmlInsteadOfDataError):
            task.discard()
            raise
        task.part.replace(target)
        task.state.unlink(missing_ok=True)
    return target


def _is_good(target: Path, known: dict[str, Any]) -> bool:
    """Whether the file is in the cache; one that does not verify is fetched again."""
    try:
        return target.is_file() and bool(verify(target, **known))
    except (WrongHashError, WrongSizeError, HtmlInsteadOfDataError):
        return False


def _verify_or_discard(task: _Task, known: dict[str, Any]) -> None:
    try:
        verify(task.part, **known)
    except (WrongHashError, WrongSizeError, HtmlInsteadOfDataError):
        task.discard()
        raise


def _attempts(task: _Task, retries: int, backoff: float) -> bool:
    """Runs until the body is complete; whether any part of it was resumed."""
    failures, resumed = 0, False
    while True:
        before = task.have()
        try:
            resumed |= task.fetch()
        except _TransientError as problem:
            failures = 1 if task.have() > before else failures + 1
            if failures > retries:
                message = f"{task.url} failed {failures} times, last with: {problem}"
                remedy = "try later, or download it in a browser and pass --from-file"
                raise DownloadFailedError(f"{message}; {remedy}") from problem
            jitter = random.uniform(0.5, 1.5)  # noqa: S311 (not for secrets)
            wait = backoff * 2 ** (failures - 1) * jitter if problem.wait is None else problem.wait
            time.sleep(min(wait, _LONGEST_WAIT))
        else:
            return resumed


@dataclass
class _Task:
    """One download: where from, where to, and what is known of it."""

    url: str
    target: Path
    size: int | None
    expected_type: str | None
    timeout: float

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")

    @property
    def state(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    def have(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)

    def validator(self) -> str | None:
        """The ``ETag`` or date under which the part began; ``None`` where it cannot be resumed."""
        try:
            state = json.loads(self.state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state.get("validator") if state.get("url") == self.url else None

    def fetch(self) -> bool:
        """One attempt; whether it took up an earlier part. Returns when the body is complete."""
        import requests

        headers = {"Accept-Encoding": "identity", "User-Agent": _user_agent()}
        if self.have() and (validator := self.validator()):
            headers |= {"Range": f"bytes={self.have()}-", "If-Range": validator}
        else:
            self.discard()
        try:
            with requests.get(
                self.url, headers=headers, stream=True, timeout=self.timeout
            ) as response:
                return self._receive(response)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise _TransientError(first_line(error)) from error
        except requests.RequestException as error:
            message = f"{self.url} cannot be fetched ({first_line(error)})"
            raise DownloadFailedError(f"{message}; check the address and the network") from error

    def _receive(self, response: requests.Response) -> bool:
        offset = self.have()
        if response.status_code == 416:  # the part is longer than the file, or complete
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(offset):
                return True
            self.discard()
            raise _TransientError("416: the part does not fit the file", wait=0.0)
        _check_status(response, self.url)
        resumes = response.status_code == 206
        if resumes and _start(response) != offset:
            self.discard()
            raise _TransientError("the server resumed at another place", wait=0.0)
        if not resumes:
            self.discard()
            offset = 0
        if "html" in response.headers.get("Content-Type", "").lower():
            message = f"{self.url} answers with a web page, not data"
            remedy = "download it in a browser and pass --from-file"
            raise HtmlInsteadOfDataError(f"{message}; {remedy}")
        length = response.headers.get("Content-Length", "")
        total = offset + int(length) if length.isdigit() else None
        if self.size is not None and total is not None and total != self.size:
            self.discard()
            message = f"{self.url} has {total} bytes where {self.size} are expected"
            raise WrongSizeError(f"{message}; the database may have changed: see crystext sources")
        validator = response.headers.get("ETag", response.headers.get("Last-Modified"))
        state = {"url": self.url, "validator": validator}
        self.state.write_text(json.dumps(state), encoding="utf-8")
        self._write(response, offset, total)
        if total is not None and self.have() < total:
            raise _TransientError(f"cut after {self.have()} of {total} bytes")
        return resumes

    def _write(self, response: requests.Response, offset: int, total: int | None) -> None:
        with self.part.open("ab") as file, _bar(self.target.name, offset, total) as bar:
            for chunk in response.iter_content(_CHUNK):
                if file.tell() == 0 and len(chunk) >= _ENOUGH:
                    check_head(chunk[:HEAD], self.url, self.expected_type)
                file.write(chunk)
                if bar is not None:
                    bar.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status in {200, 206}:
        return
    reason = f"{status} {response.reason or ''}".strip()
    if status in TRANSIENT:
        raise _TransientError(reason, _retry_after(response.headers.get("Retry-After")))
    message = f"{url} answers {reason}"
    raise DownloadFailedError(f"{message}; download it in a browser and pass --from-file")


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _start(response: requests.Response) -> int | None:
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.strip().isdigit() else None


def _bar(name: str, offset: int, total: int | None) -> AbstractContextManager:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext()
    from tqdm import tqdm

    return tqdm(desc=name, initial=offset, total=total, unit="B", unit_scale=True, leave=False)


def _user_agent() -> str:
    from crystext import __version__

    return f"crystext/{__version__}"
