"""Reading: every format and object gives its crystal, every bad input one coded line."""

from __future__ import annotations

import gzip
import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import IStructure, Lattice, Species, Structure

from crystext.crystal import Crystal, Failure, structure_hash
from crystext.errors import CrystextError, EngineFailedError, InputError, UsageError, all_codes
from crystext.reading import iter_inputs, read_file, read_text, to_crystal

EXAMPLES = Path(__file__).parents[1] / "examples"
DATA = Path(__file__).parent / "data"
CIF = (EXAMPLES / "rutile.cif").read_text()
P1 = (EXAMPLES / "halite.cif").read_text()
POSCAR = (EXAMPLES / "POSCAR.molybdenite").read_text()
JSON = (EXAMPLES / "barium_titanate.json").read_text()
HALITE = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)
JARVIS = {
    "lattice_mat": [[3.57, 0, 0], [0, 3.57, 0], [0, 0, 3.57]],
    "coords": [[0, 0, 0], [1.785, 1.785, 1.785]],
    "elements": ["Cs", "Cl"],
    "abc": [3.57, 3.57, 3.57],
    "angles": [90, 90, 90],
    "cartesian": True,
    "props": ["", ""],
}


@pytest.fixture(autouse=True)
def _no_warning_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


def refused(code: str, *words: str, call) -> CrystextError:
    """Asserts that a call raises this code, in one line that holds these words."""
    with pytest.raises(CrystextError) as caught:
        call()
    error = caught.value
    assert error.code == code, error.message
    assert "\n" not in error.message
    for word in words:
        assert word in error.message, error.message
    assert code in all_codes()
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.to_dict()) == (type(error), error.to_dict())
    return error


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
    first, second, third = iter_inputs([path])
    assert (first.id, second.id, third.id) == ("pair#1", "pair#2", "pair#3")
    assert isinstance(second, Failure)
    assert second.error.to_dict()["id"] == "pair#2"
    assert third.structure.reduced_formula == "TiO2"
    refused("bad-cif", "data_broken", "'?'", call=lambda: read_file(path))
    path.write_text(P1 + CIF)
    refused("several-structures", "2 structures", "read_file", call=lambda: to_crystal(path))
    refused("several-structures", "read_text", call=lambda: to_crystal(P1 + CIF))


def test_cif_repairs_are_noted():
    text = CIF.replace("0.305 0.305 0 ", "0.3333 0.3333 0 ").replace("Ti1 Ti", "Ti1 Tix")
    notes = " | ".join(read_text(text)[0].notes)
    assert "rounded to ideal values" in notes
    over = read_text(CIF.replace("0     0     0 1", "0 0 0 1.01"))[0]
    assert over.structure.is_ordered
    assert any("sum to > 1" in note for note in over.notes)
    no_operations = "\n".join(line for line in CIF.splitlines() if not line.startswith("'"))
    no_operations = no_operations.replace("loop_\n_space_group_symop_operation_xyz\n", "")
    crystal = read_text(no_operations)[0]
    assert len(crystal.structure) == 6
    assert any("Spacegroup from" in note for note in crystal.notes)


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
    kinds = [(type(one).__name__, one.id) for one in iter_inputs([path])]
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


# ---------------------------------------------------------------------------------------- bad input

