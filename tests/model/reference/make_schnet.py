"""Writes schnet.npz with SchNet of PyTorch Geometric.

python -m tests.model.reference.make_schnet
"""

from __future__ import annotations

import math

import torch

from tests.model.reference.common import graphs, randomise, record


def network(readout: str = "mean") -> torch.nn.Module:
    """Their network, narrow; it reads the bonds that are given instead of a sphere."""
    from torch_geometric.nn.models import SchNet

    torch.manual_seed(0)
    found = SchNet(
        hidden_channels=16,
        num_filters=12,
        num_interactions=3,
        num_gaussians=20,
        interaction_graph=lambda edges, _: edges,
        readout=readout,
    )
    smearing = found.distance_expansion
    exact = -0.5 * (19 / 10.0) ** 2
    assert abs(smearing.coeff - exact) < 1e-5
    smearing.coeff = exact  # theirs has the float32 spacing of the centres
    for module in found.modules():
        if type(module).__name__ == "ShiftedSoftplus":
            assert abs(module.shift - math.log(2)) < 1e-7
            module.shift = math.log(2)  # theirs is float32 as well
    return found


def results(network: torch.nn.Module, graph: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """One number for each crystal of the arrays."""
    edges = torch.stack([graph["source"], graph["target"]]), graph["distance"]
    return {"output": network(graph["element"], edges, graph["crystal"])[:, 0]}


def main() -> None:
    arrays = graphs()
    found = network()
    randomise(found)
    record("schnet", found, lambda: results(found, arrays), statistics=False)


if __name__ == "__main__":
    main()
