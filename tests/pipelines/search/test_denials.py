"""What a query does not want, said once or several times."""

import pytest

from crystext.pipelines.search.wishes import read_wishes


@pytest.mark.parametrize(
    ("query", "unwanted"),
    [
        ("not cubic, not tetragonal", {"crystal system:cubic", "crystal system:tetragonal"}),
        ("no lead and no tin", {"element:Pb", "element:Sn"}),
        ("without oxygen and without sulfur", {"element:O", "element:S"}),
        ("perovskite, no oxygen, no fluorine", {"element:O", "element:F"}),
        ("no oxygen or sulfur", {"element:O", "element:S"}),
        ("non-oxide", {"element:O"}),
        ("non-layered sulfide", {"dimensionality:2"}),
        ("space group not 225", {"space group:225"}),
        ("perovskites with no rare earth", {"class:rare-earth"}),
        ("oxides without transition metals", {"class:transition-metal"}),
        ("without alkali metals or alkaline earths", {"class:alkali", "class:alkaline-earth"}),
        ("rare-earth-free oxides", {"class:rare-earth"}),
        ("oxides but not hydroxides", {"element:H & element:O"}),
        ("oxides, not SrTiO3", {"formula:O3 Sr1 Ti1"}),
        ("no oxygen, layered, no halogens", {"element:O", "class:halide"}),
        ("does not contain lead", {"element:Pb"}),
        ("spinels except those with iron", {"element:Fe"}),
        ("neither oxides nor sulfides but with zinc", {"element:O", "element:S"}),
        ("not only cubic", set()),
        ("not space group 225 and not space group 227", {"space group:225", "space group:227"}),
    ],
)
def test_every_denial_is_one(query, unwanted):
    wishes = read_wishes(query)
    assert set(wishes.unwanted) == unwanted
    assert not unwanted & set(wishes.wanted)


@pytest.mark.parametrize(
    ("query", "element"), [("Fe3+ oxide", "Fe"), ("Ti4+", "Ti"), ("Cl-", "Cl")]
)
def test_an_ion_is_an_element_and_no_formula(query, element):
    wanted = read_wishes(query).wanted
    assert f"element:{element}" in wanted
    assert not [term for term in wanted if term.startswith("formula")]


def test_what_is_denied_and_not_understood_is_said(searcher):
    found = searcher.search("oxides without distorted octahedra")
    assert found.notes == (
        "'without distorted octahedra' is not read: no fact is known by that name",
    )
    assert found.ids == searcher.search("oxides").ids


def test_hydroxides_are_left_out_and_other_oxides_are_not(searcher):
    rows = searcher.corpus.table(["id", "elements"]).to_pylist()
    right = {one["id"] for one in rows if "O" in one["elements"] and "H" not in one["elements"]}
    found = searcher.search("oxides but not hydroxides", limit=10_000)
    assert {hit.id for hit in found if not hit.missed} == right
    assert not found.notes
