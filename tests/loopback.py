"""A server on the loopback, in a thread of this process: what all fakes of servers stand on."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Finds what the fake knows and does as ``self.fake``."""

    protocol_version = "HTTP/1.1"

    @property
    def fake(self):
        return self.server.fake

    def log_message(self, *_):
        """Standard error stays the tests' own."""

    def handle_any(self):
        raise NotImplementedError

    def _do(self):
        self.handle_any()

    do_GET = do_HEAD = do_POST = do_PUT = _do  # noqa: N815

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, content, headers=()):
        self.begin(status, {"Content-Length": str(len(content)), **dict(headers)})
        if self.command != "HEAD":
            self.wfile.write(content)

    def begin(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """The client may leave while we talk."""


@contextmanager
def answering(handler, fake):
    """The address under which a handler answers for a fake until the block ends."""
    server = Server(("127.0.0.1", 0), handler)
    server.fake = fake
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
