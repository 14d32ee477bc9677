"""Prototypes: the stored file, matches as pymatgen finds them, minerals as robocrys does."""

from __future__ import annotations

import warnings
from functools import cache
from importlib.resources import as_file, files
from itertools import combinations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.core.structure_matcher import StructureMatcher
from robocrys.condense.mineral import MineralMatcher

from crystext.description.anonymous_match import AnonymousMatcher, Reduced, reduce_structure
from crystext.description.arrays import ArrayStructure
from crystext.description.build_prototypes import build
from crystext.description.fingerprints import site_fingerprints, structure_fingerprint
from crystext.description.prototypes import library, match_mineral
from tests.description.crystals import bonded_cell, conventional, random_conventional
from tests.upstream.repairs import Repairs

FACTORS = (1.0, 0.64, 0.3)
ELEMENTS = ("Fe", "O", "Si", "Na", "Cl", "H", "C", "N", "S")


@cache
def peer() -> MineralMatcher:
    return MineralMatcher()


def to_structure(cell: Reduced) -> Structure:
    return Structure(
        Lattice(cell.matrix), [ELEMENTS[kind] for kind in cell.kinds], cell.frac_coords
    )


def assert_matches_alike(one: Reduced, two: Reduced, factor: float) -> bool:
    matcher = AnonymousMatcher().tightened(factor)
    theirs = StructureMatcher(ltol=matcher.ltol, stol=matcher.stol, angle_tol=matcher.angle_tol)
    expected = theirs.fit_anonymous(
        to_structure(one), to_structure(two), niggli=False, skip_structure_reduction=True
    )
    assert matcher.fit(one, two) == expected
    return expected


@pytest.mark.slow
def test_file_in_the_package_equals_a_fresh_build():
    fresh = build()
    with as_file(files("crystext") / "data" / "prototypes.npz") as path, np.load(path) as stored:
        assert set(stored) == set(fresh)
        for name, values in fresh.items():
            if name == "frac_coords":  # rounding decides whether an atom lies at 0 or at 1
                apart = stored[name] - values
                assert np.abs(apart - np.rint(apart)).max() < 1e-12
            elif values.dtype.kind == "f":
                np.testing.assert_allclose(stored[name], values, rtol=0, atol=1e-12)
            else:
                np.testing.assert_array_equal(stored[name], values)


def test_prototypes_match_prototypes_as_in_pymatgen():
    cells = library().cells
    pairs = [
        (i, j) for i in range(len(cells)) for j in range(i) if cells[i].counts == cells[j].counts
    ]
    small = [(i, j) for i, j in pairs if len(cells[i].kinds) <= 8]
    rng = np.random.default_rng(0)
    found = [
        assert_matches_alike(cells[i], cells[j], FACTORS[n % 3])
        for n, (i, j) in enumerate(small[k] for k in rng.permutation(len(small))[:60])
    ]
    assert any(found)
    assert not all(found)


def test_every_kind_of_prototype_matches_itself_distorted():
    rng = np.random.default_rng(1)
    for cell in library().cells[::6]:
        strain = np.eye(3) + 0.01 * rng.normal(size=(3, 3))
        other = Reduced(3.0 * cell.matrix @ strain, cell.frac_coords + 0.25, cell.kinds)
        assert AnonymousMatcher().fit(cell, other)


def test_crystals_match_prototypes_as_in_pymatgen():
    known = library()
    found = []
    for n, structure in enumerate(random_conventional(25, seed=11, max_sites=12)):
        reduced = reduce_structure(ArrayStructure.of(structure))
        found += [
            assert_matches_alike(known.cells[i], reduced, FACTORS[n % 3])
            for i in known.by_counts.get(reduced.counts, ())[:4]
        ]
    assert any(found)
    assert not all(found)


def test_translations_at_once_decide_as_one_by_one(monkeypatch):
    cells = [cell for cell in library().cells if len(cell.kinds) <= 6]
    pairs = [(a, b) for a, b in combinations(cells, 2) if a.counts == b.counts][:60]
    pairs += [(cell, cell) for cell in cells[::6]]
    matcher = AnonymousMatcher()
    at_once = [matcher.fit(one, other) for one, other in pairs]
    monkeypatch.setattr(
        AnonymousMatcher, "_spreads", lambda _, offsets, *__: np.full(len(offsets), np.nan)
    )
    assert at_once == [matcher.fit(one, other) for one, other in pairs]
    assert len(set(at_once)) == 2


CHOSEN = ("mp-22862", "mp-149", "mp-632172", "mp-2534")  # the third ties with five prototypes


@pytest.mark.parametrize("number", range(5))
def test_minerals_are_those_of_robocrys(number):
    structure = random_conventional(5, seed=12, max_sites=8)[number]
    check_mineral(structure)


@pytest.mark.parametrize("crystal_id", CHOSEN)
def test_well_known_minerals_are_those_of_robocrys(crystal_id):
    check_mineral(conventional(crystal_id))


def check_mineral(structure: Structure) -> None:
    cell = bonded_cell(structure)
    ours = match_mineral(
        ArrayStructure.of(structure), structure_fingerprint(cell, site_fingerprints(cell))
    )
    with warnings.catch_warnings(), Repairs().active():
        warnings.simplefilter("ignore")
        theirs = peer().get_best_mineral_name(structure)
    assert ours["type"] == theirs["type"]
    assert ours["n_species_type_match"] == theirs["n_species_type_match"]
    assert ours["distance"] == pytest.approx(theirs["distance"], abs=1e-3)
