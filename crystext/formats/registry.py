"""The formats by name: how a text of each is split into structures, and how one is read."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from crystext.errors import BadFileError, CrystextError, UsageError, shown, summary
from crystext.formats.catalogue import CATALOGUE
from crystext.formats.names import XDATCAR_FRAME
from crystext.formats.parsed import Part

if TYPE_CHECKING:
    from crystext.formats.parsed import Parsed

FORMATS = {name: f"crystext.formats.{name}" for name in CATALOGUE}
FORMATS["json"] = "crystext.formats.json_text"
"""Names of the formats, and the module of each with its ``read``, and with a ``split`` where a text
may hold several structures."""


def split(text: str, fmt: str) -> list[Part]:
    """The structures of a text, not yet read.

    Raises:
        InputError: there is none, or the text is not of this format.
        UsageError: the format is unknown.
    """
    if fmt not in FORMATS:
        raise UsageError(f"unknown format {shown(fmt)}; use one of {', '.join(FORMATS)}")
    if fmt == "poscar" and XDATCAR_FRAME.search(text):
        fmt = "xdatcar"  # called POSCAR
    module = import_module(FORMATS[fmt])
    if not hasattr(module, "split"):
        return [Part(fmt, text)]
    try:
        return module.split(text)
    except CrystextError:
        raise
    except Exception as error:
        raise _unforeseen(fmt, error) from error


def read(part: Part, *, max_sites: int | None = None) -> Parsed:
    """Reads one structure.

    Args:
        part: from :func:`split`.
        max_sites: the most sites that a cell may have, counted before they are made.

    Raises:
        InputError: it is no crystal.
    """
    try:
        return import_module(FORMATS[part.format]).read(part.content, max_sites=max_sites)
    except CrystextError:
        raise
    except Exception as error:
        raise _unforeseen(part.format, error) from error


def _unforeseen(fmt: str, error: Exception) -> CrystextError:
    """A parser may fail on foreign text in any way: it is the text's failure, not the run's."""
    return BadFileError(f"the {fmt.upper()} cannot be read ({summary(error)}); export it again")
