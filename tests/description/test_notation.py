"""Formulas, space groups and species in every style are those of pymatgen and robocrys."""

from __future__ import annotations

import re

import pytest
from pymatgen.core.periodic_table import get_el_sp
from pymatgen.symmetry.groups import SpaceGroup
from pymatgen.util.string import htmlify, latexify, latexify_spacegroup, unicodeify
from robocrys.describe.describer import get_mineral_name
from robocrys.util import get_formatted_el, htmlify_spacegroup, unicodeify_spacegroup

from crystext.choices import STYLES
from crystext.description import notation
from tests.description.condensed_samples import FORMULAS, MINERALS, MOLECULES, SPECIES

SYMBOLS = [SpaceGroup.from_int_number(number).symbol for number in range(1, 231)]


@pytest.mark.parametrize("text", [*FORMULAS, *MOLECULES, "Ba2(YCu3O7)1", "O6", "Al12C3N10"])
def test_formula(text: str) -> None:
    assert notation.formula(text, "raw") == text
    assert notation.formula(text, "latex") == latexify(text)
    assert notation.formula(text, "html") == htmlify(text)
    assert notation.formula(text, "unicode") == unicodeify(text)


def test_formula_with_a_point() -> None:
    assert notation.formula("Fe0.5O", "latex") == latexify("Fe0.5O")
    assert notation.formula("Fe0.5O", "html") == htmlify("Fe0.5O")
    with pytest.raises(ValueError, match=r"Fe0\.5O"):
        notation.formula("Fe0.5O", "unicode")


def over_its_digit(symbol: str) -> str:
    """Upstream writes an overline in front of its digit, where it hits the letter before."""
    return re.sub("(\u0305)([0-9])", r"\2\1", symbol)


def test_space_groups() -> None:
    for symbol in SYMBOLS:
        assert notation.space_group(symbol, "raw") == symbol
        assert notation.space_group(symbol, "latex") == latexify_spacegroup(symbol)
        assert notation.space_group(symbol, "html") == over_its_digit(htmlify_spacegroup(symbol))
        unicode = over_its_digit(unicodeify_spacegroup(symbol))
        assert notation.space_group(symbol, "unicode") == unicode


@pytest.mark.parametrize("style", ["unicode", "html"])
def test_the_overline_stands_over_the_digit(style: str) -> None:
    """A combining character is drawn over the one before it (Unicode 16, section 2.11)."""
    assert notation.space_group("R-3m", style) == "R3\u0305m"
    assert notation.space_group("P-1", style) == "P1\u0305"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", [*SPECIES, "T", "Fe12+", "Fe2.125+", "O-", "Lr"])
def test_species(text: str, style: str) -> None:
    assert notation.species(text, "(1,2)", style) == get_formatted_el(text, "(1,2)", fmt=style)
    assert notation.species(text, "", style) == get_formatted_el(text, "", fmt=style)
    parsed = notation.parse_species(text)
    assert parsed.symbol == get_formatted_el(text, "", use_oxi_state=False)
    assert parsed.order == get_el_sp(text).iupac_ordering


@pytest.mark.parametrize("text", ["Xx", "X2+", ""])
def test_no_species(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        notation.parse_species(text)


@pytest.mark.parametrize("name", [None, *MINERALS])
@pytest.mark.parametrize(("distance", "match"), [(-1, True), (0, True), (0.3, True), (-1, False)])
def test_mineral_name(name: str | None, distance: float, match: bool) -> None:
    mineral = {"type": name, "distance": distance, "n_species_type_match": match}
    assert notation.mineral_name(mineral) == get_mineral_name(mineral)
    assert notation.mineral_name(mineral, "latex") == get_mineral_name(mineral)


def test_latex_in_mineral_names() -> None:
    mineral = {"type": r"Frank-Kasper $\mu$ Phase", "distance": 1, "n_species_type_match": True}
    assert notation.mineral_name(mineral, "html") == "Frank-Kasper μ Phase-like"
    mineral["type"] = r"Lazarevi\'{c}ite"
    assert notation.mineral_name(mineral, "unicode") == "Lazarevićite-like"
