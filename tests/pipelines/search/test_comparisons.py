"""Comparisons of properties in queries become conditions, and leave no words."""

import pytest

from crystext.corpus.columns import Property
from crystext.pipelines.search.comparisons import read_comparisons

PROPERTIES = {
    name: Property(name, unit, "")
    for name, unit in (
        *(("band_gap", "eV"), ("bulk_modulus", "GPa"), ("formation_energy_per_atom", "eV/atom")),
        *(("energy_above_hull", "eV/atom"), ("poisson_ratio", ""), ("conductivity", "S/m")),
    )
}


@pytest.mark.parametrize(
    ("query", "condition", "rest"),
    [
        ("band gap above 3 eV", "band_gap > 3", ""),
        ("band gap > 3", "band_gap > 3", ""),
        ("bandgap>=3.5eV", "band_gap >= 3.5", ""),
        ("band_gap under 1", "band_gap < 1", ""),
        ("oxides with gaps over 2 eV", "band_gap > 2", "oxides with"),
        ("band gap that is greater than 3", "band_gap > 3", ""),
        ("band gap of at least 1 eV", "band_gap >= 1", ""),
        ("band gap at most 1 eV", "band_gap <= 1", ""),
        ("band gap less than 1 eV", "band_gap < 1", ""),
        ("band gap not above 3 eV", "band_gap <= 3", ""),
        ("band gap between 2 and 1 eV", "1 <= band_gap <= 2", ""),
        ("band gap in the range 1-2 eV", "1 <= band_gap <= 2", ""),
        ("no band gap above 3", "not (band_gap > 3)", ""),
        ("above 3 eV band gap oxide", "band_gap > 3", "oxide"),
        ("energy above hull below 0.1 eV", "energy_above_hull < 0.1", ""),
        ("formation energy below -2 eV per atom", "formation_energy_per_atom < -2", ""),
        ("Poisson's ratio > 1e-1", "poisson_ratio > 1e-1", ""),
        ("conductivity above 10 S/m", "conductivity > 10", ""),
        ("band gap 1-2 eV", "1 <= band_gap <= 2", ""),
        ("1 to 2 eV gap", "1 <= band_gap <= 2", ""),
        ("band gap over three eV", "band_gap > 3", ""),
        ("band gap > 1 and < 2 eV", "(band_gap > 1) and (band_gap < 2)", ""),
        ("gap below 1 or above 3 eV", "(band_gap < 1) or (band_gap > 3)", ""),
        ("1 eV < band gap <= 2", "(band_gap > 1) and (band_gap <= 2)", ""),
        ("band gap greater than or equal to 3 eV", "band_gap >= 3", ""),
        ("band gap of 3 eV or more", "band_gap >= 3", ""),
        ("band gap: minimum 3 eV; maximum 4 eV", "(band_gap >= 3) and (band_gap <= 4)", ""),
        ("band gap above 500 meV", "band_gap > 0.5", ""),
        ("band gap between 500 and 800 meV", "0.5 <= band_gap <= 0.8", ""),
        ("bulk modulus no more than 50,000 MPa", "bulk_modulus <= 50", ""),
        ("bulk moduli in excess of 1 Mbar", "bulk_modulus > 100", ""),
        ("nitrides with zero band gap", "band_gap == 0", "nitrides with"),
        ("band gap of 1.5 eV", "1.45 <= band_gap <= 1.55", ""),
        ("band gap of about 1.5 eV", "1.35 <= band_gap <= 1.65", ""),
        ("less than 20 meV/atom above the hull", "energy_above_hull < 0.02", ""),
        ("oxides with fewer than 10 sites", "n_sites < 10", "oxides with"),
        ("more than 20 atoms in the unit cell", "n_sites > 20", ""),
    ],
)
def test_a_comparison_is_a_condition(query, condition, rest):
    found = read_comparisons(query, PROPERTIES)
    assert (found.conditions, found.text.strip()) == ([condition], rest)
    assert found.notes[0].endswith(f'is read as --where "{condition}"')


@pytest.mark.parametrize(
    ("query", "noted"),
    [
        ("formation energy above 5 kJ/mol", "formation_energy_per_atom is in eV/atom"),
        ("density above 5", "the corpus has no such number; it has band_gap, bulk_modulus"),
        ("melting point over 1000 K", "the corpus has no such number"),
        ("hardness above 3 N/mm2 tellurides", "the corpus has no such number"),
        ("bonded to at least 4 atoms", None),
        ("gap over 3 Å", "band_gap is in eV"),
        ("band gap", "is a column; ask for it by --where"),
        ("van der Waals gap", None),
        ("van der Waals gap above 3", None),
        ("GaP", None),
        ("12-fold coordination over 3 sites", None),
    ],
)
def test_what_is_no_condition_is_none(query, noted):
    found = read_comparisons(query, PROPERTIES)
    assert not found.conditions
    assert [noted in one for one in found.notes] == ([True] if noted else [])
    assert noted or found.text == query


def test_a_number_in_several_units_is_one(searcher):
    found = [
        searcher.search(words, limit=1000).ids
        for words in (
            *("bulk modulus above 100 GPa", "bulk modulus over 0.1 TPa"),
            *("bulk modulus larger than 100000 MPa", "bulk modulus > 1 Mbar"),
        )
    ]
    assert found[0]
    assert found[1:] == found[:1] * 3


def test_conditions_of_the_query_hold_beside_those_of_where(searcher):
    found = searcher.search("oxides with a band gap above 3 eV", where="n_sites < 8", limit=1000)
    asked = searcher.search("oxides", where="n_sites < 8 and band_gap > 3", limit=1000)
    assert found.ids == asked.ids
    assert all(hit.row["band_gap"] > 3 and not hit.words[1:] for hit in found)
    alone = searcher.search("materials with a band gap above 3 eV")
    assert alone.total == searcher.search(where="band_gap > 3").total
    assert alone.notes == ('"band gap above 3 eV" is read as --where "band_gap > 3"',)
    assert searcher.search("the band gap").total == 0
