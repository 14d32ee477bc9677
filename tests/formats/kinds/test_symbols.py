"""Symmetry without listed operations: Hall symbols, Hermann-Mauguin symbols, numbers."""

from __future__ import annotations

from functools import cache

import gemmi
import numpy as np
import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    HALITE,
    SETTINGS,
    WURTZITE,
    Made,
    crystal_in,
    full_symbol,
    names_of,
    operations_of,
    same_sites,
    standard_settings,
)
from tests.formats.kinds.judging import judge, outcome

SYSTEMS = {
    "triclinic and monoclinic": range(1, 108),
    "orthorhombic": range(108, 349),
    "tetragonal": range(349, 430),
    "trigonal and hexagonal": range(430, 489),
    "cubic": range(489, SETTINGS + 1),
}
"""Ranges of the 530 settings."""
EVERY = [8, pytest.param(1, marks=pytest.mark.slow)]
"""Every eighth setting in each run, all of them in a long one."""
RHOMBOHEDRAL = (146, 148, 155, 160, 161, 166, 167)


@cache
def _key(hall_number: int) -> frozenset:
    rotations, translations = operations_of(hall_number)
    shifts = np.rint(translations * 24).astype(int) % 24
    return frozenset(
        (tuple(rotation.ravel()), tuple(shift))
        for rotation, shift in zip(rotations, shifts, strict=True)
    )


@cache
def _meanings() -> dict[str, set[frozenset]]:
    """What a symbol with blanks, but without origin or axes, may stand for."""
    found: dict[str, set[frozenset]] = {}
    for hall_number in range(1, SETTINGS + 1):
        found.setdefault(full_symbol(hall_number), set()).add(_key(hall_number))
    return found


def _faults(cases, *, lenient=()):
    """Words on each (setting, changes) that is not read as the crystal that it is.

    Args:
        cases: pairs of one of the 530 settings and changes to its CIF.
        lenient: settings that may also be refused or read with a note.
    """
    faults = []
    for hall_number, changes in cases:
        crystal = crystal_in(hall_number)
        found = outcome(crystal.made.text(**changes))
        right = len(found.crystals) == 1 and same_sites(
            found.crystals[0].structure, crystal.elements, crystal.positions
        )
        said = found.error is not None or any(one.notes for one in found.crystals)
        if not right and not (hall_number in lenient and said):
            what = found.error or found.crystals[0].structure.formula
            faults.append(f"{hall_number} {names_of(hall_number).number} {changes}: {what}")
    return faults


def _clean(faults):
    assert not faults, f"{len(faults)} wrong: " + "\n".join(faults[:12])


# --------------------------------------------------------------------------------------------- Hall


@pytest.mark.parametrize("step", EVERY)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_hall_symbol_alone(system, step):
    _clean(_faults((h, {"hall": names_of(h).hall_symbol}) for h in SYSTEMS[system][::step]))


def test_hall_symbols_with_a_change_of_basis():
    """As the COD writes settings that have no short Hall symbol of their own."""
    cases = []
    by_hall = {names_of(h).hall_symbol: h for h in range(1, SETTINGS + 1)}
    for entry in gemmi.spacegroup_table():
        change, parent = (
            entry.basisop.triplet(),
            gemmi.get_spacegroup_reference_setting(entry.number),
        )
        if entry.hall in by_hall and change != "x,y,z" and "/" not in change:
            cases.append((by_hall[entry.hall], {"hall": f"{parent.hall} ({change})"}))
    assert len(cases) > 200
    _clean(_faults(cases[::12]))


@pytest.mark.parametrize(
    "hall", ["-P  2ybc", " -P 2ybc ", "-p 2ybc", "-P 2YBC", "-P_2ybc", "-P 2ybc (x,y,z)"]
)
def test_hall_symbol_in_other_ways(hall):
    judge(BADDELEYITE.but(symbol=None, hall=hall, operations=None), "right", "refuse", "warn",
          formula="ZrO2", number=14)  # fmt: skip


