"""What stands on the sides of ``or`` is asked for by itself."""

import pytest

from crystext.pipelines.search.wishes import read_wishes

MINERALS = {"spinel", "perovskite", "rock salt", "zincblende"}


@pytest.mark.parametrize(
    ("query", "ways"),
    [
        ("Li or Na oxides", [{"element:Li", "element:O"}, {"element:Na", "element:O"}]),
        ("oxides of Li, Na or K", [{f"element:{one}", "element:O"} for one in ("Li", "Na", "K")]),
        ("Li or Na or K", [{f"element:{one}"} for one in ("Li", "Na", "K")]),
        ("either perovskites or spinels", [{"mineral:perovskite"}, {"mineral:spinel"}]),
        ("rock salt or zinc blende", [{"mineral:rock salt"}, {"mineral:zincblende"}]),
        (
            "zinc sulfides or selenides",
            [{"element:Zn", "element:S"}, {"element:Zn", "element:Se"}],
        ),
        (
            "zinc oxide or lead sulfide",
            [{"element:Zn", "element:O"}, {"element:Pb", "element:S"}],
        ),
        (
            "cubic perovskites or layered sulfides",
            [{"crystal system:cubic", "mineral:perovskite"}, {"dimensionality:2", "element:S"}],
        ),
        (
            "sulfates or phosphates",
            [{"element:S", "element:O"}, {"element:P", "element:O"}],
        ),
        ("space group 225 or 227", [{"space group:225"}, {"space group:227"}]),
        ("Fm-3m or Pm-3m", [{"space group:225"}, {"space group:221"}]),
        (
            "cubic and tetragonal nitrides",
            [{"crystal system:cubic", "element:N"}, {"crystal system:tetragonal", "element:N"}],
        ),
    ],
)
def test_each_side_is_a_way(query, ways):
    found = read_wishes(query, MINERALS)
    assert [set(one.wanted) for one in found.ways] == ways
    assert any("either of" in one for one in found.notes)


@pytest.mark.parametrize(
    ("query", "ways"),
    [
        (
            "corner- or edge-sharing octahedra",
            ["sharing:octahedra:corner", "sharing:octahedra:edge"],
        ),
        ("tetrahedral or octahedral zinc", ["geometry:Zn:tetrahedral", "geometry:Zn:octahedral"]),
        ("four or six-coordinate zinc", ["coordination:Zn:4", "coordination:Zn:6"]),
    ],
)
def test_each_way_keeps_what_it_is_about(query, ways):
    found = read_wishes(query)
    assert [[term for term in ways if term in one.wanted] for one in found.ways] == [
        [one] for one in ways
    ]


@pytest.mark.parametrize("query", ["zinc and lead oxides", "octahedral Ti and Zn", "oxides"])
def test_and_asks_for_both(query):
    assert read_wishes(query).ways == []


def test_or_beside_what_is_not_understood_is_said():
    (note,) = read_wishes("oxides or somethings").notes
    assert note.startswith('"or" in "oxides or somethings" is not read')


def test_many_ways_are_not_read():
    found = read_wishes(" with ".join(["Li or Na oxides"] * 9))
    assert len(found.ways) == 16
    assert found.notes[-1].startswith('"or" is read in 16 ways at most')


def test_all_rows_of_either_side_come_first(searcher):
    rows = searcher.corpus.table(["id", "elements"]).to_pylist()
    right = {
        one["id"] for one in rows if "O" in one["elements"] and {"Li", "Ba"} & {*one["elements"]}
    }
    found = searcher.search("lithium or barium oxides", limit=10_000)
    assert {hit.id for hit in found if not hit.missed} == right
    assert set(found.ids[: len(right)]) == right


def test_a_comparison_may_be_a_side(searcher):
    found = searcher.search("sulfides or band gap above 3 eV", limit=10_000)
    rows = searcher.corpus.table(["id", "elements", "band_gap"]).to_pylist()
    right = {one["id"] for one in rows if "S" in one["elements"] or (one["band_gap"] or 0) > 3}
    assert set(found.ids[: len(right)]) == right
    either = searcher.search("band gap above 4 eV or bulk modulus above 200 GPa", limit=10_000)
    asked = searcher.search(where="band_gap > 4 or bulk_modulus > 200", limit=10_000)
    assert set(either.ids) == set(asked.ids)
