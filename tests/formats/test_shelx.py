"""SHELX: every lattice symbol, occupancies, parts and what stands between the atoms.

The independent reference is pymatgen's table of space groups; gemmi writes the operations.
"""

from __future__ import annotations

import gemmi
import pytest
from pymatgen.core import Lattice, Structure

from crystext.formats import registry
from tests.formats.same import assert_equivalent, read_all, read_one
from tests.reading_samples import refused

RUTILE_CELL = (4.594, 4.594, 2.959, 90, 90, 90)
RUTILE = [("Ti", 0, 0, 0), ("O", 0.305, 0.305, 0)]
CRYSTALS = {
    "P4_2/mnm": (RUTILE_CELL, RUTILE, "P42/mnm"),
    "Immm": ((3, 4, 5, 90, 90, 90), [("Ti", 0, 0, 0), ("O", 0.2, 0, 0)], "Immm"),
    "R-3m": (
        (3, 3, 15, 90, 90, 120),
        [("Ti", 0, 0, 0), ("O", 0, 0, 0.2)],
        "R-3m",
    ),
    "Fm-3m": ((5.64,) * 3 + (90,) * 3, [("Na", 0, 0, 0), ("Cl", 0.5, 0.5, 0.5)], "Fm-3m"),
    "F-43m": ((5.4,) * 3 + (90,) * 3, [("Zn", 0, 0, 0), ("S", 0.25, 0.25, 0.25)], "F-43m"),
    "Amm2": ((4, 5.7, 5.7, 90, 90, 90), [("Ba", 0, 0, 0), ("O", 0.5, 0.25, 0.3)], "Amm2"),
    "C2/c": (
        (9.7, 8.9, 5.3, 90, 105.8, 90),
        [("Ca", 0, 0.3, 0.25), ("Mg", 0, 0.9, 0.25), ("O", 0.12, 0.09, 0.14)],
        "C2/c",
    ),
    "P2_1/c": (
        (5.15, 5.21, 5.31, 90, 99.2, 90),
        [("Zr", 0.2754, 0.0395, 0.2083), ("O", 0.07, 0.33, 0.34), ("O", 0.45, 0.76, 0.48)],
        "P2_1/c",
    ),
    "P1": ((4, 5, 6, 80, 95, 110), [("Na", 0.1, 0.2, 0.3), ("Cl", 0.6, 0.7, 0.8)], "P1"),
    "P-1": ((4, 5, 6, 80, 95, 110), [("Na", 0.1, 0.2, 0.3), ("Cl", 0.5, 0.5, 0)], "P-1"),
    "Ia-3d": (
        (11.5,) * 3 + (90,) * 3,
        [("Al", 0, 0, 0), ("Si", 0.375, 0, 0.25), ("O", 0.03, 0.05, 0.65)],
        "Ia-3d",
    ),
}
LATT = {"P": 1, "I": 2, "R": 3, "F": 4, "A": 5, "B": 6, "C": 7}


def head(cell=RUTILE_CELL, symbol="P4_2/mnm", elements=("Ti", "O")):
    group = gemmi.SpaceGroup(symbol.replace("_", ""))
    operations = group.operations()
    centric = operations.is_centrosymmetric()
    seen, lines = {gemmi.Op().triplet(), "-x,-y,-z" if centric else ""}, []
    for one in operations.sym_ops:
        if one.triplet() in seen:
            continue
        lines.append(f"SYMM {one.triplet().upper()}")
        seen.add(one.triplet())
        if centric:
            seen.add((gemmi.Op("-x,-y,-z") * one).wrap().triplet())
    latt = LATT[group.centring_type()] * (1 if centric else -1)
    sizes = " ".join(map(str, cell))
    first = [f"TITL {symbol}", f"CELL 0.71073 {sizes}", "ZERR 1 0 0 0 0 0 0", f"LATT {latt}"]
    return "\n".join([*first, *lines, f"SFAC {' '.join(elements)}", "FVAR 0.5"]) + "\n"


