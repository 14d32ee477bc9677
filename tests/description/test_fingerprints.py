"""Fingerprints equal matminer's; geometries are named as robocrys names them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from matminer.featurizers.site import CrystalNNFingerprint
from matminer.featurizers.structure import SiteStatsFingerprint
from robocrys.condense.fingerprint import get_site_fingerprints

from crystext.description.fingerprints import (
    FEATURES,
    site_fingerprints,
    site_geometry,
    structure_fingerprint,
)
from tests.description.crystals import bonded_cell, random_conventional
from tests.upstream.repairs import Repairs

SITE = CrystalNNFingerprint.from_preset("ops", cation_anion=False)
STATISTICS = SiteStatsFingerprint(SITE, stats=("mean", "std_dev"))


def test_features_stand_in_the_order_of_matminer():
    assert [f"{name} CN_{number}" for name, number in FEATURES] == SITE.feature_labels()


@pytest.mark.parametrize("number", range(8))
def test_equal_matminer(number):
    structure = random_conventional(8, seed=10, max_sites=10)[number]
    cell = bonded_cell(structure)
    ours = site_fingerprints(cell)
    repairs = Repairs()  # for the body-centred-cubic order parameter
    with warnings.catch_warnings(), repairs.active():
        warnings.simplefilter("ignore")
        for site, values in ours.items():
            np.testing.assert_allclose(values, SITE.featurize(structure, site), atol=1e-9)
        # Off by what symmetry within the tolerance leaves between sites of an orbit
        np.testing.assert_allclose(
            structure_fingerprint(cell, ours), STATISTICS.featurize(structure), atol=2e-3
        )


@pytest.mark.parametrize("number", range(4))
def test_geometry_is_that_of_robocrys(number):
    from robocrys.condense.site import SiteAnalyzer

    structure = random_conventional(8, seed=10, max_sites=10)[number]
    ours = site_fingerprints(bonded_cell(structure))
    analyzer = SiteAnalyzer.__new__(SiteAnalyzer)  # what it takes to name a geometry, no more
    analyzer.minimum_geometry_op = 0.4
    with warnings.catch_warnings(), Repairs().active():
        warnings.simplefilter("ignore")
        analyzer.site_fingerprints = get_site_fingerprints(structure)
    for site, values in ours.items():
        theirs = analyzer.get_site_geometry(site)
        name, likeness = site_geometry(values)
        assert name == theirs["type"]
        assert likeness == pytest.approx(theirs["likeness"], abs=1e-9)
