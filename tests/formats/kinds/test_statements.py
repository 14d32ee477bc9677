"""How symbols and numbers are named in a file, and whether they agree with one another."""

import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    COLUMNS,
    HALITE,
    SETTINGS,
    Made,
    crystal_in,
    full_symbol,
    names_of,
)
from tests.formats.kinds.judging import judge, outcome

NUMBER = "_symmetry_Int_Tables_number"
TAGS = [
    "_symmetry_space_group_name_H-M", "_space_group_name_H-M_alt", "_space_group_name_H-M_full",
    "_space_group.name_H-M_alt", "_symmetry.space_group_name_H-M", "_space_group_name_h-m_alt",
    "_SYMMETRY_SPACE_GROUP_NAME_H-M", "_space_group_name_H-M_ref",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_names_of_the_symbol(tag):
    text = BADDELEYITE.text(operations=None).replace("_symmetry_space_group_name_H-M", tag)
    odd = ["refuse", "warn"] if tag.endswith("_ref") or tag.startswith("_symmetry.") else []
    judge(text, "right", *odd, formula="ZrO2", number=14)


@pytest.mark.parametrize(
    "tag", ["_space_group_name_Hall", "_space_group.name_Hall", "_Symmetry_Space_Group_Name_hall"]
)
def test_names_of_the_hall_symbol(tag):
    text = BADDELEYITE.text(operations=None, symbol=None, hall="-P 2ybc")
    text = text.replace("_symmetry_space_group_name_Hall", tag)
    judge(text, "right", formula="ZrO2", number=14)


@pytest.mark.parametrize(
    "tag", ["_space_group_IT_number", "_space_group.IT_number", "_symmetry_int_tables_NUMBER"]
)
def test_names_of_the_number(tag):
    text = BADDELEYITE.text(operations=None, symbol=None, number=14)
    text = text.replace("_symmetry_Int_Tables_number", tag)
    judge(text, "right", formula="ZrO2", number=14)


@pytest.mark.parametrize("text", ["x", "225a", "14.5", "-14", "1e2", "9" * 30, "231", "1000", "0"])
def test_an_unreadable_number_is_refused_where_nothing_else_is_said(text):
    """Read without it, the crystal would be in P 1."""
    made = BADDELEYITE.but(operations=None, symbol=None, number=14, formula=None, z=None)
    found = outcome(made.text().replace("_symmetry_Int_Tables_number 14", f"{NUMBER} {text}"))
    assert found.error is not None
    assert found.error.code == "bad-symmetry"
    assert "give one of 1 to 230" in found.error.message


@pytest.mark.parametrize("text", ["14.0", "14.", "+14", "014"])
def test_a_number_is_read_in_any_form(text):
    made = BADDELEYITE.text(operations=None, symbol=None, number=14)
    made = made.replace("_symmetry_Int_Tables_number 14", f"{NUMBER} {text}")
    judge(made, "right", formula="ZrO2", number=14)


def test_an_unreadable_number_beside_a_symbol_is_left():
    made = BADDELEYITE.text(operations=None, symbol="P 1 21/c 1", number=14)
    made = made.replace("_symmetry_Int_Tables_number 14", f"{NUMBER} x")
    judge(made, "right", formula="ZrO2", number=14)


# --------------------------------------------------------------------- the words against each other


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"hall": "-P 2ybc", "symbol": "P 1 21/c 1", "number": 14}, ["quiet"]),
        ({"hall": "-P 2ybc", "symbol": "P n m a"}, ["warn", "refuse"]),
        ({"hall": "-P 2yn", "symbol": "P 1 21/c 1"}, ["warn", "refuse"]),
        ({"symbol": "P 1 21/c 1", "number": 62}, ["warn", "refuse"]),
        ({"symbol": "P 1", "number": 14}, ["warn", "refuse"]),
        ({"symbol": "P 1", "number": 14, "formula": None, "z": None}, ["warn", "refuse"]),
        ({"hall": "-P 2ybc", "number": 15}, ["warn", "refuse"]),
        ({"hall": "P 1", "symbol": "P 21/c", "operations": ("x,y,z",)}, ["warn", "refuse"]),
        ({"hall": "-P 2ybc", "symbol": "P 21/c", "number": 14}, ["quiet"]),
    ],
)
def test_symbols_against_each_other(changes, accepted):
    made = BADDELEYITE.but(symbol=None, operations=None, formula="O2 Zr", z=4)
    judge(made.but(**changes), *accepted, formula="ZrO2", number=14)


