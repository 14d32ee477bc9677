"""Energies against pymatgen's, and the search against all arrangements listed by brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Lattice, Structure

from crystext.disorder import arrange
from crystext.disorder.alternatives import take_apart
from crystext.disorder.arrange import Problem, arrangement
from crystext.disorder.energies import COULOMB, ewald_matrix
from crystext.disorder.supercell import UNIT_CELL, Supercell, compact_supercells
from crystext.errors import CannotOrderError
from tests.disorder.crystals import rock_salt, spinel, split_lithium

LATTICES = [
    Lattice.cubic(4.2),
    Lattice.from_parameters(3, 5, 9, 70, 95, 110),
    Lattice.hexagonal(2.9, 14),
]


@pytest.mark.parametrize("lattice", LATTICES)
def test_pair_energies_agree_with_another_ewald_sum(lattice):
    rng = np.random.default_rng(3)
    coords = rng.random((6, 3))
    charges = np.array([2, -2, 1, -1, 3, -3])
    species = [
        f"{name}{abs(c)}{'+' if c > 0 else '-'}"
        for name, c in zip(("Mg", "O", "Na", "F", "Al", "N"), charges, strict=True)
    ]
    structure = Structure(lattice, species, coords)
    positions = structure.cart_coords
    matrix = ewald_matrix(lattice.matrix, positions, positions)
    energy = 0.5 * charges @ matrix @ charges
    assert energy == pytest.approx(EwaldSummation(structure, acc_factor=16).total_energy, abs=2e-3)


def test_rock_salt_has_its_madelung_constant():
    structure = rock_salt("Na+", "Cl-", a=2)
    charges = np.array([site.specie.oxi_state for site in structure])
    matrix = ewald_matrix(structure.lattice.matrix, structure.cart_coords, structure.cart_coords)
    assert 0.5 * charges @ matrix @ charges / 4 == pytest.approx(-1.747565 * COULOMB, abs=1e-3)


def problem_of(structure, matrix=UNIT_CELL):
    alternatives = take_apart(structure)
    supercell = Supercell(alternatives, matrix)
    counts = {}
    for pool, places in alternatives.pools().items():
        families = [alternatives.units[n].family for n in places[0]]
        total = len(places) * supercell.size
        counts[pool] = {
            family: round(total * alternatives.units[n].occupancy)
            for n, family in zip(places[0], families, strict=True)
        }
    return Problem(
        supercell,
        [members for _, members in supercell.places],
        [pool for pool, _ in supercell.places],
        counts,
        frozenset(),
        (),
    )


def inverse_spinel():
    structure = spinel("Al", {"Mg": 0.5, "Al": 0.5}).get_primitive_structure()
    return structure, {"Mg": 2.0, "Al": 3.0, "O": -2.0}


def test_the_best_of_all_arrangements_is_found():
    structure, charges = inverse_spinel()
    problem = problem_of(structure)
    found = arrangement(problem, {s: charges[s.symbol] for s in structure.composition})
    assert found.complete
    assert found.listed == 6
    mixed = [i for i, site in enumerate(structure) if not site.is_ordered]
    energies = []
    for pair in combinations(mixed, 2):
        trial = structure.copy()
        for index in mixed:
            trial[index] = "Mg" if index in pair else "Al"
        trial.add_oxidation_state_by_element(charges)
        energies.append(EwaldSummation(trial).total_energy)
    chosen = {problem.supercell.atoms(n)[0][:2] for n in found.units}
    picked = tuple(sorted(site for site, species in chosen if species.symbol == "Mg"))
    assert energies[list(combinations(mixed, 2)).index(picked)] == pytest.approx(
        min(energies), abs=1e-3
    )


def test_exchange_finds_what_the_full_list_finds(monkeypatch):
    structure, charges = inverse_spinel()
    species = {s: charges[s.symbol] for s in structure.composition}
    matrix = compact_supercells(structure.lattice.matrix, 2, 1)[0]
    full = arrangement(problem_of(structure, matrix), species)
    monkeypatch.setattr(arrange, "MAX_LISTED", 10)
    short = arrangement(problem_of(structure, matrix), species)
    assert full.complete
    assert not short.complete
    assert short.energy == pytest.approx(full.energy, abs=2.0)
    assert short.energy >= full.energy - 1e-6


def test_exclusions_are_obeyed_in_supercells():
    problem = problem_of(split_lithium(), np.diag([2, 2, 1]))
    found = arrangement(problem)
    assert len(found.units) == 4
    assert not any(problem.supercell.conflicts[n] & found.units for n in found.units)


def test_what_cannot_be_placed_is_refused():
    problem = problem_of(split_lithium())
    pools = list(problem.counts)
    too_many = {pool: dict.fromkeys(problem.counts[pool], 1) for pool in pools}
    with pytest.raises(CannotOrderError, match="no arrangement obeys the exclusions"):
        arrangement(
            Problem(problem.supercell, problem.places, problem.pools, too_many, frozenset(), ())
        )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 8])
def test_supercells_have_the_size_and_the_most_compact_comes_first(size):
    lattice = Lattice.cubic(4.05)
    shapes = compact_supercells(lattice.matrix, size, 4)
    assert all(round(abs(np.linalg.det(shape))) == size for shape in shapes)
    spans = [float((shape**2).sum()) for shape in shapes]
    assert spans == sorted(spans)
    if size == 8:
        assert spans[0] == 12  # 2 x 2 x 2
