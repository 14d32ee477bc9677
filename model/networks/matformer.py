"""Matformer: attention over bonds by channels, with edges between an atom and its own images.

Yan et al., NeurIPS 2022 (arXiv:2209.11807), after the authors' code (YKQ98/Matformer, MIT): 92
features of the element, 128 Gaussians from 0 to 8 angstrom, five attention layers of width 128 with
4 heads, mean over atoms, one hidden layer. The lattice edges tie every atom to its images along the
three lattice vectors and their sums in pairs, so the result depends on the choice of cell;
``lattice_edges=False`` leaves them out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from crystext.model.networks.base import AtomFeatures, GraphNetwork
from crystext.model.networks.layers import (
    BatchNorm,
    GaussianBasis,
    JoinedLinear,
    pool_mean,
    segment_sum,
)

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch

_CUTOFF = 8.0  # angstrom, of the radial basis
_SAME = 1e-3  # angstrom; the tolerance of quotient graphs
_VECTORS = 6  # lattice vectors, and their sums in pairs


class Edges(NamedTuple):
    """What a layer reads of E edges: bonds, and lattice edges after them.

    What depends on the distance alone is computed once for each value of it: a bond and its reverse
    have the same, and so have the lattice edges of all atoms.

    Attributes:
        source: (E,), atom.
        target: (E,), atom.
        distance: (D,), in angstrom, each value once.
        bond: (E,), which of them; ``None`` where each edge has its own.
        share: (E,), how many of them arrive at one atom of the target's class.
    """

    source: torch.Tensor
    target: torch.Tensor
    distance: torch.Tensor
    bond: torch.Tensor | None
    share: torch.Tensor


def make_edges(
    source: torch.Tensor,
    target: torch.Tensor,
    distance: torch.Tensor,
    share: torch.Tensor,
    *,
    fewest: bool,
) -> Edges:
    """Edges from arrays of (E,); ``fewest`` finds what is equal, which asks the device."""
    if not fewest:
        return Edges(source, target, distance, None, share)
    values, bond = torch.unique(distance, return_inverse=True)
    return Edges(source, target, values, bond, share)


def with_lattice_edges(graph: GraphBatch, *, fewest: bool = True) -> Edges:
    """The bonds, and six lattice edges an atom, each in both directions.

    The published graph is a set of images, so a lattice vector that is a bond already is not there
    twice. A shell is in the graph whole or not at all; so the vector is a bond if, and only if, a
    bond as long ties the atom to itself, or its class to itself.

    Args:
        graph: of the batch.
        fewest: leave out what is a bond already; without, it stays with a share of 0, which gives
            the same sums and lets a GPU go on without an answer to how many edges there are.
    """
    a, b, c = graph.lattice.unbind(1)
    vectors = torch.stack([c, b, a, b + c, a + c, a + b], dim=1)
    lengths = vectors.norm(dim=-1)  # (C, 6)
    own = graph.source == graph.target
    same = (lengths[graph.crystal[graph.target]] - graph.distance[:, None]).abs() <= _SAME
    shape = (len(graph.element), _VECTORS)
    known = torch.zeros(shape, device=same.device)
    known = known.index_add(0, graph.target, (same & own[:, None]).float())
    if fewest:
        atom, which = (known == 0).nonzero(as_tuple=True)
        both = graph.bond_share.new_full((len(atom),), 2.0)
    else:
        place = torch.arange(known.numel(), device=same.device)
        atom, which = place // _VECTORS, place % _VECTORS
        both = (known.flatten() == 0).to(graph.bond_share.dtype) * 2
    return make_edges(
        graph.joined(graph.source, atom),
        graph.joined(graph.target, atom),
        graph.joined(graph.distance, lengths[graph.crystal[atom], which]),
        graph.joined(graph.bond_share, both),
        fewest=fewest,
    )


class MatformerConv(nn.Module):
    """Attention in which every channel of every message has its own gate.

    With query q of the target, keys k and values v of both ends and the edge's e, each head sends
    ``norm(W (U [v_target, v_source, e] * g))`` with the gates
    ``g = sigma(norm([q k_target, q k_source, q e] / sqrt(3 C)))``. The sum of messages, its heads
    joined, goes through a linear layer, norm and SiLU, and is added to a linear layer of the atom.

    Args:
        width: of atoms and edges, C.
        heads: how many, each as wide as the atoms.
    """

    recompute = True

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.lin_key = nn.Linear(width, heads * width)
        self.lin_query = nn.Linear(width, heads * width)
        self.lin_value = nn.Linear(width, heads * width)
        self.lin_edge = nn.Linear(width, heads * width, bias=False)
        self.lin_skip = nn.Linear(width, width)
        self.lin_concate = nn.Linear(heads * width, width)
        self.lin_msg_update = JoinedLinear((width, width, width), 3 * width)
        self.msg_layer = nn.Sequential(nn.Linear(3 * width, width), nn.LayerNorm(width))
        self.layer_norm = nn.LayerNorm(3 * width)
        self.bn = BatchNorm(width)

    def forward(
        self, atoms: torch.Tensor, bonds: torch.Tensor, edges: Edges, count: torch.Tensor
    ) -> torch.Tensor:
        """(A, width), of atoms (A, width) and distances (D, width); atoms count as in ``count``."""
        shape = (-1, self.heads, atoms.shape[1])
        query, key, value = (
            layer(atoms).view(shape) for layer in (self.lin_query, self.lin_key, self.lin_value)
        )
        query = query / math.sqrt(3 * atoms.shape[1])
        edge = self.lin_edge(bonds).view(shape)
        # What a message takes from an atom or a distance alone is computed once for it. The rest
        # has heads times 3C numbers an edge; the backward pass computes it again and keeps nothing,
        # but where memory is at hand and time is not.
        updates = self.lin_msg_update.parts(value, value, edge)
        given = (query, key, query * key, edge, *updates, edges)
        received = (
            checkpoint(self.received, *given, use_reentrant=False, preserve_rng_state=False)
            if self.recompute
            else self.received(*given)
        )
        new = functional.silu(self.bn(self.lin_concate(received.flatten(1)), count))
        return new + self.lin_skip(atoms)

    def received(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        own: torch.Tensor,
        edge: torch.Tensor,
        of_target: torch.Tensor,
        of_source: torch.Tensor,
        of_edge: torch.Tensor,
        edges: Edges,
    ) -> torch.Tensor:
        """(A, heads, width): sum of messages.

        Args:
            query: (A, heads, width), over the square root of 3 width.
            key: (A, heads, width).
            own: (A, heads, width), query times key of the same atom.
            edge: (D, heads, width).
            of_target: (A, heads, 3 width), what the update takes from the target.
            of_source: (A, heads, 3 width), from the source.
            of_edge: (D, heads, 3 width), from the edge.
            edges: the ends.
        """
        source, target, bond = edges.source, edges.target, edges.bond
        asked = query.index_select(0, target)
        match = [
            own.index_select(0, target),
            asked * key.index_select(0, source),
            asked * (edge if bond is None else edge.index_select(0, bond)),
        ]
        gates = torch.sigmoid(self.layer_norm(torch.cat(match, dim=-1)))
        update = of_target.index_select(0, target) + of_source.index_select(0, source)
        update = update + (of_edge if bond is None else of_edge.index_select(0, bond))
        message = self.msg_layer(update * gates) * edges.share[:, None, None]
        return segment_sum(message, target, len(query))


class Matformer(GraphNetwork):
    """The periodic graph transformer.

    Args:
        layers: attention layers.
        hidden: width of atoms and edges, and of the embedding.
        heads: of each layer.
        edge_features: Gaussians on 0 to 8 angstrom.
        head_hidden: width of the layer after pooling.
        lattice_edges: whether atoms are tied to their images along the lattice, as published.
    """

    def __init__(
        self,
        *,
        layers: int = 5,
        hidden: int = 128,
        heads: int = 4,
        edge_features: int = 128,
        head_hidden: int = 128,
        lattice_edges: bool = True,
    ) -> None:
        super().__init__()
        self.width = self.atom_width = hidden
        self.lattice_edges = lattice_edges
        self.features = AtomFeatures()
        self.atom_embedding = nn.Linear(self.features.features, hidden)
        self.rbf = nn.Sequential(
            GaussianBasis(0.0, _CUTOFF, edge_features),
            nn.Linear(edge_features, hidden),
            nn.Softplus(),
            nn.Linear(hidden, hidden),
        )
        self.att_layers = nn.ModuleList(MatformerConv(hidden, heads) for _ in range(layers))
        self.head = nn.Sequential(
            nn.Linear(hidden, head_hidden), nn.SiLU(), nn.Linear(head_hidden, 1)
        )

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, hidden): mean over atoms after the last layer."""
        fewest = graph.distance.device.type == "cpu" and not graph.padded
        ends = (graph.source, graph.target, graph.distance, graph.bond_share)
        edges = (
            with_lattice_edges(graph, fewest=fewest)
            if self.lattice_edges
            else make_edges(*ends, fewest=fewest)
        )
        atoms = self.with_sites(self.atom_embedding(self.features(graph.element)), graph)
        bonds = self.rbf(edges.distance)
        for layer in self.att_layers:
            atoms = layer(atoms, bonds, edges, graph.atom_count)
        return pool_mean(atoms, graph.crystal, graph.atom_count, graph.n_crystals)
