"""Every element of the periodic table is described, or named as one that cannot be."""

from __future__ import annotations

import re
import warnings
from functools import cache

import pytest
from pymatgen.core import Element, Lattice, Structure
from pymatgen.core.molecule_structure_comparator import CovalentRadius

from crystext import Crystal, CrystextError, Describer
from crystext.description.elements import covalent_radius, nonmetals, single_bond_radii, valences
from crystext.errors import UnknownElementDataError

ELEMENTS = [Element.from_Z(z) for z in range(1, 119)]
BEYOND = range(104, 119)


@cache
def describer() -> Describer:
    return Describer()


def rock_salt(one: str, other: str) -> Structure:
    return Structure(
        Lattice.from_parameters(3.7, 3.7, 3.7, 60, 60, 60), [one, other], [[0, 0, 0], [0.5] * 3]
    )


def crystals(symbol: str) -> dict[str, Structure]:
    """Simple crystals in primitive cells."""
    partner = "Cl" if symbol == "O" else "O"
    return {
        "metal": Structure(
            Lattice.from_parameters(3.2, 3.2, 3.2, 60, 60, 60), [symbol], [[0, 0, 0]]
        ),
        "rock salt": rock_salt(symbol, partner),
        "molecules": Structure(
            Lattice.orthorhombic(9, 10, 11), [symbol, "Cl"], [[0, 0, 0], [0, 0, 0.2]]
        ),
    }


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.symbol)
def test_every_element_is_described_or_named(element):
    for name, structure in crystals(element.symbol).items():
        if element.Z in BEYOND:
            with pytest.raises(UnknownElementDataError, match=rf"^{element.symbol} \(element"):
                describer().describe(Crystal(name, structure))
        else:
            found = describer().describe(Crystal(name, structure))
            assert element.symbol in found.text
            assert not re.search(r"\b(nan|none)\b", found.text, re.IGNORECASE)


@pytest.mark.parametrize("species", ["Bk3+", "Cf3+", "Es3+", "Po4+", "Ra2+", "Fr+", "At-"])
def test_ions_of_rare_elements_are_described(species):
    partner = "Cs+" if species == "At-" else "Cl-"
    found = describer().describe(Crystal("ions", rock_salt(species, partner)))
    assert "octahedra" in found.text


def test_an_error_names_the_element_the_crystal_and_the_remedy():
    with pytest.raises(CrystextError) as caught:
        describer().describe(Crystal("seaborgium", rock_salt("Sg", "O")))
    assert caught.value.code == "unknown-element-data"
    assert caught.value.crystal_id == "seaborgium"
    assert "Sg (element 106)" in caught.value.message
    assert "Lr (103)" in caught.value.message


def test_radii_are_those_of_pymatgen_where_it_has_them():
    for element in ELEMENTS[:96]:
        known = CovalentRadius.radius.get(element.symbol)
        assert covalent_radius(element) == float(known or element.atomic_radius)
    assert covalent_radius(Element("Bk")) == 1.68
    assert covalent_radius(Element("Lr")) == 1.61


def test_tables_name_elements_once_and_are_near_other_tables():
    assert list(single_bond_radii()) == [element.symbol for element in ELEMENTS]
    assert nonmetals() | valences().keys() <= single_bond_radii().keys()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in ELEMENTS[:96]:  # other authors, other molecules: up to a fifth apart
            ratio = single_bond_radii()[element.symbol] / covalent_radius(element)
            assert 0.75 < ratio < (1.7 if element.Z in (2, 10) else 1.2), element
            if element.symbol not in ("He", "Ne", "Ar", "Kr", "Xe", "Rn"):
                metal = element.is_metal or element.symbol == "Po"
                assert metal != (element.symbol in nonmetals()), element


def test_bond_valence_parameters_are_those_that_pymatgen_has():
    from pymatgen.core.bond_valence import BV_PARAMS

    theirs = {
        element.symbol: (row["r"], row["c"])
        for element, row in BV_PARAMS.items()
        if element.symbol in valences() and element.name not in ("D", "T")
    }
    ours = {symbol: (row.size, row.softness) for symbol, row in valences().items()}
    assert ours == theirs
