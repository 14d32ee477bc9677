"""Claims in plain English are read, and what of a sentence is not read is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import crystext
from crystext.verification.claims import Judgement, Kind
from crystext.verification.sentences import read_sentences

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def rutile():
    return crystext.describe(EXAMPLES / "rutile.cif")


def read_text(words):
    """Claims of one sentence, and what of it is left."""
    ((_, claims, left),) = read_sentences(words)
    return claims, left


@pytest.fixture(scope="module")
def halite():
    return crystext.describe(EXAMPLES / "halite.cif")


def judged(description, words):
    found = crystext.verify(description, words)
    return {
        (one.claim.kind, one.claim.subject, one.claim.value): one.judgement is Judgement.TRUE
        for one in found.claims
    }


@pytest.mark.parametrize(
    ("words", "subject", "form", "right"),
    [
        ("Titanium is tetrahedral.", "Ti", "tetrahedral", False),
        ("Titanium is octahedral.", "Ti", "octahedral", True),
        ("Oxygen is tetrahedral.", "O", "tetrahedral", False),
        ("with tetrahedral oxygen", "O", "tetrahedral", False),
        ("Trigonal planar O.", "O", "trigonal planar", True),
        ("Ti is square planar and O is linear.", "Ti", "square co-planar", False),
        ("Ti is square planar and O is linear.", "O", "linear", False),
        ("The oxygen atoms have a trigonal planar geometry.", "O", "trigonal planar", True),
        ("Ti4+ ions occupy tetrahedral sites.", "Ti", "tetrahedral", False),
        ("Titanium (Ti) sits in octahedral holes.", "Ti", "octahedral", True),
        ("Tetrahedral coordination of titanium by oxygen.", "Ti", "tetrahedral", False),
        ("Ti is octahedrally coordinated by oxygen.", "Ti", "octahedral", True),
        ("Ti4+ is bonded to six O2- in octahedral geometry.", "Ti", "octahedral", True),
        ("Each titanium is surrounded by six O in a tetrahedron.", "Ti", "tetrahedral", False),
        ("Titanium in octahedral oxygen coordination", "Ti", "octahedral", True),
        ("Titanium has cubic coordination.", "Ti", "body-centered cubic", False),
        ("Octahedral Ti, the oxygen linear", "O", "linear", False),
        ("Titanium tetrahedra share edges.", "Ti", "tetrahedral", False),
        ("Titanium is coordinated tetrahedrally.", "Ti", "tetrahedral", False),
        ("T-shaped oxygen", "O", "T-shaped", False),
        ("The titanium coordination is tetrahedral.", "Ti", "tetrahedral", False),
        ("Ti octahedral, P4_2/mnm", "Ti", "octahedral", True),
        ("Octahedrally coordinated titanium", "Ti", "octahedral", True),
    ],
)
def test_geometries_of_elements(rutile, words, subject, form, right):
    found = judged(rutile, words)
    assert found[Kind.GEOMETRY, subject, form] is right
    named = {key[1] for key in found if key[0] is Kind.GEOMETRY}
    assert named <= ({"Ti", "O"} if " and " in words or "," in words else {subject})


@pytest.mark.parametrize(
    ("words", "kind", "subject", "value", "right"),
    [
        ("Ti is six-coordinate.", Kind.COORDINATION, "Ti", 6, True),
        ("4-coordinated titanium", Kind.COORDINATION, "Ti", 4, False),
        ("The oxygen is 3-coordinate.", Kind.COORDINATION, "O", 3, True),
        ("Titanium adopts 8-fold coordination.", Kind.COORDINATION, "Ti", 8, False),
        ("The coordination number of Ti is 4.", Kind.COORDINATION, "Ti", 4, False),
        ("Titanium is coordinated by six oxygen atoms.", Kind.NEIGHBOUR, "Ti-O", 6, True),
        ("Ti is coordinated by 4 O", Kind.NEIGHBOUR, "Ti-O", 4, False),
        ("Ti is bonded to 4 oxide ions", Kind.NEIGHBOUR, "Ti-O", 4, False),
        ("All Ti-O bonds are 2.3 Å long.", Kind.BOND_LENGTH, "O-Ti", 2.3, False),
        ("An oxide with space group 225.", Kind.SPACE_GROUP, "", 225, False),
        ("It crystallises in the cubic form.", Kind.CRYSTAL_SYSTEM, "", "cubic", False),
        ("Titanium has eight oxygen neighbours.", Kind.COORDINATION, "Ti", 8, False),
        ("It consists of edge-sharing tetrahedra.", Kind.CONNECTIVITY, "tetrahedra", "edge", False),
        ("It consists of edge-sharing octahedra.", Kind.CONNECTIVITY, "octahedra", "edge", True),
        ("Face-sharing octahedra.", Kind.CONNECTIVITY, "octahedra", "face", False),
        ("corner- and face-sharing octahedra", Kind.CONNECTIVITY, "octahedra", "face", False),
        ("The tetrahedra share corners.", Kind.CONNECTIVITY, "tetrahedra", "corner", False),
        ("TiO6 octahedra share faces.", Kind.CONNECTIVITY, "TiO6", "face", False),
        ("built of tetrahedra", Kind.POLYHEDRA, "", "tetrahedra", False),
        ("tetrahedral TiO4 units", Kind.POLYHEDRA, "TiO4", "tetrahedra", False),
        ("The compound is cubic.", Kind.CRYSTAL_SYSTEM, "", "cubic", False),
        ("TiO2 is tetragonal.", Kind.CRYSTAL_SYSTEM, "", "tetragonal", True),
        ("It is orthorhombic Pnma.", Kind.CRYSTAL_SYSTEM, "", "orthorhombic", False),
        ("TiO2 is cubic.", Kind.CRYSTAL_SYSTEM, "", "cubic", False),
        ("The crystal system is cubic.", Kind.CRYSTAL_SYSTEM, "", "cubic", False),
        ("A monoclinic titanium oxide.", Kind.CRYSTAL_SYSTEM, "", "monoclinic", False),
        ("Monoclinic (P2_1/c).", Kind.CRYSTAL_SYSTEM, "", "monoclinic", False),
        ("The formula is Ti2O3.", Kind.FORMULA, "", "Ti2O3", False),
        ("The formula is O4Ti2.", Kind.FORMULA, "", "O4Ti2", True),
        ("Anatase TiO2.", Kind.FORMULA, "", "TiO2", True),
        ("SnO2 in P4_2/mnm.", Kind.FORMULA, "", "SnO2", False),
        ("SnO2 in P4_2/mnm.", Kind.SPACE_GROUP, "", "P4_2/mnm", True),
        ("TiO2, tetragonal, I4_1/amd", Kind.SPACE_GROUP, "", "I4_1/amd", False),
        ("It crystallizes in Pm.", Kind.SPACE_GROUP, "", "Pm", False),
        ("Rutile TiO2, P4_2/mnm (No. 136)", Kind.SPACE_GROUP, "", 136, True),
        ("It contains Ti, O and N.", Kind.ELEMENT, "N", "N", False),
    ],
)
def test_plain_forms(rutile, words, kind, subject, value, right):
    assert judged(rutile, words)[kind, subject, value] is right


@pytest.mark.parametrize(
    "words",
    [
        "In a square planar way it is white.",
        "As tetrahedral as it gets.",
        "AA stacked and in a box.",
        "TiO6 units are linked by hexagonal rings.",
        "NiO6 and MnO6 units are linked.",
        "Hexagonal planar and pseudo-cubic.",
    ],
)
def test_what_only_looks_like_a_claim_is_none(words):
    assert read_text(words)[0] == []


def test_english_is_no_space_group_and_a_space_group_no_formula():
    told, _ = read_text("Pd is Copper structured and crystallizes in the triclinic P1 space group.")
    assert {one.value for one in told if one.kind is Kind.FORMULA} == {"Pd"}
    told, _ = read_text("BN in P6_3mc.")
    assert {one.value for one in told if one.kind is Kind.SPACE_GROUP} == {"P6_3mc"}


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("TiO2 in P4_2/mnm with octahedral Ti, band gap 3 eV", ("band gap", "3 eV")),
        ("Titanium resembles the tetrahedral case.", ("tetrahedral",)),
        ("A layered, pseudo-cubic oxide.", ("cubic",)),
        ("A titanium oxide with linear chains.", ("linear",)),
        ("Ti is bonded to 6 O and each O to 3 Ti.", ()),
        ("Layered MoS2 with trigonal prismatic Mo.", ("trigonal prismatic",)),
        ("The titanium oxide is metallic and stable.", ("metallic", "stable")),
        ("Titanium, with nine Zr nearby.", ("nine",)),
        ("Titanium at 300 K, unlike SnO2.", ("300 K", "SnO2")),
        ("Titanium is bonded in an odd tetrahedral way.", ()),
        ("All Ti-O bond lengths are 1.95 Å at 5 GPa.", ("5 GPa",)),
    ],
)
def test_what_no_claim_was_read_from_is_said(words, left):
    claims, partly = read_text(words)
    assert claims
    assert partly == left


@pytest.mark.parametrize(
    "hostile",
    [
        *("Ti is " * 800, "Ti, " * 1200, "Ti and " * 700, "is an " * 800, "six O, " * 700),
        *("edge and " * 550, "Ti is octahedral " * 290, "cubic " * 800, "octahedra share " * 300),
        *("six-" * 1200, "1.1-" * 1200, "Ti(1)" * 990, "TiO2 " * 990, "(Ti) " * 990),
    ],
)
def test_hostile_texts_end_soon(halite, hostile):
    crystext.verify(halite, hostile)
