"""Extended xyz: each frame a structure, as ASE reads it; molecules and contradictions refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pymatgen.core import Composition

from crystext.formats import registry
from tests.formats.same import assert_same, read_all, read_one
from tests.reading_samples import refused

LATTICE = 'Lattice="4.0 0.1 0.2 0.3 4.1 0.4 0.5 0.6 4.2"'
ROWS = "Cs 0.1 0.2 0.3\nCl 2.1 2.2 2.3\n"


def frame(comment=LATTICE, rows=ROWS, count=2):
    return f"{count}\n{comment}\n{rows}"


PROPERTIES = "Properties=species:S:1:pos:R:3"
FORMS = {
    "lattice alone": frame(),
    "properties": frame(f"{LATTICE} {PROPERTIES} energy=-1.5"),
    "forces": frame(
        f"{LATTICE} {PROPERTIES}:forces:R:3", "Cs 0.1 0.2 0.3 0 0 1\nCl 2.1 2.2 2.3 0 0 -1\n"
    ),
    "columns before": frame(
        f"Properties=id:I:1:species:S:1:fixed:L:1:pos:R:3 {LATTICE}",
        "1 Cs T 0.1 0.2 0.3\n2 Cl F 2.1 2.2 2.3\n",
    ),
    "both kinds of element": frame(
        f"{LATTICE} {PROPERTIES}:Z:I:1", "Cs 0.1 0.2 0.3 55\nCl 2.1 2.2 2.3 17\n"
    ),
    "quotes and braces": frame(
        f"""title='a "b" Lattice=1' {LATTICE} note="x \\" = y" virial={{1 0 0 0 1 0 0 0 1}} """
        """flag pbc="T T T" """
    ),
    "blanks around =": frame("config_type = bulk " + LATTICE.replace("=", " = ")),
    "tabs": frame(LATTICE.replace(" ", "\t"), ROWS.replace(" ", "\t  ")),
    "arrays": frame(f"cutoff=[3.0, 4.0] {LATTICE} tags=[[1, 2], [3, 4]]"),
}


def images(text):
    ase_io = pytest.importorskip("ase.io")
    from pymatgen.io.ase import AseAtomsAdaptor

    found = ase_io.read(io.StringIO(text), index=":", format="extxyz")
    return [AseAtomsAdaptor.get_structure(one) for one in found]


@pytest.mark.parametrize("form", FORMS)
def test_forms_as_ase_reads_them(form):
    found = read_one(FORMS[form], "extxyz")
    assert found.notes == ()
    assert found.structure.lattice.matrix[0] == pytest.approx([4.0, 0.1, 0.2])
    if form != "blanks around =":  # ASE takes these for three words
        assert_same(found.structure, images(FORMS[form])[0])


@pytest.mark.parametrize(
    "rows", ["55 0.1 0.2 0.3\n17 2.1 2.2 2.3\n", "Cs 1.0d-1 2.0D-1 .3\nCl 2.1 22e-1 +2.3\n"]
)
def test_elements_by_number_and_fortran_numbers(rows):
    plain = read_one(frame(), "extxyz").structure
    assert_same(read_one(frame(rows=rows), "extxyz").structure, plain)
    by_z = frame(f"{LATTICE} Properties=Z:I:1:pos:R:3", "55 0.1 0.2 0.3\n17 2.1 2.2 2.3\n")
    assert_same(read_one(by_z, "extxyz").structure, plain)


@pytest.mark.parametrize(
    ("flags", "words"),
    [('"T T F"', "yes, yes, no"), ("F", "no, no, no"), ("[1, 0, 1]", "yes, no, yes")],
)
def test_periodic_directions_are_noted(flags, words):
    (note,) = read_one(frame(f"{LATTICE} pbc={flags}"), "extxyz").notes
    assert note == f"periodic along a, b, c: {words}; read as periodic along all three"


