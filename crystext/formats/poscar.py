"""POSCAR in all its forms, VASP 4 to 6; a frame of an XDATCAR is written in the same way.

The format: https://www.vasp.at/wiki/index.php/POSCAR. What pymatgen 2026.10 reads wrongly or not
at all is why it is read here: Cartesian coordinates under a negative scale (a volume), three scale
factors, ``1.0d0``, names with suffixes in a second line, and blocks below the coordinates.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crystext.errors import (
    BadPoscarError,
    NotFiniteError,
    PartialOccupancyError,
    SeveralStructuresError,
    TruncatedFileError,
    ZeroVolumeError,
    shown,
)
from crystext.formats.parsed import Parsed
from crystext.formats.poscar_names import agreed_names, comment_notes, names_of_vasp_4
from crystext.formats.tokens import (
    atom_rows,
    check_count,
    element,
    leading_numbers,
    numbers_in,
)
from crystext.validation import check_lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCALES = (1, 3)
_CARTESIAN, _DIRECT = {"C", "K"}, {"D", "F"}
_BELOW = ("C", "D", "K", "F", "L")
"""First letters of Cartesian, Direct, and ``Lattice velocities and vectors``."""
_TINY = 1e-300
_MAX_NAME_LINES = 200
"""Lines of names that are looked through for the counts below them; VASP writes 20 a line."""


class _Counts(NamedTuple):
    """Names and counts, and the line that follows them, counted from 0."""

    names: list[str]
    numbers: list[int]
    end: int


def read(content: str, *, max_sites: int | None = None, what: str = "the POSCAR") -> Parsed:
    """Reads a POSCAR.

    Args:
        content: the whole text.
        max_sites: the most sites that the cell may have.
        what: how messages call it.

    Returns:
        The structure, with a note where elements were taken from the comment of VASP 4.

    Raises:
        BadPoscarError: a line does not hold what it must; the message names it.
        TruncatedFileError: the text ends too early.
        NoAtomsError, TooManySitesError: it counts no atoms, or too many.
        UnknownSpeciesError: a name is no element.
        ZeroVolumeError, NotFiniteError: as :func:`crystext.validation.check_lattice`.
        ContradictionError: names and the elements beside the coordinates differ.
        SeveralStructuresError: a second POSCAR follows.
    """
    from pymatgen.core import Structure

    raw = content.split("\n")
    lines = _bare(raw)
    matrix, scale = _lattice(lines, what)
    counts = _counts(lines, what)
    wanted = sum(counts.numbers)
    check_count(wanted, max_sites, what)
    cartesian, first = _mode(lines, counts.end, what)
    rows = atom_rows(lines[first:], wanted, what)
    coords = [_coordinates(row, first + i + 1, what) for i, row in enumerate(rows)]
    if counts.names:
        names = agreed_names(counts.names, counts.numbers, rows, what)
    else:
        names = names_of_vasp_4(raw[0], counts.numbers, rows, what)
    notes = [*names.notes, *comment_notes(raw[0], names, what)]
    notes += [*_tail_notes(lines, first + wanted, what)]
    occupants = [element(name) for name in names.of_atoms]
    positions = np.array(coords) * scale if cartesian else np.array(coords)
    structure = Structure(matrix, occupants, positions, coords_are_cartesian=cartesian)
    return Parsed(structure, tuple(notes))


def _lattice(lines: list[str], what: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Line 2, the scale, and lines 3 to 5, the vectors.

    Returns:
        Lattice vectors as rows, angstrom, shape (3, 3), and the factors of Cartesian coordinates,
        shape (3,).
    """
    found = []
    for row in range(1, 5):
        if len(lines) <= row + 1:
            message = f"{what} ends at line {len(lines)}; copy or export it again"
            raise TruncatedFileError(message)
        numbers = leading_numbers(lines[row])
        if len(numbers) not in (_SCALES if row == 1 else (3,)):
            shape = "one scale factor, or three" if row == 1 else "three numbers"
            message = f"line {row + 1} of {what} is {shown(lines[row])}; it must be {shape}"
            raise BadPoscarError(message)
        found.append(numbers)
    scales, matrix = np.array(found[0]), np.array(found[1:])
    for scale in scales:
        if scale == 0 or not np.isfinite(scale):
            kind = ZeroVolumeError if scale == 0 else NotFiniteError
            raise kind(f"the scale factor of {what} is {scale:g}; give 1.0 for a lattice in Å")
    if len(scales) == 3 and min(scales) < 0:
        message = f"line 2 of {what} is {shown(lines[1])}; three scale factors must be positive"
        raise BadPoscarError(message)
    if scales[0] < 0:  # the volume of the cell; plain floats round alike on every processor
        volume = _volume(found[1:])
        if not 0 < volume < np.inf:
            check_lattice(matrix)  # says what is wrong with it
        scales = np.array([(-found[0][0] / max(volume, _TINY)) ** (1 / 3)])
    scale = np.broadcast_to(scales, (3,))
    check_lattice(matrix * scale)
    return matrix * scale, scale


def _volume(rows: list[list[float]]) -> float:
    (a, b, c), (d, e, f), (g, h, i) = rows
    return abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


