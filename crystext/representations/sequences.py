"""Formula and lists of elements, in the forms of MatText (https://arxiv.org/abs/2406.17295).

There they depend on the cell that is given; here the cell is the canonical primitive one, and the
formula is reduced, so that a crystal has one text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.representations.decimals import parameters

if TYPE_CHECKING:
    from crystext.representations.cell import Cells


def composition(cells: Cells) -> str:
    """The reduced formula in Hill's order: carbon, hydrogen, then by the alphabet."""
    return cells.structure.composition.reduced_composition.hill_formula.replace(" ", "")


def atoms(cells: Cells) -> str:
    """The element of each site."""
    return " ".join(site.specie.symbol for site in cells.sites)


def atoms_and_cell(cells: Cells, digits: int) -> str:
    """The element of each site, lengths with some digits, angles in whole degrees."""
    return " ".join([atoms(cells), *parameters(cells.sites.lattice, digits, 0)])
