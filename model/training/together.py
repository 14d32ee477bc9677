"""Many runs at once on one GPU: each on a stream of its own, with recorded steps.

One small network leaves most of a GPU idle. Here the runs of a benchmark share it: those with the
same network and property follow one another on the same recorded steps, and different ones run
side by side. The host only launches; it asks for results when a run has ended. A run that is
interrupted begins anew, for it takes seconds or minutes.

Weights, the order of crystals and the choice of the epoch are those of :func:`train`. Dropout draws
from the device's own generator, and sums are atomic: repeated runs agree to rounding, not to a bit.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.errors import ModelError, NotFiniteTrainingError
from crystext.model.graphs.batch import GraphTable
from crystext.model.graphs.padded import PaddedTable, batch_sizes, rooms_for
from crystext.model.graphs.store import GraphStore
from crystext.model.training.checkpoint import save_weights
from crystext.model.training.feeder import order
from crystext.model.training.flat import Schedule, decay_of
from crystext.model.training.folder import BEST, begin_run, finish_run
from crystext.model.training.logs import write_log
from crystext.model.training.loop import Progress
from crystext.model.training.losses import loss_of
from crystext.model.training.optimizer import make_optimizer, make_schedule
from crystext.model.training.prepared import first_network
from crystext.model.training.recorded import Recorded, Sizes
from crystext.model.training.run import metrics_of, spent
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings
    from crystext.model.training.prepared import Prepared

_log = logging.getLogger(__name__)
_ROOMS = 2  # shapes of a training batch: more waste less, and take longer to record
_EVALUATED = 256  # crystals in a step of evaluation
_AHEAD = 2  # epochs that wait on the device while the host looks after other runs
_IDLE = 2e-4  # s
_HELD_OUT = ("validation", "test")


def can_be_recorded(settings: RunSettings) -> bool:
    """Whether these settings can be trained so: a graph network at full precision, to the end."""
    training = settings.training
    return (
        settings.graph_network is not None
        and not settings.trained_layers
        and settings.threshold is None
        and training.precision == "fp32"
        and training.patience is None
        and not (training.compile or training.drop_last or training.watch_test)
    )


def train_together(
    runs: Sequence[Prepared],
    device: torch.device,
    *,
    lanes: int = 16,
    tell: Callable[[Prepared, dict[str, Any] | ModelError], None],
) -> None:
    """Trains runs to their end, in their order where they share recorded steps.

    Args:
        runs: that :func:`can_be_recorded`; of one graph store.
        device: a GPU; on a CPU the same happens one by one.
        lanes: recorded steps side by side; every network and property has one at least.
        tell: is given each run's metrics, or why it has none.
    """
    groups: dict[str, list[Prepared]] = {}
    for run in runs:
        groups.setdefault(_kind(run), []).append(run)
    if not groups:
        return
    store = runs[0].data.graphs
    assert isinstance(store, GraphStore)
    table = PaddedTable(GraphTable(store.arrays(), device))
    each = max(1, lanes // len(groups))
    began = time.perf_counter()
    working = [
        _Lane(part, group, table, tell) for group in groups.values() for part in _dealt(group, each)
    ]
    took = time.perf_counter() - began
    _log.info("%d recorded steps for %d runs, made in %.1f s", len(working), len(runs), took)
    while working:
        moved = [lane.advance() for lane in working]
        working = [lane for lane in working if not lane.done]
        if not any(moved):
            time.sleep(_IDLE)


def _dealt(runs: Sequence[Prepared], number: int) -> list[deque[Prepared]]:
    """One queue that lanes take from, as often as there are lanes."""
    queue = deque(runs)
    return [queue] * min(number, len(runs))


def _kind(run: Prepared) -> str:
    """What runs must share to follow one another on recorded steps."""
    saved = run.settings.to_dict()
    texts = run.data.texts
    for name in ("seed", "text", "init_from"):
        saved.pop(name, None)
    return digest({**saved, "width": None if texts is None else texts.width})


@dataclass
class _Begun:
    """A run that is on its way.

    Attributes:
        run: which.
        rooms: (steps,), the recorded step of each.
        steps: of an epoch.
        epochs: in all.
        validation: chunks of evaluation.
        chunks: those of the test set too.
        epoch: that is launched next; ``epochs`` for the last look at both sets.
        network: its first weights, on the CPU.
        began: seconds.
    """

    run: Prepared
    rooms: NDArray[np.int64]
    steps: int
    epochs: int
    validation: int
    chunks: int
    network: Network
    began: float
    epoch: int = 0


class _Lane:
    """Recorded steps, and the runs that follow one another on them."""

    def __init__(
        self,
        queue: deque[Prepared],
        group: Sequence[Prepared],
        table: PaddedTable,
        tell: Callable[[Prepared, dict[str, Any] | ModelError], None],
    ) -> None:
        self.queue, self.table, self.tell = queue, table, tell
        self.now: _Begun | None = None
        self.waiting: deque[Any] = deque()
        self.recorded = _record(group, table)

    @property
    def done(self) -> bool:
        """Whether there is nothing more to do."""
        return self.now is None and not self.queue

    def advance(self) -> bool:
        """Launches an epoch, begins or ends a run; tells whether there was anything to do."""
        while self.waiting and self.waiting[0].query():
            self.waiting.popleft()
        if self.now is None:
            if not self.queue:
                return False
            self._begin(self.queue.popleft())
            return True
        if self.now.epoch > self.now.epochs:
            if self.waiting:
                return False
            self._end(self.now)
            return True
        if len(self.waiting) >= _AHEAD:
            return False
        self._launch(self.now)
        return True

    def _begin(self, run: Prepared) -> None:
        begin_run(run.folder, run.record, run.data)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(run.settings.seed)
            network = first_network(run)
        with self.recorded.here():
            self.now = _fill(self.recorded, run, network, self.table)

    def _launch(self, now: _Begun) -> None:
        steps = self.recorded
        with steps.here():
            if now.epoch < now.epochs:
                steps.network.train()
                first = now.epoch * now.steps
                for room in now.rooms[first : first + now.steps]:
                    steps.steps[room]()
                for _ in range(now.validation):
                    steps.evaluate()
                steps.judge()
            else:
                steps.flat.values.copy_(steps.best)
                steps.flat.buffers.copy_(steps.best_buffers)
                for _ in range(now.chunks):
                    steps.evaluate()
            if steps.on_gpu:
                event = torch.cuda.Event()
                event.record()
                self.waiting.append(event)
        now.epoch += 1

    def _end(self, now: _Begun) -> None:
        self.now = None
        with self.recorded.here():
            self.tell(now.run, _finished(self.recorded, now))


def _record(group: Sequence[Prepared], table: PaddedTable) -> Recorded:
    """Recorded steps with room for all runs of a group."""
    run = group[0]
    settings, data = run.settings, run.data
    trained, evaluated, sizes = [], [], []
    for one in group:
        rows = one.data.splits["train"].graph_rows
        assert rows is not None
        batches = _batches(one)
        trained.append(batch_sizes(table.table, [rows[places] for places in batches]))
        chunks = _chunks(one)
        evaluated.append(batch_sizes(table.table, [r for part in chunks.values() for r in part]))
        sizes.append(
            Sizes(
                steps=len(batches),
                epochs=_epochs(one)[0],
                batch=max(map(len, batches)),
                evaluated=_EVALUATED,
                crystals=sum(map(len, one.data.splits.values())),
                chunks=sum(map(len, chunks.values())),
            )
        )
    largest = Sizes(*(max(getattr(one, name) for one in sizes) for name in Sizes.__annotations__))
    network = first_network(run).to(table.table.device)
    optimizer = make_optimizer(network, settings.training)
    return Recorded(
        network,
        table,
        _text_table(run, table.table.device),
        rooms_for(np.concatenate(trained), _ROOMS),
        rooms_for(np.concatenate(evaluated), 1)[0],
        largest,
        loss_of(settings.training.loss, classes=data.scaling.classes),
        lambda flat: decay_of(flat, optimizer),
    )


def _epochs(run: Prepared) -> tuple[int, int]:
    """How many, and steps in each."""
    steps = len(_order(run, 0))
    return run.settings.training.epochs_of(steps), steps


def _order(run: Prepared, epoch: int) -> list[NDArray[np.int64]]:
    n, settings = len(run.data.splits["train"]), run.settings
    return order(n, settings.training.batch_size, seed=settings.seed, epoch=epoch)


def _batches(run: Prepared) -> list[NDArray[np.int64]]:
    """Of all epochs, one after the other."""
    epochs, _ = _epochs(run)
    return [places for epoch in range(epochs) for places in _order(run, epoch)]


def _chunks(run: Prepared) -> dict[str, list[NDArray[np.int64]]]:
    """Rows of the graph table that are evaluated at once, by split."""
    found = {}
    for name in _HELD_OUT:
        rows = run.data.splits[name].graph_rows
        assert rows is not None
        found[name] = [rows[i : i + _EVALUATED] for i in range(0, len(rows), _EVALUATED)]
    return found


def _text_table(run: Prepared, device: torch.device) -> torch.Tensor | None:
    texts: Any = run.data.texts
    if texts is None:
        return None
    return torch.from_numpy(np.array(texts.vectors, dtype=np.float32)).to(device)


def _fill(steps: Recorded, run: Prepared, network: Network, table: PaddedTable) -> _Begun:
    """Puts a run's crystals, order, schedule and first weights where the recorded steps read."""
    data, settings, sizes = run.data, run.settings, steps.sizes
    steps.reset()
    steps.network.load_state_dict(network.state_dict())
    begin, places = 0, {}
    graph_row = np.full(sizes.crystals + 1, table.nobody)
    text_row = np.zeros(sizes.crystals + 1, dtype=np.int64)
    target = np.zeros(sizes.crystals + 1, dtype=np.float32)
    for name in ("train", *_HELD_OUT):
        part = data.splits[name]
        end = begin + len(part)
        places[name] = np.arange(begin, end)
        graph_row[begin:end] = part.graph_rows
        if part.text_rows is not None:
            text_row[begin:end] = part.text_rows
        target[begin:end] = data.scaling.scores(part.values)
        begin = end
    nobody = sizes.crystals
    batches = _batches(run)
    lines = np.full((sizes.steps, sizes.batch), nobody)
    for number, batch in enumerate(batches):
        lines[number, : len(batch)] = batch  # train comes first, so places are those of the split
    evaluated = np.full((sizes.chunks, sizes.evaluated), nobody)
    validated = np.zeros((sizes.chunks, sizes.evaluated), dtype=np.float32)
    chunks = {
        name: np.array_split(one, range(sizes.evaluated, len(one), sizes.evaluated))
        for name, one in places.items()
        if name in _HELD_OUT
    }
    for number, chunk in enumerate([*chunks["validation"], *chunks["test"]]):
        evaluated[number, : len(chunk)] = chunk
        validated[number, : len(chunk)] = number < len(chunks["validation"])
    rows = data.splits["train"].graph_rows
    assert rows is not None
    taken = batch_sizes(table.table, [rows[batch] for batch in batches])
    room = np.argmax([one.fits(taken) for one in steps.rooms], axis=0)
    optimizer = make_optimizer(network, settings.training)
    epochs, each = _epochs(run)
    schedule = make_schedule(optimizer, settings.training, each)
    filled: Iterable[tuple[torch.Tensor, Any]] = (
        (steps.graph_row, graph_row),
        (steps.text_row, text_row),
        (steps.target, target),
        (steps.order, lines),
        (steps.evaluated, evaluated),
        (steps.validated, validated),
        (steps.schedule[: len(batches)], Schedule.of(optimizer, schedule, len(batches)).as_rows()),
    )
    for buffer, values in filled:
        buffer.copy_(torch.as_tensor(values))
    if steps.texts is not None:
        texts = _text_table(run, torch.device("cpu"))
        assert texts is not None
        steps.texts.copy_(texts)
    return _Begun(
        run,
        room,
        each,
        epochs,
        len(chunks["validation"]),
        len(chunks["validation"]) + len(chunks["test"]),
        network,
        time.perf_counter(),
    )


