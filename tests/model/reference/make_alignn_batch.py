"""Writes alignn_batch.npz and crysmmnet.npz with the published CrysMMNet, which needs DGL.

Its encoder is ALIGNN with batch normalisation; its forward pass is run whole, with a tokenizer and
a language model in place of MatSciBERT that give fixed vectors. Needs dgl 2.1.0, with an empty
module for ``dgl.graphbolt`` beside a torch that its library is not built for.

    DGLBACKEND=pytorch python -m tests.model.reference.make_alignn_batch CHECKOUT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from tests.model.reference.common import definitions, graphs, randomise, record, shim
from tests.model.reference.make_alignn_layer import exact_expansions

CLASSES = [
    "ProjectionHead",
    "ALIGNNConfig",
    "EdgeGatedGraphConv",
    "ALIGNNConv",
    "MLPLayer",
    "ALIGNN",
]
TEXT = 24  # width of the stand-in's vectors


class Settings:
    """In place of pydantic's BaseSettings: keyword arguments over class attributes."""

    def __init__(self, **values: object) -> None:
        vars(self).update(values)


def published(checkout: Path, text: torch.Tensor) -> dict[str, type]:
    """Their classes; every text has its row of ``text`` as the CLS vector."""
    from typing import Optional, Union

    import dgl
    import dgl.function as fn
    from dgl.nn import AvgPooling
    from torch import nn

    models = checkout / "src" / "models"
    common = {"np": np, "torch": torch, "nn": nn, "Optional": Optional, "__name__": "published"}
    names = {
        **common,
        **definitions(models / "utils.py", ["RBFExpansion"], dict(common)),
        "dgl": dgl,
        "fn": fn,
        "AvgPooling": AvgPooling,
        "F": nn.functional,
        "Literal": Literal,
        "Tuple": tuple,
        "Union": Union,
        "BaseSettings": Settings,
        "normalize": str,
        "tokenizer": lambda _texts, **_: {},
        "text_model": lambda: (text[:, None, :],),
    }
    return definitions(models / "alignn.py", CLASSES, names)


def write(name: str, checkout: Path, *, layers: int, width: int, loss_on: str) -> None:
    """One network of their classes with all widths narrow."""
    import dgl

    graph = graphs()
    text = torch.randn(2, TEXT, generator=torch.Generator().manual_seed(7)).double()
    classes = published(checkout, text)
    torch.manual_seed(0)
    network = classes["ALIGNN"](
        classes["ALIGNNConfig"](
            name="alignn",
            alignn_layers=layers,
            gcn_layers=layers,
            edge_input_features=20,
            triplet_input_features=10,
            embedding_features=12,
            hidden_features=width,
        )
    )
    # theirs has 256 and 768 written into the code, and dropout cannot be compared
    network.graph_projection = classes["ProjectionHead"](embedding_dim=width, dropout=0.0)
    network.text_projection = classes["ProjectionHead"](embedding_dim=TEXT, dropout=0.0)
    exact_expansions(network)
    randomise(network)
    seen = {}
    network.readout.register_forward_hook(lambda *args: seen.update(embedding=args[-1]))

    pieces, lines = [], []
    for crystal in range(2):
        atoms = (graph["crystal"] == crystal).nonzero()[:, 0]
        bonds = (graph["crystal"][graph["target"]] == crystal).nonzero()[:, 0]
        angles = (graph["crystal"][graph["target"][graph["angle_target"]]] == crystal).nonzero()
        ends = (graph[end][bonds] - atoms[0] for end in ("source", "target"))
        pieces.append(dgl.graph(tuple(ends), num_nodes=len(atoms)))
        ends = (graph[end][angles[:, 0]] - bonds[0] for end in ("angle_source", "angle_target"))
        lines.append(dgl.graph(tuple(ends), num_nodes=len(bonds)))
    one, line = dgl.batch(pieces), dgl.batch(lines)
    one.ndata["atom_features"] = graph["features"]
    one.edata["r"] = graph["vector"]
    line.edata["h"] = graph["cosine"]

    def run() -> dict[str, torch.Tensor]:
        output = network((one, line, ["first", "second"]))
        return {"output": output, "embedding": seen["embedding"]}

    extra = {"text": text.numpy()}
    record(name, network, run, statistics=True, loss_on=loss_on, extra=extra)


def main() -> None:
    shim("dgl.graphbolt")
    checkout = Path(sys.argv[1])
    write("alignn_batch", checkout, layers=2, width=16, loss_on="embedding")
    write("crysmmnet", checkout, layers=1, width=8, loss_on="output")


if __name__ == "__main__":
    main()
