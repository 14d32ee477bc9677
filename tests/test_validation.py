"""Validation: what is no crystal is refused by name, what is odd but a crystal passes."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Species, Structure

from crystext.corpus.cif_text import cif
from crystext.crystal import Crystal, structure_hash
from crystext.errors import CrystextError
from crystext.reading import read_text
from crystext.validation import (
    check_crystal,
    check_lattice,
    check_with_notes,
)

CUBE = Lattice.cubic(4)
BODY = [[0, 0, 0], [0.5, 0.5, 0.5]]


def refused(code: str, *words: str, call) -> None:
    with pytest.raises(CrystextError) as caught:
        call()
    assert caught.value.code == code, caught.value.message
    assert "\n" not in caught.value.message
    for word in words:
        assert word in caught.value.message, caught.value.message


def cell(lattice=CUBE, species=("Cs", "Cl"), coords=BODY, **more) -> Structure:
    return Structure(lattice, list(species), coords, **more)


# -------------------------------------------------------------------------------------- what passes


@pytest.mark.parametrize(
    "structure",
    [
        cell(),
        cell(Lattice.cubic(3.34), ["Po"], [[0, 0, 0]]),
        cell(Lattice([[0, 2.7, 2.7], [2.7, 0, 2.7], [2.7, 2.7, 0]]), ["Ar"], [[0, 0, 0]]),
        cell(Lattice.tetragonal(2.46, 30), ["C", "C"], [[0, 0, 0.5], [0.5, 0.5, 0.5]]),
        cell(Lattice.orthorhombic(40, 40, 2.5), ["C"], [[0.5, 0.5, 0]]),
        cell(Lattice.cubic(30), ["O", "H", "H"], [[0, 0, 0], [0.03, 0, 0], [0, 0.03, 0]]),
        cell(Lattice.cubic(30), ["H", "H"], [[0, 0, 0], [0.99, 0, 0]]),
        cell(species=[Species("Cs", 1), Species("Cl", -1)]),
        cell(species=[Species("Fe", 2, spin=4), Species("Fe", 2, spin=-4)]),
        cell(site_properties={"magmom": [1.0, -1.0]}),
        cell(coords=[[0, 0, 0], [7.5, -3.5, 0.5]]),
        cell(Lattice([[4, 0, 0], [0, 4, 0], [400, 400, 4]])),
        cell(Lattice(-CUBE.matrix)),
    ],
    ids=[
        "CsCl", "one atom", "noble gas", "2D", "1D", "0D", "hydrogen", "oxidation states",
        "spins beside them", "moments", "outside the cell", "oblique cell", "left-handed",
    ],
)  # fmt: skip
def test_crystals_pass_untouched(structure):
    before = structure.as_dict()
    assert check_with_notes(structure)[0] is structure
    assert structure.as_dict() == before


def test_check_crystal_names_and_notes():
    crystal = Crystal("a", cell())
    assert check_crystal(crystal, max_sites=2) is crystal
    with pytest.raises(CrystextError) as caught:
        check_crystal(crystal, max_sites=1)
    assert caught.value.to_dict()["id"] == "a"
    heavy = Crystal("b", cell(species=["Cs", "D"]), notes=("before",))
    mended = check_crystal(heavy)
    assert mended.notes == ("before", "deuterium or tritium read as hydrogen at 1 site")
    assert check_crystal(mended) is mended


# ----------------------------------------------------------------------------------- what is mended


@pytest.mark.parametrize(
    ("species", "expected", "note"),
    [
        (["Li", "D"], ["Li", "H"], "hydrogen at 1 site"),
        (["T", "D"], ["H", "H"], "hydrogen at 2 sites"),
        (["Li", Species("D", -1)], ["Li", "H-"], "hydrogen at 1 site"),
        (["Li", {"H": 0.3, "D": 0.7}], ["Li", "H"], "hydrogen at 1 site"),
        (["O", {"H": 0.1, "D": 0.9}], ["O", "H"], "hydrogen at 1 site"),
        ([Species("Fe", spin=5), "O"], ["Fe", "O"], "spin without oxidation state"),
        ([Species("Fe"), "O"], ["Fe", "O"], None),
        ([{"Fe": 0.9995}, "O"], ["Fe", "O"], "within rounding of 1"),
    ],
)
def test_species_are_mended_with_a_note(species, expected, note):
    structure = cell(species=species)
    before = structure_hash(structure)
    mended, notes = check_with_notes(structure)
    assert [str(site.specie) for site in mended] == expected
    assert all(type(site.specie) is type(cell(species=expected)[i].specie)
               for i, site in enumerate(mended))  # fmt: skip
    assert structure_hash(structure) == before
    assert (len(notes), note is None or note in notes[0]) == (note is not None, True)


def test_elements_whose_symbols_begin_with_d_or_t_are_no_isotopes():
    for name in ("Ti", "Dy", "Ta", "Tb", "Te", "Th", "Tl", "Tm", "Tc", "H", "He"):
        for species in (name, Species(name, 1)):
            structure = cell(species=["O", species])
            assert check_with_notes(structure)[0] is structure


# ---------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda: Structure(CUBE, [], []), "no-atoms", ["no atoms"]),
        (lambda: cell(coords=[[0, 0, 0], [0, math.nan, 0]]), "not-finite", ["site 2", "nan"]),
        (lambda: cell(coords=[[math.inf, 0, 0], [0, 0, 0]]), "not-finite", ["site 1", "inf"]),
        (lambda: cell(Lattice(np.full((3, 3), math.nan))), "not-finite", ["vector a"]),
        (lambda: cell(Lattice([[1, 0, 0], [0, 1, 0], [1, 1, 0]])), "zero-volume", ["one plane"]),
        (lambda: cell(Lattice(np.zeros((3, 3)))), "zero-volume", ["lengths 0, 0, 0"]),
        (lambda: cell(Lattice.orthorhombic(4, 4, 0.1)), "zero-volume", ["0.1 Å thick"]),
        (lambda: cell(Lattice.cubic(0.564)), "zero-volume", ["per atom"]),
        (lambda: cell(species=["X", "Cl"]), "unknown-species", ["X at site 1"]),
        (lambda: cell(species=["Cl", "Xx"]), "unknown-species", ["Xx at site 2"]),
        (lambda: cell(species=["Qq3+", "Cl"]), "unknown-species", ["Qq at site 1"]),
        (
            lambda: cell(species=["O", {"Fe": 0.5, "Co": 0.5}]),
            "partial-occupancy",
            ["Fe0.5/Co0.5 at site 2"],
        ),
        (lambda: cell(species=["O", {"Fe": 0.9}]), "partial-occupancy", ["Fe0.9 at site 2"]),
        (
            lambda: cell(Lattice.cubic(9), [{"Li": 0.5}] * 5, np.arange(15).reshape(5, 3) / 16),
            "partial-occupancy",
            ["site 3 and 2 more"],
        ),
        (lambda: cell(coords=[[0, 0, 0]] * 2), "atoms-overlap", ["Cs at site 1", "0 Å"]),
        (lambda: cell(coords=[[0, 0, 0.99], [0, 0, 0.01]]), "atoms-overlap", ["Cl at site 2"]),
        (lambda: cell(coords=[[0, 0, 0.5], [3, -2, 7.51]]), "atoms-overlap", ["0.04 Å apart"]),
    ],
)
def test_what_is_no_crystal_is_refused_by_name(make, code, words):
    refused(code, *words, call=lambda: check_with_notes(make()))


def test_limit_on_sites():
    refused("too-many-sites", "2 sites", "limit is 1",
            call=lambda: check_with_notes(cell(), max_sites=1))  # fmt: skip
    assert len(check_with_notes(cell(), max_sites=2)[0]) == 2


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_absurd_sizes_of_the_lattice(size):
    refused("zero-volume", call=lambda: check_lattice(np.eye(3) * size))


def test_the_nearest_image_is_found_in_every_cell():
    """Against pymatgen's own distances, in random, also very oblique cells."""
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(150):
        lattice = Lattice(rng.normal(size=(3, 3)) * 6)
        if lattice.volume < 20 or min(lattice.abc) < 2:
            continue
        first = rng.random(3)
        step = rng.normal(size=3)
        step *= rng.uniform(0.02, 0.18) / np.linalg.norm(step)
        second = first + lattice.get_fractional_coords(step) + rng.integers(-3, 4, 3)
        shear = np.eye(3)
        shear[0, 1:] = rng.integers(-30, 31, 2)  # the same lattice by other vectors
        oblique = Lattice(shear @ lattice.matrix)
        coords = np.stack([first, second]) @ np.linalg.inv(shear)
        structure = Structure(oblique, ["Na", "Cl"], coords)
        near = np.linalg.norm(step) < 0.1
        hits += near
        if near:
            refused("atoms-overlap", call=lambda it=structure: check_with_notes(it))
        else:
            check_with_notes(structure)
    assert hits > 20


