"""The report of a corpus: its data in the shell of a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.files import write_text
from crystext.html.shell import page
from crystext.report.payload import payload

if TYPE_CHECKING:
    import os

    from crystext.corpus.reader import Corpus

SCRIPTS = (
    *("elements.js", "state.js", "charts.js", "tables.js", "overview.js"),
    *("browser.js", "detail.js", "crystal.js", "main.js"),
)
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
    text = render(payload(corpus))
    write_text(Path(path), text)
    return len(text.encode())


def render(data: dict[str, Any]) -> str:
    """The page that shows a payload.

    Args:
        data: see :func:`crystext.report.payload.payload`.
    """
    title = f"{data['meta']['name']} · crystext report"
    return page("crystext.report", "page", title=title, scripts=SCRIPTS, data=data)
