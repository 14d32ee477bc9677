"""The file as text: encodings, letters of either case, loops, text fields, blocks, dialects."""

from __future__ import annotations

import re

import pytest

from tests.formats.cif_makers import (
    BADDELEYITE,
    CESIUM_CHLORIDE,
    Made,
)
from tests.formats.kinds.judging import judge, outcome

ZIRCONIA = BADDELEYITE.but(formula="O2 Zr", z=4, number=14)
SALTS = CESIUM_CHLORIDE.but(formula="Cl Cs", z=1)
GOOD = {"formula": "ZrO2", "number": 14}
ANY_BUT_WRONG = ("right", "warn", "refuse")

# ------------------------------------------------------------------------------ bytes and line ends


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "utf-32"],
)
@pytest.mark.parametrize("made", [ZIRCONIA, SALTS])
def test_encodings(end, encoding, made):
    text = (
        "# a = 5.15 \u00c5, \u03b2 = 99.2\u00b0\n" if encoding.startswith("utf") else "# \u00c5\n"
    )
    data = (text + made.text()).replace("\n", end).encode(encoding)
    odd = ["refuse"] if encoding == "utf-32" else []
    judge(data, "right", *odd, formula="ZrO2" if made is ZIRCONIA else "CsCl")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_marked_utf_16(encoding):
    judge(("\ufeff" + ZIRCONIA.text()).encode(encoding), "right", **GOOD)


