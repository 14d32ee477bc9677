"""The server of the page: the standard library's, on this machine alone, with narrow limits.

It answers three addresses with files of the package, and one with a description of what was sent.
It is bound to 127.0.0.1. A request must name this machine as its host, so that no page of another
site reaches it through a name of its own (DNS rebinding), and what is sent must carry a header that
no form of another site can set. No path of a request is ever looked up on the disk.
"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from crystext.errors import UsageError
from crystext.serve.desk import BusyError
from crystext.serve.worker import Upload

if TYPE_CHECKING:
    from crystext.serve.desk import Desk

ADDRESS = "127.0.0.1"
MOST_BYTES = 5_000_000
"""The largest upload."""
MOST_CONNECTIONS = 16
SILENCE = 15.0
"""Seconds without a byte after which a connection is closed."""
ARRIVAL = 60.0
"""Seconds in which a request must have come whole, however its bytes drip."""
MARK = "X-Crystext"
"""The header that every upload carries."""
_PAGES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/serve.js": ("serve.js", "text/javascript; charset=utf-8"),
    "/serve.css": ("serve.css", "text/css; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Server(ThreadingHTTPServer):
    """Listens on this machine; a thread a connection, few at a time.

    Args:
        port: to listen on; 0 for any that is free.
        desk: describes uploads.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, port: int, desk: Desk) -> None:
        self.desk = desk
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__((ADDRESS, port), Handler)

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://{ADDRESS}:{self.server_port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """The names of this machine that a request may give, in small letters."""
        return frozenset(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answers in a thread, or hangs up where too many are open."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answers one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: socket.socket | Any, client_address: Any) -> None:
        """Nobody is told of a connection that broke: the other side has gone."""


class Handler(BaseHTTPRequestHandler):
    """One connection, which is closed after its answer."""

    server: Server
    timeout = SILENCE
    server_version, sys_version = "crystext", ""

    def setup(self) -> None:
        """Begins to count the time in which the request must come."""
        super().setup()
        self._late = threading.Timer(ARRIVAL, self._hang_up)
        self._late.daemon = True
        self._late.start()

    def finish(self) -> None:
        """Ends the connection."""
        self._late.cancel()
        super().finish()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """Answers with a file of the page."""
        if not self._is_ours():
            return
        page = _PAGES.get(urlsplit(self.path).path)
        if page is None:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here; the page is at /")
            return
        name, kind = page
        self._send(HTTPStatus.OK, _asset(name), kind)

    do_HEAD = do_GET  # noqa: N815  (the library's name)

    def do_POST(self) -> None:
        """Describes what was sent."""
        if not self._is_ours():
            return
        address = urlsplit(self.path)
        if address.path != "/describe":
            self._refuse(HTTPStatus.NOT_FOUND, "uploads go to /describe")
            return
        if MARK not in self.headers:
            self._refuse(HTTPStatus.FORBIDDEN, f"an upload needs the header {MARK}")
            return
        data = self._body()
        self._late.cancel()  # it has come; what its work may take is another limit
        if data is None:
            return
        try:
            answer = self.server.desk.answer(_upload(data, address.query))
        except UsageError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, error.message)
        except BusyError:
            words = "other uploads are in work; try again in a minute"
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, words)
        else:
            self._send_json(HTTPStatus.OK, answer)

    def _is_ours(self) -> bool:
        """Whether the request names this machine, and comes from its page or from no page."""
        host, origin = self.headers.get_all("Host") or [], self.headers.get("Origin")
        named = len(host) == 1 and host[0].strip().lower() in self.server.hosts
        own = origin is None or origin.lower() in {f"http://{one}" for one in self.server.hosts}
        if not (named and own):
            self._refuse(HTTPStatus.FORBIDDEN, f"this server answers {self.server.url} alone")
        return named and own

    def _body(self) -> bytes | None:
        """The upload, whole; ``None`` where it was refused."""
        told = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (told.isascii() and told.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "an upload must say its length")
            return None
        if len(told) > len(str(MOST_BYTES)) or int(told) > MOST_BYTES:
            limit = f"{MOST_BYTES / 1e6:g} MB"
            words = f"the upload is larger than {limit}; use crystext describe"
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words)
            return None
        data = self.rfile.read(int(told))
        if len(data) < int(told):
            self._refuse(HTTPStatus.BAD_REQUEST, "the upload was cut")
            return None
        return data

    def _refuse(self, status: HTTPStatus, words: str) -> None:
        self._send_json(status, {"code": status.phrase.lower().replace(" ", "-"), "message": words})

    def _send_json(self, status: HTTPStatus, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Says nothing: names of files are nobody's business."""


def _upload(data: bytes, query: str) -> Upload:
    """What was sent, with what the query says of it: ``name``, ``format``, ``disorder``.

    Raises:
        UsageError: the query asks for what is not known.
    """
    try:
        told = parse_qs(query, max_num_fields=8, errors="replace")
    except ValueError as error:
        raise UsageError("the address asks for too much; give name, format, disorder") from error
    given = {name: values[0] for name, values in told.items()}
    return Upload(
        data,
        name=given.get("name", "")[:255],
        format=given.get("format") or None,
        disorder=given.get("disorder", "refuse"),
    )


@cache
def _asset(name: str) -> bytes:
    return (files("crystext.serve") / "assets" / name).read_bytes()
