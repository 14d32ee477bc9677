"""The loop: epochs of steps, validation after each, the best epoch kept, interruptions survived."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.files import written_aside
from crystext.model.training.checkpoint import load_state, save_state, save_weights
from crystext.model.training.divergence import divergence, finite_norm
from crystext.model.training.feeder import Feeder, order
from crystext.model.training.folder import BEST, STATE, WATCHED_PREDICTIONS
from crystext.model.training.logs import WATCHED, Log
from crystext.model.training.losses import loss_of
from crystext.model.training.metrics import mean_absolute_error
from crystext.model.training.optimizer import make_optimizer, make_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from accelerate import Accelerator
    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data

_EVALUATED = 4  # batches of the training size in one of evaluation


@dataclass
class Progress:
    """Where a run stands.

    Attributes:
        epoch: finished epochs.
        step: finished steps of the next one.
        best: lowest validation error so far, in the unit of errors.
        best_epoch: when it was, from 1; 0 before there is one.
        loss: sum over the epoch's crystals so far, of standard scores or classes.
        error: sum of absolute ones.
        norm: largest gradient norm of the epoch so far.
        seconds: spent on the epoch so far.
        total_seconds: spent in all.
        watched: lowest watched test error; see ``watch_test``.
        watched_epoch: when it was.
    """

    epoch: int = 0
    step: int = 0
    best: float = float("inf")
    best_epoch: int = 0
    loss: float = 0.0
    error: float = 0.0
    norm: float = 0.0
    seconds: float = 0.0
    total_seconds: float = 0.0
    watched: float = float("inf")
    watched_epoch: int = 0


class Loop:
    """Fits a network to the training set of a run.

    Args:
        settings: of the run.
        data: of the run.
        feeder: gathers the batches.
        network: with its first weights.
        accelerator: knows devices, processes and precision.
        folder: where checkpoints and logs go.
        about: words for the header of the best weights.
    """

    def __init__(
        self,
        settings: RunSettings,
        data: Data,
        feeder: Feeder,
        network: Network,
        accelerator: Accelerator,
        folder: Path,
        about: dict[str, Any],
    ) -> None:
        self.settings, self.data, self.feeder = settings, data, feeder
        self.network, self.folder, self.about = network, folder, about
        self.accelerator = accelerator
        self.n = len(data.splits["train"])
        options = settings.training
        self.batch_size = options.batch_size
        self.steps = len(self._batches(0))
        if options.drop_last and self.n >= self.batch_size:
            self.n -= self.n % self.batch_size
        self.loss = loss_of(options.loss, classes=data.scaling.classes)
        network.to(accelerator.device)
        optimizer = make_optimizer(network, options, settings.text.layer_rate)
        self.epochs = options.epochs_of(self.steps)
        self.schedule = make_schedule(optimizer, options, self.steps)
        runner: Any = torch.compile(network) if options.compile else network
        self.runner, self.optimizer = accelerator.prepare(runner, optimizer)
        self.progress = Progress()

    def run(self, *, progress: bool = True) -> Progress:
        """Trains to the end, or from where an interrupted run stands.

        Args:
            progress: show a bar where standard error is a terminal.

        Raises:
            KeyboardInterrupt: after the state was saved.
            NotFiniteTrainingError: the loss or a gradient is not a number.
        """
        options = self.settings.training
        state = self.folder / STATE
        if state.is_file():
            saved = load_state(state, self.network, self.optimizer, self.schedule)
            self.progress = Progress(**saved)
        log = Log(
            self.folder,
            done=self.progress.epoch,
            epochs=self.epochs,
            tensorboard=options.tensorboard,
            watched=options.watch_test,
            write=self.accelerator.is_main_process,
            show=progress,
        )
        with _interruptible() as interrupted:
            try:
                while self.progress.epoch < self.epochs and not self._is_late():
                    self._epoch(interrupted)
                    log.write(self._finish_epoch(), self.data.error_unit)
                    if interrupted():
                        self._stop()
            finally:
                log.close()
        return self.progress

    def predict(self, split: str) -> NDArray[np.float64]:
        """(n,), in the unit of errors, of a whole split in its order."""
        return self.data.scaling.predicted(self._scores(split))

    def _is_late(self) -> bool:
        patience = self.settings.training.patience
        return patience is not None and self.progress.epoch - self.progress.best_epoch >= patience

    def _epoch(self, interrupted: Callable[[], bool]) -> None:
        now = self.progress
        batches = self._batches(now.epoch)
        self.runner.train()
        began = time.perf_counter()
        for places in batches[now.step :]:
            self._step(places)
            now.step += 1
            if now.step < self.steps and interrupted():
                now.seconds += time.perf_counter() - began
                self._stop()
        now.seconds += time.perf_counter() - began

    def _batches(self, epoch: int) -> list[NDArray[np.int64]]:
        return order(
            len(self.data.splits["train"]),
            self.batch_size,
            seed=self.settings.seed,
            epoch=epoch,
            drop_last=self.settings.training.drop_last,
        )

    def _step(self, places: NDArray[np.int64]) -> None:
        accelerator, now = self.accelerator, self.progress
        world = accelerator.num_processes
        mine = np.array_split(places, world)[accelerator.process_index]
        batch = self.feeder.batch("train", mine)
        with accelerator.autocast():
            scores = self.runner(batch.graph, batch.text)
        target = batch.target.float()
        losses = self.loss(scores.float(), target)
        # Processes' gradients are averaged, so each weighs by its share of the batch.
        loss = losses.sum() * (world / len(places))
        accelerator.backward(loss)
        norm = accelerator.clip_grad_norm_(self.network.parameters(), float("inf"))
        with torch.no_grad():
            given = scores.float()
            error = (given.sigmoid() if self.data.scaling.classes else given) - target
            sums = torch.stack([losses.detach().sum(), error.abs().sum()]).double()
            sums = accelerator.reduce(sums, "sum")
            # All that is asked of the device in a step, at once.
            told = torch.stack([loss.detach().double(), norm.double(), *sums]).tolist()
        scaled = self.settings.training.precision == "fp16"
        size = finite_norm(told[0], told[1], scaled=scaled)
        if size is None:
            ids = self.data.splits["train"].ids
            where = f"epoch {now.epoch + 1}, step {now.step + 1}"
            raise divergence(self.network, self.feeder, accelerator, batch, ids, where)
        now.norm = max(now.norm, size)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        now.loss += told[2]
        now.error += told[3]

    def _finish_epoch(self) -> dict[str, Any]:
        """Validates, keeps the best weights, saves the state, and returns the line of the log."""
        now, deviation = self.progress, self.data.scaling.deviation
        began = time.perf_counter()
        validation = self._agreed(self._error("validation"))
        row: dict[str, Any] = {}
        if self.settings.training.watch_test:
            row[WATCHED] = self._agreed(self._error("test"))
            if row[WATCHED] < now.watched:
                now.watched, now.watched_epoch = row[WATCHED], now.epoch + 1
                self._keep_watched()
        now.epoch, now.step = now.epoch + 1, 0
        if validation < now.best:
            now.best, now.best_epoch = validation, now.epoch
            if self.accelerator.is_main_process:
                about = {**self.about, "epoch": now.epoch, "validation_mae": validation}
                save_weights(self.folder / BEST, self.network, about)
        row |= {
            "epoch": now.epoch,
            "learning_rate": self.schedule.get_last_lr()[0],
            "train_loss": now.loss / self.n,
            "train_mae": now.error / self.n * deviation,
            "validation_mae": validation,
            "best_validation_mae": now.best,
            "gradient_norm": now.norm,
            "seconds": now.seconds,
            "crystals_per_second": self.n / now.seconds,
        }
        now.total_seconds += now.seconds + time.perf_counter() - began
        now.loss = now.error = now.norm = now.seconds = 0.0
        self._save()
        return row

    def _error(self, split: str) -> float:
        true = self.data.scaling.learnt(self.data.splits[split].values)
        predicted, seen = self.predict(split), len(true)
        if self.settings.training.drop_last and split == "validation" and seen >= self.batch_size:
            seen -= seen % self.batch_size
        return mean_absolute_error(true[:seen], predicted[:seen])

    def _keep_watched(self) -> None:
        """Keeps the test set's predictions at their lowest error."""
        values = self.predict("test")
        if self.accelerator.is_main_process:
            with (
                written_aside(self.folder / WATCHED_PREDICTIONS) as aside,
                aside.open("wb") as file,
            ):
                np.save(file, values)

    @torch.no_grad()
    def _scores(self, split: str) -> NDArray[np.float64]:
        self.network.eval()
        outputs = []
        for batch in self.feeder.all(split, self.batch_size * _EVALUATED):
            with self.accelerator.autocast():
                outputs.append(self.network(batch.graph, batch.text).double().cpu())
        return torch.cat(outputs).numpy()

    def _agreed(self, value: float) -> float:
        """The first process' value, so that all of them choose and stop alike."""
        if self.accelerator.num_processes == 1:
            return value
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]

    def _save(self) -> None:
        if self.accelerator.is_main_process:
            save_state(
                self.folder / STATE,
                self.network,
                self.optimizer,
                self.schedule,
                vars(self.progress),
            )

    def _stop(self) -> None:
        self._save()
        raise KeyboardInterrupt


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Turns the first Ctrl-C into a question that is asked between steps; the second one kills."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def note(_number: int, _frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
