"""JSON of pymatgen, ASE and jarvis: alone, in lists, by id, by lines, and encoded again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from monty.json import MontyEncoder
from pymatgen.core import Composition, Lattice, Structure

from crystext.formats import registry
from crystext.formats.json_text import read
from crystext.validation import check_with_notes
from tests.formats.same import assert_same, read_all, read_one
from tests.reading_samples import HALITE, JARVIS, refused


def test_to_json_and_a_text_in_a_text():
    text = HALITE.to_json()
    assert_same(read_one(text, "json").structure, HALITE)
    assert_same(read_one(json.dumps(text), "json").structure, HALITE)
    assert_same(read_one(HALITE.to(fmt="json"), "json").structure, HALITE)


def test_lists_and_numpy_arrays_as_monty_writes_them():
    data = HALITE.as_dict()
    data["lattice"]["matrix"] = np.array(data["lattice"]["matrix"])
    data["sites"][0]["abc"] = np.array(data["sites"][0]["abc"])
    text = json.dumps([data, HALITE], cls=MontyEncoder)
    assert '"numpy"' in text
    for one in read_all(text, "json"):
        assert_same(one.structure, HALITE)


def test_entries_of_pymatgen_that_carry_a_structure():
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    entry = ComputedStructureEntry(HALITE, -10.0, entry_id="mp-1")
    (part,) = registry.split(json.dumps(entry, cls=MontyEncoder), "json")
    assert part.own_id == "mp-1"
    assert_same(registry.read(part).structure, HALITE)


@pytest.mark.parametrize(
    "changes",
    [
        {"numbers": [11.5, 17]},
        {"spacegroup_kinds": [0.5, 1], "info": {"occupancy": {"0": {"Na": 0.5, "K": 0.5}}}},
    ],
)
def test_numbers_between_two_names_are_refused(changes):
    data = {"numbers": [11, 17], "positions": [[0, 0, 0], [2, 2, 2]], "cell": [4, 4, 4]}
    assert read_one(json.dumps(data), "json").structure.formula == "Na1 Cl1"
    name = next(iter(changes))
    refused("bad-json", name, "whole", call=lambda: read_one(json.dumps(data | changes), "json"))


def test_ase_json_in_all_its_forms(tmp_path):
    ase_io = pytest.importorskip("ase.io")
    from ase.build import bulk
    from ase.db import connect
    from ase.io.jsonio import encode

    atoms = [bulk("NaCl", "rocksalt", 5.64), bulk("Ti")]
    ase_io.write(tmp_path / "a.json", atoms, format="json")
    with connect(tmp_path / "db.json") as rows:
        for one in atoms:
            rows.write(one, gap=1.0)
    texts = [(tmp_path / "a.json").read_text(), (tmp_path / "db.json").read_text(), encode(atoms)]
    for text in texts:
        for found, one in zip(read_all(text, "json"), atoms, strict=True):
            assert found.notes == ()
            assert found.structure.cart_coords == pytest.approx(one.positions)
            assert found.structure.lattice.matrix == pytest.approx(np.array(one.cell))
            assert [site.specie.symbol for site in found.structure] == one.get_chemical_symbols()


def test_partial_occupancies_are_kept():
    mixed = Structure(Lattice.cubic(4), [{"Fe": 0.5, "Co": 0.5}], [[0, 0, 0]])
    assert read_one(mixed.to_json(), "json").structure == mixed


def test_shares_of_one_element_add_up():
    data = Structure(Lattice.cubic(4), ["Fe"], [[0, 0, 0]]).as_dict()
    data["sites"][0]["species"] = [{"element": "Fe", "occu": 0.25}, {"element": "Fe", "occu": 0.75}]
    assert read_one(json.dumps(data), "json").structure[0].species == Composition("Fe")


def test_lines_and_what_stands_between_them():
    good, other = json.dumps(JARVIS | {"jid": "J-1"}), HALITE.to_json()
    parts = registry.split(f"{good}\n\n{{broken\n{other}\n[1, 2]\n", "json")
    assert [part.own_id for part in parts] == ["J-1", None, None, None]
    refused("bad-json", "not valid JSON", call=lambda: registry.read(parts[1]))
    refused("bad-json", "[1, 2]", call=lambda: registry.read(parts[3]))
    assert_same(registry.read(parts[2]).structure, HALITE)
    first = registry.split(f"{{broken\n{good}\n", "json")
    assert [part.own_id for part in first] == [None, "J-1"]
    cut = registry.split(f"{good}\n{good[:50]}", "json")
    refused("truncated-file", "ends too early", call=lambda: registry.read(cut[1]))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_none_are_refused(value):
    lattice = HALITE.to_json().replace("5.64", value, 1)
    refused("not-finite", "vector a", call=lambda: read_one(lattice, "json"))
    site = json.dumps(JARVIS).replace("1.785", value, 1)
    refused("not-finite", "site 2", call=lambda: check_with_notes(read_one(site, "json").structure))


def test_a_limit_of_sites_holds_before_sites_are_made():
    for data in (HALITE.as_dict(), {"structure": HALITE.as_dict()}, JARVIS, {"atoms": JARVIS}):
        refused("too-many-sites", "the limit is 1", call=lambda data=data: read(data, max_sites=1))
    assert len(read(HALITE.as_dict(), max_sites=8).structure) == 8


def test_a_label_is_no_ion():
    words = ["'Cs1'", "no chemical element"]
    text = json.dumps(JARVIS | {"elements": ["Cs1", "Cl"]})
    refused("unknown-species", *words, call=lambda: read_one(text, "json"))


def test_molecules_are_refused():
    from pymatgen.core import Molecule

    text = Molecule(["H", "H"], [[0, 0, 0], [0, 0, 0.7]]).to_json()
    refused("bad-json", "no lattice", call=lambda: read_one(text, "json"))


def changed(data, change):
    """A copy of a dict in which something was changed."""
    copy = json.loads(json.dumps(data))
    change(copy)
    return read(copy).notes


def test_what_a_dict_of_pymatgen_says_twice():
    """Vectors and fractions are read, as pymatgen does; the rest must agree."""

    def scaled(data):
        data["lattice"]["matrix"] = [[1.1 * x for x in row] for row in data["lattice"]["matrix"]]

    def moved(data):
        data["sites"][1]["abc"][0] += 0.1

    def rounded(data):
        data["lattice"] |= {"a": round(data["lattice"]["a"], 3), "alpha": 90.02}
        data["sites"][1]["xyz"] = [round(x, 2) for x in data["sites"][1]["xyz"]]

    def bare(data):
        data["lattice"] = {"matrix": data["lattice"]["matrix"]}
        for site in data["sites"]:
            site["xyz"] = None

    data = HALITE.as_dict()
    assert not changed(data, lambda _: None)
    assert not changed(data, rounded)
    assert not changed(data, bare)
    told = changed(data, scaled)
    assert "the vectors are read" in told[0]
    assert "the fractions abc are read" in told[1]
    (told,) = changed(data, moved)
    assert told.startswith("abc and xyz of site 2 lie")


def test_what_a_dict_of_jarvis_says_twice():
    def scaled(data):
        data["lattice_mat"] = [[1.1 * x for x in row] for row in data["lattice_mat"]]

    assert not changed(JARVIS, lambda _: None)
    (told,) = changed(JARVIS, scaled)
    assert told.startswith("a is given as 3.57, the vectors of the lattice make 3.927")
    (told,) = changed(JARVIS | {"angles": [90, 90, 120]}, lambda _: None)
    assert told.startswith("gamma is given as 120")


def test_directions_that_are_not_periodic_are_told():
    """Of pymatgen's structures as of ASE's."""
    from crystext.reading import to_crystal

    slab = Structure(
        Lattice(HALITE.lattice.matrix, pbc=(True, True, False)), HALITE.species, HALITE.frac_coords
    )
    for notes in (read(slab.as_dict()).notes, to_crystal(slab).notes):
        assert notes == ("periodic along a, b, c: yes, yes, no; read as periodic along all three",)
    assert not to_crystal(HALITE).notes


def test_a_site_without_an_atom_is_named():
    data = HALITE.as_dict()
    data["sites"][0]["species"][0]["occu"] = 0
    structure = read(data).structure
    refused("partial-occupancy", "no atom at site 1", call=lambda: check_with_notes(structure))
