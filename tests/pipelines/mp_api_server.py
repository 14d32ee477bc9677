"""A loopback server that speaks what mp-api's client asks, and misbehaves on request."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Api:
    """What the server knows and does.

    Attributes:
        summaries: documents by id.
        descriptions: documents by id.
        troubles: path: what to do with its next requests instead of answering.
        asked: path and parameters of each request.
    """

    summaries: dict[str, dict]
    descriptions: dict[str, dict]
    troubles: dict[str, list] = field(default_factory=dict)
    asked: list[tuple[str, dict]] = field(default_factory=list)
    endpoint: str = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        api = self.server.api
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path.strip("/")
        api.asked.append((path, asked))
        if troubles := api.troubles.get(path):
            self.trouble(troubles.pop(0))
        elif path == "heartbeat":
            beat = {"db_version": "2026.11.01", "version": "0.90.0"}
            self.answer(200, beat | {"access_controlled_batch_ids": []})
        elif self.headers.get("x-api-key") != KEY:
            self.answer(401, {"detail": "No API key found"})
        elif path == "materials/summary":
            self.documents(api.summaries, asked)
        elif path == "materials/robocrys":
            self.documents(api.descriptions, asked)
        else:
            self.answer(404, {"detail": f"no {path}"})

    def trouble(self, what):
        if what == "cut":
            self.close_connection = True
        elif what == "garbage":
            self.raw(200, b"<html>down for maintenance</html>")
        else:
            self.answer(what, {"detail": "not now"})

    def documents(self, known, asked):
        """Those that match, the page that is asked for, the fields that are asked for."""
        ids = asked.get("material_ids", "").split(",") if "material_ids" in asked else list(known)
        elements = set(filter(None, asked.get("elements", "").split(",")))
        found = [
            known[one]
            for one in ids
            if one in known and elements <= set(known[one].get("elements", elements))
        ]
        start, count = int(asked.get("_skip", 0)), int(asked.get("_limit", 100))
        fields = asked.get("_fields", "").split(",")
        page = [
            {name: one[name] for name in fields if name in one}
            for one in found[start : start + count]
        ]
        self.answer(200, {"data": page, "meta": {"total_doc": len(found)}})

    def answer(self, status, data):
        self.raw(status, json.dumps(data).encode())

    def raw(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(api):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.api = api
    api.endpoint = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
