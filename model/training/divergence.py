"""Which crystals make a loss or a gradient that is not a number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from crystext.errors import NotFiniteTrainingError

if TYPE_CHECKING:
    from accelerate import Accelerator

    from crystext.model.networks.base import Network
    from crystext.model.training.feeder import Batch, Feeder

_NAMED = 10


def finite_norm(loss: float, norm: float, *, scaled: bool) -> float | None:
    """The gradient's norm, ``None`` where it or the loss is no number.

    Args:
        loss: of a batch.
        norm: of its gradient.
        scaled: whether losses are scaled (fp16). An overflowing gradient is no error then: the
            scaler leaves out the step and scales less.
    """
    if math.isfinite(loss) and (scaled or math.isfinite(norm)):
        return norm if math.isfinite(norm) else 0.0
    return None


def divergence(
    network: Network,
    feeder: Feeder,
    accelerator: Accelerator,
    batch: Batch,
    ids: list[str],
    where: str,
) -> NotFiniteTrainingError:
    """The error of a batch whose loss or gradient is no number.

    Args:
        network: as it stands.
        feeder: gathered the batch.
        accelerator: knows the precision.
        batch: of the training set.
        ids: of the training set.
        where: epoch and step, in words.

    Returns:
        It names the crystals that are not finite by themselves, or says that the batch is only so
        as a whole.
    """
    guilty = [
        ids[place]
        for place in batch.places.tolist()
        if _is_guilty(network, feeder, accelerator, place)
    ]
    if guilty:
        more = f" and {len(guilty) - _NAMED} more" if len(guilty) > _NAMED else ""
        return NotFiniteTrainingError(
            f"{where}: not finite for {', '.join(guilty[:_NAMED])}{more}; look at their targets, "
            "texts and structures, or leave them out"
        )
    return NotFiniteTrainingError(
        f"{where}: the loss of the batch with {ids[int(batch.places[0])]} is not finite, though "
        "each crystal's is; lower training.learning_rate or use training.precision=fp32"
    )


def _is_guilty(network: Network, feeder: Feeder, accelerator: Accelerator, place: int) -> bool:
    """Whether a crystal alone, in evaluation, has an output or a gradient that is no number."""
    network.eval()
    network.zero_grad()
    batch = feeder.batch("train", np.array([place]))
    with torch.enable_grad(), accelerator.autocast():
        score = network(batch.graph, batch.text)
    loss = (score.float() - batch.target.float()).square().sum()
    loss.backward()
    gradients = [one.grad for one in network.parameters() if one.grad is not None]
    return not (torch.isfinite(loss) and all(torch.isfinite(one).all() for one in gradients))
