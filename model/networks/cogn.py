"""coGN: a plain graph network of deep message layers, on distances alone.

Ruff et al., Digital Discovery 3, 594 (2024) (arXiv:2302.14102), after the authors' code (the
package kgcnn, MIT): elements embedded beside 18 of their properties, 32 Gaussians to 8 angstrom,
five blocks of width 128 with messages of five layers and their sum over bonds, mean over atoms, a
linear head. Their asymmetric-unit graph, with multiplicities in the mean, is a quotient graph as
here. They take 24 neighbours of each site (``neighbors=24`` of the graphs' settings); here the
bonds are the common graph's, of 12 neighbours and the whole last shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from crystext.model.networks.base import GraphNetwork
from crystext.model.networks.elements import HIGHEST, N_PROPERTIES, element_properties
from crystext.model.networks.layers import (
    GaussianBasis,
    JoinedLinear,
    glorot,
    pool_mean,
    segment_sum,
)

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch

_START = 0.05  # embeddings of elements begin uniform within plus and minus this


def _layers(width: int, depth: int) -> list[nn.Module]:
    """Linear layers of one width, each followed by SiLU."""
    return [one for _ in range(depth) for one in (nn.Linear(width, width), nn.SiLU())]


class ElementEmbedding(nn.Module):
    """A learned vector of each element and its 18 properties, brought to the hidden width."""

    properties: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(HIGHEST + 1, width)
        table = torch.from_numpy(element_properties().copy())
        self.register_buffer("properties", table, persistent=False)
        self.linear = nn.Linear(width + N_PROPERTIES, width)
        nn.init.uniform_(self.vectors.weight, -_START, _START)

    def forward(self, element: torch.Tensor) -> torch.Tensor:
        """(A, width) of atomic numbers (A,)."""
        return self.linear(torch.cat([self.vectors(element), self.properties[element]], dim=1))


class GraphNetworkBlock(nn.Module):
    """``x + f(sum g([e, x_target, x_source]))``, with layers f and g that all end in SiLU.

    Args:
        width: of atoms and bonds.
        edge_depth: layers of g.
        node_depth: layers of f.
    """

    def __init__(self, width: int, edge_depth: int, node_depth: int) -> None:
        super().__init__()
        self.joined = JoinedLinear((width, width, width), width)
        self.edge_mlp = nn.Sequential(nn.SiLU(), *_layers(width, edge_depth - 1))
        self.node_mlp = nn.Sequential(*_layers(width, node_depth))

    def forward(self, atoms: torch.Tensor, bonds: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """New atoms (A, width), of atoms (A, width) and bonds (B, width)."""
        joined = self.joined((bonds, None), (atoms, graph.target), (atoms, graph.source))
        message = self.edge_mlp(joined) * graph.bond_share[:, None]
        return atoms + self.node_mlp(segment_sum(message, graph.target, len(atoms)))


class CoGN(GraphNetwork):
    """The connectivity-optimised graph network, without nested line graphs.

    Args:
        layers: blocks.
        hidden: width of atoms and bonds, and of the embedding.
        edge_depth: layers between a bond with its atoms and its message.
        node_depth: layers between the sum of messages and the change of an atom.
        edge_features: Gaussians up to the cutoff; the first stands one step from 0.
        cutoff: last centre, in angstrom.
    """

    def __init__(
        self,
        *,
        layers: int = 5,
        hidden: int = 128,
        edge_depth: int = 5,
        node_depth: int = 1,
        edge_features: int = 32,
        cutoff: float = 8.0,
    ) -> None:
        super().__init__()
        self.width = self.atom_width = hidden
        step = cutoff / edge_features
        # theirs is exp(-(d - c)^2 / (2 sigma^2)), where the step is sigma^2 and not sigma
        self.basis = GaussianBasis(step, cutoff, edge_features, 0.5 / step)
        self.atom_embedding = ElementEmbedding(hidden)
        self.edge_embedding = nn.Linear(edge_features, hidden)
        self.blocks = nn.ModuleList(
            GraphNetworkBlock(hidden, edge_depth, node_depth) for _ in range(layers)
        )
        self.head = nn.Linear(hidden, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                glorot(layer)

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden): mean over atoms after the last block."""
        atoms = self.with_sites(self.atom_embedding(graph.element), graph)
        bonds = self.edge_embedding(self.basis(graph.distance))
        for block in self.blocks:
            atoms = block(atoms, bonds, graph)
        return pool_mean(atoms, graph.crystal, graph.atom_count, graph.n_crystals)
