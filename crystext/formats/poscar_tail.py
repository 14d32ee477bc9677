"""What may stand below the coordinates of a POSCAR: velocities and the like, never more atoms."""

from __future__ import annotations

from crystext.errors import BadPoscarError, SeveralStructuresError, shown
from crystext.formats.tokens import leading_numbers, numbers_in

_MODES = ("C", "D", "K", "F", "L")
"""First letters of Cartesian, Direct, and ``Lattice velocities and vectors``."""


def tail_notes(lines: list[str], start: int, what: str) -> list[str]:
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
        if numbers_in(line.split()) is None and not line.upper().startswith(_MODES)
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
