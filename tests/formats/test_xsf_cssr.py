"""XSF and CSSR: as ASE and pymatgen read and write them; molecules and parts of cells refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.cssr import Cssr
from pymatgen.io.xcrysden import XSF

from crystext.formats import registry
from crystext.validation import check_with_notes
from tests.formats.same import assert_equivalent, assert_same, read_all, read_one
from tests.reading_samples import refused

STRUCTURE = Structure(
    Lattice.from_parameters(4, 5, 6, 80, 95, 110),
    ["Na", "Cl", "O"],
    [[0.1, 0.2, 0.3], [0.4, 0.55, 0.6], [0.7, 0.8, 0.9]],
)
VECTORS = "4 0 0\n0 4 0\n0 0 4\n"
ATOMS = "55 0 0 0\n17 2.0 2.0 2.0\n"
PLAIN = f"CRYSTAL\nPRIMVEC\n{VECTORS}PRIMCOORD\n2 1\n{ATOMS}"


def by_ase(text, fmt="xsf"):
    ase_io = pytest.importorskip("ase.io")
    from pymatgen.io.ase import AseAtomsAdaptor

    found = [
        AseAtomsAdaptor.get_structure(one)
        for one in ase_io.read(io.StringIO(text), index=":", format=fmt)
    ]
    return [Structure(one.lattice, one.species, one.frac_coords) for one in found]


XSFS = {
    "plain": PLAIN,
    "comments": f"# made by hand\n\n{PLAIN}# end\n",
    "conventional too": PLAIN.replace("PRIMCOORD", f"CONVVEC\n{VECTORS}PRIMCOORD"),
    "forces": PLAIN.replace("0 0 0\n17 2.0 2.0 2.0", "0 0 0 1 2 3\n17 2.0 2.0 2.0 3 2 1"),
    "symbols": PLAIN.replace("55", "Cs").replace("17", "Cl"),
    "a grid": PLAIN
    + "BEGIN_BLOCK_DATAGRID_3D\n data\n BEGIN_DATAGRID_3D_rho\n 1 1 1\n 0 0 0\n"
    + VECTORS
    + " 0.5\n END_DATAGRID_3D\nEND_BLOCK_DATAGRID_3D\n",
}


@pytest.mark.parametrize("form", XSFS)
def test_xsf_as_ase_and_pymatgen_read_it(form):
    found = read_one(XSFS[form], "xsf")
    assert found.notes == ()
    assert_same(found.structure, by_ase(XSFS[form])[0])
    if form not in {"forces", "symbols"}:
        assert_same(found.structure, XSF.from_str(XSFS[form]).structure)


def test_xsf_with_words_that_ase_cannot_read():
    old = PLAIN.replace("CRYSTAL", "DIM-GROUP\n3 1")
    named = PLAIN.replace("55", "CS1").replace("17", "cl2")
    for text in (old, named, PLAIN.replace("4 0 0", "4.0d0 0 0")):
        assert read_one(text, "xsf").structure == read_one(PLAIN, "xsf").structure
    assert read_one(named, "xsf").notes == (
        "numbers behind elements were read as labels: Cl2, Cs1",
    )


def test_xsf_written_by_pymatgen_and_ase():
    ase_io = pytest.importorskip("ase.io")
    assert_same(read_one(XSF(STRUCTURE).to_str(), "xsf").structure, STRUCTURE, 1e-5)
    file = io.StringIO()
    ase_io.write(file, STRUCTURE.to_ase_atoms(), format="xsf")
    assert_same(read_one(file.getvalue(), "xsf").structure, STRUCTURE, 1e-8)


@pytest.mark.parametrize("variable", [False, True])
def test_xsf_animations_give_every_structure(variable):
    ase_io = pytest.importorskip("ase.io")
    images = [STRUCTURE.to_ase_atoms() for _ in range(3)]
    for step, image in enumerate(images):
        image.positions[0, 0] += 0.1 * step
        if variable:
            image.set_cell(np.array(image.cell) * (1 + 0.1 * step))
    file = io.StringIO()
    ase_io.write(file, images, format="xsf")
    text = file.getvalue()
    assert ("PRIMVEC 2" in text) == variable
    if variable:  # ASE writes what it cannot read
        found = [one.structure.volume for one in read_all(text, "xsf")]
        assert found == pytest.approx([one.get_volume() for one in images])
    else:
        for ours, theirs in zip(read_all(text, "xsf"), by_ase(text), strict=True):
            assert_same(ours.structure, theirs)
    more = text.replace("ANIMSTEPS 3", "ANIMSTEPS 4")
    refused("contradiction", "ANIMSTEPS 4", "3 structures", call=lambda: read_all(more, "xsf"))


@pytest.mark.parametrize(("word", "flags"), [("SLAB", "yes, yes, no"), ("POLYMER", "yes, no, no")])
def test_slabs_and_polymers_are_noted(word, flags):
    (note,) = read_one(PLAIN.replace("CRYSTAL", word), "xsf").notes
    assert note == f"periodic along a, b, c: {flags}; read as periodic along all three"


BAD_XSF = {
    "molecule": ("ATOMS\n6 0 0 0\n", "zero-volume", ["molecule without a cell"]),
    "molecule, named": (f"MOLECULE\n{PLAIN[8:]}", "zero-volume", ["molecule without a cell"]),
    "no atoms block": (f"CRYSTAL\nPRIMVEC\n{VECTORS}", "bad-xsf", ["no PRIMCOORD"]),
    "conventional alone": (
        PLAIN.replace("PRIMCOORD", "CONVCOORD"),
        "bad-xsf",
        ["no PRIMCOORD"],
    ),
    "no lattice": (PLAIN.replace("PRIMVEC", "CONVVEC"), "bad-xsf", ["PRIMVEC", "three lines"]),
    "two vectors": (PLAIN.replace("0 0 4\n", ""), "bad-xsf", ["PRIMVEC", "three lines"]),
    "flat": (PLAIN.replace("0 0 4\n", "4 4 0\n"), "zero-volume", ["no volume"]),
    "fewer": (PLAIN.replace("2 1\n", "3 1\n"), "truncated-file", ["3 atoms", "2 lines"]),
    "more": (PLAIN.replace("2 1\n", "1 1\n"), "bad-xsf", ["counts 1 atoms", "17 2.0"]),
    "none": (PLAIN.replace("2 1\n", "0 1\n"), "no-atoms", ["0 atoms"]),
    "no count": (PLAIN.replace("2 1\n", ""), "bad-xsf", ["'55 0 0 0'", "number of atoms"]),
    "a word": (PLAIN.replace("2.0 2.0", "2.0 x"), "bad-xsf", ["17 2.0 x"]),
    "four numbers": (PLAIN.replace("55 0 0 0", "55 0 0 0 0"), "bad-xsf", ["55 0 0 0 0"]),
    "no element": (PLAIN.replace("55", "Qq"), "unknown-species", ["Qq"]),
    "number 0": (PLAIN.replace("55", "0"), "unknown-species", ["'0'"]),
    "twice": (PLAIN + "SURPLUS\n", "bad-xsf", ["counts 2 atoms", "SURPLUS"]),
}


@pytest.mark.parametrize("case", BAD_XSF)
def test_xsf_contradictions(case):
    text, code, words = BAD_XSF[case]
    refused(code, *words, call=lambda: check_with_notes(read_one(text, "xsf").structure))


def test_two_crystals_in_one_xsf_are_two():
    assert len(read_all(PLAIN + PLAIN.replace("17", "35"), "xsf")) == 2


# --------------------------------------------------------------------------------------------- CSSR

ZEO = """                               13.6750  14.7670  13.1000
                90.0000  90.0000  90.0000   SPGR =  1 P 1         OPT = 1
   3   0
 0 ABC  : ABC
   1 Si1  0.17400 0.08400 0.11300    0  0  0  0  0  0  0  0   0.000
   2 O12  0.25000 0.08400 0.11300    0  0  0  0  0  0  0  0   0.000
   3 ZN   0.50000 0.25000 0.00000    0  0  0  0  0  0  0  0   0.000
