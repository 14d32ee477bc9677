"""Blocks of a file, and dialects: the newer dictionary, mmCIF, CIF 2, magnetic, modulated CIF."""

from __future__ import annotations

import pytest

from tests.formats.cif_makers import BADDELEYITE, CELL_TAGS, RUTILE, WURTZITE, Made
from tests.formats.kinds.judging import formula_of, judge, outcome

ZIRCONIA = BADDELEYITE.but(formula="O2 Zr", z=4, number=14)
GOOD = {"formula": "ZrO2", "number": 14}
ANY_BUT_WRONG = ("right", "warn", "refuse")

# ------------------------------------------------------------------------------------------- blocks

ZNO = WURTZITE.but(formula="O Zn", z=2)
TIO = RUTILE.but(formula="O2 Ti", z=2)
GLOBAL = "data_global\n_publ_contact_author 'A. Nobody'\n_journal_year 1999\n"
POWDER = "data_powder\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n10.0 5\n10.1 7\n"
CELL_ONLY = "data_cell\n" + "".join(f"{tag} 7.0\n" for tag in CELL_TAGS)
HKL = "data_hkl\nloop_\n_refln_index_h\n_refln_index_k\n_refln_index_l\n0 0 1\n0 0 2\n"


@pytest.mark.parametrize(
    "other", [GLOBAL, POWDER, CELL_ONLY, HKL, "data_empty\n", "data_I\n_x ?\n"]
)
def test_blocks_without_structure(other):
    judge(other + ZIRCONIA.text(), "right", **GOOD)
    judge(ZIRCONIA.text() + other, "right", **GOOD)
    judge(other + ZIRCONIA.text() + GLOBAL.replace("data_global", "data_again"), "right", **GOOD)
    judge(other, "refuse")


@pytest.mark.parametrize("value", ["?", "."])
def test_a_block_of_unknowns_beside_a_structure(value):
    """A template that nobody filled in."""
    empty = ZIRCONIA.but(
        cell=(value,) * 6, atoms=(f"{value} {value} {value} {value} {value}",), operations=None,
        symbol=value, formula=value, z=value, number=value,
    ).text().replace("data_made", "data_template")  # fmt: skip
    judge(empty, "refuse")
    judge(empty + ZIRCONIA.text(), *ANY_BUT_WRONG, **GOOD)


def test_several_structures():
    text = "".join(
        made.text().replace("data_made", f"data_{name}")
        for name, made in (("one", ZIRCONIA), ("two", ZNO), ("three", TIO))
    )
    for between in (text, GLOBAL + text, text + POWDER):
        found = outcome(between)
        assert [formula_of(one) for one in found.crystals] == ["ZrO2", "ZnO", "TiO2"], found.words
        assert len({one.id for one in found.crystals}) == 3
    again = text.replace("data_two", "data_one")
    found = outcome(again)
    assert found.error or [formula_of(one) for one in found.crystals] == ["ZrO2", "ZnO", "TiO2"]


def test_atoms_and_cell_in_different_blocks():
    text = ZIRCONIA.text()
    cut = text.index("loop_\n_atom_site")
    judge(f"{text[:cut]}data_atoms\n{text[cut:]}", "refuse")


def test_save_frames():
    frame = "save_item\n_name _cell_length_a\n_cell_length_a 99\nsave_\n"
    judge(ZIRCONIA.text() + frame, *ANY_BUT_WRONG, **GOOD)
    judge(f"data_dictionary\n{frame}", "refuse")


# ----------------------------------------------------------------------------------------- dialects


def test_dotted_names_of_the_newer_dictionary():
    text = ZIRCONIA.text()
    for old, new in (
        ("_atom_site_", "_atom_site."),
        ("_cell_", "_cell."),
        ("_symmetry_equiv_pos_as_xyz", "_space_group_symop.operation_xyz"),
        ("_symmetry_space_group_name_H-M", "_space_group.name_H-M_alt"),
        ("_symmetry_Int_Tables_number", "_space_group.IT_number"),
        ("_chemical_formula_", "_chemical_formula."),
    ):
        text = text.replace(old, new)
    judge(text, "right", "refuse", words=("_atom_site.",), **GOOD)
    judge("#\\#CIF_2.0\n" + text, "right", "refuse", **GOOD)


MACROMOLECULE = """data_1ABC
_entry.id 1ABC
_cell.length_a 30.0
_cell.length_b 40.0
_cell.length_c 50.0
_cell.angle_alpha 90.00
_cell.angle_beta 90.00
_cell.angle_gamma 90.00
_symmetry.space_group_name_H-M 'P 21 21 21'
loop_
_atom_site.group_PDB
_atom_site.id
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_comp_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.occupancy
ATOM 1 N N ALA 10.0 11.0 12.0 1.00
ATOM 2 C CA ALA 11.4 11.0 12.0 1.00
ATOM 3 C C ALA 12.0 12.4 12.0 1.00
"""