_SITES = "Ti1 Ti 0     0     0 1"
BAD_TEXTS = {
    "empty": ("", None, "empty-file", ["is empty"]),
    "white space": (" \n\t \r\n", "cif", "empty-file", ["is empty"]),
    "binary": ("\0\1\2" * 50, None, "binary-file", ["not text"]),
    "prose": ("Dear reader,\nthis is\nno crystal\n", None, "unknown-format", ["neither CIF"]),
    "cut row": (CIF[: CIF.index("0.305 0")], None, "truncated-file", ["data_rutile"]),
    "cut before sites": (
        CIF[: CIF.index("loop_\n_atom_site")],
        "cif",
        "no-atoms",
        ["data_rutile"],
    ),
    "no block": ("_cell_length_a 1\n", "cif", "bad-cif", ["data_"]),
    "broken row": (CIF.replace(_SITES, "Ti1 Ti") + P1, None, "bad-cif", ["data_rutile"]),
    "no cell": (CIF.replace("_cell_length_a", "_other"), None, "bad-cif", ["_cell_length_a"]),
    "no angle": (CIF.replace("_cell_angle_beta", "_other"), None, "bad-cif", ["_cell_angle_beta"]),
    "no coordinates": (CIF.replace("_fract_x", "_Cartn_x"), None, "bad-cif", ["_fract_x"]),
    "cell word": (CIF.replace("2.959", "?"), None, "bad-cif", ["_cell_length_c", "'?'"]),
    "dot": (CIF.replace("0.305 0.305", "0.305 ."), None, "bad-cif", ["'O1'", "'.'"]),
    "nan site": (CIF.replace("0.305 0.305", "nan 0.305"), None, "not-finite", ["'nan'", "'O1'"]),
    "inf cell": (CIF.replace("2.959", "inf"), None, "not-finite", ["_cell_length_c", "'inf'"]),
    "flat cif": (CIF.replace("2.959", "0.0001"), None, "zero-volume", ["data_rutile"]),
    "thin cif": (P1.replace("5.640", "0.05"), None, "zero-volume", ["0.05 Å thick"]),
    "unknown element": (CIF.replace("Ti1 Ti", "Qq1 Qq"), None, "unknown-species", ["Qq at site"]),
    "no element": (CIF.replace("Ti1 Ti", "OH1 OH"), None, "unknown-species", ["'OH1'"]),
    "shared": (
        CIF.replace(_SITES, "Fe1 Fe 0 0 0 0.5\nCo1 Co 0 0 0 0.5"),
        None,
        "partial-occupancy",
        ["Fe0.5/Co0.5 at site 1"],
    ),
    "shared and over 1": (
        CIF.replace(_SITES, "Fe1 Fe 0 0 0 0.8\nCo1 Co 0 0 0 0.8"),
        None,
        "partial-occupancy",
        ["Fe", "Co", "over one atom"],
    ),
    "vacancies": (CIF.replace(_SITES, "Ti1 Ti 0 0 0 0.9(1)"), None, "partial-occupancy", ["Ti0.9"]),
    "listed twice": (
        CIF.replace(_SITES, f"{_SITES}\nTi2 Ti 0.5 0.5 0.5 1"),
        None,
        "atoms-overlap",
        ["Ti2 at [0.0, 0.0, 0.0]"],
    ),
    "near": (
        P1.replace("Cl4 Cl 0   0   0.5", "Cl4 Cl 0.001 0 0.999"),
        None,
        "atoms-overlap",
        ["Na at site", "Cl at site", "Å apart"],
    ),
    "VASP 4": (POSCAR.replace("Mo S\n", ""), None, "bad-poscar", ["no elements", "'2 4'"]),
    "cut POSCAR": (POSCAR[:-60], None, "truncated-file", ["6 atoms", "5 lines"]),
    "very cut POSCAR": (POSCAR[:120], None, "truncated-file", ["ends at line"]),
    "counts": (POSCAR.replace("2 4", "2"), None, "bad-poscar", ["'2' for 'Mo S'"]),
    "counts in words": (POSCAR.replace("2 4", "2 four"), None, "bad-poscar", ["'2 four'"]),
    "many": (POSCAR.replace("2 4", "2 999999999"), None, "truncated-file", ["1000000001 atoms"]),
    "no atoms": (POSCAR.replace("2 4", "0 0"), None, "no-atoms", ["0 atoms"]),
    "scale": (POSCAR.replace("\n1.0\n", "\none\n"), "poscar", "bad-poscar", ["line 2", "'one'"]),
    "scale 0": (POSCAR.replace("\n1.0\n", "\n0.0\n"), None, "zero-volume", ["scale factor"]),
    "flat POSCAR": (POSCAR.replace("12.2940000000", "0.0"), None, "zero-volume", ["3.16, 3.16, 0"]),
    "nan lattice": (POSCAR.replace("12.2940000000", "nan"), None, "not-finite", ["vector c"]),
    "nan POSCAR": (
        POSCAR.replace("0.6210000000", "nan"),
        None,
        "not-finite",
        ["site 3", "nan"],
    ),
    "bad coordinate": (POSCAR.replace("0.6210000000", "zero"), None, "bad-poscar", ["zero"]),
    "dummy": (POSCAR.replace("Mo S", "X S"), None, "unknown-species", ["X at site 1"]),
    "vacuum": (POSCAR.replace("Mo S", "Vac S"), None, "unknown-species", ["'Vac'"]),
    "cut JSON": (JSON[:700], None, "truncated-file", ["line", "ends too early"]),
    "bad JSON": ('{"lattice": ]}', None, "bad-json", ["line 1, column 13"]),
    "other JSON": ('{"name": "crystext"}', None, "bad-json", ["'name'"]),
    "list": ("[1, 2, 3]", None, "bad-json", ["[1, 2, 3]"]),
    "empty list": ("[]", None, "bad-json", ["list"]),
    "deep": ("[" * 100_000, None, "bad-json", ["nested"]),
    "no lattice": (
        json.dumps({"@class": "Molecule", "sites": []}),
        None,
        "bad-json",
        ["no lattice"],
    ),
    "wrong dict": (json.dumps({"lattice": 3, "sites": [1]}), None, "bad-json", ["TypeError"]),
    "no sites": (json.dumps(HALITE.as_dict() | {"sites": []}), None, "no-atoms", ["no atoms"]),
    "JSON NaN": (JSON.replace("0.5215", "NaN", 1), None, "not-finite", ["site 2", "nan"]),
    "jarvis element": (
        json.dumps(JARVIS | {"elements": ["Cs", "Vacancy"]}),
        None,
        "unknown-species",
        ["'Vacancy'"],
    ),
    "jarvis lengths": (json.dumps(JARVIS | {"elements": ["Cs"]}), None, "bad-json", ["cannot"]),
    "jarvis flat": (
        json.dumps(JARVIS | {"lattice_mat": [[1, 0, 0]] * 3}),
        None,
        "zero-volume",
        ["one plane"],
    ),
}


