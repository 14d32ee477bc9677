"""Which element a site holds: type symbol first, label second, the formula as the judge."""

from __future__ import annotations

import pytest
from pymatgen.core import Element

from crystext import Describer
from tests.formats.cif_makers import CESIUM_CHLORIDE, COLUMNS, HALITE, METHANOL, Made, words
from tests.formats.kinds.judging import judge

UNTYPED = ("label", "fract_x", "fract_y", "fract_z")
CELL = (5.0, 5.5, 6.0, 90, 90, 90)


def pair(label, other="Ar1", *, symbol=None, formula=None):
    """Two atoms 2.4 angstrom apart, the first named by its label, or by a type symbol as well."""
    columns = UNTYPED if symbol is None else COLUMNS
    first = label if symbol is None else f"{label} {symbol}"
    second = other if symbol is None else f"{other} {other.rstrip('1')}"
    atoms = (f"{first} 0.1 0.1 0.1", f"{second} 0.35 0.35 0.35")
    return Made(CELL, atoms, columns=columns, symbol="P 1", formula=formula)


# ---------------------------------------------------------------------- two letters, or one of them

TWO_LETTERS = [
    one.symbol
    for one in Element
    if len(one.symbol) == 2 and one.Z <= 94 and one.symbol[0] in "BCFHIKNOPSUVWY"
    if one.symbol not in {"Ar", "He", "Ne", "Kr", "Xe", "Rn"}
]


@pytest.mark.parametrize(
    "element",
    [pytest.param(one, marks=[pytest.mark.slow] * (n % 2)) for n, one in enumerate(TWO_LETTERS)],
)
def test_the_formula_judges_two_capitals(element):
    """CO1 is cobalt beside Co in the formula, and carbon (or a refusal) beside C."""
    label, first = f"{element.upper()}1", element[0]
    judge(pair(label, formula=f"{element} Ar"), "right", "noted", formula=_two(element))
    judge(pair(label, formula=f"{first} Ar"), "right", "refuse", formula=_two(first))
    judge(pair(f"{element}1", formula=f"{element} Ar"), "quiet", formula=_two(element))
    judge(
        pair(f"{element}1", formula=f"{first} Ar"), "right", "refuse", "warn", formula=_two(first)
    )


def _two(element):
    from pymatgen.core import Composition

    return Composition({element: 1, "Ar": 1}).reduced_formula


@pytest.mark.parametrize("element", TWO_LETTERS[::5])
def test_without_a_formula_the_writing_decides(element):
    judge(pair(f"{element}1"), "right", formula=_two(element))
    judge(pair(f"{element.lower()}1"), "right", "warn", "refuse", formula=_two(element))
    upper = f"{element.upper()}1"
    judge(pair(upper, "AR1"), "right", "warn", "refuse", formula=_two(element))


ORGANIC = ["HO1", "HO", "H_O1", "H(O1)", "HO1A", "H1O", "HOA", "Ho1"]


@pytest.mark.parametrize("label", ORGANIC)
def test_hydrogens_named_after_their_neighbour(label):
    atoms = tuple(row.replace("H1 H", label) for row in METHANOL.atoms)
    atoms = tuple(" ".join(row.split()[:1] + row.split()[-3:]) for row in atoms)
    made = METHANOL.but(atoms=atoms, columns=UNTYPED)
    judge(made, "right", "refuse", *(["warn"] if label == "Ho1" else []), formula="H4CO")
    judge(
        made.but(z=None), "right", "refuse", *(["warn"] if label == "Ho1" else []), formula="H4CO"
    )


ORGANIC_LABELS = dict(
    pair.split("=")
    for pair in words("""
    CN1=CN:C NC1=CN:N CA1=CN:C CB1=CN:C CD1=CN:C CE1=CN:C NE1=CN:N OG1=CO:O SG1=CS:S CG2=CN:C
    NZ1=CN:N OH1=CO:O OW1=CO:O Ow=CO:O Og1=CO:O Cm1=CO:C Cn2=CN:C Np1=CN:N O_w=CO:O Oa=CO:O
    Ob1=CO:O Cp*1=CN:C NB1=CN:N HF1=CH:H
    """)
)
"""The formula and the element of each."""