ENDS = {
    "ctrl-z": "\x1a",
    "ctrl-z on a line": "\n\x1a\n",
    "two": "\x1a\x1a",
    "ctrl-z and zeros": "\x1a\0\0\0\0",
    "no line end": "",
    "blank lines": "\n \n\t\n\n",
    "a comment": "\n# END",
    "the word of old programs": "\n#===END\n",
    "form feed": "\n\f\n",
    "page and end": "\f\x1a",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_ends_of_a_file(end, line_end):
    odd = ["refuse"] if "zeros" in end else []
    for made, formula in ((ZIRCONIA, "ZrO2"), (SALTS, "CsCl")):
        text = (made.text().rstrip("\n") + ENDS[end]).replace("\n", line_end)
        judge(text, "right", *odd, formula=formula)
        judge(text.encode(), "right", *odd, formula=formula)


STARTS = [
    "\n\n",
    "# comment\n",
    "#\\#CIF_1.1\n",
    "\ufeff#\\#CIF_1.1\n",
    "   ",
    "\t",
    "#\\#CIF_1.0\n",
    "\f\n",
]


@pytest.mark.parametrize("start", STARTS)
def test_starts_of_a_file(start):
    judge(start + ZIRCONIA.text(), "right", **GOOD)


@pytest.mark.parametrize(
    "start", ["From: a@b.org\n\nDear editor,\n", "<html>\n", "5.15 5.19\n", "x"]
)
def test_prose_before_the_block(start):
    judge(start + ZIRCONIA.text(), *ANY_BUT_WRONG, **GOOD)


BLANKS = {
    "tabs": (" ", "\t"),
    "more blanks": (" ", "     "),
    "blanks at line ends": ("\n", "   \n"),
    "blanks at line starts": ("\n", "\n  "),
    "empty lines": ("\n", "\n\n"),
    "vertical tabs": ("\n", "\n\v"),
}


@pytest.mark.parametrize("way", BLANKS)
def test_blanks(way):
    odd = ["refuse"] if "vertical" in way else []
    text = ZIRCONIA.text().replace("P 1 21/c 1", "P121/c1").replace(*BLANKS[way])
    judge(text, "right", *odd, **GOOD)


def test_blanks_that_do_not_break():
    judge(ZIRCONIA.text().replace("Zr1 Zr", "Zr1\u00a0Zr"), "right", "refuse", **GOOD)


# ---------------------------------------------------------------------------------- case of letters

CASES = {
    "upper names": lambda text: re.sub(r"^_\S+", lambda m: m[0].upper(), text, flags=re.MULTILINE),
    "lower names": lambda text: re.sub(r"^_\S+", lambda m: m[0].lower(), text, flags=re.MULTILINE),
    "title names": lambda text: re.sub(r"^_\S+", lambda m: m[0].title(), text, flags=re.MULTILINE),
    "swapped names": lambda text: re.sub(
        r"^_\S+", lambda m: m[0].swapcase(), text, flags=re.MULTILINE
    ),
    "upper loops": lambda text: text.replace("loop_", "LOOP_"),
    "title loops": lambda text: text.replace("loop_", "Loop_"),
    "upper blocks": lambda text: text.replace("data_made", "DATA_MADE"),
    "title blocks": lambda text: text.replace("data_made", "Data_made"),
    "all keywords": lambda text: text.replace("loop_", "LooP_").replace("data_", "DaTa_"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("made", [ZIRCONIA, ZIRCONIA.but(operations=None), SALTS])
def test_letters_of_either_case(case, made):
    found = judge(CASES[case](made.text()), "right", formula="CsCl" if made is SALTS else "ZrO2")
    assert len(found.crystals[0].structure) == (2 if made is SALTS else 12)


# ---------------------------------------------------------------------------------- loops and items


def _single(symbol, number, atom, edge=3.0):
    """One atom, each item on its own."""
    values = dict(
        zip(("label", "type_symbol", "fract_x", "fract_y", "fract_z"), atom.split(), strict=True)
    )
    lines = [f"_atom_site_{name} {value}" for name, value in values.items()]
    made = Made((edge, edge, edge, 90, 90, 90), (), symbol=symbol, number=number)
    text = made.text()
    return text[: text.index("loop_")] + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("symbol", "number", "element", "group", "edge"),
    [
        ("F m -3 m", None, "Cu", 225, 3.61),
        ("I m -3 m", 229, "Fe", 229, 2.87),
        ("P m -3 m", None, "Po", 221, 3.35),
        (None, 221, "Po", 221, 3.35),
        ("P 1", 1, "Po", 221, 3.35),
    ],
)
def test_one_atom_without_a_loop(symbol, number, element, group, edge):
    text = _single(symbol, number, f"{element}1 {element} 0 0 0", edge)
    judge(text, "right", formula=element, number=group)
    judge(text.replace(f"_atom_site_type_symbol {element}\n", ""), "right", number=group)
    judge(f"{text}_atom_site_occupancy 1.0\n", "right", number=group)


EMPTY = [
    "loop_\n_atom_site_moment_label\n_atom_site_moment_crystalaxis_x\n",
    "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n",
    "loop_\n_geom_bond_atom_site_label_1\n",
    "loop_\n_publ_author_name\n",
    "loop_\n",
    "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n# none\n\n",
]


@pytest.mark.parametrize("loop", EMPTY)
@pytest.mark.parametrize("made", [ZIRCONIA, SALTS])
def test_empty_loops(loop, made):
    good = {"formula": "ZrO2" if made is ZIRCONIA else "CsCl"}
    odd = ["refuse", "warn"] if loop == "loop_\n" else []
    text = made.text()
    judge(text + loop, "right", *odd, **good)
    judge(text + loop + "_cell_volume 1\n", "right", "warn", *odd, **good)
    judge(text.replace("loop_", loop + "loop_", 1), "right", *odd, **good)


def test_an_empty_loop_of_operations_leaves_the_symbol():
    judge(ZIRCONIA.but(operations=()), "right", **GOOD)


def test_an_empty_loop_of_atoms():
    judge(ZIRCONIA.but(atoms=()), "refuse")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\nO1 O", " # zirconium\nO1 O"),
        lambda text: text.replace("\nO1 O", "\n# oxygen\n\nO1 O"),
        lambda text: text.replace("Zr1 Zr ", "Zr1\nZr\n"),
        lambda text: text.replace("\nO1 O", " O1 O"),
        lambda text: text.replace("Zr1 Zr", "'Zr1' \"Zr\""),
        lambda text: text.replace("Zr1 Zr", ";Zr1\n;\nZr"),
        lambda text: text + "_cell_volume 140.4\n_cell_special_details 'none'\n",
        lambda text: text + "loop_\n_atom_type_symbol\n_atom_type_description\nZr Zr\nO O\n",
        lambda text: (
            text + "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\nZr1 0.1\nO1 .2\n"
        ),
        lambda text: text + "_geom_special_details ?\n",
        lambda text: text.replace("_cell_length_a 5.15", "_cell_length_a\n   5.15"),
        lambda text: text.replace("_cell_length_a 5.15", "_cell_length_a\n;5.15\n;"),
    ],
)
def test_ways_of_laying_out(change):
    judge(change(ZIRCONIA.text()), "right", **GOOD)


