"""Structures as the page draws them: the cell and where the atoms are, in few characters.

A corpus holds its structures as CIF text without symmetry, in pymatgen's form. That form is read
here by its lines, some twenty times faster than by a CIF parser; any other goes through one.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import CrystextError

if TYPE_CHECKING:
    from pymatgen.core import Structure

_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
_LINE = re.compile(r"^_cell_(length_[abc]|angle_(?:alpha|beta|gamma))\s+(\S+)", re.MULTILINE)
_SITES = re.compile(
    r"^loop_\n _atom_site_type_symbol\n _atom_site_label\n _atom_site_symmetry_multiplicity\n"
    r" _atom_site_fract_x\n _atom_site_fract_y\n _atom_site_fract_z\n _atom_site_occupancy\n"
    r"((?:  .*\n?)+)\s*\Z",
    re.MULTILINE,
)
_NO_SYMMETRY = "_symmetry_equiv_pos_as_xyz\n  1  'x, y, z'\nloop_\n"
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


def drawn(cif: str) -> Drawn | None:
    """Reads a structure for drawing.

    Args:
        cif: the text of a CIF file.

    Returns:
        ``None`` if there is no structure in it.
    """
    by_name = dict(_LINE.findall(cif))
    sites = _SITES.search(cif)
    try:
        if sites is None or _NO_SYMMETRY not in cif:
            return _parsed(cif)
        cell = [float(by_name[name]) for name in _CELL]
        rows = [line.split() for line in sites[1].splitlines() if line.strip()]
        symbols = [found[0] for row in rows if (found := _SYMBOL.match(row[0]))]
        return _drawn(cell, symbols, [[float(x) for x in row[3:6]] for row in rows])
    except (CrystextError, KeyError, TypeError, ValueError):
        return None


def _parsed(cif: str) -> Drawn:
    from crystext.reading import read_text

    return drawn_structure(read_text(cif)[0].structure)


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
