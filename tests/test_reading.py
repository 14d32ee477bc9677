"""Reading: every format and object gives its crystal, alone or many at a time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import IStructure, Lattice, Species, Structure

from crystext.crystal import Crystal, Failure, structure_hash
from crystext.embedded import mini
from crystext.errors import EngineFailedError, UsageError, all_codes, first_line
from crystext.reading import read_file, read_text, to_crystal
from tests.reading_samples import (
    CIF,
    EXAMPLES,
    HALITE,
    JARVIS,
    JSON,
    P1,
    POSCAR,
    read_each,
    refused,
)

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # none escapes
DATA = Path(__file__).parent / "data"


# --------------------------------------------------------------------------------------- good input


@pytest.mark.parametrize(
    ("name", "id_", "formula", "number"),
    [
        ("rutile.cif", "rutile", "TiO2", 136),
        ("halite.cif", "halite", "NaCl", 225),
        ("POSCAR.molybdenite", "POSCAR.molybdenite", "MoS2", 194),
        ("barium_titanate.json", "barium_titanate", "BaTiO3", 99),
    ],
)
def test_examples(name, id_, formula, number):
    (crystal,) = read_file(EXAMPLES / name)
    assert (crystal.id, crystal.structure.reduced_formula) == (id_, formula)
    assert crystal.structure.get_space_group_info(symprec=0.01)[1] == number
    assert crystal.notes == ()
    (again,) = read_text((EXAMPLES / name).read_text())  # the content tells the format
    assert again.id == "stdin"
    assert structure_hash(again.structure) == structure_hash(crystal.structure)
    same = to_crystal((EXAMPLES / name).read_bytes())
    assert same.structure == crystal.structure


@pytest.mark.parametrize("text", [CIF, P1, POSCAR, JSON])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.rstrip("\n").encode(),
        lambda text: (text + "\n \n\n").encode(),
    ],
    ids=["crlf", "cr", "bom", "utf-16", "gzip", "no last line end", "blank lines"],
)
def test_encodings_and_line_ends(text, change, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(change(text))
    assert read_file(path)[0].structure == read_text(text)[0].structure


def test_latin_1_cif(tmp_path):
    path = tmp_path / "x.cif"
    path.write_bytes(CIF.replace("Rutile\n", "'Wüstenrot, 3 Å'\n").encode("latin-1"))
    assert read_file(path)[0].structure.reduced_formula == "TiO2"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.cif", CIF),
        ("a.MCIF", CIF),
        ("POSCAR", POSCAR),
        ("CONTCAR_relaxed", POSCAR),
        ("poscar", POSCAR),
        ("a.vasp", POSCAR),
        ("a.poscar", POSCAR),
        ("a.json", JSON),
    ],
)
def test_names_tell_the_format(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    stem = name.rpartition(".")[0] or name
    for path in (tmp_path / name, tmp_path / f"{name}.gz"):
        assert [crystal.id for crystal in read_file(path)] == [stem]


def test_structures_in_one_cif_are_numbered_and_one_bad_block_spares_the_others(tmp_path):
    bad = CIF.replace("data_rutile", "data_broken").replace("0.305 0.305", "0.305 ?")
    head = "data_global\n_publ_author 'A'\n_publ_text\n;\ndata_trap inside a text\n;\n"
    path = tmp_path / "pair.cif"
    path.write_text(head + P1 + CIF.replace("data_rutile", "data_halite"))
    assert [crystal.id for crystal in read_file(path)] == ["pair#1", "pair#2"]
    path.write_text(head + P1 + bad + CIF)
    first, second, third = read_each([path])
    assert (first.id, second.id, third.id) == ("pair#1", "pair#2", "pair#3")
    assert isinstance(second, Failure)
    assert second.error.to_dict()["id"] == "pair#2"
    assert third.structure.reduced_formula == "TiO2"
    refused("bad-cif", "data_broken", "'?'", call=lambda: read_file(path))
    path.write_text(P1 + CIF)
    refused("several-structures", "2 structures", "read_file", call=lambda: to_crystal(path))
    refused("several-structures", "read_text", call=lambda: to_crystal(P1 + CIF))


def test_what_is_mended_in_a_cif_is_noted():
    over = read_text(CIF.replace("0     0     0 1", "0 0 0 1.01"))[0]
    assert over.structure.is_ordered
    assert any("above 1 read as 1: Ti1" in note for note in over.notes)
    angle = read_text(CIF.replace("_cell_angle_beta", "_other"))[0]
    assert any("beta = 90" in note for note in angle.notes)
    assert angle.structure.lattice.angles == pytest.approx((90, 90, 90))


def test_the_symbol_gives_the_operations_where_none_are_listed():
    no_operations = "\n".join(line for line in CIF.splitlines() if not line.startswith("'"))
    no_operations = no_operations.replace("loop_\n_space_group_symop_operation_xyz\n", "")
    crystal = read_text(no_operations)[0]
    assert crystal.structure == read_text(CIF)[0].structure
    assert crystal.notes == ()


def test_oxidation_states_and_operations_on_one_line():
    table = "loop_\n_atom_type_symbol\n_atom_type_oxidation_number\nTi 4\nO -2\n"
    crystal = read_text(CIF + table)[0]
    assert {str(site.specie) for site in crystal.structure} == {"Ti4+", "O2-"}
    kept = to_crystal(crystal.structure.as_dict()).structure
    assert {str(site.specie) for site in kept} == {"Ti4+", "O2-"}


def test_magnetic_cif():
    (crystal,) = read_file(DATA / "magnetic.mcif")
    assert crystal.structure.reduced_formula == "MnO"


# --------------------------------------------------------------------------------- JSON and objects


def test_json_forms():
    plain = HALITE.as_dict()
    wrapped = {"material_id": "mp-22862", "structure": plain, "band_gap": 5.0}
    entry = {"jid": "JVASP-1", "atoms": JARVIS}

    def ids(data):
        return [crystal.id for crystal in read_text(json.dumps(data), id="x")]

    assert ids(plain) == ["x"]
    assert ids(wrapped) == ["mp-22862"]
    assert ids(entry) == ["JVASP-1"]
    assert ids([plain, entry, plain]) == ["x#1", "JVASP-1", "x#3"]
    assert ids({"a": plain, "b": JARVIS}) == ["a", "b"]
    lines = "\n".join(json.dumps(one) for one in (plain, entry))
    assert [crystal.id for crystal in read_text(lines)] == ["stdin#1", "JVASP-1"]
    assert read_text(json.dumps(JARVIS))[0].structure[1].frac_coords == pytest.approx([0.5] * 3)


def test_one_bad_line_of_jsonl_spares_the_others(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(f"{json.dumps(JARVIS)}\n{{broken\n{json.dumps(JARVIS)}\n")
    kinds = [(type(one).__name__, one.id) for one in read_each([path])]
    assert kinds == [("Crystal", "many#1"), ("Failure", "many#2"), ("Crystal", "many#3")]


def test_properties_in_json_import_nothing():
    data = HALITE.as_dict()
    data["sites"][0]["properties"] = {"x": {"@module": "antigravity", "@class": "X"}}
    read_text(json.dumps(data))
    assert "antigravity" not in sys.modules


def test_pymatgen_objects():
    assert to_crystal(HALITE).structure is HALITE
    assert to_crystal(HALITE).id == "NaCl"
    assert to_crystal(HALITE, id="mine").id == "mine"
    frozen = to_crystal(IStructure.from_sites(list(HALITE))).structure
    assert type(frozen) is Structure
    assert frozen == HALITE
    crystal = Crystal("a", HALITE, properties={"gap": 1.0})
    assert to_crystal(crystal) is crystal
    assert to_crystal(crystal, id="b") == Crystal("b", HALITE, properties={"gap": 1.0})
    before = json.dumps(HALITE.as_dict())
    data = HALITE.as_dict()
    assert structure_hash(to_crystal(data).structure) == structure_hash(HALITE)
    assert json.dumps(data) == before

    class Document:
        material_id = "mp-1"
        structure = HALITE

    assert to_crystal(Document()).id == "mp-1"


def test_ase_atoms(tmp_path):
    ase = pytest.importorskip("ase")
    io = pytest.importorskip("ase.io")
    from ase.build import bulk

    atoms = bulk("NaCl", "rocksalt", 5.64)
    crystal = to_crystal(atoms)
    assert (crystal.id, crystal.notes) == ("NaCl", ())
    assert crystal.structure.get_space_group_info()[1] == 225
    assert to_crystal(atoms.todict()).structure == crystal.structure
    io.write(tmp_path / "db.json", [atoms, atoms], format="json")
    assert [one.id for one in read_file(tmp_path / "db.json")] == ["db#1", "db#2"]
    atoms.pbc = (True, True, False)
    assert "yes, yes, no" in to_crystal(atoms).notes[0]
    atoms.set_array("oxi_states", np.array([1.0, -1.0]))
    assert [str(s) for s in to_crystal(atoms).structure.species] == ["Na+", "Cl-"]
    dummy = ase.Atoms("XNa", positions=[[0, 0, 0], [2, 2, 2]], cell=[4, 4, 4])
    refused("unknown-species", "X at site 1", call=lambda: to_crystal(dummy))
    refused("zero-volume", call=lambda: to_crystal(ase.Atoms("H2", [[0, 0, 0], [0, 0, 0.7]])))
    refused("no-atoms", call=lambda: to_crystal(ase.Atoms(cell=[4, 4, 4])))
    shared = CIF.replace("0     0     0 1", "0 0 0 0.5")
    (tmp_path / "shared.cif").write_text(shared)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        atoms = io.read(tmp_path / "shared.cif")
    refused("partial-occupancy", "Ti0.5 at site 1", call=lambda: to_crystal(atoms))


def test_jarvis_atoms_by_their_shape():
    class Atoms:  # jarvis.core.atoms.Atoms has these attributes
        lattice_mat = np.eye(3) * 3.57
        frac_coords = np.array([[0, 0, 0], [0.5, 0.5, 0.5]])
        elements = ("Cs", "Cl")

    assert to_crystal(Atoms()).structure == to_crystal(JARVIS).structure
    assert to_crystal({"jid": "JVASP-9", "atoms": JARVIS}).id == "JVASP-9"


# ----------------------------------------------------------------------------------- many at a time


def test_folders_are_sorted_searched_and_never_end_early(tmp_path):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("a/POSCAR", "b/deep/POSCAR", "m.vasp", ".x.vasp", ".hidden/POSCAR"):
        (tmp_path / name).write_text(POSCAR)
    (tmp_path / "m.cif").write_text(CIF)
    (tmp_path / "bad.cif").write_text("data_x\n")
    (tmp_path / "notes.txt").write_text("no structure")
    found = list(read_each([tmp_path, tmp_path / "m.cif", "gone.cif"]))
    ids = ["bad", "m", "m#2", "a/POSCAR", "b/deep/POSCAR", "m#3", "gone"]
    assert [one.id for one in found] == ids
    failed = {one.id: one.error.code for one in found if isinstance(one, Failure)}
    assert failed == {"bad": "no-atoms", "gone": "unreadable-file"}
    assert all(one.error.crystal_id == one.id for one in found if isinstance(one, Failure))
    (tmp_path / "empty").mkdir()
    (nothing,) = read_each([tmp_path / "empty"])
    assert nothing.error.code == "no-structure-files"


# ----------------------------------------------------------------------------------------- the rest


def test_imports_are_light():
    code = "import sys, crystext.errors, crystext.crystal, crystext.reading, crystext.validation"
    code += "; sys.exit(any(name in sys.modules for name in ('pymatgen', 'ase', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_codes_are_unique_and_errors_fold_their_message():
    codes = all_codes()
    assert len(codes) == len(set(codes))
    assert all(meaning.endswith(".") for meaning in codes.values())
    error = EngineFailedError.from_exception(ValueError("one\ntwo"), crystal_id="a")
    assert "ValueError: one;" in error.message
    assert error.to_dict()["id"] == "a"
    assert UsageError("a\n b").message == "a b"


def test_long_causes_end_with_a_word():
    words = " ".join(["word"] * 39)
    assert first_line(ValueError(f"{words} words words\nline 2")) == f"ValueError: {words} …"
    assert first_line(ValueError("x" * 300)) == f"ValueError: {'x' * 200} …"
    assert first_line(ValueError("x" * 200)) == f"ValueError: {'x' * 200}"


def test_spin_and_charge_survive_where_robocrys_takes_them():
    iron = Species("Fe", 2, spin=4)
    structure = Structure(Lattice.cubic(2.87), [iron] * 2, [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert to_crystal(structure).structure is structure


def test_a_crystal_is_shown_in_one_short_line():
    """``next(iter(crystext.mini()))`` filled a screen with its structure."""
    (crystal,) = mini(["mp-22862"])
    assert repr(crystal) == "Crystal('mp-22862': Na4 Cl4, 8 sites)"
    assert repr(Crystal("x", object())) == "Crystal('x': object)"
