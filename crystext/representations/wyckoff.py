"""Orbits by element, multiplicity and Wyckoff letter: letters alone, or with cell and sites.

The letters alone are the form of WyCryst (https://doi.org/10.1016/j.matt.2024.05.042) and MatText.
Letters and coordinates hold in the standard setting of spglib: axis b, hexagonal axes, origin
choice 1.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from crystext.errors import UnreadableTextError, shown
from crystext.representations.cif import ANGLE_DIGITS, of_orbits, read
from crystext.representations.decimals import coordinates, parameters
from crystext.representations.numbers import lattice_of, three

if TYPE_CHECKING:
    from crystext.crystal import Crystal
    from crystext.representations.cell import Cells

_ORBIT = re.compile(r"([A-Z][a-z]?) +(\d+)([a-zA-Z]) +(\S+ +\S+ +\S+)")


def letters(cells: Cells) -> str:
    """Formula of the standard cell, space group number, then a line an orbit."""
    lines = [cells.symmetry.standard.composition.formula, str(cells.symmetry.number)]
    lines += [f"{one.symbol} {one.multiplicity} {one.letter}" for one in cells.orbits]
    return "\n".join(lines)


def sites(cells: Cells, digits: int) -> str:
    """Space group number, lengths and angles, then a line an orbit with one of its sites."""
    values = parameters(cells.symmetry.standard.lattice, digits, ANGLE_DIGITS)
    lines = [str(cells.symmetry.number), " ".join(values)]
    for one in cells.orbits:
        where = " ".join(coordinates(one.coords, digits))
        lines.append(f"{one.symbol} {one.multiplicity}{one.letter} {where}")
    return "\n".join(lines)


def read_sites(text: str) -> Crystal:
    """The crystal of such a text with sites; letters say nothing that coordinates do not.

    Raises:
        InputError: it cannot be read, or an orbit has not as many sites as it says.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    number = lines[0] if lines else ""
    if not number.isdecimal() or not 1 <= int(number) <= 230 or len(lines) < 3:
        raise UnreadableTextError(
            f"{shown(number)} is no space group number with a cell and sites below it; the text "
            "begins with a number from 1 to 230"
        )
    words = lines[1].split()
    if len(words) != 6:
        raise UnreadableTextError(f"{shown(lines[1])} is no cell; give three lengths and angles")
    lengths, angles = three(" ".join(words[:3]), "lengths"), three(" ".join(words[3:]), "angles")
    lattice_of(lengths, angles)
    orbits = [_orbit(line) for line in lines[2:]]
    crystal = read(of_orbits(int(number), words, orbits))
    said = Counter[str]()
    for symbol, multiplicity, _, _ in orbits:
        said[symbol] += multiplicity
    for symbol, count in crystal.structure.composition.get_el_amt_dict().items():
        if round(count) != said[symbol]:
            raise UnreadableTextError(
                f"the orbits of {symbol} say {said[symbol]} sites, their coordinates make "
                f"{count:g} in space group {number}; correct one of them"
            )
    return crystal


def _orbit(line: str) -> tuple[str, int, str, list[str]]:
    """Element, multiplicity, letter and coordinates of a line."""
    found = _ORBIT.fullmatch(line)
    if found is None:
        raise UnreadableTextError(
            f"{shown(line)} is no orbit; write it as in: Na 4a 0.0000 0.0000 0.0000"
        )
    symbol, multiplicity, letter, coords = found.groups()
    three(coords, "coordinates")
    return symbol, int(multiplicity), letter, coords.split()
