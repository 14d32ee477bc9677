"""A network that reads texts through the last layers of a language model, trained along with it.

All below those layers is frozen. What it makes of a text, the states of its tokens where they enter
the first trained layer, is therefore computed once and kept
(:class:`~crystext.model.text.store.StateStore`, float16), and a step of training runs the trained
layers alone. They begin with their pretrained weights, so that the first output is that of the
frozen path, but for the rounding of the states; dropout is that of the language model's
configuration while training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from crystext.model.networks.base import Network
from crystext.model.text.encoder import pooled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from crystext.model.graphs.batch import GraphBatch
    from crystext.model.text.store import StateStore

PADDED_AT_ONCE = {"cpu": 2048, "cuda": 32768}
"""Tokens, padding included, that go through the layers together: little padding, and caches."""


@dataclass(frozen=True)
class TokenStates:
    """Token states of C texts, one after the other, without padding.

    Attributes:
        states: (tokens of all texts, width), float16.
        lengths: tokens of each text, C of them.
    """

    states: torch.Tensor
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, texts: Sequence[NDArray[np.float16]]) -> TokenStates:
        """Of the states of each text (tokens, width)."""
        return cls(torch.from_numpy(np.concatenate(texts)), tuple(map(len, texts)))

    def to(self, device: torch.device | str) -> TokenStates:
        """The same on another device."""
        return TokenStates(self.states.to(device), self.lengths)


class StateTable:
    """Gathers the token states of batches from a store; only these are read from the disk.

    Args:
        store: of the corpus.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def batch(self, rows: torch.Tensor) -> TokenStates:
        """The states of some texts, (C,) rows of the store."""
        return TokenStates.of([self._store.of(row) for row in rows.tolist()])


class Unfrozen(Network):
    """The last layers of a language model under a network that reads vectors of texts.

    Args:
        network: that reads the vectors.
        layers_of_text: that are trained; see :mod:`crystext.model.text.trained_layers`.
        pool: how the states of a text become its vector, ``cls`` or ``mean``.
    """

    uses_text: ClassVar[bool] = True

    def __init__(self, network: Network, layers_of_text: nn.ModuleList, pool: str) -> None:
        super().__init__()
        self.reader, self.layers_of_text, self.pool = network, layers_of_text, pool

    @property
    def uses_graph(self) -> bool:  # type: ignore[override]
        """Whether the network reads the graph."""
        return self.reader.uses_graph

    @property
    def uses_angles(self) -> bool:  # type: ignore[override]
        """Whether the network reads the line graph."""
        return self.reader.uses_angles

    def forward(self, graph: GraphBatch | None, text: TokenStates | None = None) -> torch.Tensor:
        """(C,) of a batch of C crystals and the token states of their texts."""
        assert text is not None
        return self.reader(graph, self.vectors(text))

    def represent(self, graph: GraphBatch | None, text: TokenStates | None = None) -> torch.Tensor:
        """(C, width): what the network that reads the vectors makes of them."""
        assert text is not None
        return self.reader.represent(graph, self.vectors(text))

    def vectors(self, text: TokenStates) -> torch.Tensor:
        """The texts' vectors (C, width), float32; texts of like length are padded together."""
        lengths = torch.tensor(text.lengths)
        starts = lengths.cumsum(0) - lengths
        parts, order = [], []
        for rows in groups(text.lengths, PADDED_AT_ONCE[text.states.device.type]):
            place = torch.arange(max(text.lengths[row] for row in rows))
            mask = place < lengths[rows, None]
            index = (starts[rows, None] + place).where(mask, starts[rows, None])
            hidden = text.states[index.to(text.states.device)].float()
            parts.append(self._read(hidden, mask.to(hidden.device), whole=bool(mask.all())))
            order += rows
        back = torch.tensor(order, device=text.states.device).argsort()
        return torch.cat(parts)[back]

    def _read(self, hidden: torch.Tensor, mask: torch.Tensor, *, whole: bool) -> torch.Tensor:
        allowed = None if whole else mask[:, None, None]
        for layer in self.layers_of_text:
            found: Any = layer(hidden, allowed)
            hidden = found[0] if isinstance(found, tuple) else found
        return pooled(hidden.float(), mask, self.pool)


def groups(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Texts of like length, the shortest first, at most ``budget`` tokens with their padding.

    Args:
        lengths: tokens of each text.
        budget: of a group; a text longer than that is a group of its own.
    """
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: (lengths[row], row)):
        if group and (len(group) + 1) * lengths[row] > budget:
            yield group
            group = []
        group.append(row)
    if group:
        yield group
