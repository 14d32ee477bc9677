"""The lines of a SHELX file: instructions and atoms, with the free variables put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import BadShelxError, NotFiniteError, shown
from crystext.formats.tokens import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORDS = (
    "ABIN ACTA AFIX ANIS ANSC ANSR BASF BEDE BIND BLOC BOND BUMP CELL CGLS CHIV CONF CONN DAMP "
    "DANG DEFS DELU DFIX DIRD DISP EADP EGEN END EQIV ESEL EXTI EXYZ FEND FLAT FMAP FRAG FREE "
    "FRES FVAR GRID HFIX HKLF HOPE HTAB INIT ISOR L.S. LATT LAUE LIST LONE MERG MIND MOLE MORE "
    "MOVE MPLA NCSY NEUT NTRY OMIT PART PATT PHAN PHAS PLAN PRIG PSEE REM RESI RIGU RTAB SADI "
    "SAME SFAC SHEL SIMU SIZE SPEC SPIN STIR SUMP SWAT SYMM TANG TEMP TEXP TEXT TIME TITL TREF "
    "TWIN TWST UNIT VECT WGHT WIGL WPDB XNPD ZERR"
)
INSTRUCTIONS = frozenset(_WORDS.split())
"""First words that are no atoms, those of SHELXS and SHELXT included."""
ENDS = frozenset({"END", "HKLF"})
"""Instructions behind which no atoms stand."""
_HUGE = 1e6
_FREE_TEXT = re.compile(r"(TITL|REM)\b", re.IGNORECASE)
_ATOM = re.compile(r"[A-Za-z]\S*\s+-?\d+(\s+[-+]?[\d.]+\S*){3}")


class Line(NamedTuple):
    """An instruction or an atom.

    Attributes:
        number: of its first line in the file, from 1.
        key: the instruction in capitals, without residue; empty for an atom.
        words: all of the line, the first one included.
    """

    number: int
    key: str
    words: list[str]


def lines_of(text: str) -> tuple[list[Line], list[str]]:
    """The lines up to ``HKLF`` or ``END`` and with it, continued ones joined, comments left out.

    Returns:
        The lines, and notes: where an indented line looks like an atom, for it is a comment; and
        where another file is included, which mostly holds restraints.
    """
    found: list[Line] = []
    indented: list[str] = []
    notes: list[str] = []
    for start, whole in _joined(text):
        if whole[:1].isspace():
            if _ATOM.match(whole.strip()):
                indented.append(whole.strip())
            continue
        words = whole.split()
        if words[0].startswith("+"):
            notes.append(f"the file {shown(words[0].lstrip('+'))} that is included was not read")
            continue
        key = words[0].upper().partition("_")[0]
        if key == "REM":
            continue
        found.append(Line(start, key if key in INSTRUCTIONS else "", words))
        if key in ENDS:
            break
    if indented:
        more = f" and {len(indented) - 1} like it" if len(indented) > 1 else ""
        notes.append(f"indented lines are comments, also {shown(indented[0])}{more}")
    return found, notes


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with text and their numbers, joined where ``=`` ends one, up to a comment's ``!``."""
    pieces: list[str] = []
    start = 1
    for row, raw in enumerate(text.split("\n"), start=1):
        line = raw.split("!")[0].rstrip()
        if not pieces:
            start = row
            if not line:
                continue
        free = _FREE_TEXT.match(pieces[0] if pieces else line)
        more = line.endswith("=") and not free
        pieces.append(line[:-1] if more else line)
        if not more:
            yield start, " ".join(pieces)
            pieces = []
    if pieces:
        yield start, " ".join(pieces)


def numbers_of(line: Line, *, least: int = 0) -> list[float]:
    """The numbers behind an instruction.

    Raises:
        BadShelxError: a word is none, or there are too few.
        NotFiniteError: one is NaN or infinite.
    """
    found = numbers_in(line.words[1:])
    if found is None or len(found) < least:
        message = f"line {line.number} of the SHELX file is {shown(' '.join(line.words))}"
        raise BadShelxError(f"{message}; it must be {line.key} and {least or 'some'} numbers")
    check_finite(found, line)
    return found


def whole(value: float, line: Line) -> int:
    """A number of a line that counts or names something.

    Raises:
        BadShelxError: it has a fraction.
    """
    if value != int(value):
        message = f"line {line.number} of the SHELX file is {shown(' '.join(line.words))}"
        raise BadShelxError(f"{message}; {value:g} must be a whole number")
    return int(value)


def check_finite(values: Sequence[float], line: Line) -> None:
    """Checks the numbers of a line.

    Raises:
        NotFiniteError: one is NaN, infinite, or far beyond what a structure holds.
    """
    if not all(abs(value) < _HUGE for value in values):
        message = f"line {line.number} of the SHELX file is {shown(' '.join(line.words))}"
        raise NotFiniteError(f"{message}; every number must be finite, and not huge")


def decoded(value: float, variables: Sequence[float], line: Line) -> float:
    """The value of a coded parameter.

    Args:
        value: p alone is p; 10 + p is p, held; 10 m + p is p times variable m; -10 m - p is p
            times (1 minus variable m).
        variables: of ``FVAR``, the first is number 1.
        line: for messages.

    Raises:
        BadShelxError: there is no such variable.
    """
    which = int((abs(value) + 5) // 10)
    if which == 0:
        return value
    rest = abs(value) - 10 * which
    if which == 1 and value > 0:
        return rest
    if which == 1 or which > len(variables):
        message = f"line {line.number} of the SHELX file has {value:g}"
        raise BadShelxError(f"{message}, and FVAR gives {len(variables)} variables; correct it")
    variable = variables[which - 1]
    return rest * variable if value > 0 else rest * (1 - variable)
