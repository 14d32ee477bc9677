"""Facts are what the text says, of a fixed width, and the same however they are asked for."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from pymatgen.core import Lattice, Species, Structure

import crystext
from crystext.errors import UsageError
from crystext.features.elements import element_table
from crystext.features.facts import (
    DIGEST,
    FEATURES,
    NAMES,
    WIDTH,
    as_vectors,
    facts_table,
    row_of,
)
from crystext.features.places import sites_of_atoms
from crystext.features.schema import VERSION
from crystext.features.site_facts import site_facts

SOME = 400


@pytest.fixture(scope="module")
def mini():
    return crystext.load_corpus("mini")


@pytest.fixture(scope="module")
def rows(mini):
    """Every fifteenth crystal's row."""
    names = ["id", "text", "formula", "condensed", "space_group_number", "dimensionality"]
    return mini.table([*names, "crystal_system", "mineral"]).to_pylist()[::15]


@pytest.fixture(scope="module")
def found(rows):
    return [crystext.facts(row["condensed"]) for row in rows]


def test_names_units_and_order_change_only_with_the_version():
    assert (VERSION, DIGEST) == (1, "73291fa90fc6f79e")
    assert len(set(NAMES)) == len(FEATURES)
    assert all(one.meaning and one.scale > 0 for one in FEATURES)


def test_rutile_by_hand():
    facts = crystext.facts(crystext.describe("examples/rutile.cif"))
    expected = {
        "share_Ti": 1 / 3,
        "share_O": 2 / 3,
        "share_N": 0,
        "n_elements": 2,
        "electronegativity_mean": (1.54 + 2 * 3.44) / 3,
        "electronegativity_max": 3.44,
        "system_tetragonal": 1,
        "system_cubic": 0,
        "space_group_number": 136,
        "centrosymmetric": 1,
        "point_group_order": 4,  # 4/mmm has 16 operations
        "dimensionality_3": 1,
        "mineral_known": 1,
        "geometry_octahedral": 1 / 3,
        "geometry_trigonal_planar": 2 / 3,
        "coordination_mean": (6 + 2 * 3) / 3,
        "cation_coordination": 6,
        "anion_coordination": 3,
        "polyhedra": 1 / 3,
        "links_edge": (2 + 2 * 1) / 3,
        "bond_polarity_mean": 3.44 - 1.54,
    }
    for name, value in expected.items():
        assert facts[name] == pytest.approx(value), name
    assert facts["bond_length_min"] == pytest.approx(1.948, abs=2e-3)
    assert facts["bond_length_max"] == pytest.approx(1.982, abs=2e-3)
    assert math.isnan(facts["bond_length_anions"])


def test_whatever_form_a_description_has_gives_the_same():
    described = crystext.describe("examples/halite.cif")
    facts = crystext.facts(described)
    assert list(facts) == list(NAMES)
    for form in (described.to_dict(), described.condensed, json.dumps(described.to_dict())):
        given = json.loads(form) if isinstance(form, str) else form
        assert crystext.facts(given) == pytest.approx(facts, nan_ok=True)
    with pytest.raises(UsageError, match="no description; give what describe returns"):
        crystext.facts({"text": "NaCl"})


def test_they_agree_with_the_columns_and_the_words(rows, found):
    for row, facts in zip(rows, found, strict=True):
        assert facts["space_group_number"] == row["space_group_number"]
        assert facts[f"system_{row['crystal_system']}"] == 1
        assert facts[f"dimensionality_{row['dimensionality']}"] == 1
        assert (facts["mineral_known"] == 1) == (row["mineral"] is not None)
        symbols = set(re.findall(r"[A-Z][a-z]?", row["formula"])) - {"D"}
        present = {name for name in element_table().number if facts.get(f"share_{name}")}
        assert symbols <= present | {"H"}
        lengths = [float(one) for one in re.findall(r"(\d+\.\d\d) Å", row["text"])]
        if lengths and math.isfinite(facts["bond_length_max"]):
            assert facts["bond_length_min"] - 0.006 <= min(lengths)
            assert max(lengths) <= facts["bond_length_max"] + 0.006
        for word in ("corner", "edge", "face"):
            if f"{word}-sharing" in row["text"]:
                assert facts[f"links_{word}"] > 0, row["id"]


def test_shares_sum_to_one_and_what_lacks_is_said_to(found):
    lacking = {one.name for one in FEATURES if one.may_lack}
    for facts in found:
        assert sum(v for n, v in facts.items() if n in _share_names()) == pytest.approx(1)
        assert sum(v for n, v in facts.items() if n.startswith("geometry_")) == pytest.approx(1)
        assert {name for name, value in facts.items() if not math.isfinite(value)} <= lacking


def _share_names():
    return [f"share_{one}" for one in element_table().number if one not in {"D", "T"}]


def test_a_supercell_has_the_same_facts(rows):
    """Atoms count by their number, so shares and means do not depend on the cell."""
    condensed = json.loads(rows[3]["condensed"])
    doubled = {**condensed, "component_makeup": condensed["component_makeup"] * 2}
    one, two = row_of(condensed), row_of(doubled)
    one[NAMES.index("atoms_of_components")] += 1  # twice the atoms
    np.testing.assert_allclose(two, one, rtol=1e-12)


def test_vectors_are_finite_and_of_order_one(mini):
    table = facts_table(mini, limit=SOME)
    assert table.values.shape == (SOME, len(FEATURES))
    vectors = as_vectors(table.values)
    assert vectors.shape == (SOME, WIDTH)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.abs(vectors).max() <= 10
    some = facts_table(mini, ids=table.ids[5:9])
    assert some.ids == table.ids[5:9]
    np.testing.assert_array_equal(some.values, table.values[5:9])


def test_spins_change_no_fact():
    plain, spins = (
        Structure.from_spacegroup(
            "Fm-3m",
            Lattice.cubic(4.44),
            [Species("Mn", 2, spin), Species("O", -2)],
            [[0] * 3, [0.5] * 3],
        )
        for spin in (None, 5)
    )
    expected, found = crystext.describe(plain), crystext.describe(spins)
    assert "spin" in found.condensed["sites"][0]["element"]
    assert crystext.facts(found) == pytest.approx(crystext.facts(expected), nan_ok=True)
    for one, other in zip(site_facts(found.condensed), site_facts(expected.condensed), strict=True):
        np.testing.assert_array_equal(one, other)
    assert set(sites_of_atoms(spins, found.condensed, found.provenance["settings"])) == {"0", "4"}


@pytest.mark.parametrize("given", ["NaCl.cif", "[" * 100_000, '{"a": 1}', 3])
def test_what_is_no_description_is_refused(given):
    with pytest.raises(UsageError, match="is no description; give what describe returns"):
        crystext.facts(given)
