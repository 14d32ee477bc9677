"""XSF of XCrySDen: crystals, slabs and polymers, one or an animation of them.

The format: http://www.xcrysden.org/doc/XSF.html. Read are ``PRIMVEC`` and ``PRIMCOORD``;
conventional vectors and grids say nothing else about the crystal. A molecule has no cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import BadXsfError, ContradictionError, ZeroVolumeError, shown
from crystext.formats.parsed import Parsed, Part, crystal
from crystext.formats.tokens import check_count, check_present, numbers_in, periodic_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

_PERIODIC = {"CRYSTAL": 3, "SLAB": 2, "POLYMER": 1, "MOLECULE": 0}
_DIMENSIONS = {"3": 3, "2": 2, "1": 1}
_KEYWORD = re.compile(
    r"(CRYSTAL|SLAB|POLYMER|MOLECULE|ATOMS|ANIMSTEPS|PRIMVEC|CONVVEC|PRIMCOORD|CONVCOORD"
    r"|DIM-?GROUP|BEGIN_\w+|END_\w+)\b(.*)"
)
_SYMBOL = re.compile(r"[A-Za-z]{1,2}\d*")
"""In any case of letters; QE writes its own names of species, such as ``Fe1``."""


class Frame(NamedTuple):
    """What one structure is read from; all of it words.

    Attributes:
        number: from 1.
        periodic: in how many directions, ``None`` where the file does not say it.
        vectors: lines of ``PRIMVEC``.
        atoms: lines of ``PRIMCOORD``, the first of which counts the others.
    """

    number: int
    periodic: int | None
    vectors: list[list[str]]
    atoms: list[list[str]]


def split(text: str) -> list[Part]:
    """The structures, each with the lattice that holds for it.

    Raises:
        BadXsfError: there are no coordinates, or coordinates of a kind that is not known.
        ZeroVolumeError: it is a molecule.
        ContradictionError: there are more or fewer structures than ``ANIMSTEPS`` says.
    """
    periodic, steps = None, None
    vectors: dict[str, list[list[str]]] = {}
    frames: list[Frame] = []
    for keyword, step, rows in _blocks(text):
        if keyword == "ANIMSTEPS":
            steps = step
        elif keyword == "PRIMVEC":
            vectors[step] = rows
        elif keyword in {"ATOMS", "MOLECULE"}:
            message = "the XSF is a molecule without a cell"
            raise ZeroVolumeError(f"{message}; give a file that begins with CRYSTAL")
        elif keyword == "PRIMCOORD":
            cell = vectors.get(step, vectors.get("", []))
            frames.append(Frame(len(frames) + 1, periodic, cell, rows))
        elif keyword in _PERIODIC:
            periodic = _PERIODIC[keyword]
        elif keyword.startswith("DIM"):
            periodic = _DIMENSIONS.get(rows[0][0] if rows else "")
    if not frames:
        raise BadXsfError("the XSF has no PRIMCOORD; give the atoms of the primitive cell")
    if steps not in {None, str(len(frames))}:
        message = f"the XSF says ANIMSTEPS {steps} and has {len(frames)} structures"
        raise ContradictionError(f"{message}; correct it")
    return [Part("xsf", frame) for frame in frames]


def _blocks(text: str) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Keywords, the first word beside each, and the words of the lines below; grids left out."""
    keyword, step, rows = "", "", []
    inside = False
    for line in text.split("\n"):
        found = _KEYWORD.match(line.strip())
        if found is None:
            if not inside and (words := line.split("#")[0].split()):
                rows.append(words)
            continue
        if keyword or rows:
            yield keyword, step, rows
        keyword, step, rows = found[1], (found[2].split() or [""])[0], []
        inside = keyword.startswith("BEGIN_")
    yield keyword, step, rows


def read(frame: Frame, *, max_sites: int | None = None) -> Parsed:
    """Reads one structure.

    Raises:
        BadXsfError: a line does not hold what it must; the message names it.
        TruncatedFileError: there are fewer lines than atoms.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    what = f"structure {frame.number} of the XSF"
    vectors = [numbers_in(row) or [] for row in frame.vectors]
    if [len(row) for row in vectors] != [3, 3, 3]:
        shape = shown(" / ".join(" ".join(row) for row in frame.vectors))
        raise BadXsfError(f"PRIMVEC of {what} is {shape}; give three lines of three numbers")
    head = frame.atoms[0] if frame.atoms else []
    if not head or not re.fullmatch(r"[0-9]{1,9}", head[0]) or len(head) > 2:
        message = f"PRIMCOORD of {what} begins with {shown(' '.join(head))}"
        raise BadXsfError(f"{message}; it must be the number of atoms, and 1")
    wanted, rows = int(head[0]), frame.atoms[1:]
    check_count(wanted, max_sites, what)
    check_present(len(rows), wanted, what)
    if len(rows) > wanted:
        message = f"{what} counts {wanted} atoms and goes on with {shown(' '.join(rows[wanted]))}"
        raise BadXsfError(f"{message}; correct the count or remove the line")
    names, coords = zip(*(_atom(row, what) for row in rows), strict=True)
    n_periodic = 3 if frame.periodic is None else frame.periodic
    notes = periodic_notes(axis < n_periodic for axis in range(3))
    return crystal(vectors, names, coords, what, cartesian=True, max_sites=max_sites, notes=notes)


def _atom(row: list[str], what: str) -> tuple[str, list[float]]:
    """The element or atomic number, and the position, angstrom, of a line; forces are left out."""
    position = numbers_in(row[1:])
    if position is None or len(position) not in {3, 6}:
        message = f"a line of {what} is {shown(' '.join(row))}"
        raise BadXsfError(f"{message}; give an element, x, y and z")
    return row[0].capitalize() if _SYMBOL.fullmatch(row[0]) else row[0], position[:3]
