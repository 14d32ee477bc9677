"""Notes on what no chemist would believe, and silence about real crystals."""

import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.description.plausibility import contact_notes, coordination_notes, least


def rutile(x):
    return Structure.from_spacegroup(
        "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [x, x, 0]]
    )


def test_real_rutile_is_silent():
    assert contact_notes(rutile(0.305)) == ()
    assert crystext.describe(rutile(0.305)).notes == ()


@pytest.mark.parametrize("x", [0.03, 0.05, 0.1053, 0.2053, 0.4053, 0.45, 0.95, 0.55])
def test_a_wrong_coordinate_of_rutile_is_noted(x):
    (note,) = contact_notes(rutile(x))
    assert "Å apart" in note
    assert "sites" in note or "its image" in note


def test_the_worst_pair_is_named_by_sites_from_1():
    chlorides = Structure(
        Lattice.orthorhombic(6, 7, 8), ["Fe", "Cl", "Cl"],
        [[0.5, 0.5, 0.5], [0.5, 0.5, 0.781], [0.56, 0.5, 0.781]],
    )  # fmt: skip
    (note,) = contact_notes(chlorides)
    assert note.startswith("Cl and Cl at sites 2 and 3 are 0.36 Å apart: too near")


def test_an_atom_and_its_own_image():
    (note,) = contact_notes(Structure(Lattice.orthorhombic(1.0, 8, 9), ["Fe"], [[0, 0, 0]]))
    assert note.startswith("Fe and Fe at site 1 and its image are 1.00 Å apart")


@pytest.mark.parametrize(("a", "noted"), [(5.64, False), (56.4, True), (564, True), (5640, True)])
def test_lengths_in_another_unit(a, noted):
    salt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(a), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    assert any("unit of the lattice" in note for note in contact_notes(salt)) == noted


@pytest.mark.parametrize(
    ("pair", "shortest"),
    [
        (("H", "H"), 0.74), (("N", "N"), 1.09), (("C", "O"), 1.12), (("O", "O"), 1.2),
        (("F", "F"), 1.41), (("O", "V"), 1.57), (("O", "U"), 1.72), (("Cr", "Cr"), 1.9),
        (("C", "H"), 0.93), (("H", "O"), 0.82),
    ],
)  # fmt: skip
def test_known_shortest_bonds_pass(pair, shortest):
    assert least(*pair) < shortest


def test_twelve_oxygens_about_titanium_are_noted():
    sites = {
        0: {"element": "Ti4+", "nn": [1] * 12},
        1: {"element": "O2-", "nn": [0] * 6},
    }
    (note,) = coordination_notes({"sites": sites})
    assert note.startswith("Ti with 12 oxygen or fluorine neighbours")


def test_mini_crystals_are_silent_but_for_one():
    """RbCr4O8 has rubidium 3.02 Å apart in its channels, as the Materials Project has it."""
    noted = {
        crystal.id
        for number, crystal in enumerate(crystext.mini())
        if (number % 10 == 0 or crystal.id == "mp-19029") and contact_notes(crystal.structure)
    }
    assert noted == {"mp-19029"}


def test_mini_coordinations_are_silent():
    import json

    table = crystext.load_corpus("mini").table(["id", "condensed"]).slice(0, 1500)
    noted = []
    for crystal_id, condensed in zip(*(table.column(i).to_pylist() for i in (0, 1)), strict=True):
        data = json.loads(condensed)
        data["sites"] = {int(key): site for key, site in data["sites"].items()}
        if coordination_notes(data):
            noted.append(crystal_id)
    assert noted == []