@pytest.mark.parametrize("hall", ["?", ".", "", "n/a"])
def test_unknown_hall_symbol_leaves_the_other(hall):
    made = BADDELEYITE.but(hall=hall, operations=None)
    judge(made, "right", formula="ZrO2", number=14)


# ---------------------------------------------------------------------------------- Hermann-Mauguin


@pytest.mark.parametrize("step", EVERY)
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_full_symbol(system, step):
    standard = {full_symbol(h) for h in standard_settings()}
    ambiguous = {
        h
        for h in SYSTEMS[system]
        if len(_meanings()[full_symbol(h)]) > 1 and h not in standard_settings()
    }
    ambiguous |= {h for h in SYSTEMS[system] if names_of(h).choice[:1] in {"1", "2"}}
    cases = [
        (h, {"symbol": full_symbol(h)})
        for h in SYSTEMS[system][1::step]
        if h not in ambiguous or full_symbol(h) not in standard  # else it means the standard one
    ]
    _clean(_faults(cases, lenient=ambiguous))


FORMS = {
    "short": lambda name: name.international_short.replace("_", ""),
    "pymatgen": lambda name: name.international_short,
    "blanks": lambda name: name.international.split("=")[0].strip().replace("_", ""),
    "underscores": lambda name: name.international.split("=")[0].strip(),
    "upper case": lambda name: name.international.split("=")[0].strip().replace("_", "").upper(),
    "all of it": lambda name: name.international_full.replace("_", ""),
}


@pytest.mark.parametrize("step", EVERY)
@pytest.mark.parametrize("form", FORMS)
def test_every_short_symbol(form, step):
    lenient = {h for h in standard_settings() if names_of(h).choice[:1] in {"1", "2"}}
    if form in {"upper case", "all of it"}:
        lenient = set(standard_settings())
    start = list(FORMS).index(form) % step  # each form has its own share
    cases = [(h, {"symbol": FORMS[form](names_of(h))}) for h in standard_settings()[start::step]]
    _clean(_faults(cases, lenient=lenient))


@pytest.mark.parametrize("form", ["{}:{}", "{} :{}", "{} : {}", "{} {}"])
def test_origins_in_the_symbol(form):
    cases = []
    for h in range(1, SETTINGS + 1):
        choice = names_of(h).choice
        if choice in {"1", "2"}:
            mark = {"1": "S", "2": "Z"}[choice] if form == "{} {}" else choice
            cases.append((h, {"symbol": form.format(full_symbol(h), mark)}))
    assert len(cases) == 48
    _clean(_faults(cases))


@pytest.mark.parametrize("form", ["{}:{}", "{} :{}", "{} {}", "{} (origin choice {})"])
def test_origins_in_a_symbol_without_blanks(form):
    cases = [
        (h, {"symbol": form.format(names_of(h).international_short, names_of(h).choice)})
        for h in range(1, SETTINGS + 1)
        if names_of(h).choice in {"1", "2"}
    ]
    lenient = () if ":" in form else {h for h, _ in cases}
    _clean(_faults(cases[::3], lenient=lenient))


OLD = {
    "A b m 2": 191, "C m m a": 316, "A b a 2": 203, "C m c a": 304, "C c c a :1": 322,
    "C c c a :2": 323, "B b c m": 308, "A b m a": 306, "C m 2 a": 195, "C m m e": 316, "Cmca": 304,
    "Cmma": 316, "Abm2": 191, "Aba2": 203, "F m 3 m": 523, "F d 3 m :2": 526, "P m 3 m": 517,
    "I a 3 d": 530, "P a 3": 501, "I a 3": 502, "P m 3 n": 520, "I m 3 m": 529, "I m 3": 500,
    "P m 3": 494, "F m 3 c": 524, "F m 3": 497, "Fm3m": 523, "Pa3": 501, "Ia3d": 530, "Im3m": 529,
}  # fmt: skip


@pytest.mark.parametrize("symbol", OLD)
def test_old_symbols(symbol):
    _clean(_faults([(OLD[symbol], {"symbol": symbol})]))


