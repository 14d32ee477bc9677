"""MEGNet: bonds, atoms and a state of the whole crystal, updated in turn.

Chen et al., Chem. Mater. 31, 3564 (2019), after matgl's MEGNet (BSD-3): elements embedded in 16
numbers, 100 Gaussians from 0 to 5 angstrom, three blocks of widths 64, 64, 32, Set2Set over atoms
and over bonds. The state begins as zeros. The bonds are the common graph's, not a 4 angstrom
sphere's.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from crystext.errors import UsageError
from crystext.model.networks.base import GraphNetwork
from crystext.model.networks.elements import HIGHEST
from crystext.model.networks.layers import (
    GaussianBasis,
    JoinedLinear,
    ShiftedSoftplus,
    pool_mean,
    segment_softmax,
    segment_sum,
)
from crystext.model.networks.ops import in_full_precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.model.graphs.batch import GraphBatch

_STATE = 2  # numbers in the state that crystals begin with


def mlp(widths: Sequence[int], *, last: bool = True) -> nn.Sequential:
    """Linear layers, each followed by the activation, the last one if asked for."""
    steps: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        steps += [nn.Linear(inputs, outputs), ShiftedSoftplus()]
    return nn.Sequential(*(steps if last else steps[:-1]))


class Update(nn.Module):
    """A stack of layers on joined tables, see :class:`JoinedLinear`."""

    def __init__(self, tables: int, width: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.first = JoinedLinear([width] * tables, widths[0])
        self.rest = nn.Sequential(ShiftedSoftplus(), *mlp(widths))

    def forward(self, *tables: tuple[torch.Tensor, torch.Tensor | None]) -> torch.Tensor:
        """(n, last width), as :meth:`JoinedLinear.forward`."""
        return self.rest(self.first(*tables))


class Block(nn.Module):
    """Bonds from their atoms and the state, atoms from their bonds, the state from the means.

    Args:
        width: of bonds, atoms and state, before and after.
        dense: widths of the layers before the update; none in the first block.
        conv: widths of the update's layers; the last is ``width``.
        dropout: after the update.
    """

    def __init__(
        self, width: int, dense: Sequence[int], conv: Sequence[int], dropout: float
    ) -> None:
        super().__init__()
        self.dense = nn.ModuleList(mlp([width, *dense]) for _ in range(3))
        self.edge_update = Update(4, width, conv)
        self.node_update = Update(3, width, conv)
        self.state_update = Update(3, width, conv)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, bonds: torch.Tensor, atoms: torch.Tensor, state: torch.Tensor, graph: GraphBatch
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """New bonds (B, width), atoms (A, width) and state (C, width)."""
        before = (bonds, atoms, state)
        bonds, atoms, state = (
            layer(values) for layer, values in zip(self.dense, before, strict=True)
        )
        share, of_bond = graph.bond_share, graph.crystal[graph.target]
        new_bonds = self.edge_update(
            (atoms, graph.target), (atoms, graph.source), (bonds, None), (state, of_bond)
        )
        arriving = segment_sum(new_bonds * share[:, None], graph.target, len(atoms))
        degree = segment_sum(share, graph.target, len(atoms))
        new_atoms = self.node_update(
            (atoms, None), (arriving / degree.clamp_min(1)[:, None], None), (state, graph.crystal)
        )
        new_state = self.state_update(
            (state, None),
            (pool_mean(new_bonds, of_bond, graph.bond_count, graph.n_crystals), None),
            (pool_mean(new_atoms, graph.crystal, graph.atom_count, graph.n_crystals), None),
        )
        new = (new_bonds, new_atoms, new_state)
        bonds, atoms, state = (
            old + self.dropout(values) for old, values in zip(before, new, strict=True)
        )
        return bonds, atoms, state


class Set2Set(nn.Module):
    """A query that looks at a set a few times (Vinyals et al., arXiv:1511.06391).

    Args:
        width: of the members; the result has twice that.
        steps: how often it looks.
    """

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.width, self.steps = width, steps
        self.lstm = nn.LSTM(2 * width, width)

    def forward(
        self, values: torch.Tensor, crystal: torch.Tensor, count: torch.Tensor, n_crystals: int
    ) -> torch.Tensor:
        """(C, 2 width), of values (n, width) that count as often as ``count`` says."""
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        query = values.new_zeros(n_crystals, 2 * self.width)
        memory = (values.new_zeros(1, n_crystals, self.width),) * 2
        for _ in range(self.steps):
            with in_full_precision(values.device.type):  # not every CPU has it in half
                asked, memory = self.lstm(query[None], memory)
            asked = asked[0]
            logits = (values * asked[crystal]).sum(dim=1)
            weight = segment_softmax(logits, crystal, n_crystals, count) * count
            found = segment_sum(values * weight[:, None], crystal, n_crystals)
            query = torch.cat([asked, found], dim=1)
        return query


class MEGNet(GraphNetwork):
    """The materials graph network.

    Args:
        blocks: update blocks.
        atom_embedding: numbers that an element is embedded in.
        edge_features: Gaussians from 0 to ``reach``.
        reach: last centre, in angstrom.
        gamma: of the Gaussians' exponent, per square angstrom.
        dense: widths of the layers before each block.
        conv: widths of the layers in each block; the last is that of ``dense``.
        head_hidden: widths of the layers after pooling.
        set2set_steps: how often the readout looks.
        dropout: after each block and before the head.
    """

    def __init__(
        self,
        *,
        blocks: int = 3,
        atom_embedding: int = 16,
        edge_features: int = 100,
        reach: float = 5.0,
        gamma: float = 0.5,
        dense: tuple[int, ...] = (64, 32),
        conv: tuple[int, ...] = (64, 64, 32),
        head_hidden: tuple[int, ...] = (32, 16),
        set2set_steps: int = 2,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not dense or not conv or dense[-1] != conv[-1]:
            raise UsageError(
                f"megnet: dense {list(dense)} and conv {list(conv)} must end with the same width, "
                "for each block adds what it gives to what it got"
            )
        width = conv[-1]
        self.width, self.atom_width = 5 * width, width
        self.embedding = nn.Embedding(HIGHEST + 1, atom_embedding)
        self.basis = GaussianBasis(0.0, reach, edge_features, gamma)
        self.edge_encoder = mlp([edge_features, *dense])
        self.node_encoder = mlp([atom_embedding, *dense])
        self.state_encoder = mlp([_STATE, *dense])
        self.blocks = nn.ModuleList(
            Block(width, dense if number else (), conv, dropout) for number in range(blocks)
        )
        self.edge_readout = Set2Set(width, set2set_steps)
        self.node_readout = Set2Set(width, set2set_steps)
        head = mlp([self.width, *head_hidden, 1], last=False)
        self.head = nn.Sequential(nn.Dropout(dropout), *head)

    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, 5 times the last width): readouts of atoms and of bonds, and the state."""
        bonds = self.edge_encoder(self.basis(graph.distance))
        atoms = self.with_sites(self.node_encoder(self.embedding(graph.element)), graph)
        state = self.state_encoder(atoms.new_zeros(graph.n_crystals, _STATE))
        for block in self.blocks:
            bonds, atoms, state = block(bonds, atoms, state, graph)
        of_bond = graph.crystal[graph.target]
        by_atoms = self.node_readout(atoms, graph.crystal, graph.atom_count, graph.n_crystals)
        by_bonds = self.edge_readout(bonds, of_bond, graph.bond_count, graph.n_crystals)
        return torch.cat([by_atoms, by_bonds, state], dim=1)