def sof(structure, symbol, position):
    """The sof of a full site: its multiplicity in the cell over the number of operations."""
    order = len(gemmi.SpaceGroup(symbol.replace("_", "")).operations())
    here = structure.get_sites_in_sphere(structure.lattice.get_cartesian_coords(position), 0.01)
    label = here[0].label
    return sum(one.label == label for one in structure) / order


def made(name):
    cell, atoms, symbol = CRYSTALS[name]
    labels = [f"{element}{i}" for i, (element, *_) in enumerate(atoms, start=1)]
    reference = Structure.from_spacegroup(
        symbol,
        Lattice.from_parameters(*cell),
        [element for element, *_ in atoms],
        [position for _, *position in atoms],
        labels=labels,
    )
    elements = list(dict.fromkeys(element for element, *_ in atoms))
    rows = [
        f"{label:4} {elements.index(element) + 1} {x:.6f} {y:.6f} {z:.6f} "
        f"{10 + sof(reference, symbol, (x, y, z)):.5f} 0.02"
        for label, (element, x, y, z) in zip(labels, atoms, strict=True)
    ]
    return head(cell, symbol, elements) + "\n".join(rows) + "\nHKLF 4\nEND\n", reference


@pytest.mark.parametrize("name", CRYSTALS)
def test_every_lattice_symbol(name):
    text, reference = made(name)
    found = read_one(text, "shelx")
    assert found.notes == ()
    assert_equivalent(found.structure, reference)


BODY = "TI1 1 0 0 0 10.125 0.01\nO1 2 0.305 0.305 0 10.25 0.01\n"
SAME = {
    "plain": BODY,
    "small letters": BODY.lower(),
    "continued": "TI1 1 10.0 10.0 10.0 =\n   10.125 0.01 0.01 0.01 =\n 0 0 0\n"
    "O1 2 0.305 0.305 10 10.25 0.01 0.02 =\n    0.01 0 0 0\n",
    "comments": "REM O9 2 0.1 0.1 0.1\n! O8 2 0 0 0\n" + BODY.replace("0.01\n", "0.01 ! end\n"),
    "instructions": "L.S. 10\nBOND $H\nWGHT 0.1\nEQIV $1 -x, -y, z\nHTAB O1 O1_$1\n"
    "DFIX 1.9 0.02 TI1 O1\nANIS\nSADI_1 TI1 O1\nMOLE 1\nAFIX 0\nPART 0\n" + BODY,
    "after the end": BODY + "END\nWGHT 0.1\nREM peaks\nQ1 1 0.1 0.1 0.1 11 0.05 1.0\n",
    "after HKLF": BODY + "HKLF 4\nQ1 1 0.1 0.1 0.1 11 0.05 1.0\nEND\n",
    "free variables": "FVAR 0.25 0.305\n" + BODY.replace("0.305 0.305", "31.0 31.0"),
    "sof by variables": "FVAR 0.25 0.5\n" + BODY.replace("10.25", "30.5"),
    "sof by the other variable": "FVAR 0.875\n" + BODY.replace("10.125", "-21.0"),
    "sof of a part": "PART 0 10.125\nTI1 1 0 0 0 11\nPART 0 10.25\nO1 2 0.305 0.305 0\n",
    "sof of AFIX": "AFIX 1 0 10.125\nTI1 1 0 0 0 11\nAFIX 0\nO1 2 0.305 0.305 0 10.25\n",
    "moved": "MOVE 0.5 0.5 0.5 -1\nTI1 1 0.5 0.5 0.5 10.125\nO1 2 0.195 0.195 0.5 10.25\n",
    "residues": "RESI 1 OXI\n" + BODY.replace("O1", "RESI OXI 2\nO1"),
    "a fragment": "FRAG 17 1 1 1 90 90 90\nC1 1 0.1 0.1 0.1\nFEND\n" + BODY,
    "full by sof 1": BODY.replace("10.125", "11.0").replace("10.25", "1.0"),
}


