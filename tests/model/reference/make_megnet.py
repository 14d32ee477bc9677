"""Writes megnet.npz with MEGNet of the package matgl, which needs the package lightning.

python -m tests.model.reference.make_megnet
"""

from __future__ import annotations

from types import SimpleNamespace

import torch

from tests.model.reference.common import graphs, randomise, record


def main() -> None:
    from matgl.models import MEGNet

    graph = graphs()
    kinds, index = torch.unique(graph["element"], return_inverse=True)
    torch.manual_seed(0)
    network = MEGNet(
        dim_node_embedding=6,
        dim_edge_embedding=20,
        nblocks=3,
        hidden_layer_sizes_input=(12, 8),
        hidden_layer_sizes_conv=(12, 12, 8),
        hidden_layer_sizes_output=(8, 6),
        element_types=tuple(str(one) for one in kinds.tolist()),
    )
    randomise(network, 0.3)
    data = SimpleNamespace(
        node_type=index,
        pos=graph["position"],
        # theirs gathers at the first end
        edge_index=torch.stack([graph["target"], graph["source"]]),
        pbc_offshift=offsets(graph),
        batch=graph["crystal"],
        num_graphs=2,
    )
    state = torch.zeros(2, 2, dtype=torch.float64)
    extra = {"elements": kinds.numpy()}
    run = lambda: {"output": network(data, state)}  # noqa: E731
    record("megnet", network, run, statistics=False, extra=extra)


def offsets(graph: dict[str, torch.Tensor]) -> torch.Tensor:
    """(B, 3), in angstrom: the lattice translation of the source, seen from the target."""
    lattice = graph["lattice"][graph["crystal"][graph["target"]]]
    return -torch.einsum("bi,bij->bj", graph["image"].double(), lattice)


if __name__ == "__main__":
    main()