def test_numbers_behind_elements_are_labels_and_no_charges():
    found = read_one(frame(rows="Cs1 0.1 0.2 0.3\nCl12 2.1 2.2 2.3\n"), "extxyz")
    assert [str(one.specie) for one in found.structure] == ["Cs", "Cl"]
    assert found.notes == ("numbers behind elements were read as labels: Cl12, Cs1",)


def test_every_frame_is_a_structure():
    text = "".join(frame(LATTICE.replace("4.2", f"{z}")) for z in (4.2, 4.3, 4.4))
    text = text.replace("\n2\n", "\n\n2\n", 1) + "\n \n"
    found = [one.structure for one in read_all(text, "extxyz")]
    assert [one.lattice.matrix[2, 2] for one in found] == [4.2, 4.3, 4.4]
    for ours, theirs in zip(found, images(text.replace("\n\n", "\n")), strict=True):
        assert_same(ours, theirs)


def test_one_bad_frame_spares_the_others():
    text = frame() + frame("molecule") + frame() + frame(count=3)
    parts = registry.split(text, "extxyz")
    assert len(parts) == 4
    assert registry.read(parts[0]).structure == registry.read(parts[2]).structure
    words = ["frame 2 of the xyz", "a molecule without a cell", "Lattice="]
    refused("zero-volume", *words, call=lambda: registry.read(parts[1]))
    refused("truncated-file", "frame 4", "3 atoms", "2 lines", call=lambda: registry.read(parts[3]))
    parts = registry.split(frame() + "VEC1 4 0 0\n" + frame(), "extxyz")
    words = ["frame 2 of the xyz", "'VEC1 4 0 0'", "number of its atoms"]
    refused("bad-xyz", *words, call=lambda: registry.read(parts[1]))


def test_written_by_ase():
    ase_io = pytest.importorskip("ase.io")
    from ase.build import bulk, molecule

    atoms = [bulk("NaCl", "rocksalt", 5.64), bulk("Ti", cubic=False), bulk("Si") * (2, 1, 1)]
    atoms[1].info.update(name='it "is"', stress=np.eye(3), more={"a": [1, 2]})
    atoms[2].set_array("flags", np.array([True, False] * 2))
    file = io.StringIO()
    ase_io.write(file, atoms, format="extxyz")
    for ours, theirs in zip(
        read_all(file.getvalue(), "extxyz"), images(file.getvalue()), strict=True
    ):
        assert_same(ours.structure, theirs)
    file = io.StringIO()
    ase_io.write(file, molecule("H2O"), format="extxyz")
    refused("zero-volume", "molecule", call=lambda: read_one(file.getvalue(), "extxyz"))


