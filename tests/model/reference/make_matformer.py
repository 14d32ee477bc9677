"""Writes matformer.npz with the authors' Matformer, on the graph that the authors' code builds.

Their graph begins with the neighbours that jarvis-tools finds and adds the lattice edges; its bonds
are asserted to be those of ``graphs.npz``, so that both networks read the same but for the lattice
edges, which ours makes from the lattice. torch_scatter is replaced by PyTorch Geometric's scatter,
pydantic's settings by a plain class, and the class that builds an angular basis that is never read
by an empty one.

    python -m tests.model.reference.make_matformer CHECKOUT
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Literal
from unittest.mock import patch

import numpy as np
import torch

from tests.model.reference.common import definitions, graphs, randomise, record, shim
from tests.model.reference.make_alignn_batch import Settings
from tests.model.reference.make_alignn_layer import exact_expansions


def published(checkout: Path) -> SimpleNamespace:
    """Their network, its settings, and their builder of edges."""
    from torch_geometric.utils import scatter

    shim("torch_scatter", scatter=scatter, gather_csr=None, segment_csr=None)
    shim("torch_sparse", SparseTensor=type("SparseTensor", (), {}))
    shim("pydantic.typing", Literal=Literal)
    shim("matformer.utils", BaseSettings=Settings)
    shim("matformer.features", angle_emb_mp=lambda **_: torch.nn.Identity())
    sys.path.insert(0, str(checkout))
    with patch.object(torch.jit, "script", lambda function: function):
        from matformer.models.pyg_att import Matformer, MatformerConfig

    names = ["canonize_edge", "nearest_neighbor_edges_submit", "build_undirected_edgedata"]
    namespace = {"np": np, "torch": torch, "defaultdict": defaultdict}
    found = definitions(checkout / "matformer" / "graphs.py", names, namespace)
    return SimpleNamespace(Matformer=Matformer, MatformerConfig=MatformerConfig, **found)


def edges(theirs: SimpleNamespace, graph: dict[str, torch.Tensor], *, lattice: bool) -> tuple:
    """Source, target and vector of the edges of both crystals, as their code builds them."""
    from jarvis.core.atoms import Atoms

    parts = []
    for crystal in range(2):
        own = graph["crystal"] == crystal
        atoms = Atoms(
            lattice_mat=graph["lattice"][crystal].numpy(),
            coords=graph["position"][own].numpy(),
            elements=[f"{symbol}" for symbol in symbols(graph["element"][own])],
            cartesian=True,
        )
        images = theirs.nearest_neighbor_edges_submit(
            atoms=atoms, cutoff=8, max_neighbors=12, use_canonize=True, use_lattice=lattice
        )
        # the vectors from lattice and positions as they are: jarvis-tools rounds to five digits
        matrix = graph["lattice"][crystal].numpy()
        exact = SimpleNamespace(
            frac_coords=np.linalg.solve(matrix.T, graph["position"][own].numpy().T).T,
            lattice=SimpleNamespace(cart_coords=lambda coords, matrix=matrix: coords @ matrix),
        )
        source, target, vector = theirs.build_undirected_edgedata(exact, images)
        first = int(own.nonzero()[0])
        parts.append((source + first, target + first, vector))
    return tuple(torch.cat(column) for column in zip(*parts, strict=True))


def symbols(numbers: torch.Tensor) -> list[str]:
    from jarvis.core.specie import atomic_numbers_to_symbols

    return atomic_numbers_to_symbols(numbers.tolist())


def main() -> None:
    theirs = published(Path(sys.argv[1]))
    graph = graphs()
    torch.set_default_dtype(torch.float64)
    plain = edges(theirs, graph, lattice=False)
    assert rows(*plain) == rows(graph["source"], graph["target"], graph["vector"])
    source, target, vector = edges(theirs, graph, lattice=True)
    assert len(source) > len(plain[0])
    torch.set_default_dtype(torch.float32)

    torch.manual_seed(0)
    config = theirs.MatformerConfig(
        name="matformer", conv_layers=5, edge_features=20, node_features=8, fc_features=10
    )
    network = theirs.Matformer(config)
    for unused in ("edge_init", "sbf", "angle_init_layers", "edge_update_layers"):
        delattr(network, unused)
    exact_expansions(network)
    randomise(network)
    ends = torch.stack([source, target])
    data = SimpleNamespace(
        x=graph["features"], edge_index=ends, edge_attr=vector, batch=graph["crystal"]
    )
    bare = SimpleNamespace(
        x=graph["features"],
        edge_index=torch.stack([graph["source"], graph["target"]]),
        edge_attr=graph["vector"],
        batch=graph["crystal"],
    )

    def run() -> dict[str, torch.Tensor]:
        both = {"output": network((data, None, graph["lattice"]))}
        if not network.training:  # a second pass would move the running statistics again
            both["without"] = network((bare, None, graph["lattice"]))
        return both

    record("matformer", network, run, statistics=True)


def rows(source: torch.Tensor, target: torch.Tensor, vector: torch.Tensor) -> list[tuple]:
    """The edges in an order of their own, vectors to four digits."""
    table = torch.cat([source[:, None], target[:, None], vector], dim=1).double().numpy()
    return sorted(map(tuple, (table.round(4) + 0.0).tolist()))


if __name__ == "__main__":
    main()