@pytest.mark.parametrize("form", SAME)
def test_what_stands_between_the_atoms(form):
    reference = Structure.from_spacegroup(
        "P4_2/mnm", Lattice.from_parameters(*RUTILE_CELL), ["Ti", "O"], [p for _, *p in RUTILE]
    )
    found = read_one(head() + SAME[form], "shelx")
    assert_equivalent(found.structure, reference)
    expected = ["sof 1 on special positions"] * (form == "full by sof 1")
    assert [note[:26] for note in dict.fromkeys(found.notes)][:1] == expected


@pytest.mark.parametrize(
    "line",
    [
        "SFAC TI O",
        "SFAC $Ti\nSFAC O2-",
        "SFAC Ti 9.7 7.8 7.3 0.5 1.6 35.6 1.6 116.1 1.2 0.2 0.4 112 1.3 =\n  47.9\nSFAC O",
        "SFAC Ti4+ O2-\nUNIT 2 4",
        "SFAC Ti O\nDISP Ti 0.2 0.4\nUNIT 2 =\n  4",
    ],
)
def test_elements(line):
    text = head().replace("SFAC Ti O", line) + BODY
    assert read_one(text, "shelx").structure.composition.formula == "Ti2 O4"
    assert read_one(text, "shelx").notes == ()


def test_unit_that_counts_other_atoms_is_noted():
    text = head().replace("SFAC Ti O", "SFAC Ti O H\nUNIT 2 4 8") + BODY
    (note,) = read_one(text, "shelx").notes
    assert note == "the listed atoms are not those of UNIT: H0 instead of H8"


def test_numbers_of_unit_that_stand_for_nothing():
    text = head().replace("SFAC Ti O", "SFAC Ti O H\nUNIT 1 2 3") + BODY
    assert read_one(text, "shelx").notes == ()


def test_a_file_that_is_included_is_noted():
    (note,) = read_one(head() + "+restraints.dfx\n" + BODY, "shelx").notes
    assert note == "the file 'restraints.dfx' that is included was not read"


def test_peaks_and_absent_atoms_are_left_out_with_a_note():
    rows = "Q1 1 0.1 0.2 0.3 11 0.05 2.1\nQ2 1 0.4 0.2 0.3 11 0.05 1.1\nO9 2 0.1 0.1 0.4 10.0\n"
    found = read_one(head() + BODY + rows, "shelx")
    assert found.structure.composition.formula == "Ti2 O4"
    assert found.notes == (
        "peaks of the electron density left out: 2",
        "atoms of occupancy 0 left out: O9",
    )
    words = ["lists no atoms but peaks"]
    refused("no-atoms", *words, call=lambda: read_one(head() + rows[: rows.index("O9")], "shelx"))


def test_indented_atoms_are_comments_with_a_note():
    (note,) = read_one(head() + BODY + " O9 2 0.1 0.1 0.4\n text\n", "shelx").notes
    assert note == "indented lines are comments, also 'O9 2 0.1 0.1 0.4'"


def test_deuterium():
    text = head().replace("SFAC Ti O", "SFAC Ti D") + BODY
    found = read_one(text, "shelx").structure
    assert {one.specie.name for one in found} == {"Ti", "D"}
    tetrahedra = text.replace("SFAC Ti D", "SFAC Ti T")
    refused("unknown-species", "'T'", call=lambda: read_one(tetrahedra, "shelx"))


def test_parts_are_disorder_groups():
    text = head((4, 5, 6, 90, 90, 90), "P-1", ("C", "O")) + (
        "FVAR 0.7\nC1 1 0.1 0.2 0.3 11\nPART 1\nO1A 2 0.3 0.3 0.3 21\nPART 2\n"
        "O1B 2 0.35 0.3 0.3 -21\nPART -1\nO2 2 0.5 0.48 0.55 10.5\nPART 0\nC2 1 0.5 0 0 10.5\n"
    )
    found = read_one(text, "shelx").structure
    shares = {
        site.label: (site.species.num_atoms, site.properties["disorder_group"]) for site in found
    }
    assert shares == {
        "C1": (1, ""),
        "O1A": (pytest.approx(0.7), "1"),
        "O1B": (pytest.approx(0.3), "2"),
        "O2": (pytest.approx(0.5), "-1"),
        "C2": (1, ""),
    }
    assert len(found) == 9


