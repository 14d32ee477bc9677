"""Structures as the page draws them: the cell and where the atoms are, in few characters.

A corpus holds its structures as CIF text without symmetry, of which gemmi's tables are all that is
needed; any other goes through the reader.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from gemmi import cif

from crystext.errors import CrystextError

if TYPE_CHECKING:
    from pymatgen.core import Structure

_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_SITE = ("type_symbol", "fract_x", "fract_y", "fract_z")
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_STEPS = 10_000  # of a fractional coordinate: 0.001 angstrom in a cell of 10 angstrom
_LENGTHS, _DECIMALS = 3, 4
MOST_SITES = 300
"""Larger cells have no picture in a notebook: it would be a grey cloud of many kilobytes."""


class Drawn(NamedTuple):
    """One structure as the page draws it.

    Attributes:
        cell: a, b, c in angstrom and alpha, beta, gamma in degrees.
        sites: symbols in the order of the sites with how many follow one another, ``Na4 Cl4``.
        coords: fractional coordinates times 10,000, site by site, 3 for each.
    """

    cell: list[float]
    sites: str
    coords: list[int]


def drawn(text: str) -> Drawn | None:
    """Reads a structure for drawing.

    Args:
        text: of a CIF file.

    Returns:
        ``None`` if there is no structure in it.
    """
    try:
        block = cif.read_string(text).sole_block()
        sites = block.find("_atom_site_", _SITE)
        if len(block.find_values("_symmetry_equiv_pos_as_xyz")) != 1 or not sites:
            from crystext.reading import read_text

            return drawn_structure(read_text(text)[0].structure)
        cell = [float(block.find_value(f"_cell_{name}")) for name in _CELL]
        symbols = [found[0] for row in sites if (found := _SYMBOL.match(row[0]))]
        return _drawn(cell, symbols, [[float(row[at]) for at in (1, 2, 3)] for row in sites])
    except (CrystextError, IndexError, RuntimeError, TypeError, ValueError):
        return None


def drawn_structure(structure: Structure) -> Drawn:
    """A structure for drawing; of a shared site the first element."""
    symbols = [next(iter(site.species.elements)).symbol for site in structure]
    return _drawn(list(structure.lattice.parameters), symbols, structure.frac_coords.tolist())


def _drawn(cell: list[float], symbols: list[str], coords: list[list[float]]) -> Drawn:
    rounded = [
        round(value, _LENGTHS if i < _LENGTHS else _DECIMALS) for i, value in enumerate(cell)
    ]
    runs = " ".join(f"{symbol}{len(list(run))}" for symbol, run in groupby(symbols))
    flat = [round((value % 1) * _STEPS) % _STEPS for row in coords for value in row]
    return Drawn(rounded, runs, flat)
