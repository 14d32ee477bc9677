"""OPTIMADE: entries, responses and lines; shares, groups and attached atoms; what must agree."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.optimade import OptimadeStructureAdapter

from crystext.formats.objects import structure_from
from crystext.validation import check_with_notes
from tests.formats.same import assert_same, read_all, read_one
from tests.reading_samples import refused

SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)


def species(name, symbols=None, shares=None, **more):
    symbols = symbols or [name]
    concentration = shares or [1.0] * len(symbols)
    return {"name": name, "chemical_symbols": symbols, "concentration": concentration, **more}


def entry(**changes):
    attributes = {
        "elements": ["Cl", "Cs"],
        "nelements": 2,
        "elements_ratios": [0.5, 0.5],
        "chemical_formula_reduced": "ClCs",
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "lattice_vectors": [[4.1, 0, 0], [0, 4.1, 0], [0, 0, 4.1]],
        "cartesian_site_positions": [[0, 0, 0], [2.05, 2.05, 2.05]],
        "nsites": 2,
        "species_at_sites": ["Cs", "Cl"],
        "species": [species("Cs"), species("Cl")],
        "assemblies": None,
        "structure_features": [],
    }
    attributes |= changes
    attributes = {key: value for key, value in attributes.items() if value != "left out"}
    return {"type": "structures", "id": "db-1", "attributes": attributes}


def loose(**changes):
    """An entry that states nothing twice."""
    twice = ["elements", "nelements", "elements_ratios", "chemical_formula_reduced", "nsites"]
    return entry(**dict.fromkeys(twice, "left out") | changes)


def read(data):
    return read_one(json.dumps(data), "json")


def ids(text):
    from crystext.formats import registry

    return [part.own_id for part in registry.split(text, "json")]


def test_an_entry_as_pymatgen_makes_and_reads_it():
    made = OptimadeStructureAdapter.get_optimade_structure(SALT)
    for data in (made, made["attributes"], {"type": "structures", "id": "a", **made}):
        found = read(data)
        assert found.notes == ()
        assert_same(found.structure, SALT)
        assert_same(structure_from(data)[0], SALT)
    assert_same(read(entry()).structure, OptimadeStructureAdapter.get_structure(entry()))


def test_responses_lists_and_lines():
    other = entry() | {"id": "db-2"}
    info = {"type": "info", "id": "structures", "properties": {}}
    meta = {"meta": {"data_returned": 2, "more_data_available": False}, "links": {"next": None}}
    assert ids(json.dumps(entry())) == ["db-1"]
    assert ids(json.dumps({"data": entry(), **meta})) == ["db-1"]
    assert ids(json.dumps({"data": [entry(), other], "included": [], **meta})) == ["db-1", "db-2"]
    assert ids(json.dumps([entry(), other])) == ["db-1", "db-2"]
    head = {"x-optimade": {"api_version": "1.2.0"}}
    lines = "\n".join(json.dumps(one) for one in (head, info, entry(), other))
    assert ids(lines) == ["db-1", "db-2"]
    assert len(read_all(lines, "json")) == 2


def test_names_of_species_are_no_elements():
    data = entry(
        species=[species("first", ["Cs"]), species("Cs", ["Cl"])], species_at_sites=["first", "Cs"]
    )
    found = read(data).structure
    assert [one.specie.symbol for one in found] == ["Cs", "Cl"]
    assert read(entry(species=None)).structure == found


def test_shares_and_vacancies():
    mixed = species("A", ["Cs", "Rb"], [0.75, 0.25])
    thin = species("B", ["Cl", "vacancy"], [0.9, 0.1])
    data = loose(species=[mixed, thin], species_at_sites=["A", "B"])
    found = read(data)
    assert found.structure[0].species.as_dict() == {"Cs": 0.75, "Rb": 0.25}
    assert found.structure[1].species.as_dict() == {"Cl": 0.9}
    words = ["Cs0.75/Rb0.25 at site 1"]
    refused("partial-occupancy", *words, call=lambda: check_with_notes(found.structure))
    empty = loose(
        species=[species("A", ["vacancy"], [1.0]), species("Cl")], species_at_sites=["A", "Cl"]
    )
    assert len(read(empty).structure) == 1
    assert read(empty).notes == ("vacant sites left out: 1",)


def test_attached_atoms_are_noted_and_counted():
    hydroxyl = species("OH", ["O"], attached=["H"], nattached=[1])
    data = entry(
        species=[species("Cs"), hydroxyl], species_at_sites=["Cs", "OH"],
        structure_features=["site_attachments"], elements=["Cs", "H", "O"], nelements=3,
        chemical_formula_reduced="CsHO",
    )  # fmt: skip
    assert read(data).notes == ("1 hydrogen is attached without positions",)
    hydroxyl |= {"attached": ["H", "C"], "nattached": [3, 1]}
    data = loose(species=[species("Cs"), hydroxyl], species_at_sites=["OH", "OH"])
    assert read(data).notes == (
        "6 hydrogens are attached without positions",
        "2 C atoms are attached without positions",
    )


def test_attached_atoms_are_there_as_often_as_their_group():
    hydroxyl = species("OH", ["O"], attached=["H"], nattached=[1])
    data = entry(
        species=[species("Cs"), species("Cl"), hydroxyl], nsites=3, nelements=4,
        cartesian_site_positions=[[0, 0, 0], [2.05, 2.05, 2.05], [2.05, 2.05, 2.05]],
        species_at_sites=["Cs", "Cl", "OH"], elements=["Cl", "Cs", "H", "O"],
        assemblies=[{"sites_in_groups": [[1], [2]], "group_probabilities": [0.75, 0.25]}],
        structure_features=["assemblies", "disorder", "site_attachments"],
        chemical_formula_reduced="Cl3Cs4HO",
    )  # fmt: skip
    assert read(data).notes == ("0.25 hydrogens are attached without positions",)
    data["attributes"]["assemblies"][0]["group_probabilities"] = [1, 0]
    far = "chemical_formula_reduced is Cl3Cs4HO"
    refused("contradiction", "elements", "'Cs'", call=lambda: read(data))
    data["attributes"] |= {"elements": ["Cl", "Cs"], "nelements": 2}
    refused("contradiction", far, call=lambda: read(data))
    data["attributes"]["chemical_formula_reduced"] = "ClCs"
    assert read(data).notes == ("vacant sites left out: 1",)


def test_attached_atoms_that_are_listed_apart_add_up():
    hydroxyl = species("OH", ["O"], attached=["H", "H"], nattached=[1, 1])
    data = loose(species=[species("Cs"), hydroxyl], species_at_sites=["Cs", "OH"])
    assert read(data).notes == ("2 hydrogens are attached without positions",)


@pytest.mark.parametrize("count", [0.5, -1, 1e400, "1"])
def test_a_number_of_attached_atoms_that_counts_nothing_is_refused(count):
    odd = species("OH", ["O"], attached=["H"], nattached=[count])
    data = loose(species=[species("Cs"), odd], species_at_sites=["Cs", "OH"])
    refused("bad-json", "attached", call=lambda: read(data))


def test_implied_atoms_are_noted():
    data = entry(
        structure_features=["implicit_atoms", "aperiodic"], elements=["Cl", "Cs", "H"],
        nelements=3, chemical_formula_reduced="ClCsH2",
    )  # fmt: skip
    notes = " | ".join(read(data).notes)
    assert "atoms without sites are implied" in notes
    assert "'aperiodic' is not read" in notes
    assert "chemical_formula_reduced is ClCsH2" in notes


def test_assemblies_are_disorder_groups():
    data = loose(
        cartesian_site_positions=[[0, 0, 0], [2, 2, 2], [2.3, 2, 2], [1, 0, 0]],
        species_at_sites=["Cs", "Cl", "Cl", "Cs"],
        assemblies=[
            {"sites_in_groups": [[1], [2]], "group_probabilities": [0.7, 0.3]},
            {"sites_in_groups": [[3]], "group_probabilities": [0.25]},
        ],
        structure_features=["assemblies", "disorder"],
    )
    found = read(data).structure
    assert [site.species.num_atoms for site in found] == pytest.approx([1, 0.7, 0.3, 0.25])
    assert found.site_properties["disorder_assembly"] == ["", "1", "1", "2"]
    assert found.site_properties["disorder_group"] == ["", "1", "2", "1"]


@pytest.mark.parametrize(
    ("types", "count", "words"), [([1, 1, 0], 2, "yes, yes, no"), ([0, 0, 0], 0, "no, no, no")]
)
def test_directions_without_periodicity_are_noted(types, count, words):
    (note,) = read(entry(dimension_types=types, nperiodic_dimensions=count)).notes
    assert words in note


def test_disordered_formulas_may_be_rounded():
    mixed = species("A", ["Cs", "Rb"], [0.66, 0.34])
    data = entry(
        species=[mixed, species("Cl")], species_at_sites=["A", "Cl"], elements=["Cl", "Cs", "Rb"],
        nelements=3, chemical_formula_reduced="Cl3Cs2Rb",
    )  # fmt: skip
    assert read(data).notes == ()
    far = deepcopy(data)
    far["attributes"]["chemical_formula_reduced"] = "Cl2CsRb"
    assert "chemical_formula_reduced is Cl2CsRb" in read(far).notes[0]


BAD = {
    "null lattice": (
        entry(lattice_vectors=[[4, 0, 0], [0, 4, 0], [None] * 3], dimension_types=[1, 1, 0]),
        "zero-volume",
        ["lattice_vectors", "None"],
    ),
    "no lattice": (entry(lattice_vectors=None), "zero-volume", ["lattice_vectors", "None"]),
    "flat": (entry(lattice_vectors=[[4, 0, 0]] * 3), "zero-volume", ["no volume"]),
    "no positions": (
        entry(cartesian_site_positions="left out"),
        "bad-json",
        ["cartesian_site_positions", "full structure"],
    ),
    "null position": (
        entry(cartesian_site_positions=[[0, 0, 0], [1, 1, None]]),
        "bad-json",
        ["[1, 1, None]", "three numbers"],
    ),
    "no sites": (entry(cartesian_site_positions=[]), "no-atoms", ["no sites"]),
    "nan": (
        entry(cartesian_site_positions=[[0, 0, 0], [1, 1, float("nan")]]),
        "not-finite",
        ["site 2"],
    ),
    "fewer species": (entry(species_at_sites=["Cs"]), "contradiction", ["2 positions, 1 species"]),
    "nsites": (entry(nsites=3), "contradiction", ["nsites = 3"]),
    "elements": (entry(elements=["Br", "Cs"]), "contradiction", ["elements", "'Br'", "'Cl'"]),
    "nelements": (entry(nelements=3), "contradiction", ["nelements is 3", "have 2"]),
    "formula": (
        entry(chemical_formula_reduced="Cl2Cs"),
        "contradiction",
        ["chemical_formula_reduced is Cl2Cs", "Cl1 Cs1"],
    ),
    "dimensions": (entry(nperiodic_dimensions=2), "contradiction", ["[1, 1, 1]", "2"]),
    "dimension types": (entry(dimension_types=[1, 1]), "bad-json", ["dimension_types"]),
    "unknown species": (
        loose(species=[species("Cs", ["X"]), species("Cl")]),
        "unknown-species",
        ["'X'"],
    ),
    "no element": (
        loose(species=[species("Cs", ["Qq"]), species("Cl")]),
        "unknown-species",
        ["'Qq'"],
    ),
    "no list of species": (
        loose(species=None, species_at_sites=["Cs1", "Cl"]),
        "unknown-species",
        ["Cs1"],
    ),
    "species not listed": (loose(species=[species("Cs")]), "bad-json", ["'Cl'", "not listed"]),
    "species twice": (
        loose(species=[species("Cs"), species("Cl"), species("Cl", ["Br"])]),
        "contradiction",
        ["'Cl'", "twice"],
    ),
    "shares over 1": (
        loose(species=[species("Cs", ["Cs", "Rb"], [0.7, 0.7]), species("Cl")]),
        "contradiction",
        ["add up to 1"],
    ),
    "a share that is no number": (
        loose(species=[species("Cs", ["Cs", "Rb"], [0.5, float("nan")]), species("Cl")]),
        "contradiction",
        ["nan", "add up to 1"],
    ),
    "fewer shares": (
        loose(species=[species("Cs", ["Cs", "Rb"], [1.0]), species("Cl")]),
        "bad-json",
        ["as many of each"],
    ),
    "vacancies alone": (
        loose(species=[species("Cs", ["vacancy"]), species("Cl", ["vacancy"])]),
        "no-atoms",
        ["vacancies alone"],
    ),
    "probabilities over 1": (
        loose(assemblies=[{"sites_in_groups": [[0], [1]], "group_probabilities": [0.7, 0.7]}]),
        "contradiction",
        ["assembly 1", "add up to 1"],
    ),
    "a probability that is no number": (
        loose(assemblies=[{"sites_in_groups": [[0]], "group_probabilities": [float("nan")]}]),
        "contradiction",
        ["assembly 1", "nan"],
    ),
    "site in two groups": (
        loose(assemblies=[{"sites_in_groups": [[0], [0]], "group_probabilities": [0.5, 0.5]}]),
        "contradiction",
        ["site 0", "two groups"],
    ),
    "no such site": (
        loose(assemblies=[{"sites_in_groups": [[2]], "group_probabilities": [0.5]}]),
        "bad-json",
        ["site 2 of 2"],
    ),
    "assembly of no shape": (loose(assemblies=[{"sites": 1}]), "bad-json", ["sites_in_groups"]),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions(case):
    data, code, words = BAD[case]
    refused(code, *words, call=lambda: check_with_notes(read(data).structure))


def test_a_response_without_structures_is_refused():
    empty = {"data": [], "meta": {"data_returned": 0}}
    refused("bad-json", "'data, meta'", call=lambda: read(empty))