def test_atoms_that_share_a_place():
    text = head(symbol="P1", cell=(4, 5, 6, 90, 90, 90), elements=("Fe", "Co")) + (
        "FVAR 0.3\nFE1 1 0 0 0 21\nCO1 2 0 0 0 -21\n"
    )
    (site,) = read_one(text, "shelx").structure
    assert site.species.as_dict() == pytest.approx({"Fe": 0.3, "Co": 0.7})


AIRSS = """TITL {name} 0.0 60.0 -10.5 0.0 0.0 3 (P1) n - 1
REM made by hand
CELL 1.54180 4.0 5.0 6.0 80.0 95.0 110.0
LATT -1
SFAC Na Cl
Na    1  0.1000000000000  0.2000000000000  0.3000000000000 1.0
Cl    2  0.6000000000000  0.7000000000000  0.8000000000000 1.0
Cl    2 -0.1000000000000  0.1000000000000  0.9000000000000 1.0 0.25
END
"""


def test_airss_as_pymatgen_and_ase_read_it():
    from pymatgen.io.res import ResIO

    ase_res = pytest.importorskip("ase.io.res")
    text = AIRSS.format(name="a")
    found = read_one(text, "shelx").structure
    assert_equivalent(found, ResIO.structure_from_str(text.replace(" 0.25\n", "\n")))
    ase_atoms = ase_res.Res.from_string(text.replace(" 0.25\n", "\n")).atoms
    assert found.volume == pytest.approx(ase_atoms.get_volume())
    assert found.composition.as_dict() == ase_atoms.symbols.formula.count()


def test_whole_numbers_may_have_a_point():
    text = head() + BODY
    with_point = read_one(text.replace("LATT 1", "LATT 1.0"), "shelx").structure
    assert with_point == read_one(text, "shelx").structure


@pytest.mark.parametrize("end", ["END\n", ""])
def test_several_structures_in_one_file(end):
    one = AIRSS.replace("END\n", end)
    text = one.format(name="a") + "\n" + one.format(name="b").replace("4.0 5.0", "4.4 5.0")
    parts = registry.split(text, "shelx")
    assert [registry.read(part).structure.lattice.a for part in parts] == pytest.approx([4.0, 4.4])
    shelxl = head() + BODY + "HKLF 4\nEND\nWGHT 0.1 0.2\nREM peaks\nQ1 1 0 0 0.5 11 0.05 3\n"
    assert len(read_all(shelxl, "shelx")) == 1
    assert len(read_all(shelxl + shelxl, "shelx")) == 2


