"""A loopback server that speaks OPTIMADE 1.2 in a small way, and misbehaves on request."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests import loopback
from tests.loopback import answering

KIND = {"Content-Type": "application/vnd.api+json"}
GAP = {"type": "float", "unit": "eV", "description": "Band gap, PBE.\n\nMore about it."}
PROPERTIES = {
    "_exmpl_gap": GAP,
    "_exmpl_direct": {"x-optimade-type": "boolean", "description": "direct", "type": ["boolean"]},
    "_exmpl_spins": {"type": ["integer", "null"], "x-optimade-unit": "dimensionless"},
    "_exmpl_words": {"type": "string", "description": "no number"},
    "_exmpl_matrix": {"type": "list", "description": "no number"},
    "nsites": {"type": "integer", "description": "of the standard"},
    "id": {"type": "string"},
}


@dataclass
class Api:
    """What the server knows and does.

    Attributes:
        entries: the structures.
        page: structures that a page has at most.
        link: form of the next link: ``string``, ``object`` or ``relative``.
        troubles: what to do with the next requests of pages instead of answering; ``None`` answers.
        chain: ``""``, ``back`` (the last page leads to the first), ``same`` (no end, nothing new)
            or ``empty`` (no end, nothing at all).
        totals: what ``data_returned`` says on each page; by default the truth.
        version: of the API.
        info: more attributes of ``/info``.
        properties: of ``/info/structures``.
        children: of the index.
        asked: path and parameters of each request.
    """

    entries: list[dict]
    page: int = 3
    link: str = "string"
    troubles: list = field(default_factory=list)
    chain: str = ""
    totals: list[int] = field(default_factory=list)
    version: str = "1.2.0"
    info: dict = field(default_factory=dict)
    properties: dict = field(default_factory=lambda: dict(PROPERTIES))
    children: list[dict] = field(default_factory=list)
    meta: dict = field(default_factory=dict)
    asked: list[tuple[str, dict]] = field(default_factory=list)
    base: str = ""

    @property
    def pages(self) -> list[int]:
        """Offsets of the pages that were asked for."""
        return [
            int(asked.get("page_offset", 0)) for path, asked in self.asked if path == "structures"
        ]


class Handler(loopback.Handler):
    def handle_any(self):
        api = self.fake
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path.removeprefix("/v1/")
        api.asked.append((path, asked))
        if path == "info":
            self.json({"data": {"id": "/", "type": "info", "attributes": api.info}})
        elif path == "info/structures":
            self.json({"data": {"description": "structures", "properties": api.properties}})
        elif path == "links":
            self.json({"data": api.children})
        elif path == "structures":
            trouble = api.troubles.pop(0) if api.troubles else None
            if trouble is None:
                self.structures(api, asked)
            else:
                self.trouble(trouble, api, asked)
        elif path.startswith("structures/"):
            name = unquote(path.removeprefix("structures/"))
            found = [one for one in api.entries if one["id"] == name]
            self.json({"data": found[0] if found else None})
        elif re.fullmatch(r"/cod/\d+\.cif", path):
            self.cif(api, path)
        else:
            self.errors(404, "nothing here")

    def cif(self, api, path):
        text = api.info.get(path.removeprefix("/cod/"))
        self.reply(200 if text else 404, (text or "no").encode(), {"Content-Type": "text/plain"})

    def structures(self, api, asked):
        if "BAD" in asked.get("filter", ""):
            self.errors(400, "Unable to parse filter\n'BAD'.")
            return
        if int(asked.get("page_limit", 1)) > 50 and "small" in api.chain:
            self.errors(403, "Max allowed page_limit is 50, you requested 100")
            return
        self.json(self.page(api, asked))

    def page(self, api, asked):
        names = re.findall(r'id="((?:[^"\\]|\\.)*)"', asked.get("filter", ""))
        plain = {re.sub(r"\\(.)", r"\1", one) for one in names}
        found = [one for one in api.entries if not plain or one["id"] in plain]
        start = int(asked.get("page_offset", 0))
        count = min(int(asked.get("page_limit", api.page)), api.page)
        first = {"same": 0, "empty": len(found)}.get(api.chain, start)
        rows = found[first : first + count]
        following = start + count
        if following >= len(found) and api.chain in {"", "small"}:
            following = None
        elif following >= len(found) and api.chain == "back":
            following = 0
        total = api.totals.pop(0) if api.totals else len(found)
        meta = {"data_returned": total, "more_data_available": following is not None}
        return {
            "data": [self.chosen(one, asked) for one in rows],
            "links": {"next": self.next(api, asked, following)},
            "meta": meta,
        }

    def chosen(self, entry, asked):
        if "response_fields" not in asked:
            return entry
        fields = asked["response_fields"].split(",")
        attributes = {name: entry["attributes"].get(name) for name in fields if name != "id"}
        return {"id": entry["id"], "type": "structures", "attributes": attributes}

    def next(self, api, asked, offset):
        if offset is None:
            return None
        query = f"structures?{urlencode(asked | {'page_offset': offset})}"
        absolute = f"{api.base}/v1/{query}"
        forms = {"object": {"href": absolute, "meta": {}}, "relative": query}
        return forms.get(api.link, absolute)

    def trouble(self, what, api, asked):
        if what in ("cut", "unsaid"):
            whole = json.dumps(self.page(api, asked)).encode()
            self.begin(200, {"Content-Length": str(len(whole))} if what == "cut" else {})
            self.wfile.write(whole[: len(whole) // 2])
            self.close_connection = True
        elif what == "shut":
            self.close_connection = True
        elif what == "html":
            self.reply(200, b"<html>down for maintenance</html>", {"Content-Type": "text/html"})
        elif isinstance(what, dict):
            self.json(what)
        elif isinstance(what, tuple):
            status, after = what
            self.errors(status, "not now", {"Retry-After": str(after)})
        else:
            self.errors(what, "not now")

    def errors(self, status, detail, headers=()):
        body = {"errors": [{"status": str(status), "title": "Error", "detail": detail}]}
        self.reply(status, json.dumps(body).encode(), {**KIND, **dict(headers)})

    def json(self, given):
        data = dict(given)
        api = self.fake
        about = {
            "api_version": api.version,
            "provider": {"name": "Example provider", "prefix": "exmpl"},
            "implementation": {"name": "tests", "version": "0"},
        }
        told = {"meta": about | api.meta | data.pop("meta", {})} if api.version else {}
        self.reply(200, json.dumps(data | told).encode(), KIND)


@contextmanager
def serving(api):
    with answering(Handler, api) as address:
        api.base = address
        yield api
