"""Facts of one site are what the text says of it, and sum up to the facts of the crystal."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import crystext
from crystext.description.record import numbered
from crystext.features.schema import VERSION
from crystext.features.site_facts import (
    DIGEST,
    FEATURES,
    NAMES,
    WIDTH,
    site_facts,
    site_vectors,
)
from crystext.features.symmetry import multiplicities


def by_site(condensed):
    keys, values = site_facts(condensed)
    return {key: dict(zip(NAMES, row, strict=True)) for key, row in zip(keys, values, strict=True)}


@pytest.fixture(scope="module")
def rows():
    """Every fifteenth crystal of mini, condensed."""
    column = crystext.load_corpus("mini").table(["condensed"])["condensed"].to_pylist()
    return [json.loads(one) for one in column[::15]]


def test_names_units_and_order_change_only_with_the_version():
    assert (VERSION, DIGEST) == (1, "8b2e3df432657173")
    assert len(set(NAMES)) == len(FEATURES)
    assert all(one.meaning and one.scale > 0 for one in FEATURES)


def test_rutile_by_hand():
    sites = by_site(crystext.describe("examples/rutile.cif").condensed)
    (titanium,) = (one for one in sites.values() if not one["anion"])
    (oxygen,) = (one for one in sites.values() if one["anion"])
    expected = {
        "geometry_octahedral": 1,
        "geometry_other": 0,
        "coordination": 6,
        "bond_polarity_mean": 3.44 - 1.54,
        "bond_polarity_deviation": 0,
        "neighbour_elements": 1,
        "neighbours_alike": 0,
        "share": 1 / 3,
        "sites_of_element": 1,
        "dimensionality": 3,
        "polyhedron": 1,
        "links_edge": 2,
        "links_corner": 8,
        "links_face": 0,
        "neighbours_coordination": 3,
        "neighbours_polyhedra": 0,
    }
    for name, value in expected.items():
        assert titanium[name] == pytest.approx(value), name
    assert titanium["bond_length_min"] == pytest.approx(1.948, abs=2e-3)
    assert titanium["bond_length_max"] == pytest.approx(1.982, abs=2e-3)
    assert math.isnan(titanium["angle_face"])
    assert oxygen["geometry_trigonal_planar"] == 1
    assert oxygen["bond_polarity_mean"] == pytest.approx(1.54 - 3.44)
    assert oxygen["share"] == pytest.approx(2 / 3)
    assert oxygen["neighbours_coordination"] == 6


def test_means_over_sites_are_the_facts_of_the_crystal(rows):
    pairs = {
        **{name: name for name in NAMES if name.startswith("geometry_")},
        "coordination": "coordination_mean",
        "likeness": "likeness_mean",
        "polyhedron": "polyhedra",
        "links_corner": "links_corner",
        "links_face": "links_face",
    }
    for condensed in rows:
        counts, facts, sites = (
            multiplicities(numbered(condensed)),
            crystext.facts(condensed),
            by_site(condensed),
        )
        total = sum(counts.values())
        for name, whole in pairs.items():
            mean = sum(sites[key][name] * counts[int(key)] for key in sites) / total
            assert mean == pytest.approx(facts[whole]), name
        longest = np.nanmax([one["bond_length_max"] for one in sites.values()])
        assert longest == pytest.approx(facts["bond_length_max"])


def test_what_lacks_is_said_to_and_vectors_are_of_order_one(rows):
    lacking = {one.name for one in FEATURES if one.may_lack}
    for condensed in rows:
        for one in by_site(condensed).values():
            assert {name for name, value in one.items() if not math.isfinite(value)} <= lacking
        keys, vectors = site_vectors(condensed)
        assert vectors.shape == (len(keys), WIDTH)
        assert np.isfinite(vectors).all()
        assert np.abs(vectors).max() <= 10


def test_keys_of_numbers_and_of_text_are_the_same_site():
    described = crystext.describe("examples/rutile.cif").condensed
    read = json.loads(json.dumps(described))
    assert site_facts(described)[0] == site_facts(read)[0]
    np.testing.assert_array_equal(site_facts(described)[1], site_facts(read)[1])