@pytest.mark.parametrize("label", ORGANIC_LABELS)
def test_letters_of_organic_chemistry(label):
    formula, element = ORGANIC_LABELS[label].split(":")
    other = formula.replace(element, "")
    made = pair(label, f"{other}1", formula=f"{formula[0]} {formula[1]}")
    judge(made, "right", "refuse", formula=_formula(formula))


def _formula(text):
    from pymatgen.core import Composition

    return Composition(text).reduced_formula


# -------------------------------------------------------------------------------------- no elements

NOTHING = words("""
    T1 T Du1 Du DU1 Dum Wat1 WAT Wat Vac X1 X Xx M1 M Me1 Me Ln1 R1 Q1 Q LP1 Z1 A1 E1 L1 Ax
    O-H OH OH1 H2O H2O1 NH4 CH3 Cg1 1 ? . D0X Aniso NO3 SO4 Cat An BH4 PO4 Mt1 Dummy J1 G1 Bq1
    Xe0X
""")


@pytest.mark.parametrize("label", NOTHING)
def test_labels_that_name_no_element(label):
    """Refused, or described with a note."""
    for formula in ("Si O2", "O2 Si", "H2 O"):
        judge(pair(label, "O1", formula=formula), "refuse", "warn")
    if label not in {"An", "Mt1", "Cat", "Xe0X", "D0X", "Cg1"}:
        judge(pair(label, "O1"), "refuse", "warn")


@pytest.mark.parametrize(
    "symbol", words("T Du Wat Va X M Me Q R L O-H OH H2O NH4 Ln A Z Dum J Aniso")
)
def test_types_that_name_no_element(symbol):
    for label in (f"{symbol}1", "1", "X1"):
        judge(pair(label, "O1", symbol=symbol), "refuse", "warn")
        judge(pair(label, "O1", symbol=symbol, formula="O2 Si"), "refuse", "warn")


@pytest.mark.parametrize("label", ["T1", "M1", "Du1", "Wat1", "X", "A1", "Me", "Q1"])
def test_a_good_type_beside_such_a_label(label):
    judge(pair(label, "O1", symbol="Si", formula="O Si"), "right", formula="SiO")
    judge(pair(label, "O1", symbol="Si"), "right", formula="SiO")


# ------------------------------------------------------------------------------------- type symbols

TYPES = dict(
    pair.split("=")
    for pair in words("""
    Fe3+=Fe Fe+3=Fe Fe2+=Fe Fe+=Fe Fe0=Fe Fe0+=Fe FE=Fe fe=Fe Fe+++=Fe FE3+=Fe O2-=O O-2=O
    O--=O O1-=O o=O Na1+=Na Na+=Na Na+1=Na NA=Na Cl1-=Cl Cl-1=Cl Cl-=Cl CL=Cl Si4+=Si Si+4=Si
    P5+=P S2-=S N3-=N H1+=H H+=H B3+=B C4+=C Ca2+=Ca CA2+=Ca Co3+=Co U6+=U U=U I1-=I W6+=W
    V5+=V Y3+=Y K1+=K F1-=F Fe2.5+=Fe Fe+2.67=Fe Mn3.5+=Mn Fe1=Fe
    """)
)


@pytest.mark.parametrize("symbol", TYPES)
def test_type_symbols_with_charges(symbol):
    element = TYPES[symbol]
    odd = ["refuse"] if symbol in {"Fe+++", "O--", "Fe2.5+", "Fe+2.67", "Mn3.5+", "fe", "o"} else []
    for label in (f"{element}1", "1"):
        judge(pair(label, symbol=symbol), "right", *odd, formula=_two(element))
        judge(
            pair(label, symbol=symbol, formula=f"{element} Ar"),
            "right",
            *odd,
            formula=_two(element),
        )


