"""The pages: one crystal's text, and the summary over a corpus, each in one file."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from crystext.model.attention.view import MEAN, View
from crystext.report.single_file import asset, single_file

if TYPE_CHECKING:
    from typing import Any

    from crystext.model.attention.summary import Summary

SHARED_SCRIPTS = ("dom.js",)


def render_view(view: View, layer: int, head: int = MEAN) -> str:
    """The page of one crystal, on which layer and head can be chosen.

    Args:
        view: the text and its weights.
        layer: shown first, from 1.
        head: shown first, from 1, or :data:`MEAN`.

    Raises:
        UsageError: the encoder has no such layer or head.
    """
    title = f"{view.formula} ({view.id}): attention of {view.encoder}"
    return page("view", title, view.to_dict(layer, head))


def render_summary(summary: Summary) -> str:
    """The page of a summary: kinds of words against layers."""
    from crystext import __version__

    settings = summary.settings
    title = f"{settings['corpus']}: attention of {settings['encoder']}"
    return page("summary", title, summary.to_dict() | {"made_with": __version__})


def page(name: str, title: str, data: Any) -> str:
    """Fills one of the templates of this package.

    Args:
        name: of template, styles and script.
        title: of the page.
        data: what the script draws.
    """
    return single_file(
        _own(f"{name}.html"),
        title=title,
        styles=[asset("base.css"), _own(f"{name}.css")],
        scripts=[*map(asset, SHARED_SCRIPTS), _own(f"{name}.js"), _own("begin.js")],
        data=data,
    )


def _own(name: str) -> str:
    return (files("crystext.model.attention") / "assets" / name).read_text(encoding="utf-8")
