"""The report of a corpus: template, styles, scripts and data put into one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.files import write_text
from crystext.report.payload import payload
from crystext.report.single_file import asset, single_file

if TYPE_CHECKING:
    import os

    from crystext.corpus.reader import Corpus

STYLES = ("base.css", "style.css")
SCRIPTS = (
    "dom.js", "elements.js", "state.js", "charts.js", "tables.js", "overview.js",
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
    page = render(payload(corpus))
    write_text(Path(path), page)
    return len(page.encode())


def render(data: dict[str, Any]) -> str:
    """The page that shows a payload.

    Args:
        data: see :func:`crystext.report.payload.payload`.
    """
    return single_file(
        asset("page.html"),
        title=f"{data['meta']['name']} · crystext report",
        styles=[asset(name) for name in STYLES],
        scripts=[asset(name) for name in SCRIPTS],
        data=data,
    )
