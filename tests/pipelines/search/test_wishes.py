"""What a query asks for."""

import pytest

from crystext.pipelines.search.wishes import read_wishes
from crystext.pipelines.search.words import tokens

MINERALS = {"spinel", "perovskite", "rock salt", "zincblende", "copper", "lead oxide", "fluorite"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("layered sulfide", {"dimensionality:2", "element:S"}),
        ("edge-sharing octahedra", {"sharing:octahedra:edge", "shape:octahedra", "sharing:edge"}),
        ("octahedra linked through corners", {"sharing:octahedra:corner"}),
        ("tetrahedra that share edges and corners", {"sharing:tetrahedra:edge"}),
        ("vertex-sharing tetrahedra", {"sharing:tetrahedra:corner"}),
        ("titanium in octahedral coordination", {"element:Ti", "geometry:Ti:octahedral"}),
        ("Ti octahedra", {"shape:Ti:octahedra"}),
        ("TiO6 octahedra", {"shape:TiO6:octahedra"}),
        ("square planar copper", {"geometry:Cu:square co-planar", "element:Cu"}),
        ("six-coordinate titanium", {"coordination:Ti:6"}),
        ("Zr in eight-fold coordination", {"coordination:Zr:8"}),
        ("coordination number 12", {"coordination:12"}),
        ("Ti is bonded to six O atoms", {"neighbours:Ti-O:6"}),
        ("Ti-O bonds", {"bond:O-Ti", "element:Ti", "element:O"}),
        ("Sr-Ti-O", {"system of elements:O-Sr-Ti"}),
        ("SrTiO3", {"formula:O3 Sr1 Ti1", "element:Sr"}),
        ("molybdenum disulfide", {"element:Mo", "element:S"}),
        ("ternary chalcogenide", {"class:ternary", "class:chalcogenide"}),
        ("rare-earth intermetallics", {"class:rare-earth", "class:intermetallic"}),
        ("cubic rock salt", {"crystal system:cubic", "mineral:rock salt"}),
        ("rocksalt", {"mineral:rock salt"}),
        ("zinc blende semiconductors", {"mineral:zincblende"}),
        ("perovskites", {"mineral:perovskite"}),
        ("spinel-type", {"mineral:spinel"}),
        ("copper structured", {"mineral:copper"}),
        ("P6_3/mmc", {"space group:194"}),
        ("P63/mmc", {"space group:194"}),
        ("space group Pnma", {"space group:62"}),
        ("space group number 225", {"space group:225"}),
        ("octahedra that are not tilted", {"octahedra:not tilted"}),
        ("tilted octahedra", {"octahedra:tilted"}),
        ("2D", {"dimensionality:2"}),
        ("TiO₂", {"formula:O2 Ti1"}),
    ],
)
def test_words_are_understood(query, wanted):
    assert wanted <= set(read_wishes(query, MINERALS).wanted)


@pytest.mark.parametrize(
    ("query", "absent"),
    [
        ("zinc blende", "element:Zn"),
        ("lead oxide", "mineral:lead oxide"),
        ("square planar copper", "mineral:copper"),
        ("In the cubic system", "element:In"),
        ("TiO6 octahedra", "formula:O6 Ti1"),
        ("Ti-O bonds", "system of elements:O-Ti"),
        ("carbides with 12-fold coordination", "coordination:C:12"),
        ("body-centered cubic geometry", "crystal system:cubic"),
    ],
)
def test_words_are_not_misunderstood(query, absent):
    assert absent not in read_wishes(query, MINERALS).wanted


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("chalcogenide without lead", "class:chalcogenide", "element:Pb"),
        ("lead-free halide", "class:halide", "element:Pb"),
        ("nitrides, not cubic", "element:N", "crystal system:cubic"),
        ("perovskites containing no oxygen", "mineral:perovskite", "element:O"),
        ("oxide without cobalt or nickel", "element:O", "element:Ni"),
    ],
)
def test_what_is_denied_is_unwanted(query, wanted, unwanted):
    found = read_wishes(query, MINERALS)
    assert wanted in found.wanted
    assert unwanted in found.unwanted
    assert not set(found.wanted) & set(found.unwanted)
    assert "lead" not in tokens(found.text)


@pytest.mark.parametrize("query", ["", "   ", "?!", "(" * 500, "\x00\x1b[2J", "a" * 1900, "É 世界"])
def test_any_text_is_read(query):
    assert read_wishes(query, MINERALS).wanted == {}