def test_shared_sites_of_ase_are_kept(tmp_path):
    ase_io = pytest.importorskip("ase.io")
    from ase.spacegroup import crystal

    atoms = crystal(
        ["Fe", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=221, cellpar=[4] * 3 + [90] * 3,
        occupancies=[0.5, 1.0],
    )  # fmt: skip
    atoms.info = {"occupancy": {"0": {"Fe": 0.5, "Co": 0.5}, "1": {"Cl": 1.0}}}
    file = io.StringIO()
    ase_io.write(file, atoms, format="extxyz")
    found = read_one(file.getvalue(), "extxyz").structure
    assert found[0].species.as_dict() == {"Fe": 0.5, "Co": 0.5}
    lost = file.getvalue().replace(":spacegroup_kinds:I:1", ":other:I:1")
    refused("bad-xyz", "occupancy", call=lambda: read_one(lost, "extxyz"))


BAD = {
    "seven numbers": (frame('Lattice="4 0 0 0 4 0 4"'), "bad-xyz", ["Lattice", "nine numbers"]),
    "a nested lattice": (
        frame("Lattice=[[4,0,0],[0,4,0],[0,0,4]]"),
        "bad-xyz",
        ["Lattice", "nine numbers"],
    ),
    "two lattices": (
        frame(f'{LATTICE} Lattice="5 0 0 0 5 0 0 0 5"'),
        "contradiction",
        ["lattice twice"],
    ),
    "a flat lattice": (frame('Lattice="4 0 0 0 4 0 4 4 0"'), "zero-volume", ["no volume"]),
    "nan": (frame('Lattice="4 0 0 0 4 0 4 4 nan"'), "not-finite", ["vector c"]),
    "nan position": (frame(rows="Cs 0 0 nan\nCl 2 2 2\n"), "not-finite", ["site 1"]),
    "a word": (frame(rows="Cs 0 0 x\nCl 2 2 2\n"), "bad-xyz", ["line 3", "'0 0 x'"]),
    "too few columns": (
        frame(f"{LATTICE} {PROPERTIES}:forces:R:3"),
        "bad-xyz",
        ["line 3", "4 words instead of 7"],
    ),
    "too many columns": (
        frame(f"{LATTICE} {PROPERTIES}", "Cs 0 0 0 1\nCl 2 2 2 1\n"),
        "bad-xyz",
        ["line 3", "5 words instead of 4"],
    ),
    "no positions": (
        frame(f"{LATTICE} Properties=species:S:1:xyz:R:3"),
        "bad-xyz",
        ["Properties", "species:S:1:xyz:R:3"],
    ),
    "no species": (frame(f"{LATTICE} Properties=id:S:1:pos:R:3"), "bad-xyz", ["Properties"]),
    "a kind that is none": (
        frame(f"{LATTICE} Properties=species:Q:1:pos:R:3"),
        "bad-xyz",
        ["Properties"],
    ),
    "cut properties": (frame(f"{LATTICE} Properties=species:S:1:pos:R"), "bad-xyz", ["Properties"]),
    "a column twice": (
        frame(f"{LATTICE} {PROPERTIES}:pos:R:3", "Cs 0 0 0 1 1 1\nCl 2 2 2 3 3 3\n"),
        "bad-xyz",
        ["Properties"],
    ),
    "two elements": (
        frame(f"{LATTICE} {PROPERTIES}:Z:I:1", "Cs 0 0 0 55\nCl 2 2 2 35\n"),
        "contradiction",
        ["line 4", "'Cl' and Z = 35"],
    ),
    "no element": (frame(rows="Cs 0 0 0\nQq 2 2 2\n"), "unknown-species", ["Qq"]),
    "number 0": (frame(rows="Cs 0 0 0\n0 2 2 2\n"), "unknown-species", ["'0'"]),
    "number 119": (frame(rows="Cs 0 0 0\n119 2 2 2\n"), "unknown-species", ["'119'"]),
    "pbc": (frame(f'{LATTICE} pbc="T T"'), "bad-xyz", ["pbc", "three of T and F"]),
    "no atoms": (frame(rows="", count=0), "no-atoms", ["0 atoms"]),
    "a count alone": ("2\n", "zero-volume", ["molecule"]),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions(case):
    from crystext.validation import check_with_notes

    text, code, words = BAD[case]
    refused(code, *words, call=lambda: check_with_notes(read_one(text, "extxyz").structure))


@pytest.mark.parametrize("name", ["occupancy", "occupancies", "Occ"])
def test_a_column_of_occupancies_is_not_passed_over(name):
    """It was, and the sites were described as full."""
    comment = f"{LATTICE} {PROPERTIES}:{name}:R:1"
    found = read_one(frame(comment, "Cs 0.1 0.2 0.3 0.5\nCl 2.1 2.2 2.3 1.0\n"), "extxyz")
    assert found.structure.composition == Composition({"Cs": 0.5, "Cl": 1})
    full = read_one(frame(comment, "Cs 0.1 0.2 0.3 1\nCl 2.1 2.2 2.3 0.9999\n"), "extxyz")
    assert full.structure.is_ordered
    for word in ("0", "1.5", "-1", "x"):
        text = frame(comment, f"Cs 0.1 0.2 0.3 {word}\nCl 2.1 2.2 2.3 1.0\n")
        refused("bad-xyz", "occupancy", call=lambda text=text: read_one(text, "extxyz"))
