"""Words that formats share: numbers as Fortran writes them, elements, counts, periodicity."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    BadFileError,
    NoAtomsError,
    NotFiniteError,
    TooManySitesError,
    TruncatedFileError,
    UnknownSpeciesError,
    ZeroVolumeError,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymatgen.core import DummySpecies, Element, Species

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?"
"""Pattern of a number, with Fortran's exponents of double precision (``1.0d0``)."""
BOHR = 0.529177210903
"""Angstrom; CODATA 2018, doi:10.1103/RevModPhys.93.025010."""
UNITS = {
    **dict.fromkeys(("ang", "angstrom", "angstroms"), 1.0),
    **dict.fromkeys(("bohr", "a0", "a.u."), BOHR),
    "nm": 10.0,
}
"""Names of units of length, in small letters, and each in angstrom."""
_FLAT = 1e-6
"""Least square of the volume of a cell whose edges are 1."""
_NUMBER = re.compile(NUMBER, re.ASCII)
_LABEL = re.compile(r"[A-Z][a-z]?\d+", re.ASCII)
_NO_ION = re.compile(r"[A-Z][a-z]?\d+(\.\d+)?")
"""``C12`` is a label or an isotope, which pymatgen would read as an ion of charge 12."""
_NOT_FINITE = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)


def number(word: str) -> float | None:
    """The number that a word is, ``None`` for none; NaN and infinity are numbers here."""
    if _NUMBER.fullmatch(word):
        return float(word.replace("d", "e").replace("D", "e"))
    return float(word) if _NOT_FINITE.fullmatch(word) else None


def leading_numbers(line: str) -> list[float]:
    """The numbers that a line begins with; what follows the first other word is left out."""
    found = []
    for word in line.split():
        value = number(word)
        if value is None:
            break
        found.append(value)
    return found


def numbers_in(words: Sequence[str]) -> list[float] | None:
    """The numbers that words are, ``None`` where one of them is none."""
    found = [value for word in words if (value := number(word)) is not None]
    return found if len(found) == len(words) else None


def three(words: Sequence[str], line: str, what: str) -> list[float]:
    """The three numbers that a line must begin with.

    Args:
        words: of the line, from the first number on; more may follow.
        line: for the message.
        what: how the message calls the file.

    Raises:
        BadFileError: they are not.
    """
    found = numbers_in(words[:3]) if len(words) >= 3 else None
    if found is None:
        raise BadFileError(
            f"a line of {what} is {shown(line.strip())}; three numbers must stand there"
        )
    return found


def without_labels(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Symbols without the numbers behind them, as in ``Fe1``, and a note where there were any."""
    labels = sorted({word for word in words if _LABEL.fullmatch(word)})
    if not labels:
        return list(words), []
    shortened = {word: word.rstrip("0123456789") for word in labels}
    listed = ", ".join(labels[:3]) + " …" * (len(labels) > 3)
    return [shortened.get(word, word) for word in words], [
        f"numbers behind elements were read as labels: {listed}"
    ]


def element(name: Any) -> Species | Element | DummySpecies:
    """The element, ion or dummy that a name such as ``Fe``, ``Fe3+`` or ``X`` stands for.

    Args:
        name: a symbol, with or without an oxidation state, or an atomic number.

    Raises:
        UnknownSpeciesError: the name is not understood.
    """
    from pymatgen.core import get_el_sp

    message = f"{shown(name)} is no chemical element; correct the name or remove the site"
    if isinstance(name, str) and _NO_ION.fullmatch(name):
        raise UnknownSpeciesError(message)
    try:
        return get_el_sp(name)
    except Exception as error:
        raise UnknownSpeciesError(message) from error


def element_or_number(word: str) -> Species | Element | DummySpecies:
    """The element that a symbol, an ion such as ``Fe3+`` or an atomic number stands for.

    Raises:
        UnknownSpeciesError: there is no such element.
    """
    if not word.isdecimal():
        if word == "T":
            message = "'T' is a tetrahedral site more often than tritium"
            raise UnknownSpeciesError(f"{message}; name its element, H for tritium")
        return element(word)
    if not word.isascii() or not 1 <= int(word[:4]) <= 118:
        message = f"{shown(word)} is no atomic number; correct it or remove the site"
        raise UnknownSpeciesError(message)
    return element(int(word))


def is_symbol(word: str) -> bool:
    """Whether a word is the symbol of an element, or ``D`` or ``T``, in this case of letters."""
    from pymatgen.core import Element

    return Element.is_valid_symbol(word)


def periodic_notes(flags: Iterable[bool]) -> tuple[str, ...]:
    """A note where a structure is not periodic along a, b and c, nothing where it is."""
    flags = list(flags)
    if all(flags):
        return ()
    words = ", ".join("yes" if flag else "no" for flag in flags)
    return (f"periodic along a, b, c: {words}; read as periodic along all three",)


def check_count(count: int, max_sites: int | None, what: str) -> None:
    """Checks how many atoms a text counts, before it is read.

    Raises:
        NoAtomsError: none.
        TooManySitesError: more than ``max_sites``, where there is a limit.
    """
    if count == 0:
        raise NoAtomsError(f"{what} counts 0 atoms; give at least one")
    if max_sites is not None and count > max_sites:
        message = f"{what} has {count} sites; the limit is {max_sites}, raise max_sites"
        raise TooManySitesError(message)


def check_present(present: int, wanted: int, what: str) -> None:
    """Checks whether a text that counts atoms has as many lines for them.

    Raises:
        TruncatedFileError: it has fewer.
    """
    if present < wanted:
        message = f"{what} counts {wanted} atoms and has {present} lines for them"
        raise TruncatedFileError(f"{message}; copy or export it again")


def atom_rows(lines: Sequence[str], wanted: int, what: str) -> list[list[str]]:
    """The words of the first lines, one for each atom; a blank line ends them.

    Raises:
        TruncatedFileError: there are fewer than atoms are wanted.
    """
    rows = [line.split() for line in lines[:wanted]]
    check_present(next((i for i, row in enumerate(rows) if not row), len(rows)), wanted, what)
    return rows


def check_parameters(cell: Sequence[float], what: str) -> None:
    """Checks lengths and angles of a cell before a lattice is made of them.

    Args:
        cell: a, b, c in angstrom, alpha, beta, gamma in degrees.
        what: how messages call the file.

    Raises:
        NotFiniteError: one is NaN or infinite.
        ZeroVolumeError: they enclose no volume.
    """
    listed = " ".join(f"{value:g}" for value in cell)
    if not all(map(math.isfinite, cell)):
        raise NotFiniteError(f"the cell of {what} is {listed}; every number must be finite")
    cosines = [math.cos(math.radians(angle)) for angle in cell[3:]]
    inside = 1 - sum(one * one for one in cosines) + 2 * math.prod(cosines)
    if min(cell) <= 0 or max(cell[3:]) >= 180 or inside < _FLAT:
        raise ZeroVolumeError(f"the cell of {what} is {listed}, which has no volume; correct it")
