"""Writing what was made of attention: pages, pictures and tables, each at once or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from crystext.files import write_bytes, writing
from crystext.html.shell import page
from crystext.model.attention.figure import ALL_HEADS, draw_summary, draw_view
from crystext.model.attention.summary import COLUMN_MEANINGS
from crystext.model.attention.view import MEAN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crystext.model.attention.summary import Summary
    from crystext.model.attention.view import View

_NOT_IN_NAMES = re.compile(r"[^\w.+#-]+")


def render_view(view: View, layer: int, head: int = MEAN) -> str:
    """The page of one crystal; layer and head are shown first, and others can be chosen on it.

    Raises:
        UsageError: the encoder has no such layer or head.
    """
    title = f"{view.formula} ({view.id}): attention of {view.encoder}"
    return _page("view", title, view.to_dict(layer, head))


def render_summary(summary: Summary) -> str:
    """The page of a summary: kinds of words against layers."""
    settings = summary.settings
    title = f"{settings['corpus']}: attention of {settings['encoder']}"
    return _page("summary", title, summary.to_dict())


def write_view(view: View, folder: Path, *, layer: int, head: int = MEAN) -> list[Path]:
    """Writes the page and the picture of one crystal.

    Files are named after the crystal; ``layer`` and ``head`` are as :func:`draw_view` takes them.

    Returns:
        The files.

    Raises:
        UsageError: the encoder has no such layer or head.
        CannotWriteError: a file cannot be written.
    """
    name = _NOT_IN_NAMES.sub("_", view.id).lstrip(".") or "crystal"
    html = render_view(view, layer, MEAN if head == ALL_HEADS else head)
    picture = draw_view(view, layer, head)
    return _write(folder, {f"{name}.html": html.encode(), f"{name}.png": picture})


def write_summary(summary: Summary, folder: Path) -> list[Path]:
    """Writes ``summary.html``, ``.png``, ``.csv`` and ``.json``.

    Returns:
        The files.

    Raises:
        CannotWriteError: a file cannot be written.
    """
    table = io.StringIO()
    rows = csv.DictWriter(table, list(COLUMN_MEANINGS), lineterminator="\n")
    rows.writeheader()
    rows.writerows(summary.rows)
    data = json.dumps(summary.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    contents = {
        "summary.html": render_summary(summary).encode(),
        "summary.png": draw_summary(summary),
        "summary.csv": table.getvalue().encode(),
        "summary.json": f"{data}\n".encode(),
    }
    return _write(folder, contents)


def _page(name: str, title: str, data: dict[str, Any]) -> str:
    from crystext import __version__

    data |= {"made_with": __version__}
    return page("crystext.model.attention", name, title=title, scripts=[f"{name}.js"], data=data)


def _write(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            write_bytes(folder / name, content)
    return [folder / name for name in contents]
