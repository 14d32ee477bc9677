"""How a network is fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crystext.choices import DECAYS, DEVICES, LOSSES, TRAINED_PRECISIONS
from crystext.settings import BaseSettings, check_choice, check_number, check_whole

HIGHEST_RATE = 10


@dataclass(frozen=True)
class TrainingSettings(BaseSettings):
    """How a network is fitted.

    Attributes:
        epochs: passes over the training set.
        steps: in place of ``epochs``: as many passes as make at least so many steps, so that
            training sets of all sizes are learnt from equally long.
        batch_size: crystals in a step, over all processes.
        learning_rate: highest of the one-cycle schedule.
        weight_decay: of AdamW; biases and norms have none.
        patience: epochs without a better validation error after which training ends; ``None``
            for never, as in every preset: errors fall most in the last third of the one-cycle
            schedule, which a run that ends early never sees.
        loss: ``mse``, ``mae`` or ``huber`` (1 standard deviation wide) of standard scores.
        precision: ``fp32``; ``bf16`` or ``fp16`` for mixed precision; or ``tf32``: as fp32, but a
            GPU may round the factors of matrix products to 10 bits. On a CPU it is fp32.
        compile: whether to run the network through ``torch.compile``.
        device: ``auto`` takes a GPU if there is one.
        tensorboard: whether to write TensorBoard's event files beside the CSV log.
        standardise: whether targets are learnt as standard scores of the training set.
        drop_last: whether the crystals that fill no batch are left out, in training and validation,
            as the published code does; otherwise batches differ by one crystal at most.
        decay: ``matrices``, or ``named``: all that alignn's names do not leave out, which are the
            weights of norms that stand in a sequence.
        watch_test: evaluate the test set after every epoch, as the published code does; what comes
            of it is written apart and labelled, and decides nothing.
        deterministic: whether a GPU adds the messages of edges in one order, so that a run that is
            repeated on it ends with the same bytes; steps are slower, and runs of a benchmark are
            trained one by one. A CPU does so by itself.
    """

    epochs: int = 1000
    steps: int | None = None
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    patience: int | None = None
    loss: str = "mse"
    precision: str = "fp32"
    compile: bool = False
    device: str = "auto"
    tensorboard: bool = True
    standardise: bool = True
    drop_last: bool = False
    decay: str = "matrices"
    watch_test: bool = False
    deterministic: bool = False

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        for name in ("epochs", "batch_size"):
            check_whole(name, getattr(self, name))
        for name in ("steps", "patience"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name))
        for name in ("learning_rate", "weight_decay"):
            check_number(name, getattr(self, name), 0, HIGHEST_RATE)
        check_choice("loss", self.loss, LOSSES)
        check_choice("precision", self.precision, TRAINED_PRECISIONS)
        check_choice("device", self.device, DEVICES)
        check_choice("decay", self.decay, DECAYS)

    def epochs_of(self, steps_per_epoch: int) -> int:
        """Passes over a training set that takes so many steps."""
        return self.epochs if self.steps is None else math.ceil(self.steps / steps_per_epoch)
