"""Once per orbit: the same text as without orbits, and orbits that symmetry indeed maps."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from crystext.description import condenser
from crystext.description.arrays import ArrayStructure
from crystext.description.condenser import Condenser
from crystext.description.language import write
from crystext.description.molecules import MoleculeNamer
from crystext.description.options import Condensing
from crystext.description.orbits import conventional_cell, site_orbits
from crystext.errors import SymmetryFailedError
from tests.description.crystals import (
    SYMPREC,
    conventional,
    found,
    no_symmetry,
    random_ids,
    structure,
)

NAMER = MoleculeNamer()
# Sites of one orbit with ties among their neighbours, components in one orbit, molecules, sheets.
CHOSEN = ("mp-3579", "mp-9810", "mp-567114", "mp-570080", "mp-644672", "mp-22115")


@pytest.mark.parametrize("crystal_id", [*CHOSEN, *random_ids(60 - len(CHOSEN), seed=5)])
def test_orbits_and_no_orbits_give_the_same_text(crystal_id, monkeypatch):
    def text():
        settings = Condensing(symprec=SYMPREC)
        found_in = Condenser(settings, NAMER).condense(found(structure(crystal_id)))
        return write(found_in).text

    def alone(*given):
        cell, orbits = conventional_cell(*given)
        return cell, no_symmetry(cell), orbits

    expected = text()
    monkeypatch.setattr(condenser, "conventional_cell", alone)
    monkeypatch.setattr(condenser, "site_orbits", lambda cell, _: no_symmetry(cell))
    assert text() == expected


@pytest.mark.parametrize("crystal_id", random_ids(10, seed=6))
def test_operations_map_the_first_site_of_an_orbit_to_each_site(crystal_id):
    cell = conventional(crystal_id)
    orbits = site_orbits(ArrayStructure.of(cell), SYMPREC)
    coords = cell.frac_coords
    mapped = (
        np.einsum("nxy,ny->nx", orbits.rotations[orbits.operation], coords[orbits.of_site])
        + orbits.translations[orbits.operation]
    )
    misses = mapped - coords
    misses -= np.rint(misses)
    assert np.linalg.norm(misses @ cell.lattice.matrix, axis=1).max() < 2 * SYMPREC
    assert all(cell[i].species == cell[first].species for i, first in enumerate(orbits.of_site))
    equivalent = SpacegroupAnalyzer(cell, SYMPREC).get_symmetrized_structure().equivalent_indices
    assert {frozenset(group) for group in equivalent} == {
        frozenset(np.flatnonzero(orbits.of_site == first).tolist()) for first in orbits.first_sites
    }


@pytest.mark.parametrize("crystal_id", random_ids(10, seed=7))
def test_conventional_cell_and_space_group_equal_pymatgen(crystal_id):
    symmetry = found(structure(crystal_id))
    cell = conventional_cell(symmetry, SYMPREC)[0].to_pymatgen()
    given = structure(crystal_id).get_sorted_structure()
    given.translate_sites(range(len(given)), [1, 1, 1])
    analyzer = SpacegroupAnalyzer(given, SYMPREC)
    expected = analyzer.get_conventional_standard_structure()
    assert cell.lattice.matrix.tolist() == expected.lattice.matrix.tolist()
    assert cell.frac_coords.tolist() == expected.frac_coords.tolist()
    assert cell.species == expected.species
    assert symmetry.symbol == analyzer.get_space_group_symbol()
    assert symmetry.number == analyzer.get_space_group_number()
    assert symmetry.crystal_system == analyzer.get_crystal_system()


def test_atoms_on_one_place_have_no_symmetry(rock_salt):
    broken = rock_salt.copy()
    broken.append("Na", [0, 0, 0])
    with pytest.raises(SymmetryFailedError, match="--symprec"):
        found(broken)
