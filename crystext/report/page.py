"""The page: template, styles, scripts and data put into one file that asks nothing of the network.

A content security policy in the page allows exactly our own script and styles, named by their
hashes, and no address at all: text of a corpus can neither run nor fetch anything. The data travel
as gzip in base64, which holds no character that HTML could read as markup.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import os
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.report.payload import payload

if TYPE_CHECKING:
    from crystext.corpus.reader import Corpus

SCRIPTS = (
    "dom.js", "inflate.js", "elements.js", "state.js", "charts.js", "tables.js", "overview.js",
    "browser.js", "detail.js", "crystal.js", "main.js",
)  # fmt: skip
"""In the order in which they use one another."""


def write_report(corpus: Corpus, path: str | os.PathLike) -> int:
    """Writes the report of a corpus, at once or not at all.

    Args:
        corpus: an opened corpus.
        path: the HTML file to write.

    Returns:
        The size of the page in bytes.

    Raises:
        OSError: the file cannot be written.
    """
    page = render(payload(corpus)).encode()
    target = Path(path)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(page)
        part.chmod(0o666 & ~_umask())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return len(page)


def render(data: dict[str, Any]) -> str:
    """The page that shows a payload.

    Args:
        data: see :func:`crystext.report.payload.payload`.
    """
    style = _asset("style.css")
    script = "(() => {\n'use strict';\n" + "\n".join(map(_asset, SCRIPTS)) + "})();"
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(f"{data['meta']['name']} · crystext report"),
        "style": style,
        "payload": packed(data),
        "script": script,
    }
    page = []
    rest = _asset("page.html")
    while rest:  # one pass, so that what is filled in is never searched for further places
        before, mark, rest = rest.partition("{")
        page.append(before)
        if mark:
            name, _, rest = rest.partition("}")
            page.append(parts[name])
    return "".join(page)


def packed(data: dict[str, Any]) -> str:
    """The payload as JSON, gzip and base64; the same bytes for the same data."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def _asset(name: str) -> str:
    return (files("crystext.report") / "assets" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
