"""Many runs at once on one GPU: side by side in recorded steps, on streams of their own.

One small network leaves most of a GPU idle. Here the runs of a benchmark share it: those of one
network and property are trained side by side in the same kernels, and different ones on different
streams. The host only launches; it asks for results when runs have ended. A run that is interrupted
begins anew, for it takes seconds or minutes.

First weights, the order of crystals and the choice of the epoch are those of
:func:`crystext.model.training.run.train`. Dropout draws from the device's own generator, and sums
are atomic: runs that are repeated agree to rounding, not to a bit.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import torch

from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.padded import PaddedTable
from crystext.model.graphs.store import GraphStore
from crystext.model.networks.build import blank_network
from crystext.model.networks.grouped import can_be_grouped
from crystext.model.training.folder import begin_run
from crystext.model.training.side_by_side.results import results
from crystext.model.training.side_by_side.runs import Lined, fill, record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crystext.errors import ModelError
    from crystext.model.settings import RunSettings
    from crystext.model.training.prepared import Prepared

    Tell = Callable[[Prepared, dict[str, Any] | ModelError], None]

_log = logging.getLogger(__name__)
_AHEAD = 2  # epochs that wait on the device while the host looks after other runs
_IDLE = 2e-4  # s


def can_be_recorded(settings: RunSettings) -> bool:
    """Whether runs of these settings can be trained so: to the end, of networks with grouped forms.

    Args:
        settings: of a run; its device does not matter.
    """
    training = settings.training
    if (
        settings.graph_network is None
        or settings.trained_layers
        or settings.threshold is not None
        or training.precision != "fp32"
        or training.patience is not None
        or training.compile
        or training.drop_last
        or training.watch_test
        or training.deterministic
    ):
        return False
    return can_be_grouped(blank_network(settings))


def train_together(
    runs: Sequence[Prepared],
    device: torch.device,
    *,
    tell: Tell,
    side_by_side: int = 16,
    lanes: int = 16,
) -> None:
    """Trains runs to their end, in their order where they share recorded steps.

    Args:
        runs: that :func:`can_be_recorded`; of one graph store.
        device: a GPU; on a CPU the same happens one by one.
        tell: is given each run's metrics, or why it has none.
        side_by_side: networks in the same kernels, at most.
        lanes: recorded steps on streams of their own; each kind of runs has one at least.
    """
    if not runs:
        return
    began = time.perf_counter()
    store = runs[0].data.graphs
    assert isinstance(store, GraphStore)
    table = PaddedTable(GraphTable(store.arrays(), device))
    kinds: dict[str, list[Lined]] = {}
    for run in runs:
        lined = Lined(run)
        kinds.setdefault(lined.kind, []).append(lined)
    each = max(1, lanes // len(kinds))
    working = []
    for alike in kinds.values():
        parts = [alike[i : i + side_by_side] for i in range(0, len(alike), side_by_side)]
        queue = deque(parts)
        working += [
            _Lane(queue, alike, table, side_by_side, tell) for _ in range(min(each, len(parts)))
        ]
    took = time.perf_counter() - began
    _log.info("%d recorded steps for %d runs, made in %.1f s", len(working), len(runs), took)
    while working:
        moved = [lane.advance() for lane in working]
        working = [lane for lane in working if not lane.done]
        if not any(moved):
            time.sleep(_IDLE)


class _Lane:
    """Recorded steps on a stream of their own, and the runs that follow one another on them."""

    def __init__(
        self,
        queue: deque[list[Lined]],
        alike: Sequence[Lined],
        table: PaddedTable,
        side_by_side: int,
        tell: Tell,
    ) -> None:
        self.queue, self.table, self.tell = queue, table, tell
        self.steps = record(alike, table, side_by_side)
        self.now: list[Lined] = []
        self.rooms: NDArray[Any] | None = None
        self.epoch, self.began = 0, 0.0
        self.waiting: deque[torch.cuda.Event] = deque()

    @property
    def done(self) -> bool:
        """Whether there is nothing more to do."""
        return not self.now and not self.queue

    def advance(self) -> bool:
        """Launches an epoch, begins or ends runs; tells whether there was anything to do."""
        while self.waiting and self.waiting[0].query():
            self.waiting.popleft()
        if not self.now:
            if not self.queue:
                return False
            self._begin(self.queue.popleft())
        elif self.epoch > self.now[0].epochs:
            if self.waiting:
                return False
            self._end()
        elif len(self.waiting) < _AHEAD:
            self._launch()
        else:
            return False
        return True

    def _begin(self, runs: list[Lined]) -> None:
        for one in runs:
            begin_run(one.run.folder, one.run.record, one.data)
        with self.steps.here():
            self.rooms = fill(self.steps, runs, self.table)
        self.now, self.epoch, self.began = runs, 0, time.perf_counter()

    def _launch(self) -> None:
        steps, first = self.steps, self.now[0]
        assert self.rooms is not None
        with steps.here():
            if self.epoch < first.epochs:
                begin = self.epoch * first.steps
                for room in self.rooms[begin : begin + first.steps]:
                    steps.steps[room]()
                for _ in range(max(len(one.chunks["validation"]) for one in self.now)):
                    steps.evaluate()
                steps.judge()
            else:
                steps.restore()
                for _ in range(max(sum(map(len, one.chunks.values())) for one in self.now)):
                    steps.evaluate()
            if steps.on_gpu:
                event = torch.cuda.Event()
                event.record()
                self.waiting.append(event)
        self.epoch += 1

    def _end(self) -> None:
        runs, self.now = self.now, []
        with self.steps.here():
            found = results(self.steps, runs, time.perf_counter() - self.began)
        for one, told in zip(runs, found, strict=True):
            self.tell(one.run, told)
