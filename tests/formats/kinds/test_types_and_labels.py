"""Type symbols that are words, and labels that name other elements than their type symbols."""

from __future__ import annotations

import pytest

from crystext.reading import read_text
from tests.formats.cif_makers import CESIUM_CHLORIDE, HALITE, words
from tests.formats.kinds.judging import judge, outcome

WORDS = words(
    "Uiso Biso Conf Host cation anion Site1 Bond Cat Ani CO3 NO3 A FeNi Si/Al Na_K NaK Conf1 SiteA "
    "Uani Boron1 Fe,Mn Cation+ site bond NO OW Point In-situ Framework Pos1 Ca(OH)"
)


def salt(first, second="Cl1 Cl", **changes):
    return HALITE.but(atoms=(f"{first} 0 0 0", f"{second} 0.5 0.5 0.5"), **changes)


@pytest.mark.parametrize("symbol", WORDS)
def test_a_word_is_no_element(symbol):
    """Its first letters are not read: the label is, with a note; else the file is refused."""
    judge(salt(f"Na1 {symbol}"), "noted", formula="NaCl", number=225)
    judge(salt(f"Na1 {symbol}", formula="Cl Na", z=4), "noted", formula="NaCl", number=225)
    assert outcome(salt(f"1 {symbol}").text()).error.code == "unknown-species"
    if symbol != "OW":
        assert outcome(salt(f"{symbol} {symbol}").text()).error.code == "unknown-species"


def test_labels_are_read_one_by_one_beside_one_word():
    judge(salt("Na1 Uiso", "Cl1 Uiso"), "noted", formula="NaCl", number=225)
    judge(salt("Na1 B", "Cl1 B", formula="Cl Na"), "noted", formula="NaCl", number=225)


def test_the_formula_knows_the_first_letters_of_a_word():
    judge(salt("1 Uani", formula="Cl U", z=4), "noted", formula="UCl", number=225)
    judge(salt("O1 Conf", formula="C O Cl"), "warn", "refuse")


GOOD = dict(
    pair.split("=")
    for pair in words("""
    Fe3+=Fe Fe+3=Fe Fe(III)=Fe FeIII=Fe Fe(3+)=Fe Fe_3+=Fe Siva=Si Sival=Si Cval=C 13C=C C_R=C
    N_sp2=N Fe2+3d6=Fe O2-.=O C1A=C UVI=U H(SDS)=H CA=Ca CO3+=Co NA1=Na C.3=C
    """)
)
GOOD |= {
    "Fe\u00b3\u207a": "Fe",
    "O\u00b2\u207b": "O",
    "Fe^3+^": "Fe",
    "'Fe 3+'": "Fe",
    "O{2-}": "O",
}
GOOD |= {"Fe2+,spin=4": "Fe", "Fe0+,spin=-2.5": "Fe"}  # as pymatgen writes magnetic crystals


FOREIGN = dict(
    pair.split("=")
    for pair in words("""
    Fe6+2=Fe O_3_z=O P_3+5=P P_3+q=P O_3_f=O H___A=H Ti_sv_GW=Ti Al[6]=Al Al[VI]=Al [6]Al=Al
    [IV]Si=Si O-II=O Fe+III=Fe Zr8f4=Zr CO-II=Co Fe[3+]=Fe
    """)
)


@pytest.mark.parametrize("symbol", FOREIGN)
def test_types_of_force_fields_and_wavefunctions(symbol):
    element = FOREIGN[symbol]
    quiet = ["quiet"] if symbol == "Zr8f4" else []  # 8f4 may be a configuration
    for label in ("1", f"{element}1"):
        made = salt(f"{label} {symbol}")
        judge(made, "noted", *quiet, formula=formula(element), number=225)
        found = judge(made.but(formula=f"Cl {element}"), "noted", *quiet, formula=formula(element))
        assert quiet or f"'{symbol}' of {label} read as {element}" in found.crystals[0].notes[0]


KINDS = words("C1=ca C12=cd C_1=co N3=na O2=os H1=ho H1A=hg S1=sc C1=c3 O1=oh H2=hc")


@pytest.mark.parametrize("pair", KINDS)
def test_kinds_of_atoms_in_small_letters(pair):
    """Of GAFF, CVFF and the like: a label of the first letter alone tells the element."""
    label, symbol = pair.split("=")
    judge(salt(f"{label} {symbol}"), "noted", "quiet", formula=formula(label[0]), number=225)
    if symbol not in {"c3", "oh", "hc"}:
        found = outcome(salt(f"{label} {symbol}").text()).crystals[0]
        assert f"'{symbol}' of {label} read as {label[0]}" in found.notes[0]


@pytest.mark.parametrize("pair", words("Ca1=ca Na1=na NA1=na 1=ca Co1=co CA1=ca X1=na Sc=sc"))
def test_elements_in_small_letters(pair):
    label, symbol = pair.split("=")
    judge(salt(f"{label} {symbol}"), "quiet", formula=formula(symbol.capitalize()), number=225)


