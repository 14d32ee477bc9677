"""CSSR: cell, space group P 1 and the atoms of the whole cell, as Cerius and Zeo++ write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.errors import BadCssrError, UnknownSpeciesError, shown
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import (
    atom_rows,
    check_count,
    check_parameters,
    is_symbol,
    leading_numbers,
    numbers_in,
)

if TYPE_CHECKING:
    import numpy as np

_WHAT = "the CSSR"
_HEAD = 4
_GROUP = re.compile(r"^(.*?)\bSPGR\s*=\s*(?:(\d+)\s+)?(.*?)\s*(?:OPT\b.*)?$")


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads a CSSR.

    Raises:
        BadCssrError: a line does not hold what it must, or the space group is not P 1.
        TruncatedFileError: there are fewer lines than atoms.
        UnknownSpeciesError: a name can be no element, or two.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    lines = content.rstrip().split("\n")
    lattice = _lattice(lines)
    words = lines[2].split() if len(lines) > 2 else []
    if len(words) < 2 or not re.fullmatch(r"[0-9]{1,9}", words[0]) or words[1] not in {"0", "1"}:
        message = f"line 3 of the CSSR is {shown(' '.join(words))}"
        raise BadCssrError(f"{message}; give the number of atoms, and 0 for fractions or 1 for Å")
    wanted = int(words[0])
    check_count(wanted, max_sites, _WHAT)
    rows = atom_rows(lines[_HEAD:], wanted, _WHAT)
    if rest := lines[_HEAD + wanted :]:
        message = f"{_WHAT} counts {wanted} atoms and goes on with {shown(rest[0])}"
        raise BadCssrError(f"{message}; correct the count or remove the line")
    coords = []
    for line, row in zip(lines[_HEAD:], rows, strict=True):
        found = numbers_in(row[2:5]) if len(row) > 4 else None
        if found is None:
            raise BadCssrError(f"a line of the CSSR is {shown(line)}; give number, name, x, y, z")
        coords.append(found)
    names = [_symbol(row[1]) for row in rows]
    cartesian = words[1] == "1"
    return crystal(lattice, names, coords, _WHAT, cartesian=cartesian, max_sites=max_sites)


def _lattice(lines: list[str]) -> np.ndarray:
    """Lengths in line 1, angles and space group in line 2; words may stand before the numbers."""
    from pymatgen.core import Lattice

    group = _GROUP.match(lines[1]) if len(lines) > 1 else None
    lengths, angles = _three(lines[0]), _three(group[1]) if group else None
    if group is None or lengths is None or angles is None:
        message = f"the CSSR begins with {shown(' / '.join(lines[:2]))}"
        raise BadCssrError(f"{message}; give a b c, then alpha beta gamma SPGR = 1 P 1")
    if group[2] not in {None, "1"} or re.sub(r"\s", "", group[3]).upper() not in {"P1", ""}:
        message = f"the space group of the CSSR is {shown(group[3])}, and only P 1 can be read"
        raise BadCssrError(f"{message}; list all atoms of the cell, or give a CIF")
    if group[2] is None and not group[3]:
        raise BadCssrError("the CSSR names no space group; write SPGR = 1 P 1")
    check_parameters((*lengths, *angles), _WHAT)
    return Lattice.from_parameters(*lengths, *angles).matrix


def _three(text: str) -> list[float] | None:
    numbers = leading_numbers(text.rpartition("=")[2])
    return numbers if len(numbers) == 3 else None


def _symbol(name: str) -> str:
    """The element of a name such as ``Si1``; ``SI1`` could be sulfur as well.

    Raises:
        UnknownSpeciesError: it is none, or one of two.
    """
    letters = re.split(r"[^A-Za-z]", name, maxsplit=1)[0]
    if letters != "T" and is_symbol(letters):  # a tetrahedral site, not tritium
        return letters
    title = letters.title()
    if len(letters) == 2 and is_symbol(title):
        if not is_symbol(letters[0].upper()):
            return title
        message = f"{shown(name)} can be {title} or {letters[0].upper()}"
        raise UnknownSpeciesError(f"{message}; write {title} for the first")
    message = f"{shown(name)} names no chemical element; correct it or remove the site"
    raise UnknownSpeciesError(message)
