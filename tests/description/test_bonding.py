"""Bonds equal those of pymatgen's structure graph, and are consistent with symmetry."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymatgen.analysis.local_env import CrystalNN

from tests.description.crystals import SYMPREC, bonded, bonded_cell, random_conventional, random_ids


@pytest.mark.parametrize("number", range(12))
def test_equal_the_connected_sites_of_pymatgen(number):
    structure = random_conventional(12, seed=8, max_sites=12)[number]
    cell = bonded_cell(structure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = CrystalNN().get_bonded_structure(structure)
    for site, bonds in enumerate(cell.bonds):
        theirs = sorted(
            (one.index, *(int(x) for x in one.jimage)) for one in graph.get_connected_sites(site)
        )
        both = zip(bonds.indices.tolist(), bonds.images.tolist(), strict=True)
        assert sorted((index, *image) for index, image in both) == theirs
        lengths = sorted(one.dist for one in graph.get_connected_sites(site))
        np.testing.assert_allclose(np.sort(bonds.lengths), lengths, atol=1e-9)


@pytest.mark.parametrize("crystal_id", random_ids(8, seed=9))
def test_bonds_go_both_ways_and_shortest_first(crystal_id):
    cell = bonded(crystal_id)
    there = {
        (site, index, *image)
        for site, bonds in enumerate(cell.bonds)
        for index, image in zip(bonds.indices.tolist(), bonds.images.tolist(), strict=True)
    }
    assert there == {(index, site, -x, -y, -z) for site, index, x, y, z in there}
    for bonds in cell.bonds:
        assert (np.diff(bonds.lengths) > -1e-5).all()
        np.testing.assert_allclose(np.linalg.norm(bonds.vectors, axis=1), bonds.lengths)


@pytest.mark.parametrize("crystal_id", random_ids(8, seed=9))
def test_sites_of_an_orbit_have_equal_bonds(crystal_id):
    cell = bonded(crystal_id)
    for site, first in enumerate(cell.orbits.of_site.tolist()):
        np.testing.assert_allclose(
            cell.bonds[site].lengths, cell.bonds[first].lengths, atol=4 * SYMPREC
        )
