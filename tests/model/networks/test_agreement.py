"""Each network beside the code of its authors: same weights, same graph, same numbers.

The arrays in ``tests/model/reference`` come from that code; its README says from which. Compared
are outputs while training and in evaluation, the loss, the norm of every weight's gradient, and the
running statistics, all in float64.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import crystext
from crystext.model.graphs.batch import GraphBatch, GraphTable
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.networks.crysmmnet import CrysMMNet
from crystext.model.networks.elements import HIGHEST, atom_features, element_properties
from crystext.model.networks.registry import build_graph_network

REFERENCE = Path(__file__).parents[1] / "reference"
TARGET = torch.tensor([0.5, -0.25], dtype=torch.float64)
CLOSE = {"rtol": 1e-8, "atol": 1e-9}

# Their names of weights, where ours differ.
_ALIGNN = [
    (r"^(\w+_embedding(\.\d)?)\.layer\.0\.", r"\1.linear."),
    (r"^(\w+_embedding(\.\d)?)\.layer\.1\.", r"\1.norm."),
    (r"^(\w+_embedding)\.1\.", r"\1.first."),
    (r"^(\w+_embedding)\.2\.", r"\1.second."),
]
_NAMES = {
    "alignn": [*_ALIGNN, (r"^fc\.", "head.")],
    "crysmmnet": [
        *_ALIGNN,
        (r"^(?!fc|graph_projection|text_projection)", "graph_network."),
        (r"^fc1\.", "head.0."),
        (r"^fc\.", "head.2."),
    ],
    "cgcnn": [
        (r"^conv_to_fc\.", "head.1."),
        (r"^fcs\.0\.", "head.3."),
        (r"^fc_out\.", "head.5."),
    ],
    "cogn": [],
    "schnet": [(r"\.conv\.", "."), (r"^lin2\.", "head.")],
    "megnet": [
        (r"^embedding\.layer_node_embedding\.", "embedding."),
        (r"^(edge|node|state)_encoder\.layers\.", r"\1_encoder."),
        (r"^(blocks\.\d)\.edge_func\.layers\.", r"\1.dense.0."),
        (r"^(blocks\.\d)\.node_func\.layers\.", r"\1.dense.1."),
        (r"^(blocks\.\d)\.state_func\.layers\.", r"\1.dense.2."),
        (r"\.conv\.(edge|node|state)_func\.layers\.0\.", r".\1_update.first."),
        (r"\.conv\.(edge|node|state)_func\.layers\.2\.", r".\1_update.rest.1."),
        (r"\.conv\.(edge|node|state)_func\.layers\.4\.", r".\1_update.rest.3."),
        (r"^(edge|node)_s2s\.", r"\1_readout."),
        (r"^output_proj\.layers\.0\.", "head.1."),
        (r"^output_proj\.layers\.2\.", "head.3."),
        (r"^output_proj\.layers\.4\.", "head.5."),
    ],
    "gatgnn": [(r"^linear1\.", "head.0."), (r"^linear2\.", "head.2."), (r"^out\.", "head.4.")],
    "matformer": [(r"^fc\.0\.", "head.0."), (r"^fc_out\.", "head.2.")],
}
_NARROW_ALIGNN = {"edge_features": 20, "angle_features": 10, "embedding": 12}


def ours(network: str, name: str) -> str:
    for pattern, replacement in _NAMES[network]:
        name = re.sub(pattern, replacement, name)
    return name


def loaded(file: str) -> dict[str, np.ndarray]:
    with np.load(REFERENCE / f"{file}.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


def part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }


@pytest.fixture(scope="module")
def graph() -> GraphBatch:
    arrays = {name: torch.from_numpy(value) for name, value in loaded("graphs").items()}
    real = {name: arrays[name].double() for name in ("lattice", "distance", "cosine")}
    whole = ("crystal", "element", "source", "target", "angle_source", "angle_target")
    ones = {
        "atom_count": len(arrays["element"]),
        **dict.fromkeys(("bond_count", "bond_share"), len(arrays["source"])),
        **dict.fromkeys(("angle_count", "angle_share"), len(arrays["cosine"])),
    }
    return GraphBatch(
        n_crystals=2,
        **real,
        **{name: arrays[name].long() for name in whole},
        **{name: torch.ones(n, dtype=torch.float64) for name, n in ones.items()},
    )


def with_weights(network: torch.nn.Module, name: str, weights: dict[str, np.ndarray]) -> None:
    """Loads their weights; those that the file lacks are never read, in theirs and in ours."""
    found = {ours(name, key): torch.from_numpy(value) for key, value in weights.items()}
    known = dict(network.named_parameters())
    assert found.keys() <= known.keys()
    for key, weight in known.items():
        with torch.no_grad():
            weight.copy_(found[key]) if key in found else weight.fill_(torch.nan)


def check(name: str, network: torch.nn.Module, run, arrays: dict[str, np.ndarray], loss_on: str):
    """Training pass, gradients, running statistics, evaluation."""
    network.train()
    results = run(network)
    out = results[loss_on]
    loss = ((out if out.dim() == 1 else out.sum(dim=1)) - TARGET).square().sum()
    loss.backward()
    np.testing.assert_allclose(loss.item(), arrays["train/loss"], **CLOSE)
    for key, value in results.items():
        np.testing.assert_allclose(value.detach(), arrays[f"train/{key}"], **CLOSE)

    gradients = {
        key: weight.grad.norm().item()
        for key, weight in network.named_parameters()
        if weight.grad is not None
    }
    theirs = {ours(name, key): value for key, value in part(arrays, "gradient/").items()}
    assert gradients.keys() == theirs.keys()
    largest = max(theirs.values())
    for key, value in theirs.items():
        assert gradients[key] == pytest.approx(value, rel=1e-7, abs=1e-9 * largest), key

    buffers = dict(network.named_buffers())
    after = {ours(name, key): value for key, value in part(arrays, "after/").items()}
    for key, value in after.items():
        # of a norm that nobody reads we keep no statistics
        if key.rpartition(".")[0] + ".weight" in gradients:
            np.testing.assert_allclose(buffers[key], value, **CLOSE)

    network.eval()
    with torch.no_grad():
        results = run(network)
    for key, value in results.items():
        np.testing.assert_allclose(value, arrays[f"eval/{key}"], **CLOSE)


def output(graph: GraphBatch):
    return lambda network: {"output": network(graph)}


def test_graph_of_the_references_is_the_one_built_today(graph):
    crystals = crystext.mini(ids=["mp-632403", "mp-27418"])
    table = GraphTable(
        crystal_graphs((one.structure for one in crystals), doubled_images=True),
        dtype=torch.float64,
    )
    built = table.batch(torch.arange(2))
    for name in ("crystal", "element", "source", "target", "angle_source", "angle_target"):
        assert torch.equal(getattr(built, name), getattr(graph, name)), name
    for name in ("lattice", "distance", "cosine", "bond_share"):
        torch.testing.assert_close(getattr(built, name), getattr(graph, name))


def test_features_are_those_that_the_references_read(graph):
    features = loaded("graphs")["features"]
    assert np.array_equal(atom_features()[graph.element.numpy()], features)


def test_alignn_with_layer_norm_agrees_with_alignn(graph):
    arrays = loaded("alignn_layer")
    network = build_graph_network(
        "alignn", norm="layer", alignn_layers=2, gcn_layers=2, hidden=16, **_NARROW_ALIGNN
    ).double()
    with_weights(network, "alignn", part(arrays, "weight/"))
    check("alignn", network, output(graph), arrays, "output")


def test_alignn_with_batch_norm_agrees_with_the_published_crysmmnet(graph):
    arrays = loaded("alignn_batch")
    network = build_graph_network(
        "alignn", alignn_layers=2, gcn_layers=2, hidden=16, **_NARROW_ALIGNN
    ).double()
    network.head = torch.nn.Identity()
    weights = part(arrays, "weight/")
    with_weights(network, "alignn", weights)
    check("alignn", network, lambda one: {"embedding": one.embed(graph)}, arrays, "embedding")


def test_crysmmnet_agrees_with_the_published_crysmmnet(graph):
    arrays = loaded("crysmmnet")
    alignn = build_graph_network(
        "alignn", alignn_layers=1, gcn_layers=1, hidden=8, **_NARROW_ALIGNN
    )
    network = CrysMMNet(alignn, text_width=24, form="reference", dropout=0.0).double()
    with_weights(network, "crysmmnet", part(arrays, "weight/"))
    text = torch.from_numpy(arrays["text"])

    def run(one):
        return {"output": one(graph, text)}

    check("crysmmnet", network, run, arrays, "output")


def test_cgcnn_agrees_with_the_authors(graph):
    arrays = loaded("cgcnn")
    network = build_graph_network("cgcnn", hidden=12, head_hidden=20, head_layers=2).double()
    with_weights(network, "cgcnn", part(arrays, "weight/"))
    check("cgcnn", network, output(graph), arrays, "output")


def test_cogn_agrees_with_the_authors(graph):
    arrays = loaded("cogn")
    network = build_graph_network("cogn", layers=2, hidden=8, edge_depth=3, node_depth=2).double()
    name = "atom_embedding.vectors.weight"
    rows = part(arrays, "weight/") | {name: arrays[f"weight/{name}"][:HIGHEST]}
    with_weights(network, "cogn", with_rows(rows, name, np.arange(1, HIGHEST + 1)))
    check("cogn", network, output(graph), arrays, "output")


def test_properties_of_elements_are_those_that_cogn_reads():
    table = element_properties()
    np.testing.assert_allclose(table[1:], loaded("cogn")["properties"][:HIGHEST], rtol=1e-6)
    assert not table[0].any()


def test_schnet_agrees_with_pytorch_geometric(graph):
    arrays = loaded("schnet")
    network = build_graph_network(
        "schnet", layers=3, hidden=16, filters=12, edge_features=20
    ).double()
    with_weights(network, "schnet", with_rows(part(arrays, "weight/"), "embedding.weight"))
    check("schnet", network, output(graph), arrays, "output")


def with_rows(
    weights: dict[str, np.ndarray], name: str, elements: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The weights with the embedding of elements as ours has it: a row for each atomic number."""
    rows = weights[name]
    table = np.zeros((HIGHEST + 1, rows.shape[1]), dtype=rows.dtype)
    table[np.arange(len(rows)) if elements is None else elements] = rows
    return weights | {name: table}


