"""ALIGNN: edge-gated convolutions that alternate between the line graph and the crystal graph.

Choudhary and DeCost, npj Comput. Mater. 7, 185 (2021), after their implementation (the package
alignn, NIST): 4 layers on line graph and graph, then 4 on the graph, hidden width 256, mean over
atoms. ``norm="batch"`` is the published form, ``norm="layer"`` that of alignn's pure-torch network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import nn

from crystext.model.networks import ops
from crystext.model.networks.base import AtomFeatures, GraphNetwork
from crystext.model.networks.layers import BatchNorm, GaussianBasis, LayerNorm, pool_mean

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch

Norm = Literal["batch", "layer"]
_NORMS = {"batch": BatchNorm, "layer": LayerNorm}
_CUTOFF = 8.0  # angstrom, of the radial basis


class NormedLinear(nn.Module):
    """Linear, norm, SiLU."""

    def __init__(self, inputs: int, outputs: int, norm: Norm) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.norm = _NORMS[norm](outputs)

    def forward(self, values: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """(n, outputs) of values (n, inputs), of which row i stands for ``count[i]``."""
        return self.norm.silu(self.linear(values), count)


class Expansion(nn.Module):
    """A distance or cosine, expanded in Gaussians and brought to the hidden width."""

    def __init__(
        self, low: float, high: float, basis: int, embedding: int, hidden: int, norm: Norm
    ) -> None:
        super().__init__()
        self.basis = GaussianBasis(low, high, basis)
        self.first = NormedLinear(basis, embedding, norm)
        self.second = NormedLinear(embedding, hidden, norm)

    def forward(self, values: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """(n, hidden) of values (n,)."""
        return self.second(self.first(self.basis(values), count), count)


class EdgeGatedConv(nn.Module):
    """Edge-gated graph convolution (Bresson and Laurent, arXiv:1711.07553), with residuals.

    Edges get ``e + silu(norm(m))`` with ``m = A x_source + B x_target + C e``, nodes get
    ``x + silu(norm(W x + gated mean of V x_source))`` with gates ``sigma(m)``.

    Args:
        width: of nodes and edges.
        norm: which norm stands before the SiLU.
    """

    def __init__(self, width: int, norm: Norm) -> None:
        super().__init__()
        self.src_gate = nn.Linear(width, width)
        self.dst_gate = nn.Linear(width, width)
        self.edge_gate = nn.Linear(width, width)
        self.bn_edges = _NORMS[norm](width)
        self.src_update = nn.Linear(width, width)
        self.dst_update = nn.Linear(width, width)
        self.bn_nodes = _NORMS[norm](width)

    def forward(
        self,
        nodes: torch.Tensor,
        edges: torch.Tensor,
        ends: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
        counts: tuple[torch.Tensor, torch.Tensor],
        *,
        last: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """New nodes (N, width) and edges (E, width).

        Args:
            nodes: (N, width).
            edges: (E, width).
            ends: source, target and share of every edge, (E,) each.
            counts: how often nodes (N,) and edges (E,) count.
            last: the edges are not read any more, and come back as they went in.
        """
        source, target, share = ends
        gates = self.edge_gate(edges)
        gates = gates + self.src_gate(nodes).index_select(0, source)
        gates = gates + self.dst_gate(nodes).index_select(0, target)
        mean = ops.gated_mean(gates, self.dst_update(nodes), source, target, share)
        new = self.bn_nodes.silu(self.src_update(nodes) + mean, counts[0], residual=nodes)
        return new, edges if last else self.bn_edges.silu(gates, counts[1], residual=edges)


class LineGraphConv(nn.Module):
    """One convolution on the crystal graph, then one on its line graph."""

    def __init__(self, width: int, norm: Norm) -> None:
        super().__init__()
        self.node_update = EdgeGatedConv(width, norm)
        self.edge_update = EdgeGatedConv(width, norm)


class ALIGNN(GraphNetwork):
    """The atomistic line graph neural network.

    Args:
        alignn_layers: layers on graph and line graph.
        gcn_layers: layers on the graph alone, after them.
        hidden: width of atoms, bonds and angles.
        embedding: width between the expansions and the hidden width.
        edge_features: radial basis functions on 0 to 8 angstrom.
        angle_features: basis functions on cosines from -1 to 1.
        norm: batch as published, or layer as in alignn's pure-torch network.
        line_graph_first: whether a layer goes over the line graph before the graph, as the
            equations of ALIGNN's and CrysMMNet's papers have it; their code has it after.
    """

    uses_angles: ClassVar[bool] = True

    def __init__(
        self,
        *,
        alignn_layers: int = 4,
        gcn_layers: int = 4,
        hidden: int = 256,
        embedding: int = 64,
        edge_features: int = 80,
        angle_features: int = 40,
        norm: Norm = "batch",
        line_graph_first: bool = False,
    ) -> None:
        super().__init__()
        self.width = self.atom_width = hidden
        self.line_graph_first = line_graph_first
        self.features = AtomFeatures()
        self.atom_embedding = NormedLinear(self.features.features, hidden, norm)
        self.edge_embedding = Expansion(0.0, _CUTOFF, edge_features, embedding, hidden, norm)
        self.angle_embedding = Expansion(-1.0, 1.0, angle_features, embedding, hidden, norm)
        self.alignn_layers = nn.ModuleList(
            LineGraphConv(hidden, norm) for _ in range(alignn_layers)
        )
        self.gcn_layers = nn.ModuleList(EdgeGatedConv(hidden, norm) for _ in range(gcn_layers))
        self.head = nn.Linear(hidden, 1)

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden): mean over atoms after the last layer."""
        bonds = (graph.source, graph.target, graph.bond_share)
        angles = (graph.angle_source, graph.angle_target, graph.angle_share)
        atom_bond = (graph.atom_count, graph.bond_count)
        bond_angle = (graph.bond_count, graph.angle_count)

        x = self.atom_embedding(self.features(graph.element), graph.atom_count)
        x = self.with_sites(x, graph)
        y = self.edge_embedding(graph.distance, graph.bond_count)
        # What comes out of the last layers and is read by nobody is not computed; the peers do.
        depth, more = len(self.alignn_layers), len(self.gcn_layers)
        z = self.angle_embedding(graph.cosine, graph.angle_count) if depth else None
        for number, layer in enumerate(self.alignn_layers, start=1):
            assert isinstance(layer, LineGraphConv)  # a ModuleList does not say what it holds
            last = number == depth
            if self.line_graph_first:
                y, z = layer.edge_update(y, z, angles, bond_angle, last=last)
                x, y = layer.node_update(x, y, bonds, atom_bond, last=last and not more)
                continue
            x, y = layer.node_update(x, y, bonds, atom_bond, last=last and not more)
            if not last or more:
                y, z = layer.edge_update(y, z, angles, bond_angle, last=last)
        for number, layer in enumerate(self.gcn_layers, start=1):
            x, y = layer(x, y, bonds, atom_bond, last=number == more)
        return pool_mean(x, graph.crystal, graph.atom_count, graph.n_crystals)
