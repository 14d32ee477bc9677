"""CGCNN: gated convolutions over the neighbours of each atom.

Xie and Grossman, Phys. Rev. Lett. 120, 145301 (2018), after the authors' code (txie-93/cgcnn, MIT):
92 features of the element, Gaussians of the distance from 0 to 8 angstrom in steps of 0.2, three
convolutions of width 64, mean over atoms, and one hidden layer of 128. They take exactly 12
neighbours of each site; here the sum runs over all bonds of the common graph.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from crystext.model.networks.base import AtomFeatures, GraphNetwork
from crystext.model.networks.layers import (
    BatchNorm,
    GaussianBasis,
    JoinedLinear,
    pool_mean,
    segment_sum,
)

if TYPE_CHECKING:
    import torch

    from crystext.model.graphs.batch import GraphBatch

_CUTOFF = 8.0  # angstrom, of the radial basis


class GatedConv(nn.Module):
    """``softplus(x + norm(sum sigma(f) softplus(c)))``.

    The gate f and the core c are the halves of ``norm(W [x_target, x_source, e])``.

    Args:
        width: of atoms.
        edge_width: of bonds.
    """

    def __init__(self, width: int, edge_width: int) -> None:
        super().__init__()
        self.fc_full = JoinedLinear((width, width, edge_width), 2 * width)
        self.bn1 = BatchNorm(2 * width)
        self.bn2 = BatchNorm(width)

    def forward(self, atoms: torch.Tensor, bonds: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """New atoms (A, width), of atoms (A, width) and bonds (B, edge width)."""
        joined = self.fc_full((atoms, graph.target), (atoms, graph.source), (bonds, None))
        opened, core = self.bn1(joined, graph.bond_count).chunk(2, dim=1)
        message = opened.sigmoid() * functional.softplus(core) * graph.bond_share[:, None]
        received = segment_sum(message, graph.target, len(atoms))
        return functional.softplus(atoms + self.bn2(received, graph.atom_count))


class CGCNN(GraphNetwork):
    """The crystal graph convolutional neural network.

    Args:
        layers: convolutions.
        hidden: width of atoms, and of the embedding.
        edge_features: Gaussians on 0 to 8 angstrom, as wide as they are apart.
        head_hidden: width of the layers after pooling.
        head_layers: how many of them.
    """

    def __init__(
        self,
        *,
        layers: int = 3,
        hidden: int = 64,
        edge_features: int = 41,
        head_hidden: int = 128,
        head_layers: int = 1,
    ) -> None:
        super().__init__()
        self.width = self.atom_width = hidden
        self.features = AtomFeatures()
        gamma = ((edge_features - 1) / _CUTOFF) ** 2
        self.basis = GaussianBasis(0.0, _CUTOFF, edge_features, gamma)
        self.embedding = nn.Linear(self.features.features, hidden)
        self.convs = nn.ModuleList(GatedConv(hidden, edge_features) for _ in range(layers))
        widths = [hidden, *[head_hidden] * head_layers]
        steps: list[nn.Module] = [nn.Softplus()]
        for inputs, outputs in pairwise(widths):
            steps += [nn.Linear(inputs, outputs), nn.Softplus()]
        self.head = nn.Sequential(*steps, nn.Linear(widths[-1], 1))

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden): mean over atoms after the last convolution."""
        atoms = self.with_sites(self.embedding(self.features(graph.element)), graph)
        bonds = self.basis(graph.distance)
        for conv in self.convs:
            atoms = conv(atoms, bonds, graph)
        return pool_mean(atoms, graph.crystal, graph.atom_count, graph.n_crystals)
