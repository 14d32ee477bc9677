"""Writes alignn_layer.npz with ALIGNNAtomWisePure of the package alignn.

python -m tests.model.reference.make_alignn_layer
"""

from __future__ import annotations

import torch

from tests.model.reference.common import graphs, randomise, record


def network() -> torch.nn.Module:
    """Their network, narrow, for one number per crystal and without forces."""
    from alignn.models.alignn_atomwise_pure import ALIGNNAtomWisePure, ALIGNNAtomWisePureConfig

    config = ALIGNNAtomWisePureConfig(
        name="alignn_atomwise_pure",
        alignn_layers=2,
        gcn_layers=2,
        atom_input_features=92,
        edge_input_features=20,
        triplet_input_features=10,
        embedding_features=12,
        hidden_features=16,
        calculate_gradient=False,
        energy_mult_natoms=False,
        use_penalty=False,
    )
    torch.manual_seed(0)
    found = ALIGNNAtomWisePure(config)
    exact_expansions(found)
    return found


def exact_expansions(network: torch.nn.Module) -> None:
    """Sets gamma, which theirs take from the float32 spacing of the centres, in full precision."""
    for module in network.modules():
        if type(module).__name__ == "RBFExpansion":
            gamma = (module.bins - 1) / (module.vmax - module.vmin)
            assert abs(module.gamma - gamma) < 1e-5 * gamma
            module.gamma = gamma


def results(network: torch.nn.Module, graph: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """One number for each crystal of the arrays."""
    from alignn.torch_graph_builder import TorchGraph

    atoms = torch.bincount(graph["crystal"])
    crystal = TorchGraph(
        src=graph["source"],
        dst=graph["target"],
        num_nodes=len(graph["element"]),
        ndata={"atom_features": graph["features"]},
        edata={"r": graph["vector"]},
        batch_num_nodes=atoms,
    )
    line = TorchGraph(
        src=graph["angle_source"],
        dst=graph["angle_target"],
        num_nodes=len(graph["source"]),
        ndata={},
        edata={"h": graph["cosine"]},
    )
    return {"output": network((crystal, line, None))["out"]}


def main() -> None:
    arrays = graphs()
    found = network()
    randomise(found)
    record("alignn_layer", found, lambda: results(found, arrays), statistics=False)


if __name__ == "__main__":
    main()
