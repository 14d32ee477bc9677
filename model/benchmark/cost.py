"""What a benchmark will cost, measured on this machine on a few crystals before any of it is spent.

Nothing is built or written for it: not even the stores that the benchmark will need.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crystext.model.benchmark.preparing import estimate_preparing, kind_of
from crystext.model.benchmark.run import is_finished
from crystext.model.benchmark.sample import Sample
from crystext.model.benchmark.steps import Measured, measure_steps
from crystext.model.benchmark.suite import BASELINES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystext.model.benchmark.inputs import Materials
    from crystext.model.benchmark.preparing import Kind, Reading
    from crystext.model.benchmark.trial import Cell

_EVALUATION = 1 / 3  # of a training step: forward alone
_FEW = 64  # crystals of the sample where no network asks for a number


@dataclass(frozen=True)
class Cost:
    """An estimate.

    Attributes:
        cells: that are still to run.
        steps: seconds of a training step by model.
        seconds: of training all cells in one process, if none stops early; baselines are not
            counted.
        longest: of one cell.
        preparing: seconds of graphs, texts and descriptors that are still to be made, by name.
        unknown: what is not estimated, in words.
    """

    cells: int
    steps: dict[str, float]
    seconds: float
    longest: float
    preparing: dict[str, float]
    unknown: tuple[str, ...]

    def training(self, workers: int) -> float:
        """Seconds of training in several processes: no less than the longest cell."""
        return max(self.seconds / workers, self.longest)


def estimate(cells: Sequence[Cell], materials: Materials, out: Path, *, workers: int = 1) -> Cost:
    """Measures a few crystals, texts and steps of every network, and multiplies.

    Args:
        cells: of the benchmark.
        materials: of its cells; nothing of it is opened or made.
        out: its folder; what it holds already costs nothing.
        workers: processes; they share the cores.
    """
    left = [cell for cell in cells if not is_finished(cell, out)]
    if not left:
        return Cost(0, {}, 0.0, 0.0, {}, ())
    trained = [cell for cell in left if cell.row.model not in BASELINES]
    sizes = [cell.settings.training.batch_size for cell in trained if cell.settings]
    sample = Sample(materials.corpus, materials.ids, max(sizes, default=_FEW))
    preparing = estimate_preparing(left, materials, sample)
    networks: dict[str, Measured] = {}
    for cell in trained:
        if (network := _network(cell, preparing.readings)) is None:
            words = f"training of {cell.row.words}"
            preparing.unknown += [words] if words not in preparing.unknown else []
        else:
            networks.setdefault(_name(cell), network)
    threads = None if workers == 1 else max(1, (os.cpu_count() or 1) // workers)
    steps = measure_steps(networks, sample, threads=threads)
    seconds = [_seconds(cell, steps, materials) for cell in trained if _name(cell) in steps]
    return Cost(
        cells=len(left),
        steps=steps,
        seconds=sum(seconds),
        longest=max(seconds, default=0.0),
        preparing=preparing.seconds,
        unknown=tuple(preparing.unknown),
    )


def _name(cell: Cell) -> str:
    """Of what is measured: a text's section costs nothing, layers that are trained do."""
    return cell.row.words if cell.row.text == "unfrozen" else cell.row.model


def _network(cell: Cell, readings: dict[Kind, Reading]) -> Measured | None:
    """What to measure; none where layers of an encoder are trained that is not at hand."""
    settings = cell.settings
    assert settings is not None
    reading = readings.get(kind_of(cell)) if settings.uses_text else None
    return None if settings.trained_layers and reading is None else Measured(settings, reading)


def _seconds(cell: Cell, steps: dict[str, float], materials: Materials) -> float:
    settings = cell.settings
    assert settings is not None
    ids = materials.split(cell).ids
    batches = len(ids["train"]) + len(ids["validation"]) * _EVALUATION
    epochs = settings.training.epochs
    return steps[_name(cell)] * batches / settings.training.batch_size * epochs
