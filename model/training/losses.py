"""What a step makes small: of standard scores, or of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def loss_of(name: str, *, classes: bool) -> Loss:
    """From outputs (C,) and targets (C,) to the loss of each crystal (C,).

    Args:
        name: ``mse``, ``mae``, or ``huber``, which is squared (halved) up to 1 and linear beyond
            (Huber, Ann. Math. Stat. 35, 73, 1964).
        classes: cross-entropy of logits in their place.
    """
    if classes:
        return _cross_entropy
    return {"mse": _squared, "mae": _absolute, "huber": _huber}[name]


def _squared(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output - target).square()


def _absolute(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output - target).abs()


def _huber(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return functional.huber_loss(output, target, reduction="none")


def _cross_entropy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
