"""Which two atoms are too near to be there at once, or near enough to belong together.

The distances: single-bond radii of B. Cordero et al., Dalton Trans. 2008, 2832, as pymatgen holds
them. The shortest bonds of crystals are about 0.8 of the sum of two such radii between like
elements (the triple bond of nitrogen 0.77) and 0.66 between a metal and oxygen (V=O), so that the
fractions below tell apart what cannot be bonded.
"""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crystext.description.elements import SHORTEST, SHORTEST_WITH_HYDROGEN, covalent_radius
from crystext.errors import UnknownElementDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymatgen.core import Structure

PARENT_DISTANCE = 1.3
"""Angstrom; a hydrogen belongs to the nearest other atom within this distance."""
BONDED = 1.25
"""Two atoms within this many sums of their radii are bonded."""
_ALIKE, _POLAR = 0.75, 0.6
_POLAR_DIFFERENCE = 0.9  # Pauling's scale; C-O is below, Si-O and V-O above
_HALF_HYDROGENS = 1.2
"""Angstrom; two half hydrogens of a hydrogen bond are 0.7 to 0.8 apart, two of water 1.5."""
_UNKNOWN_RADIUS = 1.5
_LONGEST = 5.0


class Pairs(NamedTuple):
    """Pairs of sites, each once in either direction.

    Attributes:
        first: site indexes, (n,).
        second: site indexes, (n,).
        images: lattice translation of the second site, (n, 3).
        distances: angstrom, (n,).
    """

    first: np.ndarray
    second: np.ndarray
    images: np.ndarray
    distances: np.ndarray


@lru_cache(maxsize=256)
def radius(symbol: str) -> float:
    """Covalent radius in angstrom; 1.5 for what has none."""
    from pymatgen.core import Element

    if not Element.is_valid_symbol(symbol):
        return _UNKNOWN_RADIUS
    try:
        return covalent_radius(Element(symbol))
    except UnknownElementDataError:
        return _UNKNOWN_RADIUS


@lru_cache(maxsize=256)
def _electronegativity(symbol: str) -> float:
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noble gases have none
        value = float(Element(symbol).X) if Element.is_valid_symbol(symbol) else math.nan
    return 2.0 if math.isnan(value) else value


def bond_length(first: str, second: str) -> float:
    """The longest distance in angstrom at which two elements count as bonded."""
    return BONDED * (radius(first) + radius(second))


def least(first: str, second: str) -> float:
    """The distance in angstrom below which two atoms overlap, whatever their shares."""
    return SHORTEST_WITH_HYDROGEN if "H" in {first, second} else SHORTEST


def exclusion(first: str, second: str, *, molecular_hydrogen: bool = False) -> float:
    """The distance in angstrom below which two part-time atoms never meet.

    Args:
        first: symbol of one element.
        second: symbol of the other.
        molecular_hydrogen: whether two hydrogens may be an H2 molecule, having no other neighbour.
    """
    if first == second == "H":
        return SHORTEST_WITH_HYDROGEN if molecular_hydrogen else _HALF_HYDROGENS
    polar = abs(_electronegativity(first) - _electronegativity(second)) > _POLAR_DIFFERENCE
    fraction = _POLAR if polar else _ALIKE
    return max(least(first, second), fraction * (radius(first) + radius(second)))


def pairs_around(structure: Structure, sites: Sequence[int]) -> Pairs:
    """All pairs whose first site is among ``sites``, up to the longest bond of their elements.

    Args:
        structure: may be disordered.
        sites: indexes into it.
    """
    symbols = {species.symbol for site in structure for species in site.species}
    around = {species.symbol for index in sites for species in structure[index].species}
    if not around:
        none = np.zeros(0, dtype=int)
        return Pairs(none, none, np.zeros((0, 3), dtype=int), np.zeros(0))
    reach = BONDED * (max(map(radius, symbols)) + max(map(radius, around)))
    first, second, images, distances = structure.get_neighbor_list(
        min(reach, _LONGEST), sites=[structure[index] for index in sites], exclude_self=False
    )
    first = np.asarray(sites, dtype=int)[first]
    images = np.rint(images).astype(int)
    other = (first != second) | images.any(axis=1)
    first, second, images, distances = first[other], second[other], images[other], distances[other]
    order = np.lexsort((*images.T, second, first))
    return Pairs(first[order], second[order], images[order], distances[order])


def nearest_images(
    matrix: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest images.

    Args:
        matrix: lattice vectors as rows, angstrom, (3, 3).
        first: fractional coordinates, (n, 3).
        second: fractional coordinates, (m, 3).

    Returns:
        Distances in angstrom, (n, m), and the lattice translations of ``second``, (n, m, 3).
    """
    steps = second[None] - first[:, None]
    whole = -np.rint(steps).astype(int)
    around = np.array(list(product((0, -1, 1), repeat=3)))
    vectors = (steps + whole)[:, :, None] + around
    lengths = np.linalg.norm(vectors @ matrix, axis=-1)
    best = np.argmin(np.round(lengths, 4), axis=-1)
    distances = np.take_along_axis(lengths, best[..., None], axis=-1)[..., 0]
    return distances, whole + around[best]
