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
