"""XDATCAR: each configuration of a run of VASP is a structure; the cell may vary."""

from __future__ import annotations

import re

from crystext.errors import BadPoscarError, InputError
from crystext.formats import poscar
from crystext.formats.names import XDATCAR_FRAME
from crystext.formats.parsed import Parsed, Part

_LEAST_HEAD = 6
_MAX_BLANK = 3
"""Lines that may stand between the atoms and the scale of the next frame, its comment included."""


def split(text: str) -> list[Part]:
    """The configurations.

    Args:
        text: heads (comment, scale, lattice, names, counts) hold until the next one.

    Raises:
        BadPoscarError: no line ``Direct configuration=`` is found, or no lattice above the first.
    """
    lines = text.split("\n")
    marks = [row for row, line in enumerate(lines) if XDATCAR_FRAME.match(line)]
    if not marks:
        message = "the XDATCAR has no line 'Direct configuration='"
        raise BadPoscarError(f"{message}; give it as POSCAR if it is one")
    if lines[marks[0]].strip().lower().startswith("konfig"):
        message = "the XDATCAR of VASP 4 or 5.1 holds no lattice"
        raise BadPoscarError(f"{message}; give the POSCAR or CONTCAR of the run")
    head = lines[: marks[0]]
    if len(head) < _LEAST_HEAD:
        message = f"the XDATCAR has {len(head)} lines above its first configuration"
        raise BadPoscarError(f"{message}; give comment, scale, lattice, names and counts")
    parts, shared, n_atoms = [], "\n".join(head), _atoms(head)
    for row, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        atoms = lines[row + 1 : end]
        rest = [] if n_atoms is None else _head_in(atoms[n_atoms:])
        if rest:
            atoms = atoms[:n_atoms]
        while atoms and not atoms[-1].strip():
            atoms.pop()
        parts.append(Part("xdatcar", (shared, "\n".join([lines[row], *atoms]))))
        if rest:
            shared, n_atoms = "\n".join(rest), _atoms(rest)
    return parts


def read(content: tuple[str, str], *, max_sites: int | None = None) -> Parsed:
    """Reads one configuration, which makes a POSCAR with the head that holds for it.

    Args:
        content: the head, which configurations share, and the lines from ``Direct`` on.
        max_sites: the most sites that the cell may have.

    Raises:
        InputError: as :func:`crystext.formats.poscar.read`.
    """
    head, configuration = content
    number = re.match(r".*?=\s*(\d+)", configuration)
    what = f"configuration {number[1] if number else '?'} of the XDATCAR"
    return poscar.read(f"{head}\n{configuration}", max_sites=max_sites, what=what)


def _atoms(head: list[str]) -> int | None:
    """How many atoms a head counts, ``None`` where it is none; reading names what is wrong."""
    try:
        return sum(poscar.counts_in(head)) if head else None
    except InputError:
        return None


def _head_in(lines: list[str]) -> list[str]:
    """The head that stands below the atoms of a frame where the cell varies; else nothing."""
    for start in range(min(_MAX_BLANK, len(lines))):
        if poscar.is_head(lines[start + 1 : start + 9]):
            return lines[start:]
    return []