MONOCLINIC = {
    "P 21/c": 81, "P21/c": 81, "P2_1/c": 81, "P 2_1/c": 81, "P121/c1": 81, "P12_1/c1": 81,
    "P 1 2_1/c 1": 81, "P 21/n": 82, "P21/n": 82, "P 1 21/n 1": 82, "P2_1/n": 82, "P 21/a": 83,
    "P21/a": 83, "P 1 1 21/a": 84, "P 1 1 21/n": 85, "P 1 1 21/b": 86, "P1121/b": 86,
    "P 21/b 1 1": 87, "C 2/c": 90, "C2/c": 90, "C 1 2/c 1": 90, "A 2/n": 91, "I 2/a": 92,
    "I2/a": 92, "I 1 2/a 1": 92, "A 2/a": 93, "C 2/n": 94, "I 2/c": 95, "I 1 2/c 1": 95,
    "A 1 1 2/a": 96, "I 1 1 2/b": 98, "C 2/m": 63, "A 2/m": 64, "I 2/m": 65, "I 1 2/m 1": 65,
    "A 1 1 2/m": 66, "B 1 1 2/m": 67, "P 21/m": 60, "P 1 1 21/m": 61, "P 2/m": 57, "P 1 1 2/m": 58,
    "P 21": 6, "P 1 1 21": 7, "P 2": 3, "P 1 1 2": 4, "C 2": 9, "A 2": 10, "I 2": 11, "C c": 39,
    "A n": 40, "I a": 41, "A a": 42, "C n": 43, "I c": 44, "P c": 21, "P n": 22, "P a": 23,
    "P 1 c 1": 21, "P 1 n 1": 22, "C m": 30, "A m": 31, "I m": 32, "P 2/c": 72, "P 2/n": 73,
    "P 2/a": 74, "P 1 1 m": 19, "P 1 1 b": 26, "P m 1 1": 20, "P 2 1 1": 5, "C 1 c 1": 39,
}  # fmt: skip
"""The settings whose symbol this is, the unique axis told by the cell where the symbol is short."""


@pytest.mark.parametrize("symbol", MONOCLINIC)
def test_monoclinic_symbols(symbol):
    _clean(_faults([(MONOCLINIC[symbol], {"symbol": symbol})]))


UNIQUE_C = {
    "P 21/b": 86, "P 21/a": 84, "P 21/n": 85, "P 21/m": 61, "P 2/m": 58, "P 21": 7, "P 2": 4,
    "A 2/a": 96, "I 2/b": 98, "B 2/n": 97, "B 2/b": 99, "A 2/m": 66, "B 2/m": 67, "I 2/m": 68,
    "B 2": 13, "P b": 26, "P m": 19, "B m": 34, "B b": 48, "P 2/b": 77, "P 2/a": 75,
}  # fmt: skip


@pytest.mark.parametrize("symbol", UNIQUE_C)
def test_unique_axis_c_told_by_the_cell(symbol):
    _clean(_faults([(UNIQUE_C[symbol], {"symbol": symbol})], lenient={UNIQUE_C[symbol]}))


@pytest.mark.parametrize("symbol", ["P 1 1 21/b", "P 1 1 21/a", "P 21/c 1 1", "P n m a", "P 4/m"])
def test_symbol_of_other_axes_than_the_cell(symbol):
    """beta is 99.2 degrees, so b is the unique axis."""
    judge(BADDELEYITE.but(symbol=symbol, operations=None), "refuse", "warn", words=())


@pytest.mark.parametrize("symbol", ["P 21/c", "P21/c", "P 21/C", "p 21/c", "P 2(1)/c", "P2(1)/c"])
def test_symbols_of_one_group(symbol):
    odd = {"P 21/C", "p 21/c"} & {symbol}
    made = BADDELEYITE.but(symbol=symbol, operations=None, formula="O2 Zr", z=4)
    judge(made, "right", *(["refuse"] if odd else []), formula="ZrO2", number=14)


# ------------------------------------------------------------------------------------- rhombohedral


def _rhombohedral(number: int) -> tuple[int, int]:
    """The settings on hexagonal and on rhombohedral axes."""
    both = [h for h in SYSTEMS["trigonal and hexagonal"] if names_of(h).number == number]
    assert [names_of(h).choice for h in both] == ["H", "R"]
    return both[0], both[1]