def test_the_order_of_items_and_columns():
    text = ZIRCONIA.text()
    head, operations, atoms = text.split("loop_\n")
    judge(
        f"data_made\nloop_\n{atoms}loop_\n{operations}{head.removeprefix('data_made')}",
        "right",
        **GOOD,
    )
    made = ZIRCONIA.but(
        columns=("fract_z", "U_iso_or_equiv", "fract_x", "type_symbol", "fract_y", "label"),
        atoms=(
            "0.2083 0.01 0.2754 Zr 0.0395 Zr1",
            "0.3447 ? 0.07 O 0.3317 O1",
            "0.4792 . 0.4496 O 0.7569 O2",
        ),
    )
    judge(made, "right", **GOOD)


LENGTH = "_cell_length_b"
MISTAKES = {
    "a symbol without quotes": lambda text: text.replace("'P 1 21/c 1'", "P 1 21/c 1"),
    "a name without quotes": lambda text: f"{text}_chemical_name_common sodium chloride\n",
    "a quote that never ends": lambda text: f"{text}_chemical_name_common 'zirconia\n",
    "an apostrophe": lambda text: f"{text}_publ_author_name 'O'Brien, A.'\n",
    "a value too many": lambda text: text.replace("Zr1 Zr 0.2754", "Zr1 Zr 0.2754 0.1"),
    "a value too few": lambda text: text.replace("Zr1 Zr 0.2754", "Zr1 0.2754"),
    "a cell length twice": lambda text: text.replace(LENGTH, f"_cell_length_a 5.15\n{LENGTH}"),
    "another length": lambda text: text.replace(LENGTH, f"_cell_length_a 6.15\n{LENGTH}"),
    "a name without value": lambda text: text.replace(LENGTH, f"_cell_measurement\n{LENGTH}"),
    "stop": lambda text: f"{text}stop_\n",
    "a text field that never ends": lambda text: f"{text}_publ_text\n;\nnever\n",
    "a loop within a loop": lambda text: text.replace("Zr1 Zr", "loop_\nZr1 Zr"),
    "a long line": lambda text: f"{text}_publ_text '{'x' * 5000}'\n",
    "a block without name": lambda text: text.replace("data_made", "data_"),
    "a block name with blanks": lambda text: text.replace("data_made", "data_my first crystal"),
    "no block": lambda text: text.replace("data_made\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_mended_or_refused(mistake):
    right = {"an apostrophe", "a long line"} & {mistake}
    others = [] if right else ["refuse", "warn"]
    judge(MISTAKES[mistake](ZIRCONIA.text()), "right", *others, **GOOD)


@pytest.mark.parametrize(
    "mistake", ["a symbol without quotes", "a cell length twice", "another length"]
)
def test_mistakes_in_symmetry_and_cell(mistake):
    text = MISTAKES[mistake](ZIRCONIA.text(operations=None, number=None))
    accepted = ["warn", "refuse"] if mistake == "another length" else ANY_BUT_WRONG
    judge(text, *accepted, **GOOD)


def test_files_that_were_cut():
    text = ZIRCONIA.text()
    for end in range(20, len(text) - 1, 9):
        part = text[:end]
        found = outcome(part) if part.strip() else None
        if found and found.crystals and end < text.index("O2 O"):
            assert any(one.notes for one in found.crystals), f"{part[-40:]!r}: {found.words}"


# -------------------------------------------------------------------------------------- text fields

TRAPS = [
    "data_trap inside", "loop_\n_atom_site_label\n_atom_site_fract_x\nX 0", "_cell_length_a 99",
    "save_trap", "#not a comment", "'a quote", '"', "global_", "DATA_trap\n_cell_length_a 3",
    " ;\n still inside", "stop_", "loop_ data_ _atom_site_label",
]  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_words_inside_text_fields(trap):
    field = f"_publ_section_comment\n;\n{trap}\n;\n"
    head, rest = ZIRCONIA.text().split("\n", 1)
    judge(f"{head}\n{field}{rest}", "right", **GOOD)
    judge(f"{head}\n{rest}{field}", "right", **GOOD)
    judge(f"{head}\n{rest}_x 'data_trap'\n_y 'loop_'\n_z \"_cell_length_a\"\n", "right", **GOOD)