@pytest.mark.parametrize(
    "end", ["", "loop_\n_atom_site_anisotrop.id\n_atom_site_anisotrop.U[1][1]\n1 0.1\n"]
)
def test_macromolecules_are_refused_by_name(end):
    judge(MACROMOLECULE + end, "refuse", words=("mmCIF",))
    judge(MACROMOLECULE.replace("_entry.id 1ABC\n", "") + end, "refuse", words=("mmCIF",))


CIF_2 = [
    "_publ_text '''three\nquotes'''\n", '_publ_text """three\nquotes"""\n', "_list.item [1 2 3]\n",
    "_table.item {'a':1 'b':2}\n", "_nested.item [[1 2] [3 4]]\n",
]  # fmt: skip


@pytest.mark.parametrize("item", CIF_2)
def test_the_second_version(item):
    judge("#\\#CIF_2.0\n" + ZIRCONIA.text(), "right", **GOOD)
    judge("#\\#CIF_2.0\n" + ZIRCONIA.text() + item, *ANY_BUT_WRONG, **GOOD)


MAGNETIC = {
    "antiferromagnet": (
        "loop_\n_space_group_symop_magn_operation.id\n_space_group_symop_magn_operation.xyz\n"
        "1 x,y,z,+1\n2 -x,-y,-z,+1\n"
        "loop_\n_space_group_symop_magn_centering.id\n_space_group_symop_magn_centering.xyz\n"
        "1 x,y,z,+1\n2 x,y,z+1/2,-1\n"
    ),
    "no centring": (
        "loop_\n_space_group_symop_magn_operation.id\n_space_group_symop_magn_operation.xyz\n"
        "1 x,y,z,+1\n2 -x,-y,-z,+1\n3 x,y,z+1/2,-1\n4 -x,-y,-z+1/2,-1\n"
    ),
    "names with underscores": (
        "loop_\n_space_group_symop.magn_id\n_space_group_symop.magn_operation_xyz\n"
        "1 x,y,z,+1\n2 -x,-y,-z,+1\n"
        "loop_\n_space_group_symop.magn_centering_id\n_space_group_symop.magn_centering_xyz\n"
        "1 x,y,z,+1\n2 x,y,z+1/2,-1\n"
    ),
}


@pytest.mark.parametrize("way", MAGNETIC)
def test_magnetic_structures_give_the_nuclear_cell(way):
    """MnO's neighbour CsCl with the cell doubled along c; the moments change sign there."""
    made = Made((4.12, 4.12, 8.24, 90, 90, 90), ("Mn1 Mn 0 0 0", "S1 S 0.5 0.5 0.25"))
    text = made.text(extra=(
        f"_space_group_magn.number_BNS 2.7\n_space_group_magn.name_BNS 'P_S-1'\n{MAGNETIC[way]}"
        "loop_\n_atom_site_moment.label\n_atom_site_moment.crystalaxis_x\n"
        "_atom_site_moment.crystalaxis_y\n_atom_site_moment.crystalaxis_z\nMn1 0 0 3.9\n"
    ))  # fmt: skip
    odd = ["refuse"] if "underscores" in way else []
    found = judge(text, "noted", *odd, formula="MnS", number=221)
    assert found.error or len(found.crystals[0].structure) == 4


MODULATED = [
    "_cell_modulation_dimension 1\n",
    "_cell_modulation_dimension 1.0\n",
    "_cell_modulation_dimension +2\n",
    "loop_\n_cell_wave_vector_seq_id\n_cell_wave_vector_x\n1 0.31\n",
    "loop_\n_atom_site_Fourier_wave_vector_seq_id\n_atom_site_Fourier_wave_vector_x\n1 0.31\n",
    "_space_group_ssg_name 'C2/m(a0g)0s'\n",
    "loop_\n_space_group_symop_ssg_id\n_space_group_symop_ssg_operation_algebraic\n1 x1,x2,x3,x4\n",
    "loop_\n_space_group_symop_ssg_operation_algebraic\nx1,x2,x3,x4\n-x1,-x2,-x3,-x4\n",
    "loop_\n_space_group_symop_magn_ssg_operation.algebraic\nx1,x2,x3,x4,+1\n",
    "_cell.modulation_dimension 1\n_space_group.ssg_name 'C2/m(a0g)0s'\n",
    "_cell_subsystems_number 2\n_cell_modulation_dimension 1\n",
]


@pytest.mark.parametrize("words", MODULATED)
@pytest.mark.parametrize(
    "made", [ZIRCONIA, ZIRCONIA.but(operations=None), ZIRCONIA.but(operations=None, symbol=None)]
)
def test_modulated_structures_are_refused_by_name(words, made):
    judge(made.but(extra=words), "refuse", words=("modulated",))


def test_unmodulated_with_the_word():
    judge(ZIRCONIA.but(extra="_cell_modulation_dimension 0\n"), "right", **GOOD)
    judge(ZIRCONIA.but(extra="_space_group_ssg_name ?\n"), "right", **GOOD)
