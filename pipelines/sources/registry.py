"""The sources by name; a source's file is imported when it is asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from crystext.choices import SOURCES
from crystext.errors import UnknownSourceError, shown

if TYPE_CHECKING:
    from crystext.pipelines.sources.source import Source

_MODULES = {"mp-api": "mp_api"}
"""The module beside this one that holds a source as ``SOURCE``, where it is not called alike."""


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
    return import_module(f"crystext.pipelines.sources.{_MODULES.get(name, name)}").SOURCE
