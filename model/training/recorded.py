"""A step of training that is recorded once and repeated: as CUDA graphs, over padded batches.

A small network's step is hundreds of kernels of microseconds each, and a GPU waits for the host
between them. Recorded as one CUDA graph, a step is a single launch. What differs between steps
lies on the device: the order of the crystals, the schedule, and the step's number, which each step
raises. So nothing is asked of the device, and nothing is sent to it, before a run ends.

On a CPU the same steps run one by one, unrecorded: slower than the ordinary loop, and of use to
tests alone.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from crystext.model.training.flat import Flat, FlatAdamW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from crystext.model.graphs.padded import PaddedTable, Room
    from crystext.model.networks.base import Network
    from crystext.model.training.losses import Loss

_WARM_UP = 2  # steps before recording: lazy handles and workspaces are made in them
_LOSS, _ERROR, _NORM = range(3)


@dataclass(frozen=True)
class Sizes:
    """How much a recorded step can hold; runs that share it may have less.

    Attributes:
        steps: of a run.
        epochs: of a run.
        batch: crystals in a step.
        evaluated: crystals in one step of evaluation.
        crystals: of all splits together.
        chunks: steps that evaluate validation and test.
    """

    steps: int
    epochs: int
    batch: int
    evaluated: int
    crystals: int
    chunks: int


class Recorded:
    """Steps of one network, recorded; a run after another can use them.

    Args:
        network: on the table's device, with any weights.
        table: of graphs.
        texts: (n, width) on the device, or ``None`` where no text is read.
        rooms: of training batches, the smallest first.
        evaluation_room: of batches of evaluation.
        sizes: of the buffers.
        loss: of each crystal.
        decay: of each weight of the flat network, given the network's flat form.
    """

    def __init__(
        self,
        network: Network,
        table: PaddedTable,
        texts: torch.Tensor | None,
        rooms: Sequence[Room],
        evaluation_room: Room,
        sizes: Sizes,
        loss: Loss,
        decay: Callable[[Flat], torch.Tensor],
    ) -> None:
        self.network, self.table, self.sizes, self.loss = network, table, sizes, loss
        self.rooms, self.evaluation_room = list(rooms), evaluation_room
        self.device = table.table.device
        self.on_gpu = self.device.type == "cuda"
        self.stream = torch.cuda.Stream(self.device) if self.on_gpu else None
        self._make_buffers(texts)
        if self.on_gpu:
            torch.cuda.synchronize(self.device)  # other streams made what this one reads
        with self.here():
            self.flat = Flat(network, self._trained())
            self.optimizer = FlatAdamW(self.flat, decay(self.flat))
            self.best = torch.zeros_like(self.flat.values)
            self.best_buffers = torch.zeros_like(self.flat.buffers)
            self._pool = torch.cuda.graph_pool_handle() if self.on_gpu else None
            self.steps = [self._recorded(lambda room=room: self._step(room)) for room in self.rooms]
            self.evaluate = self._recorded(self._evaluate)
            self.judge = self._recorded(self._judge)

    def here(self) -> AbstractContextManager[Any]:
        """Work inside goes onto this step's own stream."""
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)

    def reset(self) -> None:
        """Forgets the last run; order, rows, targets and schedule are the next one's to fill."""
        self.optimizer.reset()
        for one in (self.step_number, self.epoch_number, self.chunk):
            one.zero_()
        self.told.zero_()
        self.errors.fill_(torch.inf)
        self.lowest.fill_(torch.inf)

    def _make_buffers(self, texts: torch.Tensor | None) -> None:
        sizes, device = self.sizes, self.device
        whole = {"dtype": torch.long, "device": device}
        nobody = sizes.crystals  # the last place of all: no crystal, no text, target 0
        self.graph_row = torch.full((sizes.crystals + 1,), self.table.nobody, **whole)
        self.text_row = torch.zeros(sizes.crystals + 1, **whole)
        self.target = torch.zeros(sizes.crystals + 1, device=device)
        self.order = torch.full((sizes.steps, sizes.batch), nobody, **whole)
        self.evaluated = torch.full((sizes.chunks, sizes.evaluated), nobody, **whole)
        self.validated = torch.zeros((sizes.chunks, sizes.evaluated), device=device)
        self.scores = torch.zeros((sizes.chunks, sizes.evaluated), device=device)
        self.schedule = torch.zeros((sizes.steps, 4), device=device)
        self.step_number = torch.zeros(1, **whole)
        self.epoch_number = torch.zeros(1, **whole)
        self.chunk = torch.zeros(1, **whole)
        self.told = torch.zeros((sizes.steps, 3), device=device)
        self.errors = torch.full((sizes.epochs,), torch.inf, device=device)
        self.lowest = torch.full((1,), torch.inf, device=device)
        self.texts = None if texts is None else texts.clone()

    def _trained(self) -> list[torch.nn.Parameter]:
        """The weights that a loss depends on."""
        self.network.train()
        weights = [one for one in self.network.parameters() if one.requires_grad]
        loss, *_ = self._forward(self.rooms[-1])
        found = torch.autograd.grad(loss, weights, allow_unused=True)
        return [one for one, slope in zip(weights, found, strict=True) if slope is not None]

    def _forward(self, room: Room) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        places = self.order.index_select(0, self.step_number)[0]
        target = self.target[places]
        there = (places < self.sizes.crystals).to(target.dtype)
        scores = self._scores(places, room)
        losses = self.loss(scores, target) * there
        return losses.sum() / there.sum().clamp(min=1), losses, (scores - target).abs() * there

    def _scores(self, places: torch.Tensor, room: Room) -> torch.Tensor:
        angles = self.network.uses_angles
        graph = self.table.batch(self.graph_row[places], room, angles=angles)
        text = None
        if self.texts is not None:
            rows = self.text_row[places]
            text = self.texts.index_select(0, torch.cat([rows, rows[:1]]))
        return self.network(graph, text)[: len(places)]

    def _step(self, room: Room) -> None:
        """One step of training: the crystals of the order's line, along the schedule's."""
        self.network.train()
        loss, losses, errors = self._forward(room)
        self.flat.take_gradient(loss)
        norm = torch.linalg.vector_norm(self.flat.gradient)
        told = torch.stack([losses.detach().sum(), errors.detach().sum(), norm])
        self.told.index_copy_(0, self.step_number, told[None])
        self.optimizer.step(self.schedule.index_select(0, self.step_number)[0])
        self.step_number += 1

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Scores of one line of :attr:`evaluated`."""
        self.network.eval()
        places = self.evaluated.index_select(0, self.chunk)[0]
        scores = self._scores(places, self.evaluation_room)
        self.scores.index_copy_(0, self.chunk, scores[None])
        self.chunk += 1

    @torch.no_grad()
    def _judge(self) -> None:
        """Keeps the weights if the validation error is the lowest so far."""
        off = (self.scores - self.target[self.evaluated]).abs() * self.validated
        error = off.sum() / self.validated.sum().clamp(min=1)
        better = error < self.lowest
        self.lowest.copy_(torch.where(better, error, self.lowest))
        self.best.copy_(torch.where(better, self.flat.values, self.best))
        self.best_buffers.copy_(torch.where(better, self.flat.buffers, self.best_buffers))
        self.errors.index_copy_(0, self.epoch_number, error[None])
        self.epoch_number += 1
        self.chunk.zero_()

    def _recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """The work as one launch; itself where there is no GPU."""
        if not self.on_gpu:
            return work
        assert self.stream is not None
        for _ in range(_WARM_UP):
            work()
        self.stream.synchronize()
        # torch.cuda.graph would wait for all streams, collect garbage and empty the cache
        graph = torch.cuda.CUDAGraph()
        graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
        try:
            work()
        finally:
            graph.capture_end()
        return graph.replay
