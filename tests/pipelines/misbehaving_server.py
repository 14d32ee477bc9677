"""A loopback server of one file that does what servers do on bad days."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!DOCTYPE html><html><body>Please solve this puzzle</body></html>"


@dataclass
class Site:
    """What the server has and does.

    Attributes:
        body: the file.
        script: one deed for each request, the last for all that follow; see ``Handler.deeds``.
        ranges: whether it resumes.
        etag: of the file.
        asked: headers of each request.
    """

    body: bytes
    script: list[str] = field(default_factory=lambda: ["file"])
    ranges: bool = True
    etag: str | None = '"one"'
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def deed(self) -> str:
        return self.script[min(len(self.asked), len(self.script)) - 1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server.site
        site.asked.append(dict(self.headers) | {"path": self.path})
        if self.path == "/moved":
            self.answer(302, b"", {"Location": "/file"})
            return
        word, *values = site.deed().split()
        getattr(self, f"do_{word}")(site, *values)

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_file(self, site, sent=None, announced=None):
        """The file or the rest of it; only ``sent`` bytes of it, under another length."""
        start = 0
        asked = self.headers.get("Range")
        if asked and site.ranges and self.headers.get("If-Range") == site.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        rest = site.body[start:]
        if asked and not rest:
            self.answer(416, b"", {"Content-Range": f"bytes */{len(site.body)}"})
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", announced or str(len(rest)))
        if site.etag:
            self.send_header("ETag", site.etag)
        if start:
            last = len(site.body) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(site.body)}")
        self.end_headers()
        self.wfile.write(rest[: int(sent)] if sent else rest)
        if sent:
            self.close_connection = True

    def do_status(self, _site, status, name=None, value=None):
        self.answer(int(status), b"no", {name: value} if name else {})

    def do_html(self, _site, kind="text/html"):
        self.answer(200, PAGE, {"Content-Type": kind})

    def do_sleep(self, _site, seconds):
        """Silence."""
        time.sleep(float(seconds))
        self.close_connection = True

    def do_hang(self, site, sent, seconds):
        """Begins, and falls silent."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(site.body)))
        self.send_header("ETag", site.etag)
        self.end_headers()
        self.wfile.write(site.body[: int(sent)])
        self.wfile.flush()
        time.sleep(float(seconds))
        self.close_connection = True

    def do_unsaid(self, site, sent=None, more=0):
        """The file without its length, or its rest; only ``sent`` bytes of it, or ``more``."""
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start >= len(site.body):
            self.answer(416, b"", {"Content-Range": f"bytes */{len(site.body)}"})
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(site.body) - 1}/*")
        self.send_header("ETag", site.etag)
        self.end_headers()
        rest = site.body[start:]
        self.wfile.write(rest[: int(sent)] if sent and int(sent) else rest)
        for _ in range(int(more) // 1000):
            self.wfile.write(b"m" * 1000)
        self.close_connection = True

    def do_drip(self, site, pause):
        """A byte now and then."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(site.body)))
        self.send_header("ETag", site.etag)
        self.end_headers()
        for one in site.body:
            self.wfile.write(bytes([one]))
            self.wfile.flush()
            time.sleep(float(pause))

    def do_shut(self, _site):
        """Nothing at all."""
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """The client may leave while we talk."""


@contextmanager
def serving(site):
    server = Server(("127.0.0.1", 0), Handler)
    server.site = site
    site.url = f"http://127.0.0.1:{server.server_port}/file"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
