"""The table of molecules: SMILES, graphs, and names beside an independent route."""

from __future__ import annotations

import gzip
import itertools
import random
from functools import cache
from importlib.resources import files

import networkx as nx
import pytest

from crystext.description import build_molecules
from crystext.description.build_molecules import is_closed, is_saturated, usable_name
from crystext.description.databases import read_database
from crystext.description.molecule_graphs import TABLE, MoleculeGraph, known_molecule
from crystext.description.smiles import read_smiles

SAMPLE = 1500


@cache
def database() -> dict[str, dict[str, str]]:
    return read_database("molecule_db.json.gz")


def whole(text: str) -> MoleculeGraph:
    return MoleculeGraph.of_smiles(read_smiles(text))


def bonds(graph: MoleculeGraph) -> list[tuple[int, int]]:
    return [(i, j) for i, near in enumerate(graph.neighbors) for j in near if i < j]


def shuffled(graph: MoleculeGraph, rng: random.Random) -> MoleculeGraph:
    order = list(range(len(graph.elements)))
    rng.shuffle(order)
    elements = [""] * len(order)
    for old, new in enumerate(order):
        elements[new] = graph.elements[old]
    return MoleculeGraph.of(elements, [(order[i], order[j]) for i, j in bonds(graph)])


def as_networkx(graph: MoleculeGraph) -> nx.Graph:
    other = nx.Graph(bonds(graph))
    for i, element in enumerate(graph.elements):
        other.add_node(i, element=element)
    return other


def test_hydrogens_are_atoms():
    assert whole("C(=O)(N)N").formula == "C1H4N2O1"
    assert whole("[SiH4]").formula == "H4Si1"
    assert whole("[C-]#[O+]").formula == "C1O1"
    assert whole("FS(F)(F)(F)(F)F").formula == "F6S1"
    assert sorted(whole("C1=CC=CC=C1").formula) == sorted("C6H6")


@pytest.mark.parametrize("text", ["", "C(", "C)", "C1CC", "c1ccccc1", "C.C", "(C)", "=C", "[13C]"])
def test_what_is_no_whole_molecule_is_refused(text):
    with pytest.raises(ValueError, match="SMILES"):
        read_smiles(text)


def test_a_graph_in_another_order_is_the_same():
    rng = random.Random(0)
    texts = rng.sample([text for text in database() if "." not in text], 200)
    for text in texts:
        graph = whole(text)
        other = shuffled(graph, rng)
        assert other.same_as(graph)
        assert sorted(other.atoms) == sorted(graph.atoms)


def test_sameness_is_that_of_networkx():
    pools = [
        ["CC1CC1CC", "C1CCCCC1", "CC1CCCC1", "C=CCCCC", "CC(C)C=CC", "C1CC1(C)CC", "CCC=CCC"],
        ["C12C3C1C4C2C34", "C12C3C4C1C2C34"],  # prismane-like cages
        ["C1CCC2CCCCC2C1", "C1CCCC1C1CCCC1"],
    ]
    for pool in pools:
        for one, two in itertools.product(map(whole, pool), repeat=2):
            expected = nx.is_isomorphic(
                as_networkx(one), as_networkx(two), lambda a, b: a["element"] == b["element"]
            )
            assert one.same_as(two) == expected


def test_equal_atoms_do_not_make_equal_graphs():
    # three neighbours each, of one kind: a prism, and every atom of one triple to the other triple
    prism = MoleculeGraph.of(
        "C" * 6, [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
    )
    triples = MoleculeGraph.of("C" * 6, [(i, j) for i in (0, 1, 2) for j in (3, 4, 5)])
    assert prism.atoms == triples.atoms
    assert not prism.same_as(triples)
    assert not triples.same_as(prism)
    assert shuffled(prism, random.Random(2)).same_as(prism)


def test_graphs_in_pieces_are_refused():
    pieces = MoleculeGraph.of("HHHH", [(0, 1), (2, 3)])
    with pytest.raises(ValueError, match="in pieces"):
        pieces.same_as(MoleculeGraph.of("HHHH", [(0, 2), (1, 3)]))


@pytest.mark.parametrize(
    ("text", "name", "saturated"),
    [
        ("N#N", "molecular nitrogen", False),
        ("O", "oxidane", True),
        ("S1SSSSSSS1", "octathiocane", True),
        ("O=S(=O)=O", "sulfur trioxide", False),  # a sulfite has its graph
        ("N#[N+][O-]", "nitrous oxide", False),
        ("F[Xe]F", "difluoroxenon", False),
    ],
)
def test_known_molecules(text, name, saturated):
    found = known_molecule(whole(text))
    assert (found.name, found.saturated) == (name, saturated)


@pytest.mark.parametrize(
    "text", ["C", "[HH]", "[SiH4]", "[C](F)F", "[NH4+]", "C(=CS)N", "N(=O)[O]", "Cl[Hg]Cl"]
)
def test_entries_that_say_too_much_have_no_name(text):
    assert text in database() or text == "N(=O)[O]"
    assert known_molecule(whole(text)) is None


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        ("Trideuteriomethane", False),
        ("trichloroiron-59", False),
        ("methyl(triprotio)silane", False),
        ("hypofluorous acid tritio ester", False),
        ("1,3,5-tritellurane", True),
        ("(2S)-1,2-dibromopropane", False),
        ("trichloro-[(E)-3-fluoroallyl]silane", False),
        ("ethanethioic acid S-amino ester", True),
        ("ditriazolo[5,4-b:5',4'-e]pyridazine", True),
        ("prop-2-enyltin", True),
    ],
)
def test_names_that_state_isotopes_or_configuration(name, usable):
    assert usable_name({"name_traditional": name}) == (name.lower() if usable else None)


def test_the_rule_beside_open_babel_and_electrons():
    """A part of the database; the whole of it agrees too, in two minutes."""
    pytest.importorskip("openbabel")
    from tests.upstream import molecule_names as other

    rng = random.Random(1)
    for text in rng.sample([text for text in database() if "." not in text], SAMPLE):
        smiles, entry = read_smiles(text), other.entry(text)
        graph = MoleculeGraph.of_smiles(smiles)
        elements = dict(entry.graph.nodes(data="element")).values()
        assert sorted(graph.elements) == sorted(elements), text
        assert len(bonds(graph)) == entry.graph.number_of_edges(), text
        assert usable_name(database()[text]) == other.plain_name(database()[text])
        assert is_closed(smiles) == entry.closed, text
        if entry.closed:
            assert is_saturated(smiles) == entry.saturated, text


@pytest.mark.slow
def test_file_in_the_package_equals_a_fresh_build():
    stored = (files("crystext") / "data" / TABLE).read_bytes()
    assert gzip.decompress(stored) == build_molecules.build()
