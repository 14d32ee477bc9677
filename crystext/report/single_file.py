"""A page in one file that asks nothing of the network: template, styles, scripts and data.

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
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def single_file(
    template: str, *, title: str, styles: Sequence[str], scripts: Sequence[str], data: Any
) -> str:
    """Fills a template.

    Args:
        template: HTML with the places ``{policy}``, ``{title}``, ``{style}``, ``{payload}`` and
            ``{script}``, and no other braces.
        title: of the page, as plain text.
        styles: CSS, joined in this order.
        scripts: JavaScript, joined in this order in one function of its own.
        data: what JSON can hold; the script finds it packed, see :func:`packed`.
    """
    style = "\n".join(styles)
    script = "(() => {\n'use strict';\n" + "\n".join(scripts) + "})();"
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(title),
        "style": style,
        "payload": packed(data),
        "script": script,
    }
    page = []
    rest = template
    while rest:  # one pass, so that what is filled in is never searched for further places
        before, mark, rest = rest.partition("{")
        page.append(before)
        if mark:
            name, _, rest = rest.partition("}")
            page.append(parts[name])
    return "".join(page)


def packed(data: Any) -> str:
    """The data as JSON, gzip and base64; the same bytes for the same data."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def asset(name: str) -> str:
    """A file of the report's, by its name: ``dom.js``, ``base.css``."""
    return (files("crystext.report") / "assets" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