def test_large_cells():
    structure = cell() * (11, 11, 11)
    check_with_notes(structure)
    structure.append("O", structure[700].frac_coords + np.array([1, 0, 1e-4]))
    refused("atoms-overlap", "site 701", "site 2663", call=lambda: check_with_notes(structure))


# ----------------------------------------------------------------------------------------- the hash


def test_hash_survives_json_and_whole_translations():
    structure = cell(species=[Species("Fe", 3), "O"], coords=[[0.1, 1 / 3, 0], [0.5, 0.5, 0.9]])
    digest = structure_hash(structure)
    assert len(digest) == 64
    assert structure_hash(Structure.from_dict(json.loads(structure.to_json()))) == digest
    moved = cell(species=[Species("Fe", 3), "O"], coords=[[1.1, -2 / 3, 1], [-0.5, 2.5, -0.1]])
    assert structure_hash(moved) == digest


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -1.0, 1e-9, -1e-9, 0.9999999, 1 - 1e-16, 2.0])
def test_hash_at_the_edge_of_the_cell(value):
    coords = [[value, 0, 0], [0.5, 0.5, 0.5]]
    assert structure_hash(cell(coords=coords)) == structure_hash(cell())


def test_hash_tells_crystals_apart():
    others = [
        cell(Lattice.cubic(4.00001)),
        cell(species=["Cl", "Cs"]),
        cell(species=["Cs+", "Cl-"]),
        cell(coords=[[0, 0, 0], [0.5, 0.5, 0.50001]]),
        cell(species=["Cs", {"Cl": 0.5}]),
    ]
    assert len({structure_hash(one) for one in [cell(), *others]}) == 6


def test_hash_is_that_of_what_a_cif_keeps():
    turned = Lattice([[0, 4.2, 0], [0, 0, 5.1], [3.7, 0.1, 0.2]])
    given = cell(turned, coords=[[0.123456785, -0.0000000049, 1.1], [0.5, 0.25, 1 / 3]])
    digest = structure_hash(given)
    assert structure_hash(read_text(cif(given))[0].structure) == digest
    swapped = cell(turned, species=["Cl", "Cs"], coords=given.frac_coords[::-1])
    assert structure_hash(swapped) == digest
    assert structure_hash(cell(turned, coords=given.frac_coords[::-1])) != digest
