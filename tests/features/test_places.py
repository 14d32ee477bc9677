"""Every atom finds the site that the description speaks of, in whatever cell the crystal is."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Structure

import crystext
from crystext.description.arrays import ArrayStructure
from crystext.description.neighbors import spheres
from crystext.description.orbits import site_orbits
from crystext.description.record import numbered
from crystext.errors import SitesNotFoundError
from crystext.features.places import sites_of_atoms
from crystext.features.symmetry import multiplicities
from crystext.formats import cif

EVERY = 60
_BOND = 0.05  # angstrom


@pytest.fixture(scope="module")
def rows():
    """Structure, condensed dictionary and the describer's settings of some crystals of mini."""
    corpus = crystext.load_corpus("mini")
    table = corpus.table(["id", "structure", "condensed", "symprec"]).to_pylist()[::EVERY]
    return [
        (
            cif.read(row["structure"]).structure,
            json.loads(row["condensed"]),
            corpus.manifest["settings"] | {"symprec": row["symprec"]},
        )
        for row in table
        if row["id"] != "mp-21"
    ]


@pytest.fixture(scope="module")
def found(rows):
    """The rows whose sites are found, with them; a few are refused."""
    kept = []
    for row in rows:
        try:
            kept.append((*row, sites_of_atoms(*row)))
        except SitesNotFoundError:
            continue
    assert len(kept) >= 0.99 * len(rows)
    return kept


def test_elements_and_numbers_are_those_described(found):
    for structure, condensed, _, keys in found:
        for site, key in zip(structure, keys, strict=True):
            assert condensed["sites"][key]["element"] == site.specie.symbol
        here, told = Counter(map(int, keys)), multiplicities(numbered(condensed))
        assert {k: n * sum(told.values()) for k, n in here.items()} == {
            k: n * len(keys) for k, n in told.items()
        }


def test_atoms_that_symmetry_maps_onto_one_another_are_one_site(found):
    """By spglib in the cell as it is given, which the search does not look at."""
    several = 0
    for structure, _, _, keys in found:
        orbits = site_orbits(ArrayStructure.of(structure), 1e-4)
        assert all(keys[i] == keys[first] for i, first in enumerate(orbits.of_site.tolist()))
        several += len(set(keys)) > len({site.specie for site in structure})
    assert several > 20  # elements with several sites, which could be mixed up


def test_bonds_that_are_told_are_there_in_the_given_cell(found):
    for structure, condensed, _, keys in found:
        arrays = ArrayStructure.of(structure)
        reach = max(d for one in condensed["distances"].values() for p in one.values() for d in p)
        shells = spheres(arrays, list(range(len(arrays))), reach + _BOND)
        for key, (indices, _, vectors) in zip(keys, shells, strict=True):
            lengths = np.linalg.norm(vectors, axis=1)
            names = np.array([keys[i] for i in indices.tolist()])
            for other, told in condensed["distances"][key].items():
                near = lengths[names == other]
                assert np.abs(near[:, None] - np.array(told)).min(axis=0).max() < _BOND


@pytest.mark.parametrize("seed", range(2))
def test_another_cell_of_the_same_crystal_finds_the_same_sites(found, seed):
    rng = np.random.default_rng(seed)
    for structure, condensed, settings, keys in found[seed::4]:
        other = Structure(
            structure.lattice,
            structure.species,
            structure.frac_coords + rng.random(3),
            site_properties={"key": keys},
        )
        other = other.make_supercell([[1, 1, 0], [0, 1, 0], [0, 0, 2]], in_place=False)
        other = Structure.from_sites([other[int(i)] for i in rng.permutation(len(other))])
        plain = Structure(other.lattice, other.species, other.frac_coords)
        assert sites_of_atoms(plain, condensed, settings) == other.site_properties["key"]


@pytest.mark.parametrize(
    "options",
    [{"canonical": True}, {"canonical": False}, {"use_conventional_cell": False}],
    ids=str,
)
def test_any_way_of_describing(found, options):
    describer = crystext.Describer(**options)
    for structure, _, _, keys in found[::12]:
        described = describer.describe(structure)
        here = sites_of_atoms(structure, described.condensed, described.provenance["settings"])
        assert len(set(zip(here, keys, strict=True))) == len(set(keys))


def test_another_crystal_s_description_is_refused(found):
    (structure, _, settings, _), (_, condensed, _, _) = found[0], found[5]
    with pytest.raises(SitesNotFoundError):
        sites_of_atoms(structure, condensed, settings)
    structure, condensed, settings, _ = found[5]
    stretched = Structure(
        structure.lattice.scale(structure.volume * 1.3), structure.species, structure.frac_coords
    )
    with pytest.raises(SitesNotFoundError, match="no bond"):
        sites_of_atoms(stretched, condensed, settings)
