"""Long cells: bounded work, the words of ordinary cells, and no dependence on the basis."""

from __future__ import annotations

import tracemalloc
from functools import cache

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.core.structure_matcher import StructureMatcher

from crystext import mini_table
from crystext.description import anonymous_match, long_cells, neighbors
from crystext.description.arrays import ArrayStructure
from crystext.description.canonical import canonical_structure
from crystext.description.condenser import Condenser
from crystext.description.language import write
from crystext.description.long_cells import is_long, matcher_for, reduced_primitive
from crystext.description.molecules import MoleculeNamer
from crystext.description.options import Condensing
from tests.description.crystals import found, random_conventional


@cache
def condenser() -> Condenser:
    return Condenser(Condensing(), MoleculeNamer(online=False))


def text(structure: Structure) -> str:
    return write(condenser().condense(found(structure))).text


def chain(length: float) -> Structure:
    """Two different molecules, far apart in a long cell."""
    return Structure(
        Lattice.orthorhombic(5, 5.2, length),
        ["Cl", "Cl", "Cl", "Cl"],
        [[0, 0, 0], [0, 0, 2.0 / length], [0.5, 0.5, 0.3], [0.9, 0.5, 0.3]],
    )


def sheet(length: float) -> Structure:
    third = 1 / 3
    return Structure(
        Lattice.hexagonal(2.5, length), ["B", "N"], [[third, 2 * third, 0], [2 * third, third, 0]]
    )


def slab(length: float) -> Structure:
    heights = np.arange(4) * 1.9 / length
    return Structure(
        Lattice.tetragonal(2.69, length),
        ["Cu", "Au"] * 2,
        [[0.5 * (i % 2), 0.5 * (i % 2), height] for i, height in enumerate(heights)],
    )


LONG = {"chain": chain, "sheet": sheet, "slab": slab}


def test_no_mini_crystal_is_long():
    lattices = np.reshape(mini_table()["lattice"].to_pylist(), (-1, 3, 3))
    assert not any(map(is_long, lattices))


@pytest.mark.parametrize("name", LONG)
def test_the_words_are_those_of_the_ordinary_way(name, monkeypatch):
    structure = LONG[name](60.0)
    assert not is_long(structure.lattice.matrix)
    expected = text(structure)
    monkeypatch.setattr(long_cells, "MOST_POINTS", 0)
    monkeypatch.setattr(neighbors, "MOST_ATOMS", 0)
    monkeypatch.setattr(anonymous_match, "_MANY_STEPS", 0)
    assert is_long(structure.lattice.matrix)
    assert text(structure) == expected


@pytest.mark.parametrize("name", LONG)
def test_a_long_cell_takes_little_memory(name):
    structure = LONG[name](5000.0)
    text(sheet(60.0))  # libraries and the prototypes are loaded
    tracemalloc.start()
    try:
        found = text(structure)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found
    assert peak < 200e6


@pytest.mark.parametrize("name", LONG)
def test_the_canonical_text_of_a_long_cell_does_not_depend_on_its_basis(name):
    structure = LONG[name](3000.0)
    expected = canonical_structure(structure)
    rng = np.random.default_rng(5)
    for _ in range(2):
        basis = np.eye(3, dtype=int)
        for _ in range(4):
            i, j = rng.choice(3, 2, replace=False)
            basis[i] += rng.integers(-3, 4) * basis[j]
        skewed = Structure(
            basis @ structure.lattice.matrix,
            structure.species,
            structure.frac_coords @ np.linalg.inv(basis),
        )
        assert text(canonical_structure(skewed)) == text(expected)


@pytest.mark.parametrize("angle", [20.0, 160.0])
def test_oblique_cells_are_described_as_the_crystal(angle):
    rock_salt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5] * 3]
    )
    shift = round(1 / np.tan(np.radians(angle)))
    basis = np.array([[1, 0, 0], [shift, 1, 0], [7, -5, 1]])
    oblique = Structure(
        basis @ rock_salt.lattice.matrix,
        rock_salt.species,
        rock_salt.frac_coords @ np.linalg.inv(basis),
    )
    assert oblique.lattice.gamma == pytest.approx(angle, abs=2)
    expected = text(canonical_structure(rock_salt))
    assert text(canonical_structure(oblique)) == expected
    assert "Halite, Rock Salt structured" in expected


@pytest.mark.parametrize("number", range(6))
def test_the_long_way_fits_what_pymatgen_fits(number, monkeypatch):
    structure = random_conventional(6, seed=8, max_sites=12)[number]
    moved = structure.copy()
    moved.perturb(0.02)
    swapped = structure.copy()
    swapped.translate_sites([0], [0.31, 0.17, 0.23])
    expected = [StructureMatcher().fit(structure, other) for other in (moved, swapped)]
    monkeypatch.setattr(long_cells, "MOST_POINTS", 0)
    matcher = matcher_for(ArrayStructure.of(structure))
    assert type(matcher) is not StructureMatcher
    assert [matcher.fit(structure, other) for other in (moved, swapped)] == expected
    assert expected[0]


def test_a_long_cell_is_folded_to_its_primitive_cell():
    structure = chain(4000.0)
    double = structure.copy()
    double.make_supercell([1, 2, 1])
    reduced = reduced_primitive(ArrayStructure.of(double))
    assert len(reduced) == len(structure)
    assert reduced.lattice.volume == pytest.approx(structure.volume)
