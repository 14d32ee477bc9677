"""What a graph network learns from texts before it learns a property: two tasks.

Both read the standardised principal components of a crystal's facts (:mod:`crystext.features`),
fitted to the crystals that are learnt from. Either is a network whose output is the loss of each
crystal, so that the ordinary loop trains it towards 0.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn
from torch.nn import functional

from crystext.model.networks.base import Network
from crystext.model.networks.fusion import COMPONENTS, Whitening
from crystext.model.training.feeder import order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.model.graphs.batch import GraphBatch
    from crystext.model.networks.base import GraphNetwork
    from crystext.model.training.feeder import Batch, Feeder

_FURTHEST = 5.0  # deviations; 1 component in 1,000 of mini's is larger and is learnt as this
_HIDDEN = 128
_TEMPERATURE, _COLDEST = 0.07, 0.01


class Pretext(Network):
    """A graph network, and what it is joined with while it learns from facts.

    Args:
        network: that learns; its own head is not used.
        facts: width of a crystal's facts.
    """

    uses_text: ClassVar[bool] = True

    def __init__(self, network: GraphNetwork, facts: int) -> None:
        super().__init__()
        self.network = network
        self.whitening = Whitening(facts, COMPONENTS)

    @property
    def uses_angles(self) -> bool:  # type: ignore[override]
        """Whether the graph network reads the line graph."""
        return self.network.uses_angles

    def components(self, facts: Any) -> torch.Tensor:
        """(C, at most 64) of facts (C, width); bounded, so that one odd crystal does not lead."""
        return self.whitening(facts.float()).clamp(-_FURTHEST, _FURTHEST)

    def represent(self, graph: GraphBatch | None, _text: Any = None) -> torch.Tensor:
        """(C, width): the graph network's embedding; the facts are not read."""
        return self.network.represent(graph)

    @abstractmethod
    def judge(self, feeder: Feeder, split: str, batch_size: int) -> dict[str, float | int]:
        """How well the task is done on a split, and what doing nothing would give.

        Args:
            feeder: of the run.
            split: of the feeder.
            batch_size: crystals among which a crystal's facts are looked for.
        """


class FactsTask(Pretext):
    """Predicts the components: mean squared error over those that vary.

    Args:
        network: that learns.
        facts: width of a crystal's facts.
    """

    def __init__(self, network: GraphNetwork, facts: int) -> None:
        super().__init__(network, facts)
        self.reader = _two_layers(network.width, self.whitening.width)

    def forward(self, graph: GraphBatch | None, text: Any = None) -> torch.Tensor:
        """(C,): mean squared error of each crystal's components."""
        wanted, varies = self.components(text), self._varies()
        error = (self.reader(self.represent(graph)).float() - wanted).square()
        return (error * varies).sum(1) / varies.sum().clamp_min(1)

    def judge(self, feeder: Feeder, split: str, batch_size: int) -> dict[str, float | int]:
        """Mean squared error, that of the mean, and the share of the variance that is explained."""
        losses, nothing = [], []
        varies = self._varies()
        for batch in _batches(feeder, split, batch_size):
            losses.append(self(batch.graph, batch.text))
            size = (self.components(batch.text).square() * varies).sum(1)
            nothing.append(size / varies.sum().clamp_min(1))
        loss, mean = (float(torch.cat(one).double().mean()) for one in (losses, nothing))
        return {
            "loss": loss,
            "baseline_loss": mean,
            "explained_variance": 1 - loss / mean if mean > 0 else math.nan,
            "components": int(varies.sum()),
        }

    def _varies(self) -> torch.Tensor:
        return (self.whitening.weight != 0).any(0).float()


class ContrastiveTask(Pretext):
    """Finds each crystal's facts among the batch's, and each facts' crystal: symmetric InfoNCE.

    Both sides are projected to 64 numbers of length 1; logits are their products over a
    temperature that is learnt. Radford et al., Learning transferable visual models from natural
    language supervision, arXiv:2103.00020, figure 3.

    Args:
        network: that learns.
        facts: width of a crystal's facts.
    """

    def __init__(self, network: GraphNetwork, facts: int) -> None:
        super().__init__(network, facts)
        self.reader = _two_layers(network.width, COMPONENTS)
        self.fact_reader = _two_layers(self.whitening.width, COMPONENTS)
        self.scale = nn.Parameter(torch.tensor(math.log(1 / _TEMPERATURE)))

    def forward(self, graph: GraphBatch | None, text: Any = None) -> torch.Tensor:
        """(C,): cross-entropy of each crystal, mean of both directions."""
        logits = self.logits(graph, text)
        own = torch.arange(len(logits), device=logits.device)
        both = [functional.cross_entropy(one, own, reduction="none") for one in (logits, logits.T)]
        return (both[0] + both[1]) / 2

    def logits(self, graph: GraphBatch | None, text: Any) -> torch.Tensor:
        """(C, C): how well each crystal, a row, fits each crystal's facts, a column."""
        seen = functional.normalize(self.reader(self.represent(graph)).float(), dim=1)
        read = functional.normalize(self.fact_reader(self.components(text)).float(), dim=1)
        return self.scale.clamp(max=math.log(1 / _COLDEST)).exp() * (seen @ read.T)

    def judge(self, feeder: Feeder, split: str, batch_size: int) -> dict[str, float | int]:
        """Cross-entropy, that of a guess, and the share of crystals whose own facts fit best."""
        losses, nothing, found = [], [], []
        for batch in _batches(feeder, split, batch_size):
            logits = self.logits(batch.graph, batch.text)
            own = torch.arange(len(logits), device=logits.device)
            losses.append(self(batch.graph, batch.text))
            nothing += [math.log(len(logits))] * len(logits)
            found.append((logits.argmax(1) == own).double())
        return {
            "loss": float(torch.cat(losses).double().mean()),
            "baseline_loss": sum(nothing) / len(nothing),
            "found": float(torch.cat(found).mean()),
            "found_by_chance": len(losses) / len(nothing),
        }


TASKS: dict[str, type[FactsTask | ContrastiveTask]] = {
    "facts": FactsTask,
    "contrastive": ContrastiveTask,
}
"""By the names in :data:`crystext.choices.PRETEXTS`."""


def _two_layers(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(inputs, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, outputs))


def _batches(feeder: Feeder, split: str, batch_size: int) -> Iterator[Batch]:
    """The whole split in an order that is always the same, and belongs to no family of crystals."""
    for places in order(feeder.count(split), batch_size, seed=0, epoch=0):
        yield feeder.batch(split, places)