def test_megnet_agrees_with_matgl(graph):
    arrays = loaded("megnet")
    network = build_graph_network(
        "megnet",
        atom_embedding=6,
        edge_features=20,
        dense=(12, 8),
        conv=(12, 12, 8),
        head_hidden=(8, 6),
    ).double()
    name = "embedding.layer_node_embedding.weight"
    weights = with_rows(part(arrays, "weight/"), name, arrays["elements"])
    with_weights(network, "megnet", weights)
    check("megnet", network, output(graph), arrays, "output")


def test_gatgnn_agrees_with_the_authors(graph):
    arrays = loaded("gatgnn")
    network = build_graph_network("gatgnn", hidden=12).double()
    with_weights(network, "gatgnn", part(arrays, "weight/"))
    check("gatgnn", network, output(graph), arrays, "output")


def test_matformer_agrees_with_the_authors(graph):
    arrays = loaded("matformer")
    network = build_graph_network("matformer", hidden=8, edge_features=20, head_hidden=10).double()
    with_weights(network, "matformer", part(arrays, "weight/"))
    check("matformer", network, output(graph), arrays, "output")
    network.lattice_edges = False
    with torch.no_grad():
        np.testing.assert_allclose(network(graph), arrays["eval/without"], **CLOSE)


@pytest.fixture(scope="module")
def more() -> tuple[dict[str, torch.Tensor], GraphBatch]:
    """Other crystals, as the peers' arrays and as ours."""
    structures = [one.structure for one in crystext.mini(ids=["mp-149", "mp-19", "mp-7487"])]
    arrays = crystal_graphs(structures, doubled_images=True)
    table = GraphTable(arrays, dtype=torch.float64)
    batch = table.batch(torch.arange(3))
    names = [
        "crystal",
        "element",
        "source",
        "target",
        "distance",
        "angle_source",
        "angle_target",
        "cosine",
    ]
    peer = {name: getattr(batch, name) for name in names}
    peer["features"] = torch.tensor(atom_features()).double()[batch.element]
    peer["vector"] = torch.from_numpy(arrays.vector)
    return peer, batch


