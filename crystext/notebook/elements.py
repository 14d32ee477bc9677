"""Colours and radii of elements, from the table that the report page has."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_ENTRY = re.compile(r"\b([A-Z][a-z]?) [A-Z][a-z]+ ([0-9a-f]{6}) (\d+) \d+ \d+")
_ISOTOPES = {"D": "H", "T": "H"}


class Looks(NamedTuple):
    """How an element is drawn.

    Attributes:
        colour: ``#rrggbb``, Jmol's.
        radius: covalent radius in angstrom, of Cordero et al., doi:10.1039/b801115j.
    """

    colour: str
    radius: float


UNKNOWN = Looks("#888888", 1.6)


def looks(symbol: str) -> Looks:
    """How an element is drawn; deuterium as hydrogen, what is unknown in grey."""
    return _table().get(_ISOTOPES.get(symbol, symbol), UNKNOWN)


@cache
def _table() -> dict[str, Looks]:
    text = (files("crystext.report") / "assets" / "elements.js").read_text(encoding="utf-8")
    return {
        symbol: Looks(f"#{colour}", int(radius) / 100)
        for symbol, colour, radius in _ENTRY.findall(text)
    }
