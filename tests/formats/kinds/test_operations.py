"""Listed operations: however they are written, whether they are a group, what contradicts them."""

from __future__ import annotations

import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    HALITE,
    RUTILE,
    WURTZITE,
    Made,
    operations_of,
    triplets,
)
from tests.formats.kinds.judging import judge

CUBIC = triplets(*operations_of(523))
assert len(CUBIC) == 192
FULL_HALITE = HALITE.but(operations=CUBIC, formula="Cl Na", z=4, number=225)
ZIRCONIA = BADDELEYITE.but(formula="O2 Zr", z=4, number=14)
CONTRADICTION = ("warn", "refuse")

# ---------------------------------------------------------------------------------- ways of writing

WAYS = {
    "halves first": ["x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"],
    "halves last": ["x,y,z", "-x,y+1/2,-z+1/2", "-x,-y,-z", "x,-y+1/2,z+1/2"],
    "upper case": ["X,Y,Z", "-X,1/2+Y,1/2-Z", "-X,-Y,-Z", "X,1/2-Y,1/2+Z"],
    "blanks": ["x, y, z", "-x, 1/2+y, 1/2-z", "-x, -y, -z", "x, 1/2-y, 1/2+z"],
    "more blanks": [
        " x , y , z ", "- x , y + 1/2 , - z + 1/2", " -x , -y , -z", "x , 1/2 - y , 1/2 + z ",
    ],
    "capitals and blanks": ["X, Y, Z", "-X, 1/2+Y, 1/2-Z", "-X, -Y, -Z", "X, 1/2-Y, 1/2+Z"],
    "decimals": ["x,y,z", "-x,y+0.5,-z+0.5", "-x,-y,-z", "x,-y+.5,z+.5"],
    "decimals first": ["x,y,z", "-x,0.5+y,0.5-z", "-x,-y,-z", "x,0.500-y,0.500+z"],
    "plus signs": ["+x,+y,+z", "-x,+y+1/2,-z+1/2", "-x,-y,-z", "+x,-y+1/2,+z+1/2"],
    "other halves": ["x,y,z", "-x,y-1/2,-z+3/2", "-x,-y,-z", "x,-y-1/2,z-1/2"],
    "whole steps": ["x,y,z", "1-x,y+1/2,1/2-z", "1-x,1-y,1-z", "x,3/2-y,z+1/2"],
    "sixths": ["x,y,z", "-x,y+2/4,-z+3/6", "-x,-y,-z", "x,-y+2/4,z+3/6"],
    "another order": ["-x,-y,-z", "x,1/2-y,1/2+z", "x,y,z", "-x,1/2+y,1/2-z"],
    "twice": ["x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"] * 2,
    "identity twice": ["x,y,z", "x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"],
    "same but for a lattice step": [
        "x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z", "1-x,-1/2+y,1/2-z",
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_writing(way):
    odd = ["warn"] if "wice" in way or "step" in way else []
    found = judge(
        ZIRCONIA.but(operations=tuple(WAYS[way])), "right", *odd, formula="ZrO2", number=14
    )
    assert len(found.crystals[0].structure) == 12


THIRDS = {
    "fractions": ("1/3", "2/3"),
    "four digits": ("0.3333", "0.6667"),
    "five digits": (".33333", ".66667"),
    "seven digits": ("0.3333333", "0.6666667"),
    "cut": ("0.3333", "0.6666"),
}


@pytest.mark.parametrize("way", THIRDS)
@pytest.mark.parametrize("form", ["{0}+{1}", "{1}+{0}"])
def test_thirds(way, form):
    """Calcite on hexagonal axes; its centring translations are thirds."""
    third, two_thirds = THIRDS[way]
    base = triplets(*operations_of(460))
    assert len(base) == 36

    def written(text):
        parts = []
        for part in text.split(","):
            for fraction, word in (("+1/3", third), ("+2/3", two_thirds)):
                if part.endswith(fraction):
                    part = form.format(part.removesuffix(fraction), word).replace("+-", "-")  # noqa: PLW2901
            parts.append(part)
        return ",".join(parts)

    made = HALITE.but(
        cell=(4.99, 4.99, 17.06, 90, 90, 120),
        atoms=("Ca1 Ca 0 0 0", "C1 C 0 0 0.25", "O1 O 0.2568 0 0.25"),
        symbol="R -3 c",
        operations=tuple(map(written, base)),
        formula="C Ca O3",
        z=6,
    )
    found = judge(made, "right", formula="CaCO3", number=167)
    assert len(found.crystals[0].structure) == 30


TRIGONAL = {
    "x-y": None,
    "-y+x": ("x-y", "-y+x"),
    "y-x": ("-x+y", "y-x"),
    "blanks": ("x-y", "x - y"),
    "plus": ("x-y", "+x-y"),
}


@pytest.mark.parametrize("way", TRIGONAL)
def test_differences(way):
    change = TRIGONAL[way]
    operations = [text.replace(*change) if change else text for text in WURTZITE.operations]
    made = WURTZITE.but(operations=tuple(operations), formula="O Zn", z=2)
    judge(made, "right", formula="ZnO", number=186)


XYZ = ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z")


def _loop(*names, form="{}", rows=XYZ):
    return "\n".join(
        ["loop_", *names, *(form.format(row, n + 1) for n, row in enumerate(rows)), ""]
    )


OLDER, NEWER = "_symmetry_equiv_pos_as_xyz", "_space_group_symop_operation_xyz"
LOOPS = {
    "single quotes": _loop(OLDER, form="'{}'"),
    "double quotes": _loop(OLDER, form='"{}"'),
    "one line": _loop(OLDER).replace("\n", " ") + "\n",
    "numbered": _loop("_symmetry_equiv_pos_site_id", OLDER, form="{1} '{0}'"),
    "number last": _loop(OLDER, "_symmetry_equiv_pos_site_id", form="{} {}"),
    "newer name": _loop(NEWER),
    "newer name, numbered": _loop("_space_group_symop_id", NEWER, form="{1} {0}"),
    "dotted name": _loop("_space_group_symop.operation_xyz"),
    "mixed case": _loop("_Symmetry_Equiv_Pos_As_XYZ").replace("loop_", "LOOP_"),
    "comments between": _loop(OLDER, form="# number {1}\n\n  {0} # an operation"),
    "text fields": _loop(OLDER, form=";{}\n;"),
    "text fields on lines of their own": _loop(OLDER, form=";\n{}\n;"),
    "tabs": _loop(OLDER, form="\t{}\t"),
    "blanks without quotes' need": _loop(OLDER, form="'  {}  '"),
}


@pytest.mark.parametrize("way", LOOPS)
@pytest.mark.parametrize("symbol", ["P 1 21/c 1", None])
def test_loops_of_operations(way, symbol):
    text = ZIRCONIA.text(operations=None, symbol=symbol, number=None) + LOOPS[way]
    found = judge(text, "right", formula="ZrO2", number=14)
    assert len(found.crystals[0].structure) == 12


@pytest.mark.parametrize(
    "quote", ["'1 x,y,z'", "'x;y;z'", "'(x,y,z)'", "'x y z'", "'a,b,c'", "x,y,z;"]
)
def test_odd_writing_is_read_or_refused(quote):
    text = ZIRCONIA.text().replace("\nx,y,z\n", f"\n{quote}\n")
    judge(text, "right", "warn", "refuse", formula="ZrO2", number=14)


@pytest.mark.parametrize("minus", ["\u2212", "\u2013", "\u2012", "\u2010"])
def test_other_minus_signs(minus):
    text = ZIRCONIA.text().replace("-x", f"{minus}x").replace("-y", f"{minus}y")
    judge(text, "right", "refuse", formula="ZrO2", number=14)


def test_one_operation_without_a_loop():
    text = HALITE.text(symbol="P 1", atoms=("Na1 Na 0 0 0", "Cl1 Cl 0.5 0.5 0.5"))
    text = text.replace("loop_", "_symmetry_equiv_pos_as_xyz x,y,z\nloop_", 1)
    judge(text, "right", formula="NaCl", number=221)


@pytest.mark.parametrize(
    "symbol", ["P 21/n", "F m -3 m:1", "unknown", "?", "P 1 21/c 1 (b1)", "P21/c "]
)
def test_the_operations_are_trusted_first(symbol):
    """Only a symbol that is understood can contradict them."""
    accepted = ["right"] if symbol.startswith(("P 1 21/c 1", "P21/c", "unknown", "?")) else []
    judge(ZIRCONIA.but(symbol=symbol, number=None), *accepted, *CONTRADICTION,
          formula="ZrO2", number=14)  # fmt: skip


# -------------------------------------------------------------------------------------- not a group

BROKEN = {
    "one is missing": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z"),
    "no identity": ("-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"),
    "a wrong sign": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2+y,1/2+z"),
    "a wrong shift": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/4+z"),
    "determinant 0": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,x,1/2+z"),
    "determinant 2": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "2x,1/2-y,1/2+z"),
    "twice a word": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x+x,1/2-y,1/2+z"),
    "two coordinates": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y"),
    "four coordinates": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z,t"),
    "a word": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "inversion"),
    "an empty one": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", ""),
    "unknown": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "?"),
    "a letter": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+w"),
    "a tenth": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,0.6-y,1/2+z"),
    "an infinite order": ("x,y,z", "x+y,y,z", "-x,-y,-z", "x,1/2-y,1/2+z"),
    "a division by zero": ("x,y,z", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/0-y,1/2+z"),
    "no coordinates": ("1/2,0,0", "-x,1/2+y,1/2-z", "-x,-y,-z", "x,1/2-y,1/2+z"),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("symbol", ["P 1 21/c 1", None])
def test_what_is_no_group(fault, symbol):
    made = ZIRCONIA.but(operations=BROKEN[fault], symbol=symbol, number=None)
    judge(made, *CONTRADICTION)
    judge(made.but(formula=None, z=None), *CONTRADICTION)


def test_one_missing_of_many():
    for index in (0, 1, 77, 191):
        operations = CUBIC[:index] + CUBIC[index + 1 :]
        judge(FULL_HALITE.but(operations=operations), *CONTRADICTION)


def test_a_group_that_the_cell_cannot_have():
    """A threefold axis along [111] in a cell with three different edges."""
    made = FULL_HALITE.but(cell=(5.64, 5.9, 6.3, 90, 90, 90))
    judge(made, *CONTRADICTION)
    judge(RUTILE.but(cell=(4.594, 4.8, 2.959, 90, 90, 90)), *CONTRADICTION)
    judge(WURTZITE.but(cell=(3.25, 3.25, 5.207, 90, 90, 90)), *CONTRADICTION)


# -------------------------------------------------------------------------- against the other facts

P1 = ("x,y,z",)
CENTRING = ("x,y,z", "x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z")
AGAINST = {
    "P1 for Fm-3m": FULL_HALITE.but(operations=P1),
    "P1 for Fm-3m, symbol alone": HALITE.but(operations=P1),
    "P1 for Fm-3m, number alone": HALITE.but(operations=P1, symbol=None, number=225),
    "P1 for P21/c": ZIRCONIA.but(operations=P1),
    "P1 for P21/c, symbol alone": BADDELEYITE.but(operations=P1),
    "P1 for P21/c, Hall symbol alone": BADDELEYITE.but(operations=P1, symbol=None, hall="-P 2ybc"),
    "P-1 for P21/c": BADDELEYITE.but(operations=("x,y,z", "-x,-y,-z")),
    "P21 for P21/c": BADDELEYITE.but(operations=("x,y,z", "-x,1/2+y,1/2-z")),
    "Pc for P21/c": ZIRCONIA.but(operations=("x,y,z", "x,1/2-y,1/2+z")),
    "P21/n for P21/c": BADDELEYITE.but(
        operations=("x,y,z", "1/2-x,1/2+y,1/2-z", "-x,-y,-z", "1/2+x,1/2-y,1/2+z")
    ),
    "Fm-3m for P1": HALITE.but(operations=CUBIC, symbol="P 1"),
    "Fm-3m for P1 by number": HALITE.but(operations=CUBIC, symbol=None, number=1),
    "P21/c for P1": BADDELEYITE.but(symbol="P 1"),
    "P42/mnm for P4/mmm": RUTILE.but(symbol="P 4/m m m"),
    "P42/mnm, wrong number": RUTILE.but(number=123),
    "P63mc for P-3m1": WURTZITE.but(symbol="P -3 m 1"),
    "wrong number": FULL_HALITE.but(number=221),
    "wrong Hall symbol": ZIRCONIA.but(hall="-P 2yb"),
}  # fmt: skip


@pytest.mark.parametrize("case", AGAINST)
def test_symbol_against_operations(case):
    judge(AGAINST[case], *CONTRADICTION)


def test_centring_alone_listed():
    """The cell comes out right, by chance; but the facts contradict each other."""
    judge(FULL_HALITE.but(operations=CENTRING), *CONTRADICTION)


FACTS = {
    "another formula": ZIRCONIA.but(formula="O3 Zr"),
    "another element": ZIRCONIA.but(formula="Hf O2"),
    "an element more": ZIRCONIA.but(formula="Cl O2 Zr"),
    "hydrogen more": ZIRCONIA.but(formula="H2 O3 Zr"),
    "an element less": ZIRCONIA.but(formula="O2"),
    "twice the units": ZIRCONIA.but(z=8),
    "half the units": ZIRCONIA.but(z=2),
    "halite, Z 1": FULL_HALITE.but(z=1),
    "density": ZIRCONIA.but(extra="_exptl_crystal_density_diffrn 11.6", formula=None, z=None),
    "low density": ZIRCONIA.but(extra="_exptl_crystal_density_diffrn 1.45", formula=None, z=None),
    "halite's density": HALITE.but(operations=CENTRING, symbol=None,
                                   extra="_exptl_crystal_density_diffrn 4.32"),
    "weight": ZIRCONIA.but(formula="O2 Zr", z=4, atoms=ZIRCONIA.atoms[:2]),
}  # fmt: skip


@pytest.mark.parametrize("case", FACTS)
def test_facts_against_the_sites(case):
    judge(FACTS[case], *CONTRADICTION)


FORMULAS = [
    "O2 Zr", "Zr O2", "ZrO2", "Zr1 O2", "O8 Zr4", "'Zr O2'", "Zr0.5 O1", "Zr1.0 O2.0", "O2 ZR",
    "Zr  O2", "Zr4+ O2-", "(Zr O2)", "Zr,O2", "?", ".", "",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_ways_of_writing_the_formula(formula):
    odd = ["warn"] if formula in {"Zr4+ O2-", "Zr,O2", "O2 ZR", "'Zr O2'", "(Zr O2)"} else []
    z = None if "8" in formula or "0.5" in formula else 4
    judge(ZIRCONIA.but(formula=formula.strip("'"), z=z), "quiet", *odd, formula="ZrO2", number=14)


@pytest.mark.parametrize("z", [4, "4", "?", ".", None, "4.0", "4(0)"])
def test_ways_of_writing_z(z):
    judge(ZIRCONIA.but(z=z), "quiet", "warn", formula="ZrO2", number=14)


def test_all_facts_agree():
    for made in (ZIRCONIA, FULL_HALITE, RUTILE.but(formula="O2 Ti", z=2, number=136)):
        judge(made, "quiet", formula="ZrO2" if made is ZIRCONIA else None)
    dense = ZIRCONIA.but(extra="_exptl_crystal_density_diffrn 5.83\n_cell_volume 140.37")
    judge(dense, "quiet", formula="ZrO2", number=14)


# ------------------------------------------------------------------------ magnetic groups and forms

BOX = Made((4.45, 5.5, 8.9, 90, 90, 90), ("Mn1 Mn 0.1 0.2 0.15", "O1 O 0.1 0.55 0.15"))


def column(tag, *rows):
    return "\n".join(["loop_", tag, *(f"'{row}'" for row in rows), ""])


@pytest.mark.parametrize("own", ["x,y,z", None])
def test_magnetic_centring_is_of_the_nuclear_cell_too(own):
    """Whether the operations beside it are said to be magnetic or not."""
    extra = column("_space_group_symop_magn_centering.xyz", "x,y,z,+1", "x,y,z+1/2,-1")
    if own is None:
        extra += column("_space_group_symop_magn_operation.xyz", "x,y,z,+1", "-x,-y,z,+1")
        made = BOX.but(extra=extra)
    else:
        made = BOX.but(operations=("x,y,z", "-x,-y,z"), extra=extra)
    found = judge(made, "right", formula="MnO")
    assert len(found.crystals[0].structure) == 8


def test_magnetic_operations_that_are_no_group_are_refused():
    extra = column("_space_group_symop_magn_operation.xyz", "x,y,z,+1", "-x,-y,z+1/4,+1")
    extra += column("_space_group_symop_magn_centering.xyz", "x,y,z,+1", "x,y,z+1/3,-1")
    judge(BOX.but(extra=extra), "refuse", words=("no group",))


@pytest.mark.parametrize("tag", ["number_BNS 18.18", "name_BNS 'P 2_1 2_1 2'", "number_OG 1.3.3"])
def test_a_magnetic_group_without_operations_is_refused(tag):
    judge(BOX.but(extra=f"_space_group_magn.{tag}\n"), "refuse", words=("magnetic",))
    listed = BOX.but(operations=("x,y,z",), extra=f"_space_group_magn.{tag}\n")
    judge(listed, "quiet", formula="MnO")


@pytest.mark.parametrize("tag", ["number_BNS 1.1", "name_BNS 'P 1'", "number_OG 1.1.1"])
def test_the_magnetic_group_without_symmetry_needs_no_operations(tag):
    judge(BOX.but(extra=f"_space_group_magn.{tag}\n"), "right", formula="MnO")


@pytest.mark.parametrize("form", ["({})", "' {} '", "+{}"])
def test_forms_of_operations(form):
    rows = tuple(form.format(row) for row in ("x,y,z", "-x,-y,z+1/2".removeprefix("+")))
    rows = tuple(row.replace("+-", "-") for row in rows)
    found = judge(BOX.but(operations=rows), "quiet", formula="MnO")
    assert len(found.crystals[0].structure) == 4


# ------------------------------------------------------------------- operations that the list lacks

PRIMITIVE = tuple(row for row in CUBIC if "1/2" not in row)


def test_centring_translations_that_are_not_listed():
    """Halite with 48 of 192 operations: a quarter of its atoms was read, with a note."""
    assert len(PRIMITIVE) == 48
    made = HALITE.but(operations=PRIMITIVE)
    for one in (made, made.but(formula="Cl Na", z=4), made.but(formula="Cl Na")):
        found = judge(one, "noted", formula="NaCl", number=225)
        assert len(found.crystals[0].structure) == 8
        assert "the listed operations lack some of F m -3 m" in found.crystals[0].notes[0]
    judge(made.but(symbol="P m -3 m"), "warn", "refuse")
    judge(made.but(symbol=None), "warn", "refuse")


def test_an_inversion_that_is_not_listed():
    """Only formula and Z can tell that a symbol is right, where more than translations lack."""
    half = ZIRCONIA.but(operations=ZIRCONIA.operations[:2])
    found = judge(half, "noted", formula="ZrO2", number=14)
    assert "with which formula and Z agree" in found.crystals[0].notes[0]
    judge(half.but(z=2), "noted", formula="ZrO2", number=4)
    judge(half.but(z=None), "warn", "refuse")


def test_a_cell_of_another_symmetry_keeps_its_operations():
    """Caesium chloride whose symbol is of halite: its operations make a crystal."""
    made = HALITE.but(cell=(4.12, 4.12, 4.12, 90, 90, 90), operations=PRIMITIVE)
    judge(made.but(atoms=("Cs1 Cs 0 0 0", "Cl1 Cl 0.5 0.5 0.5")), "noted", number=221)
