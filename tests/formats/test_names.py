"""Names and contents tell the format, in any case of letters, packed or not."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from crystext.formats.catalogue import CATALOGUE
from crystext.formats.names import format_of_name, format_of_text, stem
from crystext.formats.registry import FORMATS
from tests.reading_samples import CIF, JSON, POSCAR, refused

XYZ = '2\nLattice="4 0 0 0 4 0 0 0 4"\nCs 0 0 0\nCl 2 2 2\n'
PLAIN_XYZ = "2\nhydrogen\nH 0 0 0\nH 0 0 0.74\n"
XSF = "# made\n\n CRYSTAL\nPRIMVEC\n4 0 0\n0 4 0\n0 0 4\nPRIMCOORD\n1 1\nPo 0 0 0\n"
CSSR = "4.1 4.1 4.1\n90 90 90 SPGR =  1 P 1    OPT = 1\n1 0\n0 Po1\n1 Po 0 0 0\n"
RES = "TITL data_ of a loop\nCELL 0.71 4 4 4 90 90 90\nLATT -1\nSFAC Po\nPO1 1 0 0 0\nEND\n"
XDATCAR = "\n".join(POSCAR.splitlines()[:7]) + "\nDirect configuration=     1\n" + "0 0 0\n" * 6
NAMES = {
    "cif": ["a.cif", "A.CIF", "b.mcif", "POSCAR.cif", "a.b.Cif"],
    "poscar": ["POSCAR", "poscar", "POSCAR.rutile", "CONTCAR_3", "a.vasp", "a.POSCAR", "b.contcar"],
    "xdatcar": ["XDATCAR", "XDATCAR_md", "run.xdatcar"],
    "extxyz": ["a.xyz", "a.extxyz"],
    "xsf": ["a.xsf", "a.AXSF"],
    "cssr": ["a.cssr"],
    "shelx": ["a.res", "a.INS"],
    "json": ["a.json", "a.jsonl", "a.mson"],
    "aims": ["geometry.in", "geometry.in.next_step"],
    "gen": ["a.gen"],
    "castep": ["a.cell"],
    "espresso": ["a.pwi", "a.scf.in", "b.relax.in", "pw.in"],
    "pwmat": ["atom.config"],
    "vasprun": ["vasprun.xml", "vasprun.relax2.xml", "run1.vasprun.xml"],
}


def test_every_format_has_a_module_words_and_names_that_are_tested():
    assert set(NAMES) == set(FORMATS) == set(CATALOGUE)
    for name, module in FORMATS.items():
        assert hasattr(import_module(module), "read"), name


@pytest.mark.parametrize("fmt", NAMES)
@pytest.mark.parametrize("packed", ["", ".gz", ".GZ", ".bz2", ".Bz2", ".xz", ".XZ"])
def test_names(fmt, packed):
    assert {format_of_name(name + packed) for name in NAMES[fmt]} == {fmt}


@pytest.mark.parametrize(
    "name", ["notes.txt", "a.cif.zip", "cif", "a.cifx", "OUTCAR", "a.gz", "json", "a.xyz.bak"]
)
def test_other_names(name):
    assert format_of_name(name) is None


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("a.cif", "a"),
        ("a.cif.GZ", "a"),
        ("a.b.cif.bz2", "a.b"),
        ("POSCAR", "POSCAR"),
        ("POSCAR.gz", "POSCAR"),
        ("POSCAR.rutile", "POSCAR.rutile"),
        ("CONTCAR_relaxed.xz", "CONTCAR_relaxed"),
        ("XDATCAR.md", "XDATCAR.md"),
        ("notes.txt", "notes"),
        ("notes.txt.gz", "notes"),
        ("a.RES", "a"),
        ("a.scf.in", "a"),
        ("geometry.in", "geometry.in"),
        ("atom.config.gz", "atom.config"),
    ],
)
def test_stem(name, id_):
    assert stem(name) == id_


@pytest.mark.parametrize(
    ("fmt", "text"),
    [
        ("cif", CIF),
        ("cif", CIF.replace("data_", "DATA_")),
        ("cif", CIF + "_shelx_res_file\n;\n" + RES + ";\n"),
        ("poscar", POSCAR),
        ("poscar", POSCAR.replace("\n1.0\n", "\n1.0d0 1.0 1.0 # scale\n")),
        ("poscar", POSCAR.replace("\n1.0\n", "\n-120.5\n")),
        ("poscar", "\n" + POSCAR.split("\n", 1)[1]),
        ("xdatcar", XDATCAR),
        ("extxyz", XYZ),
        ("extxyz", PLAIN_XYZ),
        ("xsf", XSF),
        ("cssr", CSSR),
        ("shelx", RES),
        ("shelx", RES.lower()),
        ("json", JSON),
        ("json", " \n[{}]"),
        ("json", json.dumps(JSON)),
    ],
)
def test_contents(fmt, text):
    assert format_of_text(text, "x") == fmt


@pytest.mark.parametrize("text", ["Dear reader,\nthis is\nno crystal\n", "1\n2\n3\n", "CELL 1 2\n"])
def test_other_contents(text):
    words = ["'x'", "neither CIF, POSCAR", "nor JSON", "say its format (--from)"]
    refused("unknown-format", *words, call=lambda: format_of_text(text, "x"))
