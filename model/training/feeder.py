"""The batches of an epoch: which crystals, in which order, gathered on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crystext.model.graphs.batch import GraphBatch, GraphTable
    from crystext.model.networks.trained_text import StateTable, TokenStates
    from crystext.model.training.data import Data, Examples

_LARGEST_SHARE = 0.5  # of a GPU's free memory that tables may take


@dataclass(frozen=True)
class Batch:
    """C crystals.

    Attributes:
        places: (C,), their places in the split, on the CPU.
        graph: their graphs, if the network reads graphs.
        text: if it reads texts, their embeddings (C, width), or the states of their tokens where
            layers of the language model are trained.
        target: (C,), what the network learns.
    """

    places: torch.Tensor
    graph: GraphBatch | None
    text: torch.Tensor | TokenStates | None
    target: torch.Tensor


def order(
    n: int, batch_size: int, *, seed: int, epoch: int, drop_last: bool = False
) -> list[NDArray[np.int64]]:
    """The batches of one epoch, from seed and epoch alone, so that a resumed run draws the same.

    Sizes differ by at most one crystal: a short last batch would weigh its crystals more, and one
    of a single crystal has no batch statistics. With ``drop_last`` all are full, and the crystals
    that fill none are left out of this epoch.
    """
    shuffled = np.random.default_rng([seed, epoch]).permutation(n)
    if drop_last and n >= batch_size:
        return np.split(shuffled[: n - n % batch_size], n // batch_size)
    return np.array_split(shuffled, max(1, round(n / batch_size)))


class Feeder:
    """Gathers batches of a split where its tables lie.

    Args:
        data: of the run.
        table: graphs of the store, in its order, or ``None``.
        texts: (n, width), all embeddings of the store; a table of token states, which stays in
            memory; or ``None``.
        device: where batches are wanted; tables that do not fit there stay in memory.
        angles: whether the network reads line graphs.
        dtype: of targets.
    """

    def __init__(
        self,
        data: Data,
        table: GraphTable | None,
        texts: torch.Tensor | StateTable | None,
        device: torch.device,
        *,
        angles: bool,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.device, self.angles = device, angles
        self._table, self._texts = table, texts
        self._splits = {name: _Split.of(one, data, dtype) for name, one in data.splits.items()}

    def batch(self, split: str, places: NDArray[np.int64]) -> Batch:
        """The crystals at some places of a split."""
        index = torch.from_numpy(np.ascontiguousarray(places))
        part = self._splits[split]
        graph: GraphBatch | None = None
        text: torch.Tensor | TokenStates | None = None
        if self._table is not None:
            graph = self._table.batch(part.graph_rows[index], angles=self.angles)
            graph = graph if self._table.device == self.device else graph.to(self.device)
        if isinstance(self._texts, torch.Tensor):
            rows = part.text_rows[index].to(self._texts.device)
            text = self._texts[rows].to(self.device)
        elif self._texts is not None:
            text = self._texts.batch(part.text_rows[index]).to(self.device)
        return Batch(index, graph, text, part.target[index].to(self.device))

    def count(self, split: str) -> int:
        """How many crystals a split has."""
        return len(self._splits[split].target)

    def all(self, split: str, batch_size: int) -> Iterator[Batch]:
        """The whole split in its own order."""
        n = self.count(split)
        for start in range(0, n, batch_size):
            yield self.batch(split, np.arange(start, min(start + batch_size, n)))


@dataclass(frozen=True)
class _Split:
    graph_rows: torch.Tensor
    text_rows: torch.Tensor
    target: torch.Tensor

    @classmethod
    def of(cls, examples: Examples, data: Data, dtype: torch.dtype) -> _Split:
        nothing = np.zeros(0, dtype=np.int64)
        rows = [examples.graph_rows, examples.text_rows]
        graph_rows, text_rows = [nothing if one is None else one for one in rows]
        scores = data.scaling.scores(examples.values)
        return cls(
            torch.from_numpy(graph_rows),
            torch.from_numpy(text_rows),
            torch.from_numpy(scores).to(dtype),
        )


def resident(nbytes: int, device: torch.device) -> torch.device:
    """Where a table of this size lies: on the device when it fits, else in main memory."""
    if device.type != "cuda":
        return torch.device("cpu")
    free, _ = torch.cuda.mem_get_info(device)
    return device if nbytes < free * _LARGEST_SHARE else torch.device("cpu")
