"""Values: unknown and default ones, errors in brackets, signs, fractions, hydrogens, labels."""

from __future__ import annotations

import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    CELL_TAGS,
    CESIUM_CHLORIDE,
    COLUMNS,
    HALITE,
    METHANOL,
    RUTILE,
    Made,
)
from tests.formats.kinds.judging import judge

SALT = HALITE.but(formula="Cl Na", z=4)
WITH_OCCUPANCY = (*COLUMNS, "occupancy")
ANY_BUT_WRONG = ("right", "warn", "refuse")

# -------------------------------------------------------------------------------------- occupancies


@pytest.mark.parametrize(
    "value",
    [".", "1", "1.", "1.0", "1.00(0)", "1.0(1)", "01", "+1", "1e0", "10E-1", "0.9999", "1.000"],
)
@pytest.mark.parametrize("made", [HALITE, SALT])
def test_full_occupancy(value, made):
    atoms = ("Na1 Na 0 0 0 1", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    judge(made.but(atoms=atoms, columns=WITH_OCCUPANCY), "right", formula="NaCl", number=225)
    both = (f"Na1 Na 0 0 0 {value}", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    judge(made.but(atoms=both, columns=WITH_OCCUPANCY), "right", formula="NaCl", number=225)


@pytest.mark.parametrize("value", ["?", "1.01", "1,0", "'1.0'", "1.0(", "1.00(5", "100%"])
def test_doubtful_occupancy_is_never_another_crystal(value):
    atoms = ("Na1 Na 0 0 0 1", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    judge(
        HALITE.but(atoms=atoms, columns=WITH_OCCUPANCY), *ANY_BUT_WRONG, formula="NaCl", number=225
    )


@pytest.mark.parametrize(
    "value", ["-1", "2", "1.5", "full", "nan", "inf", "1/0", "10", "yes", "0,5"]
)
def test_impossible_occupancy(value):
    atoms = ("Na1 Na 0 0 0 1", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    judge(SALT.but(atoms=atoms, columns=WITH_OCCUPANCY), "refuse")


@pytest.mark.parametrize("value", ["0.5", "0.50(1)", ".5", "5e-1", "0.9", "0.25", "0.97"])
def test_partial_occupancy(value):
    atoms = ("Na1 Na 0 0 0 1", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    made = HALITE.but(atoms=atoms, columns=WITH_OCCUPANCY)
    found = judge(made, "refuse", words=("Cl",))
    assert found.error.code == "partial-occupancy"


@pytest.mark.parametrize("value", ["0", "0.0", "0.00(1)"])
def test_an_atom_that_is_not_there(value):
    atoms = ("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1", f"K1 K 0.25 0.25 0.25 {value}")
    made = SALT.but(atoms=atoms, columns=WITH_OCCUPANCY)
    judge(made, "right", "refuse", formula="NaCl", number=225)


# -------------------------------------------------------------------------------------- coordinates


@pytest.mark.parametrize("value", ["?", "."])
@pytest.mark.parametrize("made", [HALITE, SALT])
def test_an_atom_without_a_place(value, made):
    judge(made.but(atoms=("Na1 Na 0 0 0", f"Cl1 Cl {value} {value} {value}")), "warn", "refuse")
    judge(made.but(atoms=("Na1 Na 0 0 0", f"Cl1 Cl 0.5 0.5 {value}")), "warn", "refuse")
    third = ("Na1 Na 0 0 0", "Cl1 Cl 0.5 0.5 0.5", f"H1 H {value} {value} {value}")
    judge(made.but(atoms=third), "warn", "refuse")


@pytest.mark.parametrize("value", ["?", "."])
def test_no_atom_with_a_place(value):
    judge(HALITE.but(atoms=(f"? ? {value} {value} {value}",)), "refuse")
    judge(HALITE.but(atoms=(f"Na1 Na {value} {value} {value}",)), "refuse")


GOOD_NUMBERS = [
    "0.25", ".25", "+0.25", "0.250", "0.25(1)", "0.2500(12)", "25e-2", "2.5E-1", "0.25(", "0.25()",
    "00.25", "1.25", "-0.75", "'0.25'", '"0.25"', "2.5(1)E-1", "0.025(12)e+1", "25(3)D-2",
    "2.5E-1(1)",
]  # fmt: skip
SHIFTED = Made(
    (4.12, 4.12, 4.12, 90, 90, 90), ("Cs1 Cs -0.25 0 0", "Cl1 Cl 0.25 0.5 0.5"), symbol="P 1"
)


@pytest.mark.parametrize("number", GOOD_NUMBERS)
def test_numbers(number):
    made = SHIFTED.but(atoms=(SHIFTED.atoms[0], f"Cl1 Cl {number} 0.5 0.5"))
    odd = ["refuse"] if number in {"0.25(", "0.25()"} else []
    judge(made, "right", *odd, formula="CsCl", number=221)


@pytest.mark.parametrize("number", ["1/4", "+1/4", "5/4", "0.25d0", "2.5D-1", "0.25*", "0.25(1)?"])
def test_odd_numbers_are_read_or_refused(number):
    made = SHIFTED.but(atoms=(SHIFTED.atoms[0], f"Cl1 Cl {number} 0.5 0.5"))
    judge(made, "right", "refuse", formula="CsCl", number=221)


@pytest.mark.parametrize(
    "number",
    ["0,25", "0.2.5", "0.25x", "x", "0..25", "--0.25", "0.25-", "nan", "inf", "1e999", "1/0", "0x1",
     "one", "0.25;0.5", "-", "1_0", "0.25(1)E", "0.2(1)0.5", "0.25(1)x", "\u0660.\u0662\u0665"],
)  # fmt: skip
def test_what_is_no_number(number):
    made = SHIFTED.but(atoms=(SHIFTED.atoms[0], f"Cl1 Cl {number} 0.5 0.5"))
    judge(made, "refuse")


MINUS = ["\u2212", "\u2013", "\u2012", "\u2010", "\u2011", "\u2014", "\uff0d", "\ufe63", "\u00ad"]


@pytest.mark.parametrize("sign", MINUS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_other_minus_signs(sign, encoding):
    made = SHIFTED.but(atoms=(f"Cs1 Cs {sign}0.25 0 0", "Cl1 Cl 0.25 0.5 0.5"))
    judge(made.text().encode(encoding), "right", "refuse", formula="CsCl", number=221)


def test_the_sign_of_another_code_page():
    """An en dash of Windows is the byte 0x96, which is no letter in Latin-1."""
    made = SHIFTED.but(atoms=("Cs1 Cs ~0.25 0 0", "Cl1 Cl 0.25 0.5 0.5"))
    judge(
        made.text().encode().replace(b"~", b"\x96"), "right", "refuse", formula="CsCl", number=221
    )


# -------------------------------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    "value", ["5.64", "5.640(3)", "5.64(", "+5.64", "0.564e1", "5.6400", "'5.64'"]
)
def test_lengths(value):
    odd = ["refuse"] if value == "5.64(" else []
    judge(
        SALT.but(cell=(value, value, value, 90, 90, 90)), "right", *odd, formula="NaCl", number=225
    )


@pytest.mark.parametrize("tag", CELL_TAGS)
@pytest.mark.parametrize("value", ["?", "0", "-5", "x", "5,64", "nan", "inf", "1e300", "5.6.4"])
def test_cells_that_cannot_be(tag, value):
    text = BADDELEYITE.text()
    line = next(line for line in text.split("\n") if line.startswith(tag))
    judge(text.replace(line, f"{tag} {value}"), "refuse", "warn" if value == "?" else "refuse")


@pytest.mark.parametrize("value", ["90", "90.0", "90.", "90.00(1)", "90(0)", "90.000", "9e1"])
def test_right_angles(value):
    judge(
        SALT.but(cell=(5.64, 5.64, 5.64, value, value, value)), "right", formula="NaCl", number=225
    )


@pytest.mark.parametrize("value", ["?", ".", None])
def test_right_angles_by_default(value):
    """90 is the dictionary's default; of another cell's angles it would be a guess."""
    lines = SALT.text().split("\n")
    kept = [line for line in lines if not line.startswith("_cell_angle")]
    angles = [f"{tag} {value}" for tag in CELL_TAGS[3:]] if value else []
    judge("\n".join([kept[0], *angles, *kept[1:]]), *ANY_BUT_WRONG, formula="NaCl", number=225)
    oblique = BADDELEYITE.text().replace(
        "_cell_angle_beta 99.2", f"_cell_angle_beta {value or '.'}"
    )
    judge(oblique, "warn", "refuse")


def test_a_missing_length():
    text = "\n".join(line for line in SALT.text().split("\n") if "_length_b" not in line)
    judge(text, "warn", "refuse")
    text = "\n".join(line for line in BADDELEYITE.text().split("\n") if "_length_b" not in line)
    judge(text, "refuse")


@pytest.mark.parametrize("lengths", [(0.564,) * 3, (564, 564, 564), (5640,) * 3])
def test_lengths_in_other_units(lengths):
    """Nanometres, and picometres: no crystal is as dense, or as empty."""
    judge(SALT.but(cell=(*lengths, 90, 90, 90)), "refuse", "warn")


# ------------------------------------------------------------------------- types, labels, hydrogens


@pytest.mark.parametrize("value", ["?", "."])
def test_unknown_types_leave_the_labels(value):
    atoms = (f"Na1 {value} 0 0 0", f"Cl1 {value} 0.5 0.5 0.5")
    judge(SALT.but(atoms=atoms), "right", formula="NaCl", number=225)
    judge(HALITE.but(atoms=atoms), "right", formula="NaCl", number=225)
    judge(HALITE.but(atoms=("Na1 Na 0 0 0", atoms[1])), "right", formula="NaCl", number=225)


HYDROGENS = (*COLUMNS, "attached_hydrogens")


@pytest.mark.parametrize("value", ["?", ".", "0"])
def test_no_attached_hydrogens(value):
    atoms = (f"Na1 Na 0 0 0 {value}", f"Cl1 Cl 0.5 0.5 0.5 {value}")
    judge(SALT.but(atoms=atoms, columns=HYDROGENS), "quiet", formula="NaCl", number=225)
    judge(HALITE.but(atoms=atoms, columns=HYDROGENS), "quiet", formula="NaCl", number=225)


ATTACHED = {
    "ammonium": HALITE.but(
        cell=(6.9, 6.9, 6.9, 90, 90, 90),
        atoms=("N1 N 0 0 0 4", "Br1 Br 0.5 0.5 0.5 0"), formula="Br H4 N", z=4,
    ),
    "ammonium without a formula": HALITE.but(
        cell=(6.9, 6.9, 6.9, 90, 90, 90), atoms=("N1 N 0 0 0 4", "Br1 Br 0.5 0.5 0.5 ."),
    ),
    "water": SHIFTED.but(atoms=("Cs1 Cs -0.25 0 0 .", "O1 O 0.25 0.5 0.5 2")),
    "hydroxide": SHIFTED.but(atoms=("Cs1 Cs -0.25 0 0 0", "O1 O 0.25 0.5 0.5 1"), formula="Cs H O"),
    "one of three": METHANOL.but(
        atoms=("C1 C 0.5 0.5 0.5 3", "O1 O 0.5 0.5 0.703 1", "H1 H 0.5 0.64 0.745 ."),
    ),
    "no number": SHIFTED.but(atoms=("Cs1 Cs -0.25 0 0 .", "O1 O 0.25 0.5 0.5 two")),
}  # fmt: skip


@pytest.mark.parametrize("case", ATTACHED)
def test_attached_hydrogens_without_a_place(case):
    judge(ATTACHED[case].but(columns=HYDROGENS), "warn", "refuse")


def test_attached_hydrogens_are_noted_as_they_are_counted():
    atoms = ("Cs1 Cs -0.25 0 0 .", "O1 O 0.25 0.5 0.5 0.5")
    found = judge(SHIFTED.but(atoms=atoms, columns=HYDROGENS), "warn")
    assert "the 0.5 H of O1 have no positions" in " ".join(found.crystals[0].notes)


def test_attached_hydrogens_that_are_listed_too():
    counts = [3, 1, 0, 0, 0, 0]
    atoms = tuple(f"{row} {n}" for row, n in zip(METHANOL.atoms, counts, strict=True))
    judge(METHANOL.but(atoms=atoms, columns=HYDROGENS), "right", formula="H4CO")
    judge(METHANOL.but(atoms=atoms, columns=HYDROGENS, formula=None, z=None), "right", "warn",
          "refuse", formula="H4CO")  # fmt: skip


LABELS = [
    ("1", "2"), ("Na(1)", "Cl(1)"), ("Na'", "Cl''"), ("NA1", "CL1"), ("Na_1", "Cl_2"),
    ("Na#1", "Cl#2"),
    ("'Na 1'", "'Cl 1'"), ("a", "b"), ("M", "X"), ("Na1", "Na1"), ("Cl1", "Na1"), ("0", "0"),
    ("Na*", "Cl*"), ("Na+", "Cl-"), ("?", "?"), (".", "."), ("A1", "B1"), ("1Na", "1Cl"),
    ("Natrium", "Chlor"), ("loop", "data"), ("Na-1", "Cl-1"), ("S1", "O1"),
    ("Na\u03b1", "Cl\u03b2"),
]  # fmt: skip


@pytest.mark.parametrize("labels", LABELS)
def test_labels_beside_good_types(labels):
    atoms = (f"{labels[0]} Na 0 0 0", f"{labels[1]} Cl 0.5 0.5 0.5")
    judge(SALT.but(atoms=atoms), "right", formula="NaCl", number=225)
    judge(HALITE.but(atoms=atoms), "right", formula="NaCl", number=225)


def test_no_labels():
    made = SALT.but(columns=COLUMNS[1:], atoms=("Na 0 0 0", "Cl 0.5 0.5 0.5"))
    judge(made, "right", "refuse", formula="NaCl", number=225)
    judge(SALT.but(columns=COLUMNS[2:], atoms=("0 0 0", "0.5 0.5 0.5")), "refuse")


@pytest.mark.parametrize(
    "atoms",
    [
        ("Na1 Na 0 0 0 dum", "Cl1 Cl 0.5 0.5 0.5 d"),
        ("Na1 Na 0 0 0 d", "Cl1 Cl 0.5 0.5 0.5 d", "C1 C 0.25 0.25 0.25 dum"),
    ],
)
def test_dummy_atoms_by_their_flag(atoms):
    made = SALT.but(columns=(*COLUMNS, "calc_flag"), atoms=atoms)
    judge(made, "right" if len(atoms) > 2 else "warn", "warn", "refuse", formula="NaCl")


@pytest.mark.parametrize("flag", ["d", "c", "calc", "?", ".", "D"])
def test_atoms_whose_place_was_calculated_are_atoms(flag):
    atoms = (f"Na1 Na 0 0 0 {flag}", f"Cl1 Cl 0.5 0.5 0.5 {flag}")
    made = SALT.but(columns=(*COLUMNS, "calc_flag"), atoms=atoms)
    judge(made, "right", formula="NaCl", number=225)


# -------------------------------------------------------------------------------- wrong coordinates


@pytest.mark.parametrize("x", [0.95, 0.05, 0.03, 0.97, 0.02, 0.55])
def test_a_wrong_coordinate_of_rutile(x):
    """Ti and O lie on top of one another, or two O: no crystal, whatever its operations."""
    judge(
        RUTILE.but(atoms=("Ti1 Ti 0 0 0", f"O1 O {x} {x} 0"), formula="O2 Ti", z=2),
        "warn",
        "refuse",
    )
    judge(RUTILE.but(atoms=("Ti1 Ti 0 0 0", f"O1 O {x} {x} 0")), "warn", "refuse")


def test_cartesian_coordinates_alone():
    columns = ("label", "type_symbol", "Cartn_x", "Cartn_y", "Cartn_z")
    made = CESIUM_CHLORIDE.but(columns=columns, atoms=("Cs1 Cs 0 0 0", "Cl1 Cl 2.06 2.06 2.06"))
    judge(made, "right", "refuse", formula="CsCl", number=221)


def test_an_exponent_behind_the_uncertainty_counts():
    """In every number of a CIF: 1.3(1)E1 was read as 1.3."""
    cell = ("0.0412(1)E2", "41.20(3)e-1", "412(1)D-2", "9.0(1)E1", 90, 90)
    made = CESIUM_CHLORIDE.but(cell=cell, extra="_cell_volume 0.6993(2)E2\n")
    found = judge(made, "quiet", formula="CsCl", number=221)
    assert found.crystals[0].structure.lattice.a == pytest.approx(4.12)


@pytest.mark.parametrize(
    "name", ["occ", "sof", "site_occupancy_factor", "occupancies", "fract_occupancy", "Occupation"]
)
def test_other_names_of_the_occupancy(name):
    """They were passed over, and the sites were full."""
    made = HALITE.but(columns=(*COLUMNS, name))
    full = made.but(atoms=("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 1.0"))
    judge(full, "quiet", formula="NaCl", number=225)
    half = made.but(atoms=("Na1 Na 0 0 0 1", "Cl1 Cl 0.5 0.5 0.5 0.5"))
    judge(half, "refuse", words=("Cl0.5",))
    ours = made.but(columns=(*COLUMNS, name, "occupancy"))
    both = ours.but(atoms=("Na1 Na 0 0 0 ? 1", "Cl1 Cl 0.5 0.5 0.5 0.1 1"))
    judge(both, "quiet", formula="NaCl", number=225)


def test_two_kinds_of_coordinates():
    """In any axes of the Cartesian ones, and any origin."""
    columns = (*COLUMNS, "Cartn_x", "Cartn_y", "Cartn_z")
    made = CESIUM_CHLORIDE.but(columns=columns)
    for first, second in (
        ("0 0 0", "2.06 2.06 2.06"),
        ("9 0 1", "9 2.913 3.06"),
        ("? ? ?", "1 1 1"),
    ):
        atoms = (f"Cs1 Cs 0 0 0 {first}", f"Cl1 Cl 0.5 0.5 0.5 {second}")
        judge(made.but(atoms=atoms), "quiet", formula="CsCl", number=221)
    atoms = ("Cs1 Cs 0 0 0 0 0 0", "Cl1 Cl 0.5 0.5 0.5 2.06 2.06 1.06")
    found = judge(made.but(atoms=atoms), "noted", formula="CsCl", number=221)
    assert "coordinates of Cs1 and Cl1 differ by 0.468" in found.crystals[0].notes[0]
