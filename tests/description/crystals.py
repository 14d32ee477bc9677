"""Mini crystals that the tests of the engine share, drawn by a seed or chosen for what they are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from crystext import mini, mini_table
from crystext.description.arrays import ArrayStructure
from crystext.description.bonding import BondedCell
from crystext.description.orbits import Orbits, conventional_cell, site_orbits
from crystext.description.symmetry import Symmetry, find_symmetry

if TYPE_CHECKING:
    from pymatgen.core import Structure

SYMPREC = 0.01


@cache
def random_ids(n: int, seed: int, max_sites: int = 12) -> tuple[str, ...]:
    """Ids of ``n`` crystals with no more sites than that in the cell as given."""
    table = mini_table()
    small = [
        crystal_id
        for crystal_id, numbers in zip(
            table["id"].to_pylist(), table["numbers"].to_pylist(), strict=True
        )
        if len(numbers) <= max_sites
    ]
    rng = np.random.default_rng(seed)
    return tuple(small[i] for i in rng.permutation(len(small))[:n])


@cache
def structure(crystal_id: str) -> Structure:
    return next(mini([crystal_id])).structure


def found(structure: Structure) -> Symmetry:
    """The symmetry of a structure."""
    return find_symmetry(ArrayStructure.of(structure), SYMPREC)


@cache
def conventional(crystal_id: str) -> Structure:
    return conventional_cell(found(structure(crystal_id)), SYMPREC)[0].to_pymatgen()


def bonded_cell(structure: Structure) -> BondedCell:
    """The bonded cell of a structure, analysed by the orbits of its symmetry."""
    cell = ArrayStructure.of(structure)
    return BondedCell.of(cell, site_orbits(cell, SYMPREC))


@cache
def bonded(crystal_id: str) -> BondedCell:
    return bonded_cell(conventional(crystal_id))


def no_symmetry(cell: ArrayStructure) -> Orbits:
    """Orbits in which every site is alone."""
    n, identity = len(cell), np.eye(3, dtype=np.int64)[None]
    return Orbits(np.arange(n), np.zeros(n, dtype=np.int64), identity, np.zeros((1, 3)))


def random_conventional(n: int, seed: int, max_sites: int = 24) -> list[Structure]:
    """Conventional cells of ``n`` random crystals, none larger than that."""
    cells = (conventional(crystal_id) for crystal_id in random_ids(3 * n, seed))
    return [cell for cell in cells if len(cell) <= max_sites][:n]
