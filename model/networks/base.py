"""What every network promises: what it reads, how wide its embedding is, one number per crystal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn

from crystext.model.networks.elements import N_FEATURES, atom_features

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch


class Network(nn.Module, ABC):
    """A network from crystals to one number each, in units of the standardised target.

    Attributes:
        uses_graph: whether it reads the graph.
        uses_angles: whether it reads the line graph; batches are gathered without it otherwise.
        uses_text: whether it reads the text's embedding.
        former_names: of its parts in weights that were saved by earlier releases, to today's.
    """

    uses_graph: ClassVar[bool] = True
    uses_angles: ClassVar[bool] = False
    uses_text: ClassVar[bool] = False
    former_names: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def forward(self, graph: GraphBatch | None, text: Any = None) -> torch.Tensor:
        """(C,) of a batch of C crystals and their texts.

        Args:
            graph: of the crystals; ``None`` where the network reads none.
            text: embeddings (C, text width), or for a network that trains layers of a language
                model the states of tokens.
        """

    @abstractmethod
    def represent(self, graph: GraphBatch | None, text: Any = None) -> torch.Tensor:
        """(C, width): the vector of each crystal that the last layers read the value from."""


class GraphNetwork(Network):
    """A graph network: an embedding of the crystal, and the published head on it.

    Attributes:
        width: of the embedding.
        atom_width: of the atoms' first embedding.
        head: (C, width) to (C, 1).
        site_update: what facts of sites add to the atoms' first embedding, if they are read.
    """

    width: int
    atom_width: int
    head: nn.Module
    site_update: nn.Module | None

    def __init__(self) -> None:
        super().__init__()
        self.register_module("site_update", None)

    def with_sites(self, atoms: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """(A, atom width): the atoms' first embedding, and what their sites' facts add to it."""
        return atoms if self.site_update is None else self.site_update(atoms, graph)

    @abstractmethod
    def embed(self, graph: GraphBatch) -> torch.Tensor:
        """(C, width): the crystal's embedding, which does not depend on the choice of cell."""

    def read_out(self, embedding: torch.Tensor, _graph: GraphBatch) -> torch.Tensor:
        """(C,) of embeddings (C, width) of a batch's crystals: the head on them."""
        return self.head(embedding).squeeze(-1)

    def represent(self, graph: GraphBatch | None, _text: Any = None) -> torch.Tensor:
        """(C, width): the embedding; the text is not read."""
        assert graph is not None
        return self.embed(graph)

    def forward(self, graph: GraphBatch | None, _text: torch.Tensor | None = None) -> torch.Tensor:
        """(C,): what is read out of the embedding; the text is not read."""
        assert graph is not None
        return self.read_out(self.embed(graph), graph)


class AtomFeatures(nn.Module):
    """The 92 CGCNN features of each atom's element, (A, 92); holds no weights."""

    features = N_FEATURES
    table: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        table = torch.from_numpy(atom_features().copy())
        self.register_buffer("table", table, persistent=False)

    def forward(self, element: torch.Tensor) -> torch.Tensor:
        """(A, 92) of atomic numbers (A,)."""
        return self.table[element]
