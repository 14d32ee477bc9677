"""How well an arrangement keeps charges of one sign, and atoms of one element, apart.

Energies are Ewald sums of point charges, in eV with charges in units of the electron's and
distances in angstrom (P. P. Ewald, Ann. Phys. 369 (1921) 253; the neutralising background drops
out, since all arrangements have one composition). Where no charges are known, or they do not tell,
atoms of one element repel each other as unit charges do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from crystext.disorder.supercell import Supercell

COULOMB = 14.399645
"""e^2 / (4 pi epsilon_0) in eV angstrom (CODATA 2018)."""
_ALIKE_WEIGHT = 1e-3
_ACCURACY = 9.0  # exponent of what is left out of either sum


def ewald_matrix(lattice: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Energies of pairs of unit charges, all periodic images included.

    Args:
        lattice: vectors as rows, angstrom, (3, 3).
        rows: Cartesian positions, angstrom, (n, 3).
        columns: the same, (m, 3).

    Returns:
        eV, (n, m); where both are one position, the energy with its own images.
    """
    from scipy.special import erfc

    volume = abs(np.linalg.det(lattice))
    sites = max(len(rows), len(columns), 1)
    width = np.sqrt(np.pi) * (sites / volume**2) ** (1 / 6)  # 1 / angstrom, balances both sums
    width = min(max(width, 1.5 / volume ** (1 / 3)), 1.0)
    reach, waves = np.sqrt(_ACCURACY * 2) / width, 2 * width * np.sqrt(_ACCURACY * 2)

    inverse = np.linalg.inv(lattice)
    frac = (columns[None] - rows[:, None]) @ inverse
    steps = (frac - np.rint(frac)) @ lattice
    total = np.full(steps.shape[:2], -np.pi / (volume * width**2))
    for shift in _points(lattice, reach + np.linalg.norm(lattice, axis=1).sum() / 2):
        distances = np.linalg.norm(steps + shift, axis=-1)
        same = distances < 1e-6
        distances[same] = 1.0
        total += np.where(same, -2 * width / np.sqrt(np.pi), erfc(width * distances) / distances)
    reciprocal = 2 * np.pi * inverse.T
    vectors = np.array([v for v in _points(reciprocal, waves) if np.linalg.norm(v) > 1e-9])
    squares = (vectors**2).sum(axis=1)
    weights = 4 * np.pi / volume * np.exp(-squares / (4 * width**2)) / squares
    first, second = rows @ vectors.T, columns @ vectors.T
    total += (np.cos(first) * weights) @ np.cos(second).T
    total += (np.sin(first) * weights) @ np.sin(second).T
    return COULOMB * total


def _points(lattice: np.ndarray, reach: float) -> np.ndarray:
    """Points of a lattice within some distance of the origin, (n, 3)."""
    spans = np.ceil(reach * np.linalg.norm(np.linalg.inv(lattice), axis=0)).astype(int)
    grid = np.array(list(product(*(range(-n, n + 1) for n in spans)))) @ lattice
    return grid[np.linalg.norm(grid, axis=1) <= reach]


@dataclass(frozen=True)
class Energies:
    """Energies of what stands on places.

    Attributes:
        matrix: pairs of unit charges on places, eV, (n, n).
        outside: potential of all fixed charges at the places, eV, (n,).
        charges: of every option of every place, a column a kind of charge; option 0 is the empty
            place; (n, options, kinds).
        weights: of the kinds of charge, (kinds,).
    """

    matrix: np.ndarray
    outside: np.ndarray
    charges: np.ndarray
    weights: np.ndarray

    def of(self, states: np.ndarray) -> np.ndarray:
        """Energies of arrangements.

        Args:
            states: the option on each place, (arrangements, n).

        Returns:
            eV, (arrangements,).
        """
        charges = self.charges[np.arange(states.shape[1]), states]  # (arrangements, n, kinds)
        total = self.weights[0] * (charges[..., 0] @ self.outside)
        for kind, weight in enumerate(self.weights):
            values = charges[..., kind]
            total = total + weight * 0.5 * ((values @ self.matrix) * values).sum(axis=1)
        return total


def energies(
    supercell: Supercell, places: list[tuple[int, ...]], charges: dict[Any, float] | None
) -> Energies:
    """Prepares the energies of arrangements of units on places, by charges where they are known."""
    base = supercell.alternatives.structure.lattice.matrix
    centres = np.array([supercell.centre(place[0]) for place in places]).reshape(-1, 3)
    families = sorted({supercell.unit(number).family for place in places for number in place})
    kinds = {kind: n for n, kind in enumerate(sorted({_kind(family) for family in families}), 1)}
    table = np.zeros((len(places), 1 + max(map(len, places)), 1 + len(kinds)))
    for row, place in enumerate(places):
        for option, number in enumerate(place, start=1):
            unit = supercell.unit(number)
            table[row, option, kinds[_kind(unit.family)]] = 1
            if charges:
                table[row, option, 0] = sum(charges.get(s, 0.0) for s in unit.species)
    outside = np.zeros(len(places))
    matrix = ewald_matrix(supercell.lattice, centres, centres)
    charged = {species: charge for species, charge in (charges or {}).items() if charge}
    fixed = [(frac, charged[s]) for _, s, frac in supercell.fixed_atoms() if s in charged]
    if fixed:
        positions = np.array([frac for frac, _ in fixed]) @ base
        outside = ewald_matrix(supercell.lattice, centres, positions) @ [q for _, q in fixed]
    weights = np.full(1 + len(kinds), _ALIKE_WEIGHT if charges else 1.0)
    weights[0] = 1.0
    return Energies(matrix, outside, table, weights)


def _kind(family: tuple) -> str:
    """What repels its like: an element wherever it stands, or a disorder group."""
    return str(family[-1]) if family[0] == "site" else f"{family[1]} {family[2]}"