def _finished(steps: Recorded, now: _Begun) -> dict[str, Any] | ModelError:
    """Writes the run's folder; gives its metrics, or why it has none."""
    run, data = now.run, now.run.data
    told = steps.told[: len(now.rooms)].double().cpu().numpy()
    errors = steps.errors[: now.epochs].double().cpu().numpy() * data.scaling.deviation
    if not np.isfinite(told).all():
        step = int(np.argmin(np.isfinite(told).all(axis=1)))
        return NotFiniteTrainingError(
            f"epoch {step // now.steps + 1}, step {step % now.steps + 1}: loss or gradient is not "
            "finite; lower training.learning_rate, or look with crystext train, which names the "
            "crystals"
        )
    scores = steps.scores.double().cpu().numpy()
    predicted = {}
    begin = 0
    for name, end in zip(_HELD_OUT, (now.validation, now.chunks), strict=True):
        found = scores[begin:end].reshape(-1)[: len(data.splits[name])]
        predicted[name] = data.scaling.predicted(found)
        begin = end
    now.network.load_state_dict(steps.network.state_dict())
    best = int(np.argmin(errors))
    seconds = time.perf_counter() - now.began
    reached = Progress(epoch=now.epochs, best_epoch=best + 1, total_seconds=seconds)
    about = {"settings": run.record["settings"], "data": run.record["data"]}
    about |= {"epoch": best + 1, "validation_mae": float(errors[best])}
    save_weights(run.folder / BEST, now.network, about)
    write_log(run.folder, _lines(steps, now, told, errors, seconds))
    metrics = {
        **metrics_of(run.settings, data, predicted),
        **spent(run, now.network, reached, now.steps, steps.device),
        "processes": 1,
        "together": True,
    }
    finish_run(run.folder, metrics, data, predicted)
    return metrics


def _lines(
    steps: Recorded,
    now: _Begun,
    told: NDArray[np.float64],
    errors: NDArray[np.float64],
    seconds: float,
) -> list[dict[str, Any]]:
    """The lines of ``log.csv``; the time is shared out evenly over the epochs."""
    data = now.run.data
    n = len(data.splits["train"])
    by_epoch = told.reshape(now.epochs, now.steps, 3)
    rates = steps.schedule[: len(now.rooms), 0].cpu().numpy()[now.steps - 1 :: now.steps]
    return [
        {
            "epoch": epoch + 1,
            "learning_rate": float(rates[epoch]),
            "train_loss": by_epoch[epoch, :, 0].sum() / n,
            "train_mae": by_epoch[epoch, :, 1].sum() / n * data.scaling.deviation,
            "validation_mae": errors[epoch],
            "best_validation_mae": errors[: epoch + 1].min(),
            "gradient_norm": by_epoch[epoch, :, 2].max(),
            "seconds": seconds / now.epochs,
            "crystals_per_second": n * now.epochs / seconds,
        }
        for epoch in range(now.epochs)
    ]
