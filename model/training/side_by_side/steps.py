"""A step of training that is recorded once and repeated: as CUDA graphs, over padded batches.

A small network's step is hundreds of kernels of microseconds each, and a GPU waits for the host
between them. Recorded as one CUDA graph, a step is a single launch, and the kernels of G networks
side by side (:mod:`crystext.model.networks.grouped`) are as many as those of one. What differs
between steps lies on the device: the order of the crystals, the schedule, and the step's number,
which each step raises. So nothing is asked of the device, and nothing is sent to it, before a run
ends.

On a CPU the same steps run one by one, unrecorded.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from crystext.model.networks.matformer import MatformerConv
from crystext.model.training.optimizer import make_optimizer
from crystext.model.training.side_by_side.flat import Flat, FlatAdamW, decay_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from crystext.model.graphs.padded import PaddedTable, Room
    from crystext.model.networks.base import Network
    from crystext.model.settings import TrainingSettings
    from crystext.model.training.losses import Loss

_WARM_UP = 2  # steps before recording: lazy handles and workspaces are made in them
AT_REST = (0.0, 0.0, 0.0, 1.0)
"""A line of the schedule that moves nothing."""


@dataclass(frozen=True)
class Sizes:
    """How much recorded steps can hold; runs that share them may have less.

    Attributes:
        groups: networks side by side.
        steps: of a run.
        epochs: of a run.
        batch: crystals in a step.
        evaluated: crystals in one step of evaluation.
        crystals: of all splits together.
        chunks: steps that evaluate validation and test.
    """

    groups: int
    steps: int
    epochs: int
    batch: int
    evaluated: int
    crystals: int
    chunks: int


class Recorded:
    """Steps of G networks, recorded; runs after others can use them.

    Args:
        network: grouped, on the table's device, with any weights.
        table: of graphs.
        texts: crystals and width of the vectors that are read, or ``None`` where none are.
        sites: atoms of the table and width of the facts of their sites, or ``None`` likewise.
        rooms: of training batches, the smallest first.
        evaluation_room: of batches of evaluation.
        sizes: of the buffers.
        loss: of each crystal.
        settings: of training.

    Attributes:
        graph_row: (G, crystals + 1), rows of the table; the last is nobody's.
        text_row: (G, crystals + 1), rows of :attr:`texts`.
        target: (G, crystals + 1), what is learnt.
        order: (steps, G, batch), the crystals of each step; ``crystals`` for nobody.
        schedule: (steps, G, 4), see :class:`~crystext.model.training.side_by_side.flat.Schedule`.
        evaluated: (chunks, G, evaluated), validation first.
        validated: of that shape, 1 for crystals of validation, else 0.
        texts: (G, n, width), or ``None``.
        sites: (G, A, width), or ``None``.
        told: (steps, G, 3), sums of losses and of absolute errors, and the gradient's norm.
        errors: (epochs, G), of validation, in standard scores.
        scores: (chunks, G, evaluated), of the last evaluation.
        best: (G, n), weights of the epoch with the lowest validation error.
    """

    def __init__(
        self,
        network: Network,
        table: PaddedTable,
        texts: tuple[int, int] | None,
        sites: tuple[int, int] | None,
        rooms: Sequence[Room],
        evaluation_room: Room,
        sizes: Sizes,
        loss: Loss,
        settings: TrainingSettings,
    ) -> None:
        self.network, self.table, self.sizes, self.loss = network, table, sizes, loss
        for layer in network.modules():
            if isinstance(layer, MatformerConv):
                layer.recompute = False
        self.rooms, self.evaluation_room = list(rooms), evaluation_room
        self.device = table.table.device
        self.on_gpu = self.device.type == "cuda"
        self.stream = torch.cuda.Stream(self.device) if self.on_gpu else None
        self._make_buffers(texts, sites)
        if self.on_gpu:
            torch.cuda.synchronize(self.device)  # other streams made what this one reads
        with self.here():
            decays = make_optimizer(network, settings)
            self.flat = Flat(network, self._trained(), sizes.groups)
            self.optimizer = FlatAdamW(self.flat, decay_of(self.flat, decays))
            self.best = torch.zeros_like(self.flat.values)
            self._best_buffers = torch.zeros_like(self.flat.buffers)
            self._pool = torch.cuda.graph_pool_handle() if self.on_gpu else None
            self.steps = [self._recorded(partial(self._step, room)) for room in self.rooms]
            self.evaluate = self._recorded(self._evaluate)
            self.judge = self._recorded(self._judge)

    def here(self) -> AbstractContextManager[Any]:
        """Work inside goes onto these steps' own stream."""
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)

    def reset(self) -> None:
        """Forgets the last runs; what is read is the next ones' to fill."""
        self.optimizer.reset()
        for one in (self._step_number, self._epoch_number, self._chunk, self.told, self.scores):
            one.zero_()
        for one in (self.errors, self._lowest):
            one.fill_(torch.inf)
        self.graph_row.fill_(self.table.nobody)
        for one in (self.text_row, self.target, self.validated):
            one.zero_()
        for one in (self.order, self.evaluated):
            one.fill_(self.sizes.crystals)
        self.schedule.copy_(self.schedule.new_tensor(AT_REST))

    def restore(self) -> None:
        """Gives the networks the weights of their best epochs."""
        self.flat.values.copy_(self.best)
        self.flat.buffers.copy_(self._best_buffers)

    def _make_buffers(self, texts: tuple[int, int] | None, sites: tuple[int, int] | None) -> None:
        sizes = self.sizes
        groups, device = sizes.groups, self.device
        self.graph_row = torch.full((groups, sizes.crystals + 1), self.table.nobody, device=device)
        self.text_row = torch.zeros_like(self.graph_row)
        self.target = torch.zeros((groups, sizes.crystals + 1), device=device)
        self.order = torch.full((sizes.steps, groups, sizes.batch), sizes.crystals, device=device)
        self.schedule = torch.zeros((sizes.steps, groups, len(AT_REST)), device=device)
        looked_at = (sizes.chunks, groups, sizes.evaluated)
        self.evaluated = torch.full(looked_at, sizes.crystals, device=device)
        self.validated = torch.zeros(looked_at, device=device)
        self.scores = torch.zeros(looked_at, device=device)
        self._step_number, self._epoch_number, self._chunk = (
            torch.zeros(1, dtype=torch.long, device=device) for _ in range(3)
        )
        self.told = torch.zeros((sizes.steps, groups, 3), device=device)
        self.errors = torch.full((sizes.epochs, groups), torch.inf, device=device)
        self._lowest = torch.full((groups,), torch.inf, device=device)
        self.texts, self.sites = (
            None if one is None else torch.zeros((groups, *one), device=device)
            for one in (texts, sites)
        )

    def _trained(self) -> list[torch.nn.Parameter]:
        """The weights that a loss depends on."""
        self.network.train()
        weights = [one for one in self.network.parameters() if one.requires_grad]
        losses, _, _ = self._forward(self.rooms[-1])
        found = torch.autograd.grad(losses.sum(), weights, allow_unused=True)
        return [one for one, slope in zip(weights, found, strict=True) if slope is not None]

    def _forward(self, room: Room) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(G,) mean losses; (G,) sums of losses and absolute errors."""
        places = self.order.index_select(0, self._step_number)[0]
        target = self.target.gather(1, places)
        there = (places < self.sizes.crystals).to(target.dtype)
        scores = self._scores(places, room)
        losses = (self.loss(scores, target) * there).sum(dim=1)
        errors = ((scores - target).abs() * there).sum(dim=1)
        return losses / there.sum(dim=1).clamp(min=1), losses, errors

    def _scores(self, places: torch.Tensor, room: Room) -> torch.Tensor:
        """(G, C) of places (G, C)."""
        groups, angles = self.sizes.groups, self.network.uses_angles
        crystals = self.graph_row.gather(1, places)
        graph = self.table.batch(crystals, room, angles=angles, sites=self.sites)
        text = None
        if self.texts is not None:
            rows = self.text_row.gather(1, torch.cat([places, places[:, :1]], dim=1))
            first = torch.arange(groups, device=self.device)[:, None] * self.texts.shape[1]
            text = self.texts.flatten(0, 1).index_select(0, (rows + first).flatten())
        return self.network(graph, text).view(groups, -1)[:, :-1]

    def _step(self, room: Room) -> None:
        """One step of training: the crystals of the order's line, along the schedule's."""
        self.network.train()
        means, losses, errors = self._forward(room)
        self.flat.take_gradient(means.sum())
        norm = torch.linalg.vector_norm(self.flat.gradient, dim=1)
        told = torch.stack([losses.detach(), errors.detach(), norm], dim=1)
        self.told.index_copy_(0, self._step_number, told[None])
        self.optimizer.step(self.schedule.index_select(0, self._step_number)[0])
        self._step_number += 1

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Scores of one line of :attr:`evaluated`."""
        self.network.eval()
        places = self.evaluated.index_select(0, self._chunk)[0]
        scores = self._scores(places, self.evaluation_room)
        self.scores.index_copy_(0, self._chunk, scores[None])
        self._chunk += 1

    @torch.no_grad()
    def _judge(self) -> None:
        """Keeps the weights where the validation error is the lowest so far."""
        target = torch.stack([self.target.gather(1, one) for one in self.evaluated.unbind()])
        off = torch.where(self.validated > 0, (self.scores - target).abs(), 0).sum(dim=(0, 2))
        error = off / self.validated.sum(dim=(0, 2)).clamp(min=1)
        better = error < self._lowest
        self._lowest.copy_(torch.where(better, error, self._lowest))
        for kept, now in (
            (self.best, self.flat.values),
            (self._best_buffers, self.flat.buffers),
        ):
            kept.copy_(torch.where(better[:, None], now, kept))
        self.errors.index_copy_(0, self._epoch_number, error[None])
        self._epoch_number += 1
        self._chunk.zero_()

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