BAD = {
    "no cell": (head().replace("CELL", "REM") + BODY, "bad-shelx", ["no CELL"]),
    "short cell": (head().replace(" 90 90 90", " 90 90") + BODY, "bad-shelx", ["line 2", "CELL"]),
    "flat cell": (head().replace(" 90 90 90", " 90 90 180") + BODY, "zero-volume", ["180"]),
    "nan cell": (head().replace("2.959", "nan") + BODY, "not-finite", ["nan"]),
    "two cells": (
        head() + "CELL 0.7 4 4 4 90 90 90\n" + BODY,
        "contradiction",
        ["CELL again", "remove one"],
    ),
    "two lattices": (head() + "LATT -1\n" + BODY, "contradiction", ["LATT again"]),
    "lattice 8": (head().replace("LATT 1", "LATT 8") + BODY, "bad-shelx", ["LATT", "is 8"]),
    "a lattice between two": (
        head().replace("LATT 1", "LATT 2.5") + BODY,
        "bad-shelx",
        ["'LATT 2.5'", "2.5 must be a whole number"],
    ),
    "a lattice below 1": (head().replace("LATT 1", "LATT -1.5") + BODY, "bad-shelx", ["-1.5"]),
    "a lattice in words": (head().replace("LATT 1", "LATT P") + BODY, "bad-shelx", ["'LATT P'"]),
    "half a part": (head() + "PART 1.5\n" + BODY, "bad-shelx", ["'PART 1.5'", "whole number"]),
    "half a rule": (head() + "AFIX 43.5\n" + BODY, "bad-shelx", ["'AFIX 43.5'", "whole number"]),
    "an operation left out": (
        "\n".join(line for line in head().split("\n") if "SYMM -X,-Y,Z" not in line) + BODY,
        "bad-symmetry",
        ["no group"],
    ),
    "an operation of no meaning": (
        head().replace("SYMM -X,-Y,Z", "SYMM -X,-X,Z") + BODY,
        "bad-symmetry",
        ["'-X,-X,Z'", "determinant"],
    ),
    "operations of another cell": (
        head((4.0, 5.0, 6.0, 90, 90, 90)) + BODY,
        "bad-symmetry",
        ["do not keep its cell"],
    ),
    "no elements": (head().replace("SFAC Ti O\n", "") + BODY, "bad-shelx", ["element 1 of the 0"]),
    "element 3": (head() + BODY + "O2 3 0.1 0.1 0.1\n", "bad-shelx", ["element 3 of the 2"]),
    "no element": (head(elements=("Ti", "Qq")) + BODY, "unknown-species", ["'Qq'", "SFAC"]),
    "no such variable": (
        head() + BODY.replace("10.125", "21.0"),
        "bad-shelx",
        ["21", "FVAR gives 1"],
    ),
    "negative": (head() + BODY.replace("10.125", "-0.5"), "bad-shelx", ["TI1", "-0.5"]),
    "too many atoms on a place": (
        head() + BODY.replace("10.125", "10.5"),
        "contradiction",
        ["TI1", "8 operations", "4 atoms lie there"],
    ),
    "cut atom": (head() + BODY + "O2 2 0.1 0.1\n", "bad-shelx", ["'O2 2 0.1 0.1'"]),
    "unknown line": (head() + BODY + "HELLO WORLD\n", "bad-shelx", ["'HELLO WORLD'"]),
    "to be placed": (
        head() + "AFIX 66\nO2 2 0 0 0 11\nAFIX 0\n" + BODY,
        "bad-shelx",
        ["O2", "AFIX 66"],
    ),
    "no atoms": (head(), "no-atoms", ["lists no atoms"]),
    "different atoms on one place": (
        head() + BODY + "TI2 1 0.305 0.305 0 10.25\n",
        "atoms-overlap",
        ["O1", "TI2"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions(case):
    text, code, words = BAD[case]
    refused(code, *words, call=lambda: read_one(text, "shelx"))


def test_a_limit_of_sites():
    from crystext.formats.shelx import read

    text = made("Ia-3d")[0]
    refused("too-many-sites", "136", "100", call=lambda: read(text, max_sites=100))


def test_a_name_of_another_element_than_sfac_is_told():
    """Unless UNIT fits the elements alone."""
    atoms = "TI1 2 0 0 0 10.125\nO1 1 0.305 0.305 0 10.25\nHKLF 4\nEND\n"
    cell = "TITL x\nCELL 0.71 4.594 4.594 2.959 90 90 90\nLATT -1\nSFAC O S\n"
    atoms = "TI1 2 0 0 0 11\nO1 1 0.305 0.305 0 11\nHKLF 4\nEND\n"
    (told,) = read_all(cell + atoms, "shelx")
    assert [one for one in told.notes if "TI1 is of type S" in one]
    (quiet,) = read_all(cell + "UNIT 1 1\n" + atoms, "shelx")
    assert not [one for one in quiet.notes if "of type" in one]