@pytest.mark.parametrize("case", BAD_TEXTS)
def test_bad_texts(case):
    text, fmt, code, words = BAD_TEXTS[case]
    error = refused(code, *words, call=lambda: read_text(text, fmt=fmt, id="here"))
    assert error.crystal_id == "here" or error.crystal_id.startswith("here#")
    assert isinstance(error, InputError)


def test_bad_files(tmp_path):
    def file(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    whole = gzip.compress(CIF.encode())
    large = file("large.cif", CIF.encode())
    bomb = file("bomb.cif.gz", gzip.compress(b" " * 100_000))
    refused("unreadable-file", "none.cif", "No such file", call=lambda: read_file("none.cif"))
    refused("unreadable-file", "Is a directory", call=lambda: read_file(tmp_path))
    refused("unreadable-file", call=lambda: read_file("a\0b.cif"))
    refused("unreadable-file", "nothing", call=lambda: to_crystal("nothing"))
    refused("empty-file", "e.cif", call=lambda: read_file(file("e.cif", b"")))
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9
    refused("binary-file", "p.cif", call=lambda: read_file(file("p.cif", png)))
    noise = np.random.default_rng(0).integers(1, 256, 4000, dtype=np.uint8).tobytes()
    refused("binary-file", "n.cif", call=lambda: read_file(file("n.cif", noise)))
    refused("truncated-file", "g.cif.gz", call=lambda: read_file(file("g.cif.gz", whole[:-20])))
    broken = whole[:30] + b"\0\0\0" + whole[33:]
    refused("truncated-file", "h.cif.gz", call=lambda: read_file(file("h.cif.gz", broken)))
    refused("file-too-large", "500 bytes", call=lambda: read_file(large, max_bytes=500))
    refused("file-too-large", "50000 bytes", call=lambda: read_file(bomb, max_bytes=50_000))
    refused("wrong-setting", "'xyz'", call=lambda: read_file(large, fmt="xyz"))


def test_permission(tmp_path, monkeypatch):
    path = tmp_path / "secret.cif"
    path.write_text(CIF)

    def denied(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    refused("unreadable-file", "Permission denied", call=lambda: read_file(path))


@pytest.mark.parametrize("value", [None, 3, 2.5, object(), {}, {"a": 1}, [1, 2], set()])
def test_objects_that_are_no_crystal(value):
    refused("bad-object", "pymatgen", call=lambda: to_crystal(value))


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_string_is_an_empty_text(value):
    refused("empty-file", call=lambda: to_crystal(value))


@pytest.mark.parametrize(
    ("text", "fmt", "step"),
    [(CIF, "cif", 11), (P1, "cif", 9), (POSCAR, "poscar", 3), (JSON, "json", 17)],
)
def test_cut_anywhere_gives_a_crystal_or_a_coded_error(text, fmt, step):
    for end in range(0, len(text), step):
        for one in (text[:end], text[:end] + "\x7f" + text[end + 1 :]):
            try:
                found = read_text(one, fmt=fmt)
            except InputError as error:
                assert "\n" not in error.message  # noqa: PT017 (either outcome is right)
            else:
                assert all(isinstance(crystal, Crystal) for crystal in found)


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
    found = list(iter_inputs([tmp_path, tmp_path / "m.cif", "gone.cif"]))
    ids = ["bad", "m", "m#2", "a/POSCAR", "b/deep/POSCAR", "m#3", "gone"]
    assert [one.id for one in found] == ids
    failed = {one.id: one.error.code for one in found if isinstance(one, Failure)}
    assert failed == {"bad": "no-atoms", "gone": "unreadable-file"}
    assert all(one.error.crystal_id == one.id for one in found if isinstance(one, Failure))
    (tmp_path / "empty").mkdir()
    (nothing,) = iter_inputs([tmp_path / "empty"])
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


def test_spin_and_charge_survive_where_robocrys_takes_them():
    iron = Species("Fe", 2, spin=4)
    structure = Structure(Lattice.cubic(2.87), [iron] * 2, [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert to_crystal(structure).structure is structure
