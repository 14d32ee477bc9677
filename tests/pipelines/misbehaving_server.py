"""A loopback server of one file that does what servers do on bad days."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests import loopback
from tests.loopback import answering

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


class Handler(loopback.Handler):
    def handle_any(self):
        site = self.fake
        site.asked.append(dict(self.headers) | {"path": self.path})
        if self.path == "/moved":
            self.reply(302, b"", {"Location": "/file"})
            return
        word, *values = site.deed().split()
        getattr(self, f"do_{word}")(site, *values)

    def do_file(self, site, sent=None, announced=None):
        """The file or the rest of it; only ``sent`` bytes of it, under another length."""
        start = 0
        asked = self.headers.get("Range")
        if asked and site.ranges and self.headers.get("If-Range") == site.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        rest = site.body[start:]
        if asked and not rest:
            self.reply(416, b"", {"Content-Range": f"bytes */{len(site.body)}"})
            return
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": announced or str(len(rest)),
        }
        if site.etag:
            headers["ETag"] = site.etag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(site.body) - 1}/{len(site.body)}"
        self.begin(206 if start else 200, headers)
        self.wfile.write(rest[: int(sent)] if sent else rest)
        if sent:
            self.close_connection = True

    def do_status(self, _site, status, name=None, value=None):
        self.reply(int(status), b"no", {name: value} if name else {})

    def do_html(self, _site, kind="text/html"):
        self.reply(200, PAGE, {"Content-Type": kind})

    def do_sleep(self, _site, seconds):
        """Silence."""
        time.sleep(float(seconds))
        self.close_connection = True

    def do_hang(self, site, sent, seconds):
        """Begins, and falls silent."""
        self.begin(200, {"Content-Length": str(len(site.body)), "ETag": site.etag})
        self.wfile.write(site.body[: int(sent)])
        self.wfile.flush()
        time.sleep(float(seconds))
        self.close_connection = True

    def do_unsaid(self, site, sent=None, more=0):
        """The file without its length, or its rest; only ``sent`` bytes of it, or ``more``."""
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start >= len(site.body):
            self.reply(416, b"", {"Content-Range": f"bytes */{len(site.body)}"})
            return
        where = {"Content-Range": f"bytes {start}-{len(site.body) - 1}/*"} if start else {}
        self.begin(206 if start else 200, where | {"ETag": site.etag})
        rest = site.body[start:]
        self.wfile.write(rest[: int(sent)] if sent and int(sent) else rest)
        for _ in range(int(more) // 1000):
            self.wfile.write(b"m" * 1000)
        self.close_connection = True

    def do_drip(self, site, pause):
        """A byte now and then."""
        self.begin(200, {"Content-Length": str(len(site.body)), "ETag": site.etag})
        for one in site.body:
            self.wfile.write(bytes([one]))
            self.wfile.flush()
            time.sleep(float(pause))

    def do_shut(self, _site):
        """Nothing at all."""
        self.close_connection = True


@contextmanager
def serving(site):
    with answering(Handler, site) as address:
        site.url = f"{address}/file"
        yield site
