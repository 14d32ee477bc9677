"""Space groups in queries: by any symbol or number, and nothing of them is anything else."""

import pytest

from crystext.pipelines.search.wishes import read_wishes
from crystext.pipelines.search.words import tokens

SYMBOLS = {
    "I4/mmm": 139, "C2/c": 15, "P-1": 2, "space group P4/nmm": 129, "F-43m": 216, "Fm-3m": 225,
    "Fm3m": 225, "Fm$\\bar{3}$m": 225, "F m -3 m": 225, "F 4/m -3 2/m": 225, "fm-3m": 225,
    "Pm-3m": 221, "Pm-3m space group": 221, "P6_3/mmc": 194, "P63/mmc": 194, "P 63/m m c": 194,
    "P6(3)/mmc": 194, "R 3 m": 160, "R-3m": 166, "R-3m:H": 166, "P2_1/c": 14,
    "P21/c": 14, "P 1 21/c 1": 14,
    "P21/n": 14, "Cmce": 64, "Cmca": 64, "Pnma": 62, "pnma": 62, "PNMA": 62, "Pbnm": 62,
    "P2_12_12_1": 19, "Fd-3m:2": 227, "Fd-3m (origin choice 2)": 227, "Pa3": 205, "F222": 22,
    "C2": 5, "I4": 79, "P1": 1, "P4": 75, "P1 symmetry": 1, "space group C2": 5,
    "space group Pm": 6, "space group cm": 8, "monoclinic Cm": 8, "Cm (8)": 8, "spacegroup I2": 5,
    "space group P 4": 75, "space group 225": 225, "space group number 225": 225, "SG 225": 225,
    "sg: 62": 62, "#225": 225, "No. 225": 225, "Fm-3m (No. 225)": 225, "space-group no. 1": 1,
}  # fmt: skip


@pytest.mark.parametrize(("words", "number"), SYMBOLS.items())
def test_a_space_group_is_one_fact(words, number):
    other = {"crystal system:monoclinic"} if "monoclinic" in words else set()
    found = read_wishes(words)
    assert set(found.wanted) - other == {f"space group:{number}"}
    assert not set(tokens(found.words)) - {"monoclinic"}
    assert other or set(read_wishes(f"without {words}").unwanted) == {f"space group:{number}"}
    beside = read_wishes(f"layered {words} with oxide")
    assert set(beside.wanted) - other == {
        "dimensionality:2", f"space group:{number}", "element:O"
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        *("Cm", "Pm oxide", "I2", "CO2", "PBCN", "P4 molecules", "edge-sharing P2S6 units", "In"),
        *("An oxide", "a B2 structure", "coordination no. 12", "coordination #12", "#999", "face"),
        *("space group 2-fold", "No. 12-fold", "PbCO3", "Fe-P1", "as a 2D", "I came"),
    ],
)
def test_what_is_no_space_group_is_none(words):
    assert not [one for one in read_wishes(words).wanted if one.startswith("space group")]


@pytest.mark.parametrize(
    ("words", "noted"),
    [
        ("C2", '"C2" is read as space group 5; for the element write "carbon"'),
        ("Cm", '"Cm" is read as curium; for the space group write "space group Cm"'),
        ("space group C2", None),
        ("Pnma", None),
    ],
)
def test_what_could_be_both_is_noted(words, noted):
    assert read_wishes(words).notes == ((noted,) if noted else ())


def test_an_element_that_no_crystal_has_is_the_group(searcher):
    assert "element:Cm" not in searcher.index.facts
    found = searcher.search("Cm", limit=50)
    assert {hit.row["space_group_symbol"] for hit in found} == {"Cm"}
    assert found.notes == ('"Cm" is read as space group 8; for the element write "curium"',)


def test_several_groups_are_listed():
    assert set(read_wishes("space groups 62, 225 and 14").wanted) == {
        *("space group:62", "space group:225", "space group:14")
    }
    assert set(read_wishes("neither F-43m nor Fm-3m").unwanted) == {
        *("space group:216", "space group:225")
    }
    counted = read_wishes("space group 225 and 12-fold coordination").wanted
    assert set(counted) == {"space group:225", "coordination:12"}


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        *(("I4/mmm", "I4/mmm"), ("C2/c", "C2/c"), ("P-1", "P-1"), ("space group 62", "Pnma")),
        *(("space group P4/nmm", "P4/nmm"), ("F-43m sulfide", "F-43m"), ("Pbnm oxide", "Pnma")),
        *(("Fm-3m, layered 2D oxide chains", "Fm-3m"), ("P-1 MoS2", "P-1"), ("C2", "C2")),
    ],
)
def test_crystals_of_the_group_come_first(searcher, query, symbol):
    found = searcher.search(query, limit=20)
    assert {hit.row["space_group_symbol"] for hit in found} == {symbol}


def test_only_crystals_of_the_group_are_left_out(searcher):
    groups = searcher.corpus.table(["space_group_number"])["space_group_number"].to_pylist()
    found = searcher.search("not F-43m", limit=10_000)
    assert found.total == sum(one != 216 for one in groups)
    assert searcher.search("space group 225").total == sum(one == 225 for one in groups)


def test_a_group_that_no_crystal_has_is_said(searcher):
    assert searcher.search("space group 207 oxide").notes == (
        "no crystal here has space group 207",
    )
    assert searcher.search("P432 oxide").notes == ("no crystal here has space group 207 (P432)",)
