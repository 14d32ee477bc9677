"""Crystals of every kind are found to be as described from what their rows keep of them."""

import json
import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Species, Structure

from crystext.corpus.checks import described, structures
from crystext.corpus.cif_text import cif
from crystext.corpus.rows import row_of
from crystext.crystal import Crystal, structure_hash
from crystext.embedded import mini, mini_table
from crystext.reading import read_text

SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.6), ["Na", "Cl"], [[0] * 3, [0.5] * 3])
QUARTZ = Structure.from_spacegroup(
    "P3_121",
    Lattice.hexagonal(4.913, 5.405),
    ["Si", "O"],
    [[0.4697, 0, 1 / 3], [0.4133, 0.2672, 0.2144 + 1 / 3]],
)
MIRRORED = Structure(
    Lattice(QUARTZ.lattice.matrix * [1, 1, -1]), QUARTZ.species, QUARTZ.frac_coords
)
IRON, OXYGEN = Species("Fe", 2, spin=4), Species("O", -2)
SPINS = Structure(
    Lattice.tetragonal(3, 4.2),
    [IRON, Species("Fe", 2, spin=-4), OXYGEN, OXYGEN],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0, 0, 0.5]],
)
CRYSTALS = {
    "salt": SALT,
    "oxidation states": SALT.copy().add_oxidation_state_by_element({"Na": 1, "Cl": -1}),
    "odd labels": Structure(
        SALT.lattice, SALT.species, SALT.frac_coords, labels=["Na (1)'"] * 4 + ["Cl"] * 4
    ),
    "outside the cell": Structure(SALT.lattice, SALT.species, SALT.frac_coords - 3.7000000049),
    "moments": SALT.copy(site_properties={"magmom": [1.0] * 8}),
    "spins": SPINS,
    "right-handed": QUARTZ,
    "left-handed": MIRRORED,
}


def described_row(crystal, **settings):
    describers = described.describers_of({"symprecs": [0.01, 0.1], **settings})
    description, symprec = described.described_crystal(crystal, describers)
    read = describers[0.01].read(crystal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pymatgen, of labels that are not unique
        return row_of(read, description, symprec=symprec), describers


def found(row, describers):
    told = list(described._differences(row, describers))
    names = ("structure", "structure_hash", "elements", "n_sites")
    return told + list(structures._contradictions(*(row[n] for n in names), hashed=True))


@pytest.mark.parametrize("canonical", [True, False])
@pytest.mark.parametrize("name", CRYSTALS)
@pytest.mark.filterwarnings("ignore:Site labels are not unique")
def test_a_sound_row_has_no_differences(name, canonical):
    crystal = Crystal(name, CRYSTALS[name])
    assert found(*described_row(crystal, canonical=canonical)) == []


def test_left_handed_axes_are_written_as_the_crystal_and_not_its_mirror_image():
    row, _ = described_row(Crystal("left", MIRRORED), canonical=True)
    assert row["space_group_symbol"] == "P3_221"
    read = read_text(cif(MIRRORED))[0].structure
    assert np.linalg.det(read.lattice.matrix) > 0
    assert read.get_space_group_info()[0] == "P3_221"
    assert structure_hash(read) == structure_hash(MIRRORED) != structure_hash(QUARTZ)


def test_a_spin_that_is_none_makes_the_cif_unreadable():
    row, describers = described_row(Crystal("spins", SPINS))
    row["structure"] = row["structure"].replace("Fe2+,spin=4", "Fe2+,spin=up")
    assert any("spin" in one for one in found(row, describers))


@pytest.mark.parametrize("oxidation", ["as-given", "guess"])
def test_mini_crystals_are_described_again_from_their_cif(oxidation):
    for crystal in mini(mini_table()["id"].to_pylist()[100::500]):
        assert found(*described_row(crystal, canonical=True, oxidation=oxidation)) == []


def test_numbers_may_move_by_noise_and_no_further():
    (crystal,) = mini(["mp-19149"])  # whose angles depend on the eighth decimal of its CIF
    row, describers = described_row(crystal, canonical=True)
    facts = json.loads(row["condensed"])
    distances = next(iter(next(iter(facts["distances"].values())).values()))
    distances[0] += 0.01
    row["condensed"] = json.dumps(facts)
    assert any("condensed differs" in one for one in found(row, describers))
