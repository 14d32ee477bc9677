"""CIFs written by hand: a fault that no crystal hangs on is mended, and told where it matters.

The independent reference is gemmi's reading of the same crystal in faultless syntax.
"""

from __future__ import annotations

import pytest

from crystext.formats.cif.mending import mended
from tests.formats.cif_makers import HALITE, Made
from tests.formats.kinds.judging import judge, outcome

SALT = HALITE.text()
SYMBOL = "_symmetry_space_group_name_H-M 'F m -3 m'"
assert SYMBOL in SALT


def broken(old: str, new: str, text: str = SALT) -> str:
    assert old in text
    return text.replace(old, new)


def title(line: str) -> str:
    """The salt with something behind its first line."""
    return broken("data_made\n", f"data_made\n{line}\n")


HARMLESS = {
    "a name without quotes": title("_chemical_name_common Rock salt of Utah"),
    "an open quote": title("_chemical_name_common 'Salt of Utah"),
    "authors without quotes": title(
        "loop_\n_publ_author_name\n_publ_author_footnote\nA. O'Neill\nB"
    ),
    "a comment with a quote": title(
        "_publ_author_name 'Salt # 5' # it's\n_chemical_name_common a b"
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_says_nothing_of_the_crystal_is_left_out(case):
    found = judge(HARMLESS[case], "noted", formula="NaCl", number=225)
    assert "left out, for it breaks the syntax of CIF: _" in found.crystals[0].notes[0]


QUOTED = {
    "symbol": broken(SYMBOL, "_symmetry_space_group_name_H-M F m -3 m"),
    "symbol in a line of its own": broken(SYMBOL, "_symmetry_space_group_name_H-M\nF m -3 m"),
    "symbol with an open quote": broken(SYMBOL, "_symmetry_space_group_name_H-M 'F m -3 m"),
    "formula": title("_chemical_formula_sum Cl Na"),
    "uncertainty": broken("_cell_length_a 5.64", "_cell_length_a 5.64 (2)"),
    "unit": broken("_cell_length_a 5.64", "_cell_length_a 5.64 \u00c5"),
}


@pytest.mark.parametrize("case", QUOTED)
def test_a_text_without_quotes_is_read_whole(case):
    found = judge(QUOTED[case], "noted", formula="NaCl", number=225)
    assert "a text without quotes is read whole: " in found.crystals[0].notes[0]


def test_units_of_the_dictionary_are_left_out():
    quoted = HALITE.but(
        cell=("5.64 \u00c5", "5.640(1) A", "5.64 Angstrom", "90\u00b0", "90 deg", 90)
    )
    judge(quoted, "quiet", formula="NaCl", number=225)
    for other in ("0.564 nm", "564 pm", "10.66 bohr"):
        judge(HALITE.but(cell=(other, 5.64, 5.64, 90, 90, 90)), "refuse", words=("_cell_length_a",))


def test_operations_without_quotes():
    rows = ("x, y, z", "-x , -y, z")
    made = Made((4, 5, 6, 90, 90, 90), ("Na1 Na 0.1 0.2 0.3", "Cl1 Cl 0 0 0.8"), operations=rows)
    whole = outcome(made.text()).crystals[0].structure
    text = made.text().replace("'", "")
    assert "\nx, y, z\n-x , -y, z\n" in text
    found = judge(text, "quiet")
    assert found.crystals[0].structure == whole
    assert len(whole) == 3


def test_values_given_twice():
    judge(title("_cell_length_a 5.64 # again"), "quiet", formula="NaCl", number=225)
    judge(title("_cell_length_a ?"), "quiet", formula="NaCl", number=225)
    judge(title("_cell.length_a 5.640(1)"), "quiet", formula="NaCl", number=225)
    judge(title("_cell_length_a 5.640(1)"), "quiet", formula="NaCl", number=225)
    judge(title("_chemical_name_common a\n_chemical_name_common b"), "quiet", formula="NaCl")
    for line in (
        "_cell_length_a 5.0",
        "_cell.length_a 5.0",
        "_symmetry_space_group_name_H-M 'P 1'",
    ):
        judge(title(line), "refuse", words=("twice", line[:5]))


NEWER = {
    "triple quotes": broken("'F m -3 m'", "'''F m -3 m'''"),
    "many lines": title('_x """a\ndata_b\n_cell_length_a 9\n"""'),
    "lists": title("_x [[1 0] [0 1]]\nloop_\n_y.m\n_y.n\n[1 2] 'a ['\n[3\n4] b"),
    "tables": title('_x {\'a\':1 "b":"]}"}'),
}


@pytest.mark.parametrize("case", NEWER)
def test_cif_2(case):
    judge("#\\#CIF_2.0\n" + NEWER[case], "quiet", formula="NaCl", number=225)


DOUBTFUL = {
    "no loop_": broken("loop_\n_atom_site_label", "_atom_site_label"),
    "words below a value": title("_chemical_name_common salt\nNa9 Na 0 0 0.25"),
    "a text field without an end": SALT + "_x\n;\nloop_\n",
    "a row too long": broken("Na1 Na 0 0 0", "Na1 Na 0 0 0 1.0"),
    "a cut loop at the end": SALT + "loop_\n_refln_index_h\n_refln_index_k\n1 2\n3",
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_may_be_another_crystal_is_refused(case):
    judge(DOUBTFUL[case], "refuse")
    assert mended(DOUBTFUL[case], "data_made") is None


def test_the_line_that_breaks_the_syntax_is_named():
    judge(DOUBTFUL["words below a value"], "refuse", words=("Na9 Na 0 0 0.25",))
    judge(DOUBTFUL["no loop_"], "refuse", words=("near",))


def test_time_grows_with_the_text_alone():
    """Reading ends within the limit of these tests."""
    many = "\n".join(f"_x_{n} a b" for n in range(2000))
    judge(title(many), "noted", formula="NaCl", number=225)
    judge(title("_x " + "[" * 20_000), "noted", "quiet", "refuse")
    judge(title("_x " + "'''a" * 5_000), "noted", "quiet", "refuse")


def test_brackets_of_older_files_are_letters():
    """A text field with triple quotes does not make a type symbol such as [6]Al a list."""
    text = title("_x\n;a '''b''' c\n;").replace("Na1 Na", "X1 [6]Na")
    judge(text, "noted", formula="NaCl", number=225)
