"""Reading: every bad input gives one coded line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from crystext.crystal import Crystal
from crystext.errors import InputError
from crystext.reading import read_file, read_text, to_crystal
from tests.reading_samples import CIF, HALITE, JARVIS, JSON, P1, POSCAR, refused

pytestmark = pytest.mark.filterwarnings("error::UserWarning")  # none escapes
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
    "no coordinates": (CIF.replace("_fract_x", "_Cartn_x"), None, "bad-cif", ["_fract_x"]),
    "cell word": (CIF.replace("2.959", "?"), None, "bad-cif", ["_cell_length_c", "'?'"]),
    "dot": (CIF.replace("0.305 0.305", "0.305 ."), None, "bad-cif", ["'O1'", "'.'"]),
    "nan site": (CIF.replace("0.305 0.305", "nan 0.305"), None, "not-finite", ["'nan'", "'O1'"]),
    "inf cell": (CIF.replace("2.959", "inf"), None, "not-finite", ["_cell_length_c", "'inf'"]),
    "flat cif": (CIF.replace("2.959", "0.0001"), None, "zero-volume", ["data_rutile"]),
    "no length cif": (P1.replace("5.640", "1e-300"), None, "zero-volume", ["no volume"]),
    "thin cif": (P1.replace("5.640", "0.05"), None, "zero-volume", ["0.05 Å thick"]),
    "unknown element": (
        CIF.replace("Ti1 Ti", "Qq1 Qq"),
        None,
        "unknown-species",
        ["'Qq'", "'Qq1'"],
    ),
    "no element": (CIF.replace("Ti1 Ti", "Du1 Du"), None, "unknown-species", ["'Du1'"]),
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
    "near": (
        P1.replace("Cl4 Cl 0   0   0.5", "Cl4 Cl 0.001 0 0.999"),
        None,
        "atoms-overlap",
        ["Na1 (Na)", "Cl4 (Cl)", "Å apart"],
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


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (".", "name one file in it, or describe all by describe_many"),
        ("cifs/*.cif", "give the folder, or the files that match"),
        ("mp-149", "have it fetched: crystext describe mp-149 --json"),
        ("mini", "take the package's crystals by --db mini"),
        ("mp-149.cif", "No such file or directory; check the path"),
    ],
)
def test_what_cannot_be_opened_is_told_with_what_to_do(given, remedy):
    """Folders, patterns and names of databases are given where a file is wanted."""
    refused("unreadable-file", remedy, call=lambda: to_crystal(given))


def test_an_object_that_is_none_is_told_all_that_can_be_given(tmp_path):
    with (tmp_path / "a.cif").open("w") as file:
        refused("bad-object", "give a path, the text of a file, a", call=lambda: to_crystal(file))
    refused("bad-object", "take describe_many for several", call=lambda: to_crystal([1, 2]))
