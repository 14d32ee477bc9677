"""Kinds of sites: equal ones stay equal whatever noise is in their angles."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from crystext.description.arrays import ArrayStructure
from crystext.description.bonding import BondedCell
from crystext.description.fingerprints import site_fingerprints
from crystext.description.orbits import site_orbits
from crystext.description.sites import SiteAnalysis
from tests.description.crystals import no_symmetry

LITHIUM_210 = Structure(
    Lattice.monoclinic(7.692073842599276, 3.44, 21.75647030195845, 98.13010235415597),
    ["Li"] * 12,
    np.array(
        [
            *([12, 14, 37], [44, 14, 33], [28, 42, 35], [52, 42, 39], [20, 14, 29], [52, 14, 25]),
            *([36, 42, 27], [4, 42, 31], [28, 14, 21], [4, 14, 17], [44, 42, 19], [12, 42, 23]),
        ]
    )
    / 56,
)
"""A slab of lithium with many straight angles, whose cosines are rounded near -1."""


def kinds(structure, orbits):
    arrays = ArrayStructure.of(structure)
    cell = BondedCell.of(arrays, orbits(arrays))
    return SiteAnalysis(cell, site_fingerprints(cell)).kinds


@pytest.mark.parametrize("seed", range(5))
def test_noise_in_straight_angles_makes_no_new_kinds(seed):
    expected = kinds(LITHIUM_210, lambda cell: site_orbits(cell, 0.01))
    assert len(set(expected)) == 6
    noise = 1e-13 * np.random.default_rng(seed).normal(size=(12, 3))
    noisy = Structure(LITHIUM_210.lattice, LITHIUM_210.species, LITHIUM_210.frac_coords + noise)
    assert kinds(noisy, no_symmetry) == expected
