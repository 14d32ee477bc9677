"""GATGNN: augmented graph attention, then attention by composition over the crystal's atoms.

Louis et al., Phys. Chem. Chem. Phys. 22, 18141 (2020), after the authors' code (superlouis/GATGNN,
MIT) with its defaults: three attention layers of width 64 with 4 heads, the heads' mean, global
attention by composition, two hidden layers. They take exactly 12 neighbours of each site; here
attention runs over all bonds of the common graph. Their dropout of attention, 0 by default, is
drawn per bond and head, hence per class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from crystext.model.networks.base import AtomFeatures, GraphNetwork
from crystext.model.networks.elements import HIGHEST
from crystext.model.networks.layers import (
    BatchNorm,
    GaussianBasis,
    JoinedLinear,
    segment_softmax,
    segment_sum,
)

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch

_CUTOFF = 8.0  # angstrom, of the radial basis
_SLOPE = 0.2  # of the leaky ReLU
_ATTENTION = 32  # hidden width of the global attention


class AugmentedAttention(nn.Module):
    """Attention over neighbours in which the bond's features stand with both atoms' (AGAT).

    With ``u = softplus(W [x_target, e])`` and ``v = softplus(W [x_source, e])`` for each head, a
    bond has the weight ``softmax(softplus(norm(softplus(a u + b v))))``, and an atom becomes the
    mean over heads of its weighed v.

    Args:
        width: of atoms and bonds.
        heads: how many.
        dropout: of the weights.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.W = nn.Parameter(torch.empty(2 * width, heads * width))
        self.att = nn.Parameter(torch.empty(1, heads, 2 * width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.bn1 = BatchNorm(heads)
        nn.init.xavier_uniform_(self.W)
        nn.init.xavier_uniform_(self.att.data[0])

    def forward(self, atoms: torch.Tensor, bonds: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """(A, width), of atoms (A, width) and bonds (B, width)."""
        of_atom, of_bond = self.W.chunk(2, dim=0)
        by_atom, by_bond = atoms @ of_atom, bonds @ of_bond
        shape = (len(bonds), self.heads, -1)
        to = functional.softplus(by_atom.index_select(0, graph.target) + by_bond).view(shape)
        fro = functional.softplus(by_atom.index_select(0, graph.source) + by_bond).view(shape)
        on_target, on_source = self.att[0].chunk(2, dim=1)
        logits = torch.einsum("bhf,hf->bh", to, on_target)
        logits = logits + torch.einsum("bhf,hf->bh", fro, on_source)
        logits = functional.softplus(self.bn1(functional.softplus(logits), graph.bond_count))
        weight = segment_softmax(logits, graph.target, len(atoms), graph.bond_share)
        weight = functional.dropout(weight, self.dropout, self.training)
        weight = weight * (graph.bond_share / self.heads)[:, None]
        # the mean over heads first: a quarter of the rows to sum
        message = torch.einsum("bhf,bh->bf", fro, weight)
        return segment_sum(message, graph.target, len(atoms)) + self.bias


class CompositionAttention(nn.Module):
    """A weight for each atom, from its features and the crystal's composition."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.node_layer1 = JoinedLinear((width, HIGHEST), _ATTENTION)
        self.atten_layer = nn.Linear(_ATTENTION, 1)

    def forward(self, atoms: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """(A,): what a row counts in the weighed mean; sums to 1 over a crystal."""
        cell = graph.atom_count.new_zeros(graph.n_crystals, HIGHEST)
        cell = cell.index_put((graph.crystal, graph.element - 1), graph.atom_count, accumulate=True)
        fractions = (cell / cell.sum(dim=1, keepdim=True).clamp_min(1)).to(atoms.dtype)
        hidden = self.node_layer1((atoms, None), (fractions, graph.crystal))
        logits = self.atten_layer(functional.softplus(hidden))[:, 0]
        one = segment_softmax(logits, graph.crystal, graph.n_crystals, graph.atom_count)
        return one * graph.atom_count


class GATGNN(GraphNetwork):
    """The global attention graph network.

    Args:
        layers: attention layers.
        hidden: width of atoms and bonds, and of the embedding.
        heads: of each layer.
        edge_features: Gaussians on 0 to 8 angstrom, as wide as they are apart.
        head_layers: hidden layers after pooling.
        dropout: of the weights of bonds.
    """

    def __init__(
        self,
        *,
        layers: int = 3,
        hidden: int = 64,
        heads: int = 4,
        edge_features: int = 41,
        head_layers: int = 2,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.width = self.atom_width = hidden
        self.features = AtomFeatures()
        gamma = ((edge_features - 1) / _CUTOFF) ** 2
        self.basis = GaussianBasis(0.0, _CUTOFF, edge_features, gamma)
        self.embed_n = nn.Linear(self.features.features, hidden)
        self.embed_e = nn.Linear(edge_features, hidden)
        self.node_att = nn.ModuleList(
            AugmentedAttention(hidden, heads, dropout) for _ in range(layers)
        )
        self.batch_norm = nn.ModuleList(BatchNorm(hidden) for _ in range(layers))
        self.comp_atten = CompositionAttention(hidden)
        steps = [(nn.Linear(hidden, hidden), nn.Softplus()) for _ in range(head_layers)]
        self.head = nn.Sequential(*(one for step in steps for one in step), nn.Linear(hidden, 1))

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden): mean over atoms, weighed by the attention to them."""
        atoms = self.with_sites(self.embed_n(self.features(graph.element)), graph)
        bonds = functional.leaky_relu(self.embed_e(self.basis(graph.distance)), _SLOPE)
        for attention, norm in zip(self.node_att, self.batch_norm, strict=True):
            atoms = attention(atoms, bonds, graph)
            atoms = functional.softplus(norm(atoms, graph.atom_count))
        weight = self.comp_atten(atoms, graph)
        return segment_sum(atoms * weight[:, None], graph.crystal, graph.n_crystals)