def _counts(lines: list[str], what: str) -> _Counts:
    """The lines of names, none in VASP 4, and of counts below the lattice."""
    rows = [line.split() for line in lines[5 : 5 + 2 * _MAX_NAME_LINES]]
    for some in filter(None, rows[:2]):
        shares = (re.fullmatch(r"\d+(\*\d*\.?\d+)?", word) for word in some)
        if "*" in "".join(some) and all(shares):
            message = (
                f"{what} counts {shown(' '.join(some))}, sites that are full in part, as AFLOW"
            )
            raise PartialOccupancyError(f"{message}; give a CIF with occupancies")
    starts = (i for i, row in enumerate(rows) if row and re.fullmatch(r"[-+]?\d+", row[0]))
    n_rows = next(starts, None)
    if n_rows is None or (n_rows and not all(rows[:n_rows])):
        kind = TruncatedFileError if sum(map(bool, rows)) <= 1 else BadPoscarError
        below = shown(lines[5] if len(lines) > 5 else "")
        message = f"below line 5 of {what} stands {below} and no line of counts"
        raise kind(f"{message}; give one for each element")
    names = [word for row in rows[:n_rows] for word in row]
    words, row = list(rows[n_rows]), n_rows + 1
    while len(words) < len(names) and row < len(rows) and _whole(rows[row]):
        words += rows[row]
        row += 1
    if not _whole(words) or (names and len(names) != len(words)):
        message = f"{what} counts {shown(' '.join(words))} for {shown(' '.join(names))}"
        raise BadPoscarError(f"{message}; give one whole number for each element")
    numbers = [int(word) for word in words]
    return _Counts(names, numbers, 5 + row)


def counts_in(head: list[str]) -> list[int]:
    """How many atoms of each element the lines above the coordinates count.

    Raises:
        InputError: they do not say it.
    """
    return _counts(_bare(head), "the head").numbers


def _bare(lines: list[str]) -> list[str]:
    """The lines without comments, which line 1 may not have: it is one."""
    return [lines[0], *(re.split(r"[#!]", line, maxsplit=1)[0] for line in lines[1:])]


def _whole(words: list[str]) -> bool:
    return bool(words) and all(re.fullmatch(r"[0-9]{1,9}", word) for word in words)


def _mode(lines: list[str], row: int, what: str) -> tuple[bool, int]:
    """Whether coordinates are Cartesian, and the first line of them, counted from 0.

    Raises:
        TruncatedFileError: there is no such line.
        BadPoscarError: it says neither.
    """
    selective = row < len(lines) and lines[row].strip()[:1].upper() == "S"
    row += selective
    if not any(line.strip() for line in lines[row:]):
        raise TruncatedFileError(f"{what} ends at line {row}; copy or export it again")
    word = lines[row].strip()[:1].upper()
    if word not in _CARTESIAN and word not in _DIRECT:
        message = f"line {row + 1} of {what} is {shown(lines[row])}"
        raise BadPoscarError(f"{message}; it must be Direct or Cartesian")
    return word in _CARTESIAN, row + 1


def _coordinates(words: list[str], line: int, what: str) -> list[float]:
    """The three coordinates of an atom; Fortran's fields may touch where a minus parts them."""
    found = numbers_in(words[:3]) if len(words) > 2 else None
    if found is None:
        parted = leading_numbers(re.sub(r"(?<=[\d.])-(?=[\d.])", " -", " ".join(words)))
        found = parted if len(parted) == 3 else None
    if found is None:
        message = f"line {line} of {what} is {shown(' '.join(words))}"
        raise BadPoscarError(f"{message}; it must begin with three coordinates")
    return found


def _tail_notes(lines: list[str], start: int, what: str) -> list[str]:
    """Checks what follows the coordinates: it says nothing about the crystal, or is refused.

    Args:
        lines: of the file, without comments.
        start: the first line below the coordinates, counted from 0.
        what: how messages call the file.

    Returns:
        A note where there is text that no version of VASP writes.

    Raises:
        BadPoscarError: more coordinates follow than atoms are counted.
        SeveralStructuresError: another POSCAR follows.
    """
    if start >= len(lines):
        return []
    if len(leading_numbers(lines[start])) > 2:
        message = f"line {start + 1} of {what} is {shown(lines[start].strip())}"
        message += " below the last of the atoms that it counts"
        raise BadPoscarError(f"{message}; correct the counts or remove the line")
    for row in range(start, len(lines) - 5):
        if is_head(lines[row : row + 8]):
            message = f"another structure begins at line {row} of {what}"
            raise SeveralStructuresError(f"{message}; give each a file of its own")
    words = [(row, line.strip()) for row, line in enumerate(lines[start:], start) if line.strip()]
    other = [
        (row, line)
        for row, line in words
        if numbers_in(line.split()) is None and not line.upper().startswith(_BELOW)
    ]
    if not other:
        return []
    row, line = other[0]
    return [f"text below the coordinates is not read: line {row + 1}, {shown(line)}"]


def is_head(lines: list[str]) -> bool:
    """Whether lines are scale, lattice, names if any, counts, and what stands below them.

    Args:
        lines: eight are enough.
    """
    shape = [len(found) if (found := numbers_in(line.split())) else 0 for line in lines]
    if len(lines) < 6 or shape[0] not in {1, 3} or shape[1:4] != [3, 3, 3]:
        return False
    names = lines[4].split()
    if not names:
        return False
    after = 4 if shape[4] else 5  # counts, or names and counts
    counts = lines[after].split() if len(lines) > after else []
    if not counts or not all(word.isdecimal() for word in counts):
        return False
    below = lines[after + 1].strip() if len(lines) > after + 1 else ""
    return after == 5 or below[:1].isalpha()
