"""Writes cgcnn.npz with the authors' CGCNN.

python -m tests.model.reference.make_cgcnn CHECKOUT
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from tests.model.reference.common import definitions, graphs, randomise, record

NEIGHBORS = 16


def gaussians(distance: torch.Tensor, checkout: Path, name: str = "cgcnn") -> torch.Tensor:
    """(B, 41): their expansion, with its centres rounded to float32 as their features are."""
    where = checkout / name / "data.py"
    found = definitions(where, ["GaussianDistance"], {"np": np})["GaussianDistance"]
    expansion = found(dmin=0, dmax=8, step=0.2)
    centres = torch.linspace(0, 8, 41).double().numpy()
    assert np.abs(expansion.filter - centres).max() < 1e-6
    expansion.filter = centres
    return torch.from_numpy(expansion.expand(distance.numpy()))


def main() -> None:
    checkout = Path(sys.argv[1])
    graph = graphs()
    names = {"torch": torch, "nn": torch.nn, "__name__": "published"}
    path = checkout / "cgcnn" / "model.py"
    classes = definitions(path, ["ConvLayer", "CrystalGraphConvNet"], names)
    torch.manual_seed(0)
    network = classes["CrystalGraphConvNet"](92, 41, atom_fea_len=12, n_conv=3, h_fea_len=20, n_h=2)
    randomise(network, 0.2)
    # bonds are sorted by target, and every atom has as many
    assert (graph["target"].reshape(-1, NEIGHBORS).diff(dim=1) == 0).all()
    neighbors = graph["source"].reshape(-1, NEIGHBORS)
    features = gaussians(graph["distance"], checkout).reshape(-1, NEIGHBORS, 41)
    members = [(graph["crystal"] == one).nonzero()[:, 0] for one in range(2)]

    def run() -> dict[str, torch.Tensor]:
        return {"output": network(graph["features"], features, neighbors, members)[:, 0]}

    record("cgcnn", network, run, statistics=True)


if __name__ == "__main__":
    main()
