"""A page in one file that asks nothing of the network: its parts put into the shell.

A content security policy in the page allows exactly our own script and styles, named by their
hashes, and no address at all: text of a corpus can neither run nor fetch anything. The data travel
as gzip in base64, which holds no character that HTML could read as markup.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HERE = "crystext.html"


def page(
    package: str,
    name: str,
    *,
    title: str,
    body: str | None = None,
    scripts: Sequence[str] = (),
    data: Any = None,
) -> str:
    """A whole page.

    Args:
        package: whose ``assets`` hold the page's own files.
        name: of its style, ``name.css``, and of its body, ``name.html``.
        title: as plain text.
        body: made markup in place of ``name.html``.
        scripts: names of JavaScript files, joined in this order in one function of its own; the
            last one has a function ``start``, which is given the data. Without any nothing runs.
        data: what JSON can hold.
    """
    style = "\n".join((asset(_HERE, "base.css"), asset(package, f"{name}.css")))
    own = "\n".join(asset(package, one) for one in scripts)
    around = (asset(_HERE, "dom.js"), own, asset(_HERE, "begin.js"))
    script = "\n".join(("(() => {\n'use strict';", *around, "})();")) if scripts else ""
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    return template(_HERE, "shell.html.jinja").render(
        policy=Markup(policy),  # noqa: S704  (all of these are our own files)
        title=title,
        style=Markup(style),  # noqa: S704
        body=Markup(asset(package, f"{name}.html") if body is None else body),  # noqa: S704
        script=Markup(script),  # noqa: S704
        payload=packed(data),
    )


def template(
    package: str, name: str, filters: Mapping[str, Callable[..., Any]] | None = None
) -> jinja2.Template:
    """A template of a package's assets; what is filled in is escaped.

    Args:
        package: whose.
        name: of the file.
        filters: by name.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= filters or {}
    return environment.from_string(asset(package, name))


def packed(data: Any) -> str:
    """The data as JSON, gzip and base64; the same bytes for the same data."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def asset(package: str, name: str) -> str:
    """The text of a file of a package's assets."""
    return (files(package) / "assets" / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
