"""The loop: epochs of steps, validation after each, the best epoch kept, interruptions survived."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.errors import NotFiniteTrainingError
from crystext.model.training.checkpoint import separate, write
from crystext.model.training.divergence import divergence, finite_norm
from crystext.model.training.feeder import Feeder, order
from crystext.model.training.folder import BEST, STATE
from crystext.model.training.interruption import interruptible
from crystext.model.training.logs import WATCHED, Log
from crystext.model.training.losses import loss_of
from crystext.model.training.metrics import mean_absolute_error
from crystext.model.training.optimizer import make_optimizer, make_schedule
from crystext.model.training.state import Kept, Moving, load_state, random_states, save_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from accelerate import Accelerator
    from numpy.typing import NDArray

    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings
    from crystext.model.training.data import Data

_EVALUATED = 4  # batches of the training size in one of evaluation
_EVERY = 30.0  # s between two states that are written while a run goes on


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
        self.moving = Moving(network, self.optimizer, self.schedule, accelerator.scaler)
        self.progress, self.kept = Progress(), Kept()
        self._rate = 0.0
        self._written = time.monotonic()
        self._asked: Callable[[], bool] = bool  # of this process
        self._any_asked = False

    def run(self, *, progress: bool = True) -> Progress:
        """Trains to the end, or from where an interrupted run stands.

        The state is written between epochs where the last one is 30 s old, when the run is
        interrupted, and at the end; the best weights with it.

        Args:
            progress: show a bar where standard error is a terminal.

        Raises:
            KeyboardInterrupt: after the state was saved.
            NotFiniteTrainingError: the loss or a gradient is not a number.
            BadCheckpointError: the state is damaged.
            OtherRunError: another number of processes wrote it.
        """
        options = self.settings.training
        self._go_on()
        log = Log(
            self.folder,
            done=self.progress.epoch,
            epochs=self.epochs,
            tensorboard=options.tensorboard,
            watched=options.watch_test,
            write=self.accelerator.is_main_process,
            show=progress,
        )
        with interruptible() as self._asked:
            try:
                while self.progress.epoch < self.epochs and not self._is_late():
                    self._epoch()
                    log.write(self._finish_epoch(), self.data.error_unit)
                    if self._interrupted():
                        self._stop()
                    if self._agreed(time.monotonic() - self._written) >= _EVERY:
                        self._save()
                self._save()
            except NotFiniteTrainingError:
                self._write_best()
                raise
            finally:
                log.close()
        return self.progress

    def predict(self, split: str) -> NDArray[np.float64]:
        """(n,), in the unit of errors, of a whole split in its order."""
        return self.data.scaling.predicted(self._scores(split))

    def _is_late(self) -> bool:
        patience = self.settings.training.patience
        return patience is not None and self.progress.epoch - self.progress.best_epoch >= patience

    def _go_on(self) -> None:
        """Sets all to where an interrupted run stands, if there is one."""
        state, accelerator = self.folder / STATE, self.accelerator
        if state.is_file():
            number = {
                "process": accelerator.process_index,
                "processes": accelerator.num_processes,
            }
            saved, self.kept = load_state(state, self.moving, **number)
            self.progress = Progress(**saved)
        accelerator.wait_for_everyone()  # all have read before the first one writes

    def _epoch(self) -> None:
        now = self.progress
        batches = self._batches(now.epoch)
        self.runner.train()
        began = time.perf_counter()
        for places in batches[now.step :]:
            self._step(places)
            now.step += 1
            if now.step < self.steps and self._interrupted():
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
            asked = losses.new_full((), float(world > 1 and self._asked()))
            sums = torch.stack([losses.detach().sum(), error.abs().sum(), asked]).double()
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
        self._rate = float(self.schedule.get_last_lr()[0])
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        now.loss += told[2]
        now.error += told[3]
        self._any_asked = told[4] > 0

    def _finish_epoch(self) -> dict[str, Any]:
        """Validates, keeps the best weights, and returns the line of the log."""
        now, deviation = self.progress, self.data.scaling.deviation
        began = time.perf_counter()
        validation = self._agreed(self._error("validation"))
        row: dict[str, Any] = {}
        if self.settings.training.watch_test:
            row[WATCHED] = self._agreed(self._error("test"))
            if row[WATCHED] < now.watched:
                now.watched, now.watched_epoch = row[WATCHED], now.epoch + 1
                self.kept.watched = self.predict("test")
        now.epoch, now.step = now.epoch + 1, 0
        if validation < now.best:
            now.best, now.best_epoch = validation, now.epoch
            held = self.network.state_dict()
            self.kept.best = {name: one.detach().clone() for name, one in held.items()}
        row |= {
            "epoch": now.epoch,
            "learning_rate": self._rate,
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
        return row

    def _error(self, split: str) -> float:
        true = self.data.scaling.learnt(self.data.splits[split].values)
        predicted, seen = self.predict(split), len(true)
        if self.settings.training.drop_last and split == "validation" and seen >= self.batch_size:
            seen -= seen % self.batch_size
        return mean_absolute_error(true[:seen], predicted[:seen])

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

    def _interrupted(self) -> bool:
        """Whether any process was asked to stop: all stop after the same step."""
        return self._asked() if self.accelerator.num_processes == 1 else self._any_asked

    def _save(self) -> None:
        """Writes the state, then the best weights, which the state holds as well."""
        accelerator, randoms = self.accelerator, [random_states()]
        if accelerator.num_processes > 1:
            from accelerate.utils import gather_object

            randoms = gather_object(randoms)
        if accelerator.is_main_process:
            progress = vars(self.progress)
            save_state(self.folder / STATE, self.moving, self.kept, randoms, progress)
            self._write_best()
        self._written = time.monotonic()

    def _write_best(self) -> None:
        if self.kept.best is None or not self.accelerator.is_main_process:
            return
        now = self.progress
        about = {**self.about, "epoch": now.best_epoch, "validation_mae": now.best}
        write(self.folder / BEST, separate(self.kept.best), {"about": about})

    def _stop(self) -> None:
        self._save()
        raise KeyboardInterrupt
