"""Cell and coordinates as bare numbers: the text that Crystal-text-LLM learns.

Gruver and others, "Fine-Tuned Language Models Generate Stable Inorganic Materials as Text"
(https://arxiv.org/abs/2402.04379). Its code cuts angles off behind the point, so that 119.9999
degrees are 119; here they are rounded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crystext.crystal import Crystal
from crystext.errors import UnreadableTextError, shown
from crystext.formats.tokens import numbers_in
from crystext.representations.decimals import coordinates, parameters

if TYPE_CHECKING:
    from pymatgen.core import Lattice

    from crystext.representations.cell import Cells

LEAST_LINES = 4
"""Lengths, angles, and an element with its coordinates."""


def write(cells: Cells, digits: int) -> str:
    """Lengths and angles, then two lines a site.

    Args:
        cells: the crystal.
        digits: decimals of coordinates; lengths have one less, angles two less.
    """
    structure = cells.sites
    values = parameters(structure.lattice, max(digits - 1, 0), max(digits - 2, 0))
    lines = [" ".join(values[:3]), " ".join(values[3:])]
    for site in structure:
        lines += [site.specie.symbol, " ".join(coordinates(site.frac_coords, digits))]
    return "\n".join(lines)


def read(text: str) -> Crystal:
    """The crystal of such a text.

    Raises:
        UnreadableTextError: a line is not what stands in its place.
    """
    from pymatgen.core import Element, Structure

    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < LEAST_LINES or len(lines) % 2:
        raise UnreadableTextError(
            f"{len(lines)} lines are no crystal-text-llm; it has lengths, angles, and for each "
            "site its element and its coordinates"
        )
    lengths, angles = three(lines[0], "lengths"), three(lines[1], "angles")
    lattice = lattice_of(lengths, angles)
    symbols = lines[2::2]
    wrong = next((one for one in symbols if not Element.is_valid_symbol(one)), None)
    if wrong is not None:
        raise UnreadableTextError(f"{shown(wrong)} is no element; each site begins with one")
    coords = [three(one, "coordinates") for one in lines[3::2]]
    return Crystal("text", Structure(lattice, symbols, coords))


def three(line: str, what: str) -> list[float]:
    """The three numbers of a line.

    Raises:
        UnreadableTextError: it has no three finite numbers.
    """
    values = numbers_in(line.split()) or []
    if len(values) != 3 or not all(map(math.isfinite, values)):
        raise UnreadableTextError(f"{shown(line)} is not three {what}; correct the line")
    return values


def lattice_of(lengths: list[float], angles: list[float]) -> Lattice:
    """The lattice of three lengths in angstrom and three angles in degrees.

    Raises:
        UnreadableTextError: no cell has these.
    """
    from pymatgen.core import Lattice

    alpha, beta, gamma = sorted(angles)
    closes = alpha > 0 and gamma < alpha + beta and alpha + beta + gamma < 360
    if min(lengths) <= 0 or not closes:
        values = " ".join(f"{value:g}" for value in (*lengths, *angles))
        raise UnreadableTextError(f"no cell has the lengths and angles {values}; correct them")
    return Lattice.from_parameters(*lengths, *angles)