ODD_TYPES = {"'Fe 3+'": "Fe"} | dict(
    pair.split("=")
    for pair in words("""
    iron=Fe Uani=U Cval=C Siva=Si Sival=Si 13C=C 2H=H C13=C Fe(III)=Fe FeIII=Fe Fe3=Fe O2=O Fe_3+=Fe
    Hdeut=H Cl7=Cl Uiso=U 26=Fe N_sp2=N Ni2+3d8=Ni
    """)
)


@pytest.mark.parametrize("symbol", ODD_TYPES)
def test_odd_type_symbols_are_read_or_refused(symbol):
    element = ODD_TYPES[symbol]
    made = pair(f"{element}1", symbol=symbol, formula=f"{element} Ar")
    judge(made, "right", "refuse", "warn", formula=_two(element))
    judge(made.but(formula=None), "right", "refuse", "warn", formula=_two(element))


def test_the_type_is_trusted_before_the_label():
    judge(pair("K1", symbol="Na", formula="Ar Na"), "right", formula="NaAr")
    judge(pair("Ca1", symbol="C", formula="Ar C"), "right", formula="CAr")
    judge(pair("C1", symbol="Ca", formula="Ar Ca"), "right", formula="CaAr")
    judge(pair("Na1", symbol="K", formula="Ar Na"), "right", "warn", "refuse", formula="NaAr")
    judge(pair("HO1", symbol="Ho", formula="Ar H"), "right", "warn", "refuse", formula="HAr")


@pytest.mark.parametrize("word", ["D", "D1", "D1A", "DO1"])
@pytest.mark.parametrize("formula", [None, "C D4 O", "C H4 O", "D4 C O"])
def test_deuterium_is_hydrogen_with_a_note(word, formula):
    atoms = tuple(row.replace("H1 H", f"{word} D") for row in METHANOL.atoms)
    made = METHANOL.but(atoms=atoms, formula=formula)
    judge(made, "noted", "refuse", formula="H4CO")
    untyped = tuple(" ".join(row.split()[:1] + row.split()[-3:]) for row in atoms)
    found = judge(made.but(atoms=untyped, columns=UNTYPED), "warn", "refuse")
    assert found.error or found.crystals[0].structure.composition["C"] == 1


# ----------------------------------------------------------------------------- charges in atom_type


@pytest.mark.parametrize(
    "table", ["Na 1\nCl -1", "Na +1\nCl -1", "Na ?\nCl ?", "Na .\nCl .", "Na 0\nCl 0"]
)
def test_oxidation_numbers(table):
    extra = f"loop_\n_atom_type_symbol\n_atom_type_oxidation_number\n{table}\n"
    judge(HALITE.but(extra=extra), "right", formula="NaCl", number=225)


def test_oxidation_numbers_of_types_with_charges():
    made = HALITE.but(
        atoms=("Na1 Na1+ 0 0 0", "Cl1 Cl1- 0.5 0.5 0.5"),
        extra="loop_\n_atom_type_symbol\n_atom_type_oxidation_number\nNa1+ 1\nCl1- -1\n",
    )
    found = judge(made, "right", formula="NaCl", number=225)
    assert {str(site.specie) for site in found.crystals[0].structure} == {"Na+", "Cl-"}


# ------------------------------------------------------------------------ beyond the usual elements

HEAVY = words("Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Hs Mt Cn Nh Ts Og At Fr Ra Po Rn Pa")


@pytest.mark.parametrize("element", HEAVY)
def test_elements_beyond_the_data(element):
    """Described where the words allow it, else an error with a name."""
    from crystext.errors import CrystextError

    for made in (
        HALITE.but(atoms=(f"A1 {element} 0 0 0", "O1 O 0.5 0.5 0.5")),
        CESIUM_CHLORIDE.but(atoms=(f"A1 {element} 0 0 0", f"A2 {element} 0.5 0.5 0.5")),
    ):
        found = judge(made, "right", "refuse")
        if found.error:
            continue
        code = None
        try:
            text = Describer().describe(found.crystals[0]).text
            assert element in text or Element(element).long_name.lower() in text.lower(), text
        except CrystextError as error:
            code = error.code
        assert code not in {"engine-failed", "worker-died"}
