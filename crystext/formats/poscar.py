"""POSCAR: the head is checked here, where pymatgen would guess or name no line."""

from __future__ import annotations

import re

import numpy as np

from crystext.errors import (
    BadPoscarError,
    NoAtomsError,
    NotFiniteError,
    TruncatedFileError,
    ZeroVolumeError,
    shown,
    summary,
)
from crystext.formats.objects import element
from crystext.formats.parsed import Parsed, collected
from crystext.validation import check_lattice


def parse_poscar(text: str) -> list[Parsed]:
    """Checks the head, where pymatgen would guess or name no line, and leaves the rest to it."""
    from pymatgen.io.vasp.inputs import Poscar

    lines = [line.split("#")[0] for line in text.split("\n")]
    _check_head(lines)
    notes: list[str] = []
    try:
        with collected(notes):
            structure = Poscar.from_str(text, read_velocities=False).structure
    except Exception as error:  # a parser may fail in any way on foreign text; the cause is chained
        message = f"cannot read the POSCAR ({summary(error)}); compare it with the VASP manual"
        raise BadPoscarError(message) from error
    if any("cannot be determined" in note for note in notes):
        message = f"the POSCAR names no elements (VASP 4) for {shown(lines[5].strip())}"
        raise BadPoscarError(f"{message}; write their symbols in a line above")
    return [Parsed(None, structure, tuple(notes))]


def _check_head(lines: list[str]) -> None:
    """Checks what stands above the coordinates of a POSCAR, and that enough lines follow.

    Args:
        lines: the lines of the file, without comments.

    Raises:
        TruncatedFileError: the file ends too early.
        BadPoscarError: a line does not hold what it must; the message names it.
        InputError: as :func:`check_lattice`, no atoms, or a name that is no element.
    """
    _check_lattice_lines(lines)
    rows = lines[5:]
    counts = (i for i, row in enumerate(rows[:11]) if re.match(r"\s*-?\d+(\s|$)", row))
    n_names = next(counts, None)
    if n_names is None:
        kind = TruncatedFileError if len(rows) <= 1 else BadPoscarError
        message = f"below line 5 of the POSCAR stands {shown(rows[0])} and no line of counts"
        raise kind(f"{message}; give one for each element")
    names = [word.split("/")[0].split("_")[0] for row in rows[:n_names] for word in row.split()]
    height = max(n_names, 1)
    words = [word for row in rows[n_names : n_names + height] for word in row.split()]
    for name in names:
        element(name)
    numeric = all(re.fullmatch(r"\d{1,9}", word) for word in words)
    if not numeric or (names and len(names) != len(words)):
        message = f"the POSCAR counts {shown(' '.join(words))} for {shown(' '.join(names))}"
        raise BadPoscarError(f"{message}; give one whole number for each element")
    wanted, present = sum(map(int, words)), len(rows) - n_names - height - 1
    if wanted == 0:
        raise NoAtomsError("the POSCAR counts 0 atoms; give at least one")
    if present < wanted:
        message = f"the POSCAR counts {wanted} atoms and has {max(present, 0)} lines for them"
        raise TruncatedFileError(f"{message}; copy or export it again")


def _check_lattice_lines(lines: list[str]) -> None:
    """Line 2, the scale (negative: the volume), and lines 3 to 5, the vectors."""
    numbers = []
    for row, count in zip(range(1, 5), (1, 3, 3, 3), strict=True):
        if len(lines) <= row + 1:
            message = f"the POSCAR ends at line {len(lines)}; copy or export it again"
            raise TruncatedFileError(message)
        words = lines[row].split()
        try:
            numbers.append([float(word) for word in words[:count]])
        except ValueError:
            numbers.append([])
        if len(numbers[-1]) != count or (row == 1 and len(words) > 1):
            what = "one scale factor" if row == 1 else "three numbers"
            message = f"line {row + 1} of the POSCAR is {shown(lines[row])}; it must be {what}"
            raise BadPoscarError(message)
    (scale,), matrix = numbers[0], np.array(numbers[1:])
    if scale == 0 or not np.isfinite(scale):
        kind = ZeroVolumeError if scale == 0 else NotFiniteError
        raise kind(f"the scale factor of the POSCAR is {scale:g}; give 1.0 for a lattice in Å")
    if scale < 0:
        scale = np.cbrt(-scale / max(abs(np.linalg.det(matrix)), 1e-9))
    check_lattice(matrix * scale)
