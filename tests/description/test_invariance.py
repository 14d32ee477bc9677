"""With ``canonical`` the text depends on the crystal alone, however it is given."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from pymatgen.core import Structure

from crystext import Crystal, Describer
from tests.description.crystals import random_ids, structure

CHOSEN = ("mp-3579", "mp-11", "mp-111", "mp-29196", "mp-20621")
IDS = (*CHOSEN, *random_ids(40 - len(CHOSEN), seed=30, max_sites=10))


def reordered(given: Structure, rng: np.random.Generator) -> Structure:
    return Structure.from_sites([given[i] for i in rng.permutation(len(given))])


def rotated(given: Structure, rng: np.random.Generator) -> Structure:
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    return Structure(given.lattice.matrix @ rotation, given.species, given.frac_coords)


def doubled(given: Structure, rng: np.random.Generator) -> Structure:
    return given * (2, 1, 1)


CHANGES = (reordered, rotated, doubled)


@cache
def describer() -> Describer:
    return Describer(canonical=True)


@pytest.mark.parametrize("crystal_id", IDS)
def test_text_does_not_depend_on_how_the_crystal_is_given(crystal_id):
    given = structure(crystal_id)
    rng = np.random.default_rng(int(crystal_id.removeprefix("mp-")))
    expected = describer().describe(Crystal(crystal_id, given))
    for change in CHANGES:
        found = describer().describe(Crystal(crystal_id, change(given, rng)))
        assert found.text == expected.text, change.__name__
        assert found.condensed == expected.condensed, change.__name__


def test_canonical_text_is_its_own(rock_salt):
    from crystext.description.canonical import canonical_structure

    canonical = canonical_structure(rock_salt)
    assert Describer().describe(canonical).text == describer().describe(rock_salt).text
