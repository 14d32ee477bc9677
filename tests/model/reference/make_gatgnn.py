"""Writes gatgnn.npz with the authors' GATGNN.

Their attention layer names the index of the receiving atom as PyTorch Geometric did in 2020; the
name of today stands for it. torch_scatter, which the parts that we run do not use, is not needed.

    python -m tests.model.reference.make_gatgnn CHECKOUT
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import torch

from tests.model.reference.common import definitions, graphs, randomise, record
from tests.model.reference.make_cgcnn import gaussians

CLASSES = ["COMPOSITION_Attention", "CLUSTER_Attention", "GAT_Crystal", "GATGNN"]


def published(checkout: Path) -> type:
    """Their network."""
    from torch import nn
    from torch_geometric.nn import MessagePassing, global_add_pool
    from torch_geometric.nn.inits import glorot, zeros
    from torch_geometric.utils import softmax

    source = (checkout / "gatgnn" / "model.py").read_text(encoding="utf-8")
    names = {
        "torch": torch,
        "nn": nn,
        "F": nn.functional,
        "Linear": nn.Linear,
        "Parameter": nn.Parameter,
        "MessagePassing": MessagePassing,
        "global_add_pool": global_add_pool,
        "glorot": glorot,
        "zeros": zeros,
        "softmax": softmax,
        "__name__": __name__,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.py"
        path.write_text(source.replace("edge_index_i", "index"), encoding="utf-8")
        return definitions(path, CLASSES, names)["GATGNN"]


def main() -> None:
    checkout = Path(sys.argv[1])
    graph = graphs()
    torch.manual_seed(0)
    network = published(checkout)(4, neurons=12, nl=3)
    randomise(network, 0.3)
    composition = torch.zeros(2, 103, dtype=torch.float64)
    for crystal in range(2):
        elements = graph["element"][graph["crystal"] == crystal]
        composition[crystal] = torch.bincount(elements - 1, minlength=103) / len(elements)
    data = SimpleNamespace(
        x=graph["features"],
        # in theirs the first row is the site and the second its neighbour
        edge_index=torch.stack([graph["target"], graph["source"]]),
        edge_attr=gaussians(graph["distance"], checkout, "gatgnn"),
        batch=graph["crystal"],
        global_feature=composition,
        cluster=None,
    )
    record("gatgnn", network, lambda: {"output": network(data)}, statistics=True)


if __name__ == "__main__":
    main()
