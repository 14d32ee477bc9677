"""A loopback server that speaks what mp-api's client asks, and misbehaves on request."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests import loopback
from tests.loopback import answering

KIND = {"Content-Type": "application/json"}
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


class Handler(loopback.Handler):
    def handle_any(self):
        api = self.fake
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
            self.reply(200, b"<html>down for maintenance</html>", KIND)
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
        self.reply(status, json.dumps(data).encode(), KIND)


@contextmanager
def serving(api):
    with answering(Handler, api) as address:
        api.endpoint = f"{address}/"
        yield api
