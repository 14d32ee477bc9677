"""Cells of a table with commas that a spreadsheet runs as formulas: they are told, and not changed.

Ids are written as they are, so that other programs, and our own property tables, find them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that Excel, LibreOffice and Google Sheets compute."""


class Formulas:
    """Counts the cells that a spreadsheet would compute."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def see(self, cells: Iterable[str]) -> None:
        """Takes cells that are no numbers into account."""
        for cell in cells:
            if cell.startswith(_BEGINNINGS):
                self.first = self.first if self.count else cell
                self.count += 1

    def remark(self) -> str | None:
        """What to tell of them; ``None`` without any."""
        if not self.count:
            return None
        are = "1 cell is" if self.count == 1 else f"{self.count:,} cells are"
        return (
            f"{are} what a spreadsheet runs as a formula, the first is {shown(self.first)}: import "
            "such columns as text, and open no table of strangers"
        )


def remark_on(cells: Iterable[str]) -> str | None:
    """What to tell of the cells that a spreadsheet would compute; ``None`` without any."""
    found = Formulas()
    found.see(cells)
    return found.remark()
