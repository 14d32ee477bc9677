"""CASTEP ``.cell``: blocks with the lattice and the positions of the whole cell.

The format: the CASTEP documentation, "cell data file keywords". Blocks and keywords other than
``LATTICE_*`` and ``POSITIONS_*`` say nothing about the crystal and are passed over.
"""

from __future__ import annotations

import re

from crystext.errors import (
    BadFileError,
    ContradictionError,
    PartialOccupancyError,
    TruncatedFileError,
    shown,
)
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import UNITS, check_parameters, three

_WHAT = "the .cell"
_BLOCK = re.compile(r"%(END)?BLOCK\b\s*(\w*)", re.IGNORECASE)
_COMMENT = re.compile(r"[#!;].*|\bCOMMENT\b.*", re.IGNORECASE)
_LATTICES = ("lattice_cart", "lattice_abc")
_POSITIONS = ("positions_frac", "positions_abs")


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads a .cell.

    Raises:
        BadFileError: a block is missing or not understood.
        ContradictionError: the lattice or the positions stand there twice.
        PartialOccupancyError: a site is a mixture.
        TruncatedFileError: a block has no end.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    blocks = _blocks(content)
    lattice_block, position_block = (_only(blocks, kinds) for kinds in (_LATTICES, _POSITIONS))
    scale, lines = _unit(blocks[lattice_block])
    lattice = _lattice(lattice_block, [three(line.split(), line, _WHAT) for line in lines], scale)
    cartesian = position_block == "positions_abs"
    scale, lines = _unit(blocks[position_block]) if cartesian else (1.0, blocks[position_block])
    names, coords = [], []
    for line in lines:
        words = line.split()
        if "MIXTURE" in line.upper():
            message = f"a site of {_WHAT} is a mixture ({shown(line)})"
            raise PartialOccupancyError(f"{message}; give an ordered cell, or a CIF")
        names.append(words[0].partition(":")[0].capitalize())
        coords.append([scale * x for x in three(words[1:], line, _WHAT)])
    return crystal(lattice, names, coords, _WHAT, cartesian=cartesian, max_sites=max_sites)


def _blocks(content: str) -> dict[str, list[str]]:
    """The lines of each block by its name in small letters, without comments.

    Raises:
        ContradictionError: the lattice or the positions stand there twice.
        TruncatedFileError: a block is not closed.
    """
    blocks: dict[str, list[str]] = {}
    lines: list[str] | None = None
    name = ""
    for whole in content.split("\n"):
        line = _COMMENT.sub("", whole).strip()
        mark = _BLOCK.match(line)
        if mark and mark[1]:
            lines = None
        elif mark:
            if lines is not None:
                raise _without_end(name)
            name = mark[2].lower()
            if name in blocks and name in {*_LATTICES, *_POSITIONS}:
                raise ContradictionError(f"{_WHAT} has two blocks {name.upper()}; remove one")
            lines = blocks[name] = []
        elif line and lines is not None:
            lines.append(line)
    if lines is not None:
        raise _without_end(name)
    return blocks


def _without_end(block: str) -> TruncatedFileError:
    message = f"block {block.upper()} of {_WHAT} has no %ENDBLOCK"
    return TruncatedFileError(f"{message}; copy or export the file again")


def _only(blocks: dict[str, list[str]], kinds: tuple[str, str]) -> str:
    found = [kind for kind in kinds if kind in blocks]
    if not found:
        names = " or ".join(kind.upper() for kind in kinds)
        raise BadFileError(f"{_WHAT} has no block {names}; add one")
    if len(found) > 1:
        raise ContradictionError(f"{_WHAT} has {' and '.join(kinds).upper()}; remove one")
    return found[0]


def _unit(lines: list[str]) -> tuple[float, list[str]]:
    """The unit that the first line of a block may name, in angstrom, and the other lines."""
    if lines and re.fullmatch(r"[A-Za-z]\S*", lines[0]):
        if lines[0].lower() not in UNITS:
            message = f"the unit {shown(lines[0])} of {_WHAT} is not known"
            raise BadFileError(f"{message}; use one of {', '.join(UNITS)}")
        return UNITS[lines[0].lower()], lines[1:]
    return 1.0, lines


def _lattice(block: str, rows: list[list[float]], scale: float) -> list[list[float]]:
    """Vectors in angstrom.

    Raises:
        BadFileError: the block has another number of lines.
        ZeroVolumeError, NotFiniteError: lengths and angles make no cell.
    """
    wanted = 3 if block == "lattice_cart" else 2
    if len(rows) != wanted:
        message = f"block {block.upper()} of {_WHAT} has {len(rows)} lines"
        raise BadFileError(f"{message}; give {wanted} of three numbers")
    if block == "lattice_cart":
        return [[scale * x for x in row] for row in rows]
    from pymatgen.core import Lattice

    lengths = [scale * x for x in rows[0]]
    check_parameters((*lengths, *rows[1]), _WHAT)
    return Lattice.from_parameters(*lengths, *rows[1]).matrix.tolist()
