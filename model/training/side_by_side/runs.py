"""What of runs goes into recorded steps: crystals, order, schedule, first weights."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.model.graphs.padded import batch_sizes, rooms_for
from crystext.model.networks.grouped import grouped, stacked_state
from crystext.model.training.feeder import order
from crystext.model.training.losses import loss_of
from crystext.model.training.optimizer import make_optimizer, make_schedule
from crystext.model.training.prepared import first_network
from crystext.model.training.side_by_side.flat import Schedule
from crystext.model.training.side_by_side.steps import Recorded, Sizes
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.graphs.padded import PaddedTable
    from crystext.model.networks.base import Network
    from crystext.model.settings import TrainingSettings
    from crystext.model.training.prepared import Prepared

_ROOMS = 2  # shapes of a training batch: more waste less, and take longer to record
_EVALUATED = 128  # crystals in a step of evaluation
HELD_OUT = ("validation", "test")
"""The splits that are evaluated."""


class Lined:
    """A run whose steps are laid out in lines.

    Args:
        run: that can begin.
    """

    def __init__(self, run: Prepared) -> None:
        self.run, self.data, self.training = run, run.data, run.settings.training
        self._sizes: NDArray[np.int64] | None = None
        self.steps = len(self._order(0))
        self.epochs = self.training.epochs_of(self.steps)

    @property
    def kind(self) -> str:
        """What runs must share to be trained side by side."""
        saved = self.run.settings.to_dict()
        for name in ("seed", "text", "init_from"):
            saved.pop(name, None)
        texts = self.data.texts
        shape = None if texts is None else [len(texts.ids), texts.width]
        return digest({**saved, "texts": shape, "steps": self.steps, "epochs": self.epochs})

    @cached_property
    def batches(self) -> list[NDArray[np.int64]]:
        """Places in the training set, of the steps of all epochs."""
        return [places for epoch in range(self.epochs) for places in self._order(epoch)]

    @cached_property
    def chunks(self) -> dict[str, list[NDArray[np.int64]]]:
        """Places in each split that is held out, those that are evaluated at once."""
        ends = {name: len(self.data.splits[name]) for name in HELD_OUT}
        return {
            name: np.array_split(np.arange(end), range(_EVALUATED, end, _EVALUATED))
            for name, end in ends.items()
        }

    def trained_sizes(self, table: PaddedTable) -> NDArray[np.int64]:
        """(steps, 3): rows of every batch."""
        if self._sizes is None:
            rows = self.rows("train")
            self._sizes = batch_sizes(table.table, [rows[places] for places in self.batches])
        return self._sizes

    def evaluated_sizes(self, table: PaddedTable) -> NDArray[np.int64]:
        """(chunks, 3): rows of what is evaluated at once."""
        parts = [self.rows(name)[one] for name in HELD_OUT for one in self.chunks[name]]
        return batch_sizes(table.table, parts)

    def rows(self, split: str) -> NDArray[np.int64]:
        """(n,), of the graph store."""
        found = self.data.splits[split].graph_rows
        assert found is not None
        return found

    def schedule(self) -> torch.Tensor:
        """(steps, 4)."""
        return _schedule(self.training, self.steps)

    def _order(self, epoch: int) -> list[NDArray[np.int64]]:
        n, seed = len(self.data.splits["train"]), self.run.settings.seed
        return order(n, self.training.batch_size, seed=seed, epoch=epoch)


@cache
def _schedule(training: TrainingSettings, steps: int) -> torch.Tensor:
    """(steps of all epochs, 4); stepping through it takes longer than all else before a run."""
    nothing = torch.nn.Linear(1, 1)  # a network's groups differ in their decay alone
    optimizer = make_optimizer(nothing, training)
    lines = make_schedule(optimizer, training, steps)
    return Schedule.of(optimizer, lines, training.epochs_of(steps) * steps).as_rows()


def record(runs: Sequence[Lined], table: PaddedTable, side_by_side: int) -> Recorded:
    """Recorded steps with room for runs of one kind.

    Args:
        runs: all that will use them.
        table: of graphs.
        side_by_side: how many at a time.
    """
    first, groups = runs[0], min(side_by_side, len(runs))
    sizes = Sizes(
        groups=groups,
        steps=len(first.batches),
        epochs=first.epochs,
        batch=max(len(places) for one in runs for places in one.batches[: one.steps]),
        evaluated=_EVALUATED,
        crystals=max(sum(map(len, one.data.splits.values())) for one in runs),
        chunks=max(sum(map(len, one.chunks.values())) for one in runs),
    )
    texts: Any = first.data.texts
    parts = [runs[i : i + groups] for i in range(0, len(runs), groups)]
    # a step is taken by all at once, so the largest batch decides
    trained = [np.max([one.trained_sizes(table) for one in part], axis=0) for part in parts]
    with torch.random.fork_rng(devices=[]):
        network = grouped([first_network(first.run)] * groups)
    return Recorded(
        network.to(table.table.device),
        table,
        None if texts is None else texts.vectors.shape,
        None if first.data.sites is None else first.data.sites.values.shape,
        rooms_for(np.concatenate(trained), _ROOMS),
        rooms_for(np.concatenate([one.evaluated_sizes(table) for one in runs]), 1)[0],
        sizes,
        loss_of(first.training.loss, classes=False),
        first.training,
    )


def fill(steps: Recorded, runs: Sequence[Lined], table: PaddedTable) -> NDArray[np.int64]:
    """Puts runs where the recorded steps read: crystals, order, schedule, first weights.

    Returns:
        (steps,), which of the recorded steps has room for each.
    """
    steps.reset()
    networks: list[Network] = []
    taken = []
    for group, one in enumerate(runs):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(one.run.settings.seed)
            networks.append(first_network(one.run))
        _fill_crystals(steps, group, one)
        steps.order[:, group].copy_(_as_lines(one.batches, steps.order.shape[::2], steps.sizes))
        steps.schedule[:, group].copy_(one.schedule())
        taken.append(one.trained_sizes(table))
    networks += [networks[0]] * (steps.sizes.groups - len(networks))
    steps.network.load_state_dict(stacked_state(networks))
    fits = [np.all([room.fits(one) for one in taken], axis=0) for room in steps.rooms]
    return np.argmax(fits, axis=0)


def _fill_crystals(steps: Recorded, group: int, one: Lined) -> None:
    """The run's crystals, train first, so that places in the order are those of the split."""
    data, begin, looked_at = one.data, 0, []
    for name in ("train", *HELD_OUT):
        part = data.splits[name]
        end = begin + len(part)
        for buffer, values in (
            (steps.graph_row, part.graph_rows),
            (steps.text_row, part.text_rows),
            (steps.target, data.scaling.scores(part.values)),
        ):
            if values is not None:
                buffer[group, begin:end].copy_(torch.from_numpy(values))
        looked_at += [places + begin for places in one.chunks.get(name, [])]
        begin = end
    shape = steps.evaluated.shape[::2]
    lines = _as_lines(looked_at, shape, steps.sizes)
    steps.evaluated[:, group].copy_(lines)
    there = (lines < steps.sizes.crystals).float()
    there[len(one.chunks["validation"]) :] = 0
    steps.validated[:, group].copy_(there)
    if steps.texts is not None:
        texts: Any = data.texts
        steps.texts[group].copy_(torch.from_numpy(np.array(texts.vectors, dtype=np.float32)))
    if steps.sites is not None:
        assert data.sites is not None
        steps.sites[group].copy_(torch.from_numpy(data.sites.values))


def _as_lines(
    parts: Sequence[NDArray[np.int64]], shape: Sequence[int], sizes: Sizes
) -> torch.Tensor:
    """Parts as lines of one length, filled up with nobody."""
    lines = np.full(shape, sizes.crystals)
    for line, part in zip(lines, parts, strict=False):
        line[: len(part)] = part
    return torch.from_numpy(lines)