"""


def test_cssr_as_pymatgen_writes_and_reads_it():
    text = str(Cssr(STRUCTURE))
    found = read_one(text, "cssr").structure
    assert_equivalent(found, STRUCTURE, 2e-3)
    assert_equivalent(found, Cssr.from_str(text).structure)


def test_cssr_of_other_programs():
    found = read_one(ZEO, "cssr").structure
    assert [one.specie.symbol for one in found] == ["Si", "O", "Zn"]
    assert found.lattice.abc == pytest.approx((13.675, 14.767, 13.1))
    headed = ZEO.replace(" " * 31, " REFERENCE STRUCTURE = 00000   A,B,C =", 1)
    headed = headed.replace(" " * 16, "   ALPHA,BETA,GAMMA =", 1)
    assert read_one(headed, "cssr").structure == found
    cartesian = ZEO.replace("   3   0\n", "   3   1\n")
    assert read_one(cartesian, "cssr").structure[0].coords == pytest.approx([0.174, 0.084, 0.113])


BAD_CSSR = {
    "space group": (
        ZEO.replace("1 P 1", "62 Pnma"),
        "bad-cssr",
        ["'Pnma'", "only P 1", "all atoms of the cell"],
    ),
    "contradiction": (ZEO.replace("1 P 1", "62 P 1"), "bad-cssr", ["only P 1"]),
    "no space group": (ZEO.replace("1 P 1  ", ""), "bad-cssr", ["names no space group"]),
    "no head": ("a\nb\n", "bad-cssr", ["'a / b'", "SPGR"]),
    "flat": (ZEO.replace("90.0000   SPGR", "180.000   SPGR"), "zero-volume", ["no volume"]),
    "nan": (ZEO.replace("14.7670", "nan"), "not-finite", ["nan"]),
    "fewer": (ZEO.replace("   3   0\n", "   4   0\n"), "truncated-file", ["4 atoms", "3 lines"]),
    "more": (ZEO.replace("   3   0\n", "   2   0\n"), "bad-cssr", ["counts 2 atoms", "ZN"]),
    "none": (ZEO.replace("   3   0\n", "   0   0\n"), "no-atoms", ["0 atoms"]),
    "no flag": (ZEO.replace("   3   0\n", "   3\n"), "bad-cssr", ["line 3"]),
    "a word": (ZEO.replace("0.25000 0.0", "0.x 0.0"), "bad-cssr", ["0.x"]),
    "sulfur or silicon": (ZEO.replace("Si1", "SI1"), "unknown-species", ["Si or S", "'SI1'"]),
    "tetrahedron": (ZEO.replace("Si1", "T1 "), "unknown-species", ["'T1'"]),
}


@pytest.mark.parametrize("case", BAD_CSSR)
def test_cssr_contradictions(case):
    text, code, words = BAD_CSSR[case]
    refused(code, *words, call=lambda: registry.read(registry.split(text, "cssr")[0]))