@pytest.mark.parametrize("symbol", words("Na_x_K Lw6+3 Al[ Ca[OH] opls_145 C_R_O [4]Xy Al[Si]"))
def test_types_that_may_be_two_elements_are_refused(symbol):
    assert outcome(salt(f"1 {symbol}").text()).error.code == "unknown-species"


@pytest.mark.parametrize("symbol", GOOD)
def test_notations_of_an_element(symbol):
    element = GOOD[symbol]
    for label in ("1", f"{element}1"):
        judge(salt(f"{label} {symbol}"), "quiet", formula=formula(element), number=225)


def formula(element):
    from pymatgen.core import Composition

    return Composition({element: 1, "Cl": 1}).reduced_formula


@pytest.mark.parametrize(
    ("label", "symbol"),
    [
        *[("Pt1", "Pu"), ("Na1", "K"), ("Na", "F"), ("O1'", "S2-"), ("C1", "Ca"), ("Fe_2", "Mn3+")],
        *[
            ("NA1", "Cl"),
            ("Na1A", "K"),
            ("FE1", "Mn"),
            ("Fe(1)", "MN"),
            ("cl1", "Na"),
            ("N1B", "C"),
        ],
        *[("HO1", "C"), ("CO2", "Na"), ("Np1", "U"), ("Re1", "Fe"), ("Na1_a", "Ca2+"), ("U1", "C")],
    ],
)
def test_a_label_of_another_element_is_told(label, symbol):
    found = judge(salt(f'"{label}" {symbol}'), "noted")
    notes = [one for one in found.crystals[0].notes if "different elements" in one]
    assert len(notes) == 1
    assert f"{label} is of type {symbol}" in notes[0]


def test_one_note_for_a_file():
    found = judge(salt("Na1 K", "Cl1 F"), "noted", formula="KF")
    assert len(found.crystals[0].notes) == 1
    assert "Na1 is of type K (and 1 more like it)" in found.crystals[0].notes[0]


QUIET = words("""
    O1W=O H1A=H C1A=C CA=C M1=Fe T1=Si Wat1=O A1=Na OH1=O Me=Fe Cl1=C HO1=H NA=N D1=H FeMg1=Fe
    Fe1/Mg1=Mg W1=O Mt1=Fe Na1=Na+ K1=K1+ Ow1=O Cm1=C Ln1=La X1=Y D1=O R1=La OG1=O
    Ac1=C AC1=C Ac1=O Ho=H Ho1=H Y1=Al Y=Mg V1=Mg W1A=O Ar1=C Pr2=H Np3=N RE1=La Re1=Ce
    Tm1=Fe Am1=K O1H=H N1AO=O WO1=O NO1=O SC1=C Na1/K1=K OA1=Na Na1A=Na NA1B=N
""")


@pytest.mark.parametrize("pair", QUIET)
def test_usual_labels_are_not_told(pair):
    label, symbol = pair.split("=")
    judge(salt(f"{label} {symbol}"), "quiet")


def test_a_site_of_a_mineral_is_told_beside_its_element():
    """Y1 is a site's name, unless there is yttrium elsewhere."""
    found = judge(salt("Y1 Al", "Y2 Y"), "noted", formula="YAl")
    assert "Y1 is of type Al" in found.crystals[0].notes[0]


def test_exchanged_labels_are_told_where_the_formula_cannot_tell():
    atoms = ("Cs1 Cl 0 0 0", "Cl1 Cs 0.5 0.5 0.5")
    found = judge(CESIUM_CHLORIDE.but(atoms=atoms, formula="Cl Cs", z=1), "noted")
    assert "Cs1 is of type Cl (and 1 more like it)" in found.crystals[0].notes[0]
    stale = ("K1 Cs 0 0 0", "Cl1 Cl 0.5 0.5 0.5")
    judge(CESIUM_CHLORIDE.but(atoms=stale, formula="Cl Cs", z=1), "quiet", formula="CsCl")


def test_names_of_sites_and_shared_sites_are_not_told():
    columns = (*HALITE.columns, "occupancy")
    atoms = ("Fe1 Fe 0 0 0 0.6", "Fe1 Mg 0 0 0 0.4", "O1 O 0.5 0.5 0.5 1")
    text = HALITE.text(atoms=atoms, columns=columns)
    (crystal,) = read_text(text, fmt="cif", id="made", disorder="majority")
    assert not [one for one in crystal.notes if "different elements" in one]
    judge(salt("A1 Na", "B1 Cl"), "quiet", formula="NaCl")
    judge(salt("Na1 K", "Cl1 Cl", formula="Cl K", z=4), "quiet", formula="KCl")


@pytest.mark.parametrize(
    ("copied", "element"),
    [("OW1", "O"), ("SI1", "Si"), ("SI3", "Si"), ("CO1", "Co"), ("NI1", "Ni"), ("OW", "O")],
)
def test_labels_in_capitals_that_are_copied_as_types(copied, element):
    """Of old files; a formula is not needed."""
    judge(salt(f"{copied} {copied}"), "quiet", "noted", formula=formula(element), number=225)