def test_well_formed_files_give_no_note():
    """False alarms would teach people to overlook the true ones."""
    faults = []
    for h in range(1, SETTINGS + 1, 13):
        name, crystal = names_of(h), crystal_in(h)
        choice = name.choice if name.choice in {"1", "2", "H", "R"} else ""
        symbol = f"{full_symbol(h)}:{choice}" if choice else full_symbol(h)
        found = outcome(crystal.made.text(symbol=symbol, hall=name.hall_symbol, number=name.number))
        notes = [note for one in found.crystals for note in one.notes]
        notes = [note for note in notes if "check the coordinates" not in note]  # made-up crystals
        if found.error or notes:
            faults.append(f"{h} {symbol}: {found.error or notes}")
    assert not faults, faults[:12]


@pytest.mark.parametrize("other", [{"symbol": "F m -3 m"}, {"number": 225}, {"symbol": "F 2 3"}])
@pytest.mark.parametrize("formula", [None, "Cl Na"])
def test_one_statement_that_fits_does_not_excuse_another(other, formula):
    """Two atoms are the whole cell of the Hall symbol, and a quarter of the other's."""
    made = HALITE.but(
        **{"symbol": None, "hall": "-P 4 2 3", "operations": ("x,y,z",), "formula": formula} | other
    )
    judge(made, "warn", "refuse")


def test_an_asymmetric_unit_without_any_symmetry():
    judge(HALITE.but(symbol=None), "warn", "refuse")
    judge(HALITE.but(symbol="P 1"), "warn", "refuse")
    judge(HALITE.but(symbol="P 1", number=1, operations=("x,y,z",)), "warn", "refuse")


# ------------------------------------------------------------------------------- volume of the cell


@pytest.mark.parametrize(
    ("volume", "accepted"),
    [
        *(("179.4", "quiet"), ("179.406(12)", "quiet"), ("179", "quiet"), ("178.0", "quiet")),
        *(
            ("?", "quiet"),
            (".", "quiet"),
            ("0", "quiet"),
            ("unknown", "quiet"),
            ("1.794e2", "quiet"),
            ("1.8E+02", "quiet"),
            ("190(20)", "quiet"),
        ),
        *(("181.5", "noted"), ("293", "noted"), ("44.85", "noted"), ("1.794e3", "noted")),
    ],
)
def test_the_volume_is_that_of_the_cell(volume, accepted):
    made = HALITE.but(extra=f"_cell_volume {volume}")
    found = judge(made, accepted, formula="NaCl", number=225)
    assert accepted == "quiet" or "179.4" in " ".join(found.crystals[0].notes)


def test_a_length_that_contradicts_the_volume():
    made = HALITE.but(cell=(6.64, 6.64, 6.64, 90, 90, 90), extra="_cell_volume 179.4")
    found = judge(made, "noted", formula="NaCl")
    assert "given as 179.4" in found.crystals[0].notes[0]
    skewed = BADDELEYITE.but(cell=(5.15, 5.19, 5.32, 90, 119.2, 90), extra="_cell_volume 140.4")
    judge(skewed, "warn")