@pytest.mark.parametrize("number", RHOMBOHEDRAL)
def test_axes_told_by_the_cell(number):
    for h in _rhombohedral(number):
        short = names_of(h).international_short
        cases = [
            (h, {"symbol": full_symbol(h)}),
            (h, {"symbol": short}),
            (h, {"number": number}),
            (h, {"symbol": full_symbol(h), "number": number}),
        ]
        _clean(_faults(cases))


@pytest.mark.parametrize("number", RHOMBOHEDRAL)
def test_axes_told_by_the_symbol(number):
    for h in _rhombohedral(number):
        name, choice = full_symbol(h), names_of(h).choice
        forms = [
            f"{name}:{choice}",
            f"{name} :{choice}",
            f"{name} {choice}",
            f"{name}:{choice.lower()}",
        ]
        _clean(_faults((h, {"symbol": form}) for form in forms))


@pytest.mark.parametrize("number", RHOMBOHEDRAL)
def test_axes_that_contradict_the_cell(number):
    hexagonal, rhombohedral = _rhombohedral(number)
    for h, other in ((hexagonal, "R"), (rhombohedral, "H")):
        judge(crystal_in(h).made.but(symbol=f"{full_symbol(h)} :{other}"), "refuse", "warn")


@pytest.mark.parametrize("alpha", [60, 90, 109.4712, 33.5, 59.9])
def test_rhombohedral_cells_of_any_angle(alpha):
    made = Made(
        (4.5, 4.5, 4.5, alpha, alpha, alpha), ("Bi1 Bi 0.237 0.237 0.237",), symbol="R -3 m"
    )
    found = judge(made, "right", "warn", "refuse", formula="Bi")
    if found.crystals:
        assert len(found.crystals[0].structure) == 2


# ---------------------------------------------------------------------------------- number, nothing


@pytest.mark.parametrize("step", EVERY)
def test_every_number_alone(step):
    lenient = {h for h in standard_settings() if names_of(h).choice[:1] in {"1", "2"}}
    cases = [(h, {"number": names_of(h).number}) for h in standard_settings()[::step]]
    _clean(_faults(cases, lenient=lenient))


@pytest.mark.parametrize("symbol", ["?", ".", "", "unknown", "n/a"])
def test_unknown_symbol_leaves_the_number(symbol):
    made = HALITE.but(symbol=symbol, number=225)
    judge(made, "right", formula="NaCl", number=225)


@pytest.mark.parametrize("number", ["?", ".", 0, 231, -1, "x", 225.0])
def test_impossible_number_beside_a_good_symbol(number):
    judge(HALITE.but(number=number), "right", "warn", "refuse", formula="NaCl", number=225)


@pytest.mark.parametrize("symbol", ["X 1 2 3", "P 7/m", "F m -5 m", "FOO", "P 21/q", "NaCl", "P"])
def test_a_symbol_that_is_none(symbol):
    judge(HALITE.but(symbol=symbol), "refuse", "warn")
    judge(HALITE.but(symbol=symbol, formula="Cl Na", z=4), "refuse", "warn")


@pytest.mark.parametrize("made", [HALITE, BADDELEYITE, WURTZITE])
def test_no_symmetry_at_all(made):
    bare = made.but(symbol=None, operations=None)
    judge(bare, "refuse", "warn")
    judge(bare.but(z=4), "refuse", "warn")


def test_no_symmetry_and_all_atoms_listed():
    bare = Made((4.12, 4.12, 4.12, 90, 90, 90), ("Cs1 Cs 0 0 0", "Cl1 Cl 0.5 0.5 0.5"))
    judge(bare.but(formula="Cl Cs", z=1), "right", formula="CsCl", number=221)


@pytest.mark.parametrize(
    "symbol",
    ["P 2<sub>1</sub>/c", "<i>P</i>2<sub>1</sub>/<i>c</i>", "P 21/c (No. 14)", "P21/c no. 14"],
)
def test_symbols_with_markup_or_their_number(symbol):
    _clean(_faults([(81, {"symbol": symbol})]))
