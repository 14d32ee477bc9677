"""Extended xyz: each frame with a ``Lattice`` is a structure; one without is a molecule.

The format: https://github.com/libAtoms/extxyz#specification. Read are ``Lattice`` (nine numbers,
vector by vector), ``Properties``, ``pbc`` and what ASE writes of shared sites; other keys say
nothing about the crystal. What is written in other ways is refused by name.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crystext.errors import BadXyzError, ContradictionError, ZeroVolumeError, shown
from crystext.formats.objects import from_arrays
from crystext.formats.parsed import Parsed, Part
from crystext.formats.tokens import (
    atom_rows,
    check_count,
    element_or_number,
    number,
    numbers_in,
    without_labels,
)

if TYPE_CHECKING:
    from crystext.formats.objects import Arrays

_OCCUPANCIES = ("occupancy", "occupancies", "occ")
"""Names of a column with the share of each atom."""
_FULL = 1 - 1e-3
_PLAIN = "species:S:1:pos:R:3"
_FLAGS = dict.fromkeys(("T", "TRUE", "1"), True) | dict.fromkeys(("F", "FALSE", "0"), False)
_QUOTED = r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'|\{[^{}]*\}"
_PAIR = re.compile(rf"""({_QUOTED}|[^\s="']+)(?:\s*=\s*({_QUOTED}|\[[^\]]*\]+|[^\s"']+))?""")


def split(text: str) -> list[Part]:
    """The frames, counted off by the numbers of atoms that they begin with.

    Args:
        text: what stands where a frame should begin is a part as well, so that reading names it.
    """
    lines = text.split("\n")
    parts: list[Part] = []
    row = 0
    while row < len(lines):
        if not lines[row].strip():
            row += 1
            continue
        counted = re.fullmatch(r"\s*([0-9]{1,9})\s*", lines[row])
        end = row + 2 + int(counted[1]) if counted else len(lines)
        parts.append(Part("extxyz", (len(parts) + 1, "\n".join(lines[row:end]))))
        row = end
    return parts


def read(content: tuple[int, str], *, max_sites: int | None = None) -> Parsed:
    """Reads a frame.

    Args:
        content: its number, from 1, and its text.
        max_sites: the most sites that the cell may have.

    Raises:
        BadXyzError: a line does not hold what it must; the message names it.
        TruncatedFileError: there are fewer lines than atoms.
        NoAtomsError, TooManySitesError: there are none, or too many.
        ZeroVolumeError: it has no lattice, or a flat one.
        UnknownSpeciesError: a word is no element.
        ContradictionError: the frame states something twice, and not the same.
    """
    what = f"frame {content[0]} of the xyz"
    lines = content[1].split("\n")
    if not re.fullmatch(r"\s*[0-9]{1,9}\s*", lines[0]):
        message = f"{what} begins with {shown(lines[0].strip())}"
        raise BadXyzError(f"{message}; it must be the number of its atoms")
    wanted = int(lines[0])
    check_count(wanted, max_sites, what)
    header = _header(lines[1] if len(lines) > 1 else "", what)
    lattice = _lattice(header, what)
    rows = atom_rows(lines[2:], wanted, what)
    arrays: Arrays = {"cell": lattice, "pbc": _periodic(header, what)}
    arrays |= _atoms(rows, _columns(header, what), what, strict="properties" in header)
    shares = arrays.pop("shares", None)
    arrays["species"], labels = _species(arrays.pop("names"), what)
    if shares and "occupancy" not in header:
        pairs = zip(arrays["species"], shares, strict=True)
        arrays["species"] = [one if share > _FULL else {one: share} for one, share in pairs]
    if "occupancy" in header:
        arrays["info"] = {"occupancy": _occupancies(header["occupancy"], arrays, what)}
    structure, notes = from_arrays(arrays)
    return Parsed(structure, (*labels, *notes))


def _header(comment: str, what: str) -> dict[str, str]:
    """The keys of the comment in small letters, and their values without quotes.

    Raises:
        ContradictionError: one that matters stands there twice with different values.
    """
    header: dict[str, str] = {}
    for match in _PAIR.finditer(comment):
        key, value = (_unquoted(word or "T") for word in match.groups())
        key = key.lower()
        if key in {"lattice", "properties", "pbc", "occupancy"} and header.get(key, value) != value:
            message = f"{what} gives {key} twice, as {shown(header[key])} and {shown(value)}"
            raise ContradictionError(f"{message}; remove one")
        header[key] = value
    return header


def _unquoted(word: str) -> str:
    if word[0] in "\"'{[" and len(word) > 1:
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


def _lattice(header: dict[str, str], what: str) -> list[list[float]]:
    if "lattice" not in header:
        message = f"{what} is a molecule without a cell"
        raise ZeroVolumeError(f'{message}; write Lattice="ax ay az bx by bz cx cy cz" in line 2')
    found = numbers_in(header["lattice"].replace(",", " ").split())
    if found is None or len(found) != 9:
        message = f"the Lattice of {what} is {shown(header['lattice'])}; give nine numbers"
        raise BadXyzError(f'{message}, "ax ay az bx by bz cx cy cz"')
    return [found[:3], found[3:6], found[6:]]


def _periodic(header: dict[str, str], what: str) -> list[bool]:
    words = header.get("pbc", "T T T").replace(",", " ").upper().split()
    words = words * 3 if len(words) == 1 else words
    if len(words) != 3 or not all(word in _FLAGS for word in words):
        message = f"pbc of {what} is {shown(header['pbc'])}"
        raise BadXyzError(f"{message}; give three of T and F")
    return [_FLAGS[word] for word in words]


def _columns(header: dict[str, str], what: str) -> dict[str, slice]:
    """The words of a row that each column takes, by its name.

    Raises:
        BadXyzError: ``Properties`` is not understood, or has no positions or no elements.
    """
    text = header.get("properties", _PLAIN)
    words = text.split(":")
    columns: dict[str, slice] = {}
    start = 0
    triples = list(zip(words[::3], words[1::3], words[2::3], strict=False))
    for name, kind, width in triples:
        if kind not in {"S", "R", "I", "L"} or not re.fullmatch(r"[1-9][0-9]{0,3}", width):
            triples = []
            break
        columns[name.lower()] = slice(start, start + int(width))
        start += int(width)
    places = columns.get("pos", slice(0, 0))
    species = [columns[name] for name in ("species", "z") if name in columns]
    good = places.stop - places.start == 3 and all(one.stop - one.start == 1 for one in species)
    if not triples or len(words) % 3 or len(columns) < len(triples) or not species or not good:
        message = f"the Properties of {what} are {shown(text)}"
        raise BadXyzError(f"{message}; give names, kinds and widths, such as {_PLAIN}")
    return columns


def _atoms(rows: list[list[str]], columns: dict[str, slice], what: str, *, strict: bool) -> Arrays:
    """Positions and elements of the rows, and ASE's ``spacegroup_kinds`` where they stand."""
    width = max(words.stop for words in columns.values())
    atoms: dict[str, list[Any]] = {"positions": [], "names": []}
    kinds = columns.get("spacegroup_kinds")
    occupancy = next((columns[name] for name in _OCCUPANCIES if name in columns), None)
    for line, row in enumerate(rows, start=3):
        if len(row) < width or (strict and len(row) != width):
            message = f"line {line} of {what} has {len(row)} words instead of {width}"
            raise BadXyzError(f"{message}: {shown(' '.join(row))}; make it fit its Properties")
        position = numbers_in(row[columns["pos"]])
        if position is None:
            message = f"line {line} of {what} has the position"
            message += f" {shown(' '.join(row[columns['pos']]))}"
            raise BadXyzError(f"{message}; give three numbers")
        atoms["positions"].append(position)
        atoms["names"].append(
            [row[columns[name]][0] for name in ("species", "z") if name in columns]
        )
        if occupancy:
            share = number(row[occupancy][0])
            if share is None or not 0 < share <= 1:
                message = f"line {line} of {what} has the occupancy {shown(row[occupancy][0])}"
                raise BadXyzError(f"{message}; give a share up to 1")
            atoms.setdefault("shares", []).append(share)
        if kinds:
            atoms.setdefault("spacegroup_kinds", []).append(row[kinds][0])
    return atoms


def _species(named: list[list[str]], what: str) -> tuple[list[Any], list[str]]:
    """The elements of atoms by symbol or number, or both, and a note on labels.

    Raises:
        UnknownSpeciesError: there is no such element.
        ContradictionError: symbol and number of an atom differ.
    """
    words, notes = without_labels([names[0] for names in named])
    found = [element_or_number(word) for word in words]
    for line, (names, species) in enumerate(zip(named, found, strict=True), start=3):
        if len(names) > 1 and element_or_number(names[1]).Z != species.Z:
            message = f"line {line} of {what} says {shown(names[0])} and Z = {names[1]}"
            raise ContradictionError(f"{message}; correct one of them")
    return found, notes


def _occupancies(text: str, arrays: Arrays, what: str) -> dict[str, dict[str, float]]:
    """ASE's shared sites: shares by kind of site, which is a column.

    Raises:
        BadXyzError: they are not understood; leaving them out would fill the sites.
    """
    try:
        shares = json.loads(text.removeprefix("_JSON "))
    except (ValueError, RecursionError):
        shares = None
    if not isinstance(shares, dict) or "spacegroup_kinds" not in arrays:
        message = f"the occupancy of {what} is {shown(text)} and cannot be read"
        raise BadXyzError(f"{message}; write it with ASE, or give a CIF")
    return shares
