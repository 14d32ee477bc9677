"""Which crystals make a loss or a gradient that is not a number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from crystext.errors import NotFiniteTrainingError

if TYPE_CHECKING:
    from crystext.model.training.feeder import Batch
    from crystext.model.training.loop import Loop

_NAMED = 10


def check_finite(
    loss: torch.Tensor, norm: torch.Tensor | float | None, loop: Loop, batch: Batch
) -> float:
    """The gradient's norm, if it and the loss are numbers.

    With fp16 an overflowing gradient is no error: the scaler leaves out the step and scales less.

    Raises:
        NotFiniteTrainingError: they are not; names the crystals that are not finite by themselves,
            or says that the batch is only so as a whole.
    """
    size = math.nan if norm is None else float(norm)
    scaled = loop.settings.training.precision == "fp16"
    if torch.isfinite(loss) and (scaled or math.isfinite(size)):
        return size if math.isfinite(size) else 0.0
    ids = loop.data.splits["train"].ids
    guilty = [ids[place] for place in batch.places.tolist() if _is_guilty(loop, place)]
    where = f"epoch {loop.progress.epoch + 1}, step {loop.progress.step + 1}"
    if guilty:
        more = f" and {len(guilty) - _NAMED} more" if len(guilty) > _NAMED else ""
        raise NotFiniteTrainingError(
            f"{where}: not finite for {', '.join(guilty[:_NAMED])}{more}; look at their targets, "
            "texts and structures, or leave them out"
        )
    raise NotFiniteTrainingError(
        f"{where}: the loss of the batch with {ids[int(batch.places[0])]} is not finite, though "
        "each crystal's is; lower training.learning_rate or use training.precision=fp32"
    )


def _is_guilty(loop: Loop, place: int) -> bool:
    """Whether a crystal alone, in evaluation, has an output or a gradient that is no number."""
    network = loop.network
    network.eval()
    network.zero_grad()
    batch = loop.feeder.batch("train", np.array([place]))
    with torch.enable_grad(), loop.accelerator.autocast():
        score = network(batch.graph, batch.text)
    loss = (score.float() - batch.target.float()).square().sum()
    loss.backward()
    gradients = [one.grad for one in network.parameters() if one.grad is not None]
    return not (torch.isfinite(loss) and all(torch.isfinite(one).all() for one in gradients))
