"""The sources by name; a source's file is imported when it is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from crystext.errors import UnknownSourceError, shown

if TYPE_CHECKING:
    from crystext.pipelines.sources.source import Source

SOURCES = {
    "mini": "mini",
    "jarvis": "jarvis",
    "mp": "mp",
    "mp-api": "mp_api",
    "files": "files",
}
"""Name of each source, and the module beside this one that holds it as ``SOURCE``."""


def names() -> tuple[str, ...]:
    """The names of all sources; the first is the default."""
    return tuple(SOURCES)


@cache
def get(name: str) -> Source:
    """The source of this name.

    Raises:
        UnknownSourceError: there is none.
    """
    if name not in SOURCES:
        raise UnknownSourceError(
            f"there is no source {shown(name)}; use one of {', '.join(SOURCES)}"
        )
    return import_module(f"crystext.pipelines.sources.{SOURCES[name]}").SOURCE
