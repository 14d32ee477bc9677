"""What holds for every network, on real crystals in float64.

A number does not depend on how a crystal is turned, shifted, ordered or cut into cells, nor on
which crystals share its batch; and quotient graphs give what full graphs give, while training too.

One limit: choice of cell is a law of evaluation. Batch normalisation while training weighs a
crystal by the size of its cell, as published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from pymatgen.core import Lattice, Structure

import crystext
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import quotient
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.crystextnet import CrysTextNet
from crystext.model.networks.matformer import with_lattice_edges
from crystext.model.networks.registry import GRAPH_NETWORKS, build_graph_network

if TYPE_CHECKING:
    from crystext.model.graphs.arrays import GraphArrays
    from crystext.model.networks.base import Network

# In YbSe and CdCl2 (P1) atoms have bonds to images of themselves, in BaS2, Co2B, Fe4C, CdTe none.
CRYSTALS = ["mp-684", "mp-493", "mp-1246", "mp-1492", "mp-286", "mp-632403"]
TEXT = 10

NARROW = {
    "alignn": {
        "alignn_layers": 1,
        "gcn_layers": 1,
        "hidden": 8,
        "embedding": 6,
        "edge_features": 12,
        "angle_features": 8,
    },
    "cgcnn": {"layers": 2, "hidden": 8, "head_hidden": 8},
    "cogn": {"layers": 2, "hidden": 8, "edge_depth": 2, "edge_features": 12},
    "gatgnn": {"layers": 2, "hidden": 8, "heads": 2},
    "matformer": {"layers": 2, "hidden": 8, "heads": 2, "edge_features": 12, "head_hidden": 8},
    "megnet": {"blocks": 2, "dense": (10, 8), "conv": (10, 8), "head_hidden": (8,)},
    "schnet": {"layers": 2, "hidden": 8, "filters": 8, "edge_features": 12},
}


def network(name: str) -> Network:
    """A narrow network; ``NAME-…`` are forms of one, which the laws hold for as well."""
    torch.manual_seed(0)
    if name == "crystextnet":
        return CrysTextNet(TEXT, dropout=0.0).double()
    if name == "crysmmnet":
        return CrysMMNet(
            build_graph_network("alignn", **NARROW["alignn"]), TEXT, dropout=0.0
        ).double()
    base, _, form = name.partition("-")
    extra = {"layernorm": {"norm": "layer"}, "without": {"lattice_edges": False}}.get(form, {})
    return build_graph_network(base, **NARROW[base], **extra).double()


NETWORKS = [*GRAPH_NETWORKS, "alignn-layernorm", "matformer-without", "crystextnet", "crysmmnet"]
of_any_cell = pytest.mark.parametrize("name", [one for one in NETWORKS if one != "matformer"])
of_all = pytest.mark.parametrize("name", NETWORKS)
of_graphs = pytest.mark.parametrize("name", [one for one in NETWORKS if one != "crystextnet"])


def test_every_registered_network_is_held_to_the_laws():
    assert set(NARROW) == set(GRAPH_NETWORKS)


@pytest.fixture(scope="module")
def structures() -> list[Structure]:
    return [one.structure for one in crystext.mini(ids=CRYSTALS)]


@pytest.fixture(scope="module")
def text() -> torch.Tensor:
    return torch.randn(len(CRYSTALS), TEXT, generator=torch.Generator().manual_seed(3)).double()


@pytest.fixture(scope="module")
def graphs(structures) -> GraphArrays:
    return crystal_graphs(structures)


@pytest.fixture(scope="module")
def shaken(structures) -> GraphArrays:
    """Sites moved by some 1e-4 angstrom, so that what a quotient puts together is not equal."""
    rng = np.random.default_rng(0)
    moved = [
        Structure(
            one.lattice,
            one.species,
            one.cart_coords + rng.normal(scale=1e-4, size=(len(one), 3)),
            coords_are_cartesian=True,
        )
        for one in structures
    ]
    return crystal_graphs(moved)


def run(network: Network, arrays: GraphArrays, text: torch.Tensor) -> torch.Tensor:
    batch = GraphTable(arrays, dtype=torch.float64).batch(torch.arange(len(arrays)))
    return network(batch, text)


def settled(name: str, graphs: GraphArrays, text: torch.Tensor) -> tuple[Network, torch.Tensor]:
    """A network in evaluation after two training passes, and what it says of the crystals."""
    found = network(name)
    with torch.no_grad():
        for _ in range(2):
            run(found, graphs, text)
        found.eval()
        return found, run(found, graphs, text)


def same(found: torch.Tensor, expected: torch.Tensor, share: float = 1e-9) -> bool:
    """Whether numbers are equal up to a share of how much crystals differ."""
    spread = expected.std()
    assert spread > 1e-5  # else there is nothing to compare
    return bool((found - expected).abs().max() <= share * spread)


def turned(structure: Structure) -> Structure:
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    lattice = Lattice(structure.lattice.matrix @ turn)
    return Structure(lattice, structure.species, structure.frac_coords)


def mirrored(structure: Structure) -> Structure:
    lattice = Lattice(structure.lattice.matrix * [1.0, 1.0, -1.0])
    return Structure(lattice, structure.species, structure.frac_coords)


def shifted(structure: Structure) -> Structure:
    coords = structure.frac_coords + np.array([0.137, 0.291, -0.713])
    return Structure(structure.lattice, structure.species, coords, to_unit_cell=True)


def reordered(structure: Structure) -> Structure:
    order = np.random.default_rng(2).permutation(len(structure))
    return Structure.from_sites([structure[int(one)] for one in order])


@of_all
@pytest.mark.parametrize("change", [turned, mirrored, shifted, reordered])
def test_frame_and_order_do_not_matter(name, change, structures, graphs, text):
    found, expected = settled(name, graphs, text)
    assert same(run(found, crystal_graphs(map(change, structures)), text), expected)


def in_cells(structures: list[Structure], cell: list[list[int]]) -> GraphArrays:
    return crystal_graphs(one.make_supercell(cell, in_place=False) for one in structures)


BASIS = [[1, 1, 0], [0, 1, 0], [0, -1, 1]]
LARGER = [[1, 1, 0], [0, 2, 0], [0, 0, 1]]


@of_any_cell
def test_choice_of_cell_does_not_matter(name, structures, graphs, text):
    found, expected = settled(name, graphs, text)
    assert same(run(found, in_cells(structures, BASIS), text), expected)
    larger = in_cells(structures, LARGER)
    assert same(run(found, larger, text), expected)
    assert same(run(found, quotient(larger), text), expected)


def test_with_the_peers_doubled_images_choice_of_cell_matters(structures, graphs, text):
    found, _ = settled("cgcnn", graphs, text)
    own = [one for one in structures if len(one) < 4]
    twice = run(found, crystal_graphs(own, doubled_images=True), text)
    larger = (one.make_supercell(LARGER, in_place=False) for one in own)
    assert not same(run(found, crystal_graphs(larger, doubled_images=True), text), twice)


def test_choice_of_cell_matters_to_lattice_edges(structures, graphs, text):
    found, expected = settled("matformer", graphs, text)
    for cell in (BASIS, LARGER):
        assert not same(run(found, in_cells(structures, cell), text), expected, share=1e-3)


@of_all
def test_a_batch_gives_what_its_crystals_give_alone(name, graphs, text):
    found, expected = settled(name, graphs, text)
    alone = [run(found, graphs.take([i]), text[i : i + 1]) for i in range(len(graphs))]
    assert same(torch.cat(alone), expected)
    turned_round = list(range(len(graphs)))[::-1]
    assert same(run(found, graphs.take(turned_round), text[turned_round]), expected.flip(0))


def passed(found: Network, arrays: GraphArrays, text: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Numbers, all gradients, and all running statistics of a training pass."""
    out = run(found, arrays, text)
    (out * torch.linspace(-1.0, 1.0, len(out), dtype=out.dtype)).sum().backward()
    gradients = [one.grad.flatten() for one in found.parameters() if one.grad is not None]
    running = [value for key, value in found.named_buffers() if "running" in key]
    return out.detach(), torch.cat(gradients), torch.cat([*running, torch.ones(1).double()])


def distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@of_graphs
@pytest.mark.parametrize("kind", ["graphs", "shaken"])
def test_quotient_gives_what_the_full_graph_gives(name, kind, text, request):
    arrays = request.getfixturevalue(kind)
    folded = quotient(arrays, tolerance=1e-3)
    assert len(folded.source) < 0.6 * len(arrays.source)
    full = passed(network(name), arrays, text)
    folded = passed(network(name), folded, text)
    for one, other in zip(folded, full, strict=True):
        assert distance(one, other) < (1e-9 if kind == "graphs" else 1e-5)


@of_graphs
@pytest.mark.parametrize("kind", ["graphs", "shaken"])
def test_training_on_quotients_stays_with_training_on_full_graphs(name, kind, text, request):
    arrays = request.getfixturevalue(kind)
    full = trained(network(name), arrays, text)
    folded = trained(network(name), quotient(arrays, tolerance=1e-3), text)
    for one, other in zip(folded, full, strict=True):
        assert distance(one, other) < 1e-4


def trained(
    found: Network, arrays: GraphArrays, text: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses of 20 steps with three crystals each, and all weights after them."""
    table = GraphTable(arrays, dtype=torch.float64)
    generator = torch.Generator().manual_seed(5)
    target = torch.randn(len(arrays), generator=generator).double()
    optimizer = torch.optim.AdamW(found.parameters(), lr=1e-3)
    losses = []
    for _ in range(20):
        chosen = torch.randperm(len(arrays), generator=generator)[:3]
        loss = (found(table.batch(chosen), text[chosen]) - target[chosen]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    assert losses[-1] != losses[0]
    weights = [one.detach().flatten() for one in found.parameters()]
    return torch.stack(losses), torch.cat(weights)


def test_lattice_edges_are_the_lattice_vectors_that_are_no_bonds_yet(structures, graphs):
    rock_salt = in_cells(structures[4:5], [[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    vectors = {(0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)}
    for arrays in [*(graphs.take([i]) for i in range(len(graphs))), rock_salt]:
        batch = GraphTable(arrays, dtype=torch.float64).batch(torch.arange(1))
        edges = with_lattice_edges(batch)
        new = slice(len(batch.source), None)
        assert torch.equal(edges.source[new], edges.target[new])
        own = arrays.source == arrays.target
        for atom in range(len(arrays.element)):
            bonds = {tuple(one) for one in arrays.image[own & (arrays.target == atom)].tolist()}
            lengths = sorted(
                np.linalg.norm(np.array(one) @ arrays.lattice[0]) for one in vectors - bonds
            )
            mine = edges.target[new] == atom
            found = edges.distance[edges.bond[new][mine]]
            np.testing.assert_allclose(sorted(found.tolist()), lengths)
            assert (edges.share[new][mine] == 2).all()


@pytest.mark.parametrize("name", ["megnet", "gatgnn"])
def test_dropout_is_drawn_while_training_only(name, graphs, text):
    torch.manual_seed(0)
    found = build_graph_network(name, **NARROW[name], dropout=0.5).double()
    first, second = run(found, graphs, text), run(found, graphs, text)
    assert not torch.allclose(first, second)
    found.eval()
    assert torch.equal(run(found, graphs, text), run(found, graphs, text))
