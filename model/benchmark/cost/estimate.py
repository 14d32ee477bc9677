"""What a benchmark will cost, measured on this machine on a few crystals before any of it is spent.

Nothing is built or written for it: not even the stores that the benchmark will need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joblib import cpu_count

from crystext.model.benchmark.cost.preparing import estimate_preparing, kind_of
from crystext.model.benchmark.cost.sample import Sample
from crystext.model.benchmark.cost.steps import measure_steps
from crystext.model.benchmark.layout import is_finished

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystext.model.benchmark.cost.preparing import Kind, Reading
    from crystext.model.benchmark.cost.steps import Measured
    from crystext.model.benchmark.inputs import TrialInputs
    from crystext.model.benchmark.trial import Trial

_EVALUATION = 1 / 3  # of a training step: forward alone
_FEW = 64  # crystals of the sample where no network asks for a number


@dataclass(frozen=True)
class Cost:
    """An estimate.

    Attributes:
        steps: seconds of a training step by model.
        seconds: of training all trials in one process, if none stops early; baselines are not
            counted.
        longest: of one trial.
        preparing: seconds of graphs, texts and descriptors that are still to be made, by name.
        unknown: what is not estimated, in words.
    """

    steps: dict[str, float]
    seconds: float
    longest: float
    preparing: dict[str, float]
    unknown: tuple[str, ...]

    def training(self, workers: int) -> float:
        """Seconds of training in several processes: no less than the longest trial."""
        return max(self.seconds / workers, self.longest)


def estimate(trials: Sequence[Trial], inputs: TrialInputs, out: Path, *, workers: int = 1) -> Cost:
    """Measures a few crystals, texts and steps of every network, and multiplies.

    What the folder holds already costs nothing; processes share the cores.
    """
    left = [trial for trial in trials if not is_finished(trial, out)]
    if not left:
        return Cost({}, 0.0, 0.0, {}, ())
    trained = [trial for trial in left if trial.settings is not None]
    sizes = [trial.settings.training.batch_size for trial in trained if trial.settings]
    sample = Sample(inputs.corpus, inputs.ids, max(sizes, default=_FEW))
    preparing = estimate_preparing(left, inputs, sample)
    networks: dict[str, Measured] = {}
    for trial in trained:
        if (network := _network(trial, preparing.readings)) is None:
            preparing.unknown[f"training of {trial.row.words}"] = None
        else:
            networks.setdefault(_name(trial), network)
    threads = None if workers == 1 else max(1, cpu_count() // workers)
    steps = measure_steps(networks, sample, threads=threads)
    seconds = [_seconds(trial, steps, inputs) for trial in trained if _name(trial) in steps]
    return Cost(
        steps=steps,
        seconds=sum(seconds),
        longest=max(seconds, default=0.0),
        preparing=preparing.seconds,
        unknown=tuple(preparing.unknown),
    )


def _name(trial: Trial) -> str:
    """Of what is measured: a text's section costs nothing, layers that are trained do."""
    return trial.row.words if trial.row.text == "unfrozen" else trial.row.model


def _network(trial: Trial, readings: dict[Kind, Reading]) -> Measured | None:
    """What to measure; none where layers of an encoder are trained that is not at hand."""
    settings = trial.settings
    assert settings is not None
    reading = readings.get(kind_of(trial)) if settings.uses_text else None
    return None if settings.trained_layers and reading is None else (settings, reading)


def _seconds(trial: Trial, steps: dict[str, float], inputs: TrialInputs) -> float:
    settings = trial.settings
    assert settings is not None
    ids = inputs.split(trial)
    batches = len(ids["train"]) + len(ids["validation"]) * _EVALUATION
    batch_size = settings.training.batch_size
    epochs = settings.training.epochs_of(max(1, round(len(ids["train"]) / batch_size)))
    return steps[_name(trial)] * batches / batch_size * epochs