def test_alignn_agrees_with_alignn_as_installed(more):
    pytest.importorskip("alignn")
    from tests.model.reference import make_alignn_layer
    from tests.model.reference.common import randomise

    peer = make_alignn_layer.network()
    randomise(peer, seed=1)
    peer.double()
    weights = {name: weight.detach().numpy() for name, weight in peer.named_parameters()}
    network = build_graph_network(
        "alignn", norm="layer", alignn_layers=2, gcn_layers=2, hidden=16, **_NARROW_ALIGNN
    ).double()
    with_weights(network, "alignn", weights)
    theirs = make_alignn_layer.results(peer, more[0])["output"]
    torch.testing.assert_close(network(more[1]), theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("readout", ["mean", "add"])
def test_schnet_agrees_with_pytorch_geometric_as_installed(more, readout):
    pytest.importorskip("torch_geometric")
    from tests.model.reference import make_schnet
    from tests.model.reference.common import randomise

    peer = make_schnet.network(readout)
    randomise(peer, seed=1)
    peer.double()
    weights = {name: weight.detach().numpy() for name, weight in peer.named_parameters()}
    network = build_graph_network(
        "schnet", layers=3, hidden=16, filters=12, edge_features=20, readout=readout
    ).double()
    with_weights(network, "schnet", with_rows(weights, "embedding.weight"))
    theirs = make_schnet.results(peer, more[0])["output"]
    torch.testing.assert_close(network(more[1]), theirs, rtol=1e-9, atol=1e-9)
