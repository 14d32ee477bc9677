"""One attempt to fetch a file: a request, and its body onto the end of ``NAME.part``.

The part survives a cut and is taken up again with a ``Range`` request; the server's ``ETag`` beside
it makes sure that both halves are of one file. An attempt is over when the body is whole, when it
is cut or too slow (:class:`TransientError`), or when it is not the file.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    DownloadFailedError,
    HtmlInsteadOfDataError,
    WrongHashError,
    WrongSizeError,
    first_line,
)
from crystext.pipelines.cache import HEAD, check_head, verify
from crystext.pipelines.patience import (
    CONNECT,
    TRANSIENT,
    TransientError,
    nobody_there,
    retry_after,
)
from crystext.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

USER_AGENT = f"crystext/{__version__}"
"""How we name ourselves to servers."""
SLOWEST = 1024
"""Bytes a second below which a server is given up."""
CHUNK = 1 << 14
"""The most bytes of one read."""


@dataclass
class Transfer:
    """One download: where from, where to, and what is known of the file.

    Attributes:
        url: ``http`` or ``https``.
        target: where the file will stand.
        known: ``sha256``, ``size`` and ``expected_type``, as
            :func:`crystext.pipelines.cache.verify` takes them.
        timeout: seconds to wait for the connection and for each next byte, and over which the
            speed is measured.
    """

    url: str
    target: Path
    known: dict[str, Any]
    timeout: float

    @property
    def part(self) -> Path:
        """What has come so far."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def state(self) -> Path:
        """Where the part came from."""
        return self.target.with_name(self.target.name + ".part.json")

    def have(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.is_file() else 0

    def discard(self) -> None:
        """Starts anew."""
        self.part.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)

    def fetch(self) -> bool:
        """One attempt; whether it took up an earlier part. Returns when the body is complete.

        Raises:
            TransientError: try again.
            DownloadFailedError: the server refuses.
            HtmlInsteadOfDataError: it sends a web page.
            WrongSizeError: it sends another number of bytes.
            WrongHashError: it sends a file of another type.
            OSError: the part cannot be written.
        """
        import requests
        import urllib3

        headers = {"Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        if self.have() and (validator := self._validator()):
            headers |= {"Range": f"bytes={self.have()}-", "If-Range": validator}
        else:
            self.discard()
        try:
            with requests.get(
                self.url,
                headers=headers,
                stream=True,
                timeout=(min(CONNECT, self.timeout), self.timeout),
            ) as response:
                return self._receive(response)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise TransientError(first_line(error), nobody=nobody_there(error)) from error
        except requests.RequestException as error:
            message = f"{self.url} cannot be fetched ({first_line(error)})"
            raise DownloadFailedError(f"{message}; check the address and the network") from error
        except (HtmlInsteadOfDataError, WrongHashError, WrongSizeError):
            self.discard()
            raise

    def _validator(self) -> str | None:
        """The ``ETag`` or date under which the part began; ``None`` where it cannot be resumed."""
        try:
            state = json.loads(self.state.read_text(encoding="utf-8"))
            return state["validator"] if state["url"] == self.url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _receive(self, response: requests.Response) -> bool:
        offset = self.have()
        if response.status_code == 416:  # the part is longer than the file, or complete
            whole = response.headers.get("Content-Range", "").rpartition("/")[2]
            if whole == str(offset):
                return True
            self.discard()
            raise TransientError("416: the part does not fit the file", wait=0.0)
        _check_status(response, self.url)
        resumes = response.status_code == 206
        if resumes and _start(response) != offset:
            self.discard()
            raise TransientError("the server resumed at another place", wait=0.0)
        if not resumes:
            self.discard()
            offset = 0
        if "html" in response.headers.get("Content-Type", "").lower():
            message = f"{self.url} answers with a web page, not data"
            remedy = "download it in a browser and pass --from-file"
            raise HtmlInsteadOfDataError(f"{message}; {remedy}")
        total = _total(response, offset)
        size: int | None = self.known["size"]
        if size is not None and total is not None and total != size:
            message = f"{self.url} has {total} bytes where {size} are expected"
            raise WrongSizeError(f"{message}; the database may have changed: see crystext sources")
        validator = response.headers.get("ETag", response.headers.get("Last-Modified"))
        state = {"url": self.url, "validator": validator}
        self.state.write_text(json.dumps(state), encoding="utf-8")
        self._write(response, offset, total if size is None else size)
        if total is not None and self.have() < total:
            raise TransientError(f"cut after {self.have()} of {total} bytes")
        if total is None and "chunked" not in response.headers.get("Transfer-Encoding", ""):
            self._check_end()
        return resumes

    def _write(self, response: requests.Response, offset: int, most: int | None) -> None:
        from tqdm import tqdm

        head = b"" if offset == 0 else None
        with (
            self.part.open("ab") as file,
            tqdm(
                desc=self.target.name,
                initial=offset,
                total=most,
                unit="B",
                unit_scale=True,
                leave=False,
                disable=None,  # but on a terminal
            ) as bar,
        ):
            for piece in _pieces(response, self.timeout):
                if most is not None and file.tell() + len(piece) > most:
                    message = f"{self.url} sends more than the {most} bytes that are expected"
                    remedy = "the database may have changed: see crystext sources"
                    raise WrongSizeError(f"{message}; {remedy}")
                file.write(piece)
                if head is not None and len(head := head + piece) >= HEAD:
                    check_head(head[:HEAD], self.url, self.known["expected_type"])
                    head = None
                bar.update(len(piece))
            file.flush()
            os.fsync(file.fileno())

    def _check_end(self) -> None:
        """Takes a body that ended without having said its length as cut if it is not the file."""
        have, size = self.have(), self.known["size"]
        if size is not None and have < size:
            raise TransientError(f"cut after {have} of {size} bytes")
        try:
            verify(self.part, **self.known)
        except WrongHashError as error:
            raise TransientError(f"ended after {have} bytes, of a length not told") from error


def _pieces(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """What comes, as soon as it comes.

    Raises:
        TransientError: over so many seconds fewer bytes came than ``SLOWEST`` allows.
    """
    since, came = time.monotonic(), 0
    while piece := response.raw.read1(CHUNK, decode_content=True):
        yield piece
        came += len(piece)
        passed = time.monotonic() - since
        if passed >= seconds:
            if came < SLOWEST * passed:
                reason = f"{came / passed:,.0f} bytes/s, fewer than {SLOWEST:,}"
                raise TransientError(reason, slow=True)
            since, came = time.monotonic(), 0


def _total(response: requests.Response, offset: int) -> int | None:
    """Bytes of the whole file, where the server tells; a packed body's length is not the file's."""
    length = response.headers.get("Content-Length", "")
    packed = response.headers.get("Content-Encoding", "identity").lower() != "identity"
    return offset + int(length) if length.isdecimal() and not packed else None


def _check_status(response: requests.Response, url: str) -> None:
    status = response.status_code
    if status in {200, 206}:
        return
    reason = f"{status} {response.reason or ''}".strip()
    if status in TRANSIENT:
        raise TransientError(reason, retry_after(response.headers.get("Retry-After")))
    message = f"{url} answers {reason}"
    raise DownloadFailedError(f"{message}; download it in a browser and pass --from-file")


def _start(response: requests.Response) -> int | None:
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.strip().isdecimal() else None
