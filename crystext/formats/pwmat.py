"""PWmat ``atom.config``: a count, the lattice, and atomic numbers with fractional places.

The format: the PWmat manual, chapter "atom.config". What stands behind the positions (forces,
velocities, moments) says nothing about the crystal.
"""

from __future__ import annotations

import re

from crystext.errors import BadFileError, shown
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import check_count, check_present, three

_WHAT = "the atom.config"


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads an atom.config.

    Raises:
        BadFileError: a heading or a line is not what it must be.
        TruncatedFileError: there are fewer lines than atoms.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    lines = [line for line in content.split("\n") if line.strip()]
    head = re.match(r"\s*(\d{1,9})\b", lines[0])
    at = [i for i, line in enumerate(lines[:3]) if line.split()[0].lower() == "lattice"]
    if head is None or not at or len(lines) < at[0] + 5:
        message = f"{_WHAT} begins with {shown(' / '.join(line.strip() for line in lines[:2]))}"
        raise BadFileError(f"{message}; give the number of atoms, then Lattice vector")
    wanted, start = int(head[1]), at[0] + 1
    check_count(wanted, max_sites, _WHAT)
    vectors = [three(line.split(), line, _WHAT) for line in lines[start : start + 3]]
    heading = lines[start + 3]
    if not heading.split()[0].lower().startswith("position"):
        raise BadFileError(f"{_WHAT} has {shown(heading.strip())} where Position must stand")
    rows = lines[start + 4 : start + 4 + wanted]
    present = next((i for i, row in enumerate(rows) if row.split()[0].isalpha()), len(rows))
    check_present(present, wanted, _WHAT)
    names, coords = [], []
    for row in rows:
        number, *words = row.split()
        if not number.isdecimal():
            message = f"a line of {_WHAT} is {shown(row.strip())}"
            raise BadFileError(f"{message}; it must begin with an atomic number")
        names.append(number)
        coords.append(three(words, row, _WHAT))
    rest = lines[start + 4 + wanted :]
    if rest and not rest[0].split()[0][0].isalpha():
        message = f"{_WHAT} counts {wanted} atoms and goes on with {shown(rest[0].strip())}"
        raise BadFileError(f"{message}; correct the count or remove the line")
    return crystal(vectors, names, coords, _WHAT, cartesian=False, max_sites=max_sites)
