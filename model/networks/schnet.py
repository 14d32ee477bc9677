"""SchNet: continuous-filter convolutions.

Schuett et al., NeurIPS 2017 (arXiv:1706.08566), after PyTorch Geometric's SchNet: 6 interactions of
width 128, 50 Gaussians to 10 angstrom, filters that fade out there as half a cosine. Two
differences: the bonds are the common graph's and not a sphere's, so a bond beyond the cutoff is
there and gives nothing; and the readout is the mean over atoms, for most targets are intensive.
``readout="add"`` is the sum, as published for molecules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn

from crystext.model.networks.base import GraphNetwork
from crystext.model.networks.elements import HIGHEST
from crystext.model.networks.layers import (
    GaussianBasis,
    ShiftedSoftplus,
    glorot,
    pool_mean,
    segment_sum,
)

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch

Readout = Literal["mean", "add"]


class Interaction(nn.Module):
    """``lin(ssp(lin2(sum lin1(x)_source * filter(d))))``, the change of the atoms.

    Args:
        width: of atoms.
        basis: Gaussians of the distance.
        filters: width of the filters.
    """

    def __init__(self, width: int, basis: int, filters: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(basis, filters), ShiftedSoftplus(), nn.Linear(filters, filters)
        )
        self.lin1 = nn.Linear(width, filters, bias=False)
        self.lin2 = nn.Linear(filters, width)
        self.act = ShiftedSoftplus()
        self.lin = nn.Linear(width, width)
        for layer in (self.mlp[0], self.mlp[2], self.lin1, self.lin2, self.lin):
            glorot(layer)

    def forward(
        self, atoms: torch.Tensor, bonds: torch.Tensor, fade: torch.Tensor, graph: GraphBatch
    ) -> torch.Tensor:
        """(A, width), of atoms (A, width), bonds (B, basis), and their weights (B,)."""
        filters = self.mlp(bonds) * fade[:, None]
        message = self.lin1(atoms).index_select(0, graph.source) * filters
        return self.lin(self.act(self.lin2(segment_sum(message, graph.target, len(atoms)))))


class SchNet(GraphNetwork):
    """The continuous-filter convolutional network.

    Args:
        layers: interactions.
        hidden: width of atoms; the embedding has half of it.
        filters: width of the filters.
        edge_features: Gaussians from 0 to the cutoff.
        cutoff: in angstrom.
        readout: mean over atoms, or their sum.
    """

    def __init__(
        self,
        *,
        layers: int = 6,
        hidden: int = 128,
        filters: int = 128,
        edge_features: int = 50,
        cutoff: float = 10.0,
        readout: Readout = "mean",
    ) -> None:
        super().__init__()
        self.width, self.atom_width = hidden // 2, hidden
        self.cutoff, self.readout = cutoff, readout
        self.embedding = nn.Embedding(HIGHEST + 1, hidden, padding_idx=0)
        gamma = 0.5 * ((edge_features - 1) / cutoff) ** 2
        self.basis = GaussianBasis(0.0, cutoff, edge_features, gamma)
        self.interactions = nn.ModuleList(
            Interaction(hidden, edge_features, filters) for _ in range(layers)
        )
        self.lin1 = nn.Linear(hidden, self.width)
        self.act = ShiftedSoftplus()
        self.head = nn.Linear(self.width, 1)
        for layer in (self.lin1, self.head):
            glorot(layer)

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden / 2): mean over atoms; the linear head may as well come after it."""
        atoms = self.with_sites(self.embedding(graph.element), graph)
        bonds = self.basis(graph.distance)
        fade = 0.5 * (torch.cos(graph.distance * (math.pi / self.cutoff)) + 1.0)
        fade = torch.where(graph.distance < self.cutoff, fade, 0.0) * graph.bond_share
        for interaction in self.interactions:
            atoms = atoms + interaction(atoms, bonds, fade, graph)
        atoms = self.act(self.lin1(atoms))
        return pool_mean(atoms, graph.crystal, graph.atom_count, graph.n_crystals)

    def read_out(self, embedding: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """(C,): the head on the embedding, times the number of atoms for the sum."""
        mean = super().read_out(embedding, graph)
        if self.readout == "mean":
            return mean
        return mean * segment_sum(graph.atom_count, graph.crystal, graph.n_crystals)
