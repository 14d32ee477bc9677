"""A batch of crystals through graph, encoder and network; a crystal's trouble is its own."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.crystal import Crystal, Failure
from crystext.description.record import Description
from crystext.errors import CrystextError, NotFinitePredictionError
from crystext.model.graphs.arrays import GraphArrays
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.build import graphs_of
from crystext.model.graphs.cells import cell_of
from crystext.model.networks.trained_text import TokenStates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.prediction.saved_run import SavedRun
    from crystext.model.text import TextEncoder
    from crystext.model.text.facts import FactsReader

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass
class Passenger:
    """One crystal on its way; the first thing that goes wrong ends it.

    Attributes:
        crystal: or the failure that stands for it.
        description: of it, or why there is none; ``None`` where no text is read.
        graph: once it is built.
        text: once it is read: its vector (width,), or its tokens' states (tokens, width).
        truncated: whether the text was cut off.
        value: in the property's unit, once it is predicted.
        failure: what ended it.
    """

    crystal: Crystal | Failure
    description: Description | Failure | None = None
    graph: GraphArrays | None = None
    text: NDArray[np.floating] | None = None
    truncated: bool = False
    value: float = float("nan")
    failure: Failure | None = None

    def __post_init__(self) -> None:
        """Takes over what went wrong before."""
        both = (self.crystal, self.description)
        self.failure = next((one for one in both if isinstance(one, Failure)), None)

    def end(self, error: CrystextError) -> None:
        """Records what went wrong."""
        self.failure = Failure(self.crystal.id, error.with_id(self.crystal.id))


class Forward:
    """The steps of a run's network.

    Args:
        run: the settings of graphs, texts and targets.
        network: with its weights, in evaluation mode.
        encoder: of the run, or its reader of facts; ``None`` where no text is read.
        device: ``cpu`` or ``cuda``.
    """

    def __init__(
        self,
        run: SavedRun,
        network: Network,
        encoder: TextEncoder | FactsReader | None,
        device: str,
    ) -> None:
        self.run, self.network, self.encoder, self.device = run, network, encoder, device

    def __call__(self, batch: Sequence[Passenger]) -> None:
        """Gives every crystal of a batch its value, or what ended it."""
        for step in (self._build, self._embed, self._predict):
            alive = [one for one in batch if one.failure is None]
            if alive:
                step(alive)

    def _build(self, batch: list[Passenger]) -> None:
        if self.run.graphs is None:
            return
        for one in batch:
            assert isinstance(one.crystal, Crystal)
            try:
                one.graph = graphs_of([cell_of(one.crystal.structure)], self.run.graphs)
            except CrystextError as error:
                one.end(error)

    def _embed(self, batch: list[Passenger]) -> None:
        if self.encoder is None:
            return
        from crystext.model.prediction.texts import embedded
        from crystext.model.text import section_text
        from crystext.model.text.facts import FactsReader

        if isinstance(self.encoder, FactsReader):
            for one in batch:
                assert isinstance(one.description, Description)
                one.text = self.encoder.read(one.description)
            return
        section = self.run.data["texts"]["section"]
        texts = [section_text(one.description, section)[0] for one in batch]
        found = embedded(self.encoder, texts, [one.crystal.id for one in batch])
        for one, text, error, truncated in zip(batch, *found, strict=True):
            one.text, one.truncated = text, bool(truncated)
            if error is not None:
                one.end(error)

    def _predict(self, batch: list[Passenger]) -> None:
        graph = text = None
        if self.run.graphs is not None:
            graphs = [one.graph for one in batch if one.graph is not None]
            table = GraphTable(GraphArrays.concatenate(graphs), self.device)
            graph = table.batch(torch.arange(len(table)), angles=self.network.uses_angles)
        if self.encoder is not None:
            read = [one.text for one in batch if one.text is not None]
            frozen = self.encoder.upper is None
            text = torch.from_numpy(np.stack(read)) if frozen else TokenStates.of(read)
            text = text.to(self.device)
        with torch.no_grad(), self._autocast():
            scores = self.network(graph, text).double().cpu().numpy()
        with np.errstate(over="ignore"):
            values = self.run.scaling.values(scores)
        for one, value in zip(batch, values, strict=True):
            one.value = float(value)
            if not np.isfinite(value):
                message = f"the network gives {value}: the crystal is far from all it has learnt"
                one.end(NotFinitePredictionError(message))

    def _autocast(self) -> Any:
        """The precision that the network was evaluated in; fp16 is for GPUs alone."""
        precision = self.run.settings.training.precision
        if precision == "fp32" or (precision == "fp16" and self.device == "cpu"):
            return nullcontext()
        return torch.autocast(self.device, _DTYPES[precision])