def test_the_volume_of_a_small_cell_may_be_rounded():
    made = HALITE.but(cell=(2.5, 2.5, 2.5, 90, 90, 90), atoms=("Po1 Po 0 0 0",), symbol="P m -3 m")
    for volume in ("16", "15.6", "15.625"):
        judge(made.but(extra=f"_cell_volume {volume}"), "right", formula="Po")
        notes = outcome(made.text(extra=f"_cell_volume {volume}")).crystals[0].notes
        assert not any("volume" in note for note in notes)


# ------------------------------------------------------------------------ multiplicities and weight

WITH_MULTIPLICITY = (*COLUMNS, "site_symmetry_multiplicity")


def fluorite(f_at=0.25, *, of=(4, 8), tag="site_symmetry_multiplicity", **changes):
    atoms = (f"Ca1 Ca 0 0 0 {of[0]}", f"F1 F {f_at} {f_at} {f_at} {of[1]}")
    cell = (5.46, 5.46, 5.46, 90, 90, 90)
    return Made(cell, atoms, columns=(*COLUMNS, tag), symbol="F m -3 m", **changes)


@pytest.mark.parametrize("tag", ["site_symmetry_multiplicity", "symmetry_multiplicity"])
def test_multiplicities_of_other_sites_are_told(tag):
    """The crystal was read with twice the fluorine, or half, without a word."""
    judge(fluorite(tag=tag), "quiet", formula="CaF2", number=225)
    for made in (fluorite(of=(4, 4), tag=tag), fluorite(of=(8, 4), tag=tag)):
        found = judge(made, "noted", formula="CaF2")
        assert "is said to lie on" in found.crystals[0].notes[0]
    found = judge(fluorite(0.26, tag=tag), "noted")
    assert "F1 is said to lie on 8 places in the cell" in found.crystals[0].notes[0]


@pytest.mark.parametrize("of", [(48, 24), (1, 2), (2, 4), ("?", 4), (".", "?"), ("4a", "8c")])
def test_multiplicities_in_other_meanings_are_not_told(of):
    """The order of the site symmetry, and the primitive cell's."""
    judge(fluorite(of=of), "quiet", formula="CaF2", number=225)


def test_the_formula_is_a_better_judge_than_multiplicities():
    judge(fluorite(of=(1, 1), formula="Ca F2", z=4), "quiet", formula="CaF2", number=225)


@pytest.mark.parametrize(("at", "origin"), [((0.25, 0), 1), ((0, 0.25), 2)])
def test_multiplicities_tell_the_origin(at, origin):
    """Cuprite; the other origin makes CuO2 of it, which has no impossible distance."""
    atoms = tuple(
        f"{symbol}1 {symbol} {x} {x} {x} {n}"
        for symbol, x, n in zip(("Cu", "O"), at, (4, 2), strict=True)
    )
    made = Made((4.27,) * 3 + (90,) * 3, atoms, columns=WITH_MULTIPLICITY, symbol="P n -3 m")
    judge(made, "quiet", formula="Cu2O", number=224)
    judge(made.but(symbol=f"P n -3 m:{origin}"), "quiet", formula="Cu2O", number=224)


def test_the_weight_of_a_formula_unit():
    salt = HALITE.but(z=4, extra="_chemical_formula_weight 58.44\n")
    judge(salt, "quiet", formula="NaCl", number=225)
    for made in (salt.but(z=8), salt.but(extra="_chemical_formula_weight 74.55\n")):
        found = judge(made, "noted", formula="NaCl", number=225)
        assert "the weight of a formula unit is" in found.crystals[0].notes[0]
    judge(HALITE.but(extra="_chemical_formula_weight 99\n"), "quiet", formula="NaCl")


@pytest.mark.parametrize("value", ["'?'", "'.'", "?", "."])
def test_an_unknown_symbol_between_quotes(value):
    """It says nothing, as without quotes."""
    text = BADDELEYITE.text(symbol=value, hall=value)
    judge(text, "quiet", formula="ZrO2", number=14)
    alone = BADDELEYITE.text(symbol=value, operations=None, formula="O2 Zr", z=4)
    judge(alone, "refuse", words=("no symmetry",))
