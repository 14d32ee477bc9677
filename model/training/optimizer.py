"""AdamW, with decay where it belongs, and the one-cycle schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import nn

    from crystext.model.settings import TrainingSettings


def make_optimizer(
    network: nn.Module, settings: TrainingSettings, layer_rate: float | None = None
) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, arXiv:1711.05101); only matrices decay, unless asked otherwise.

    With ``decay="named"`` all decay but those whose names in alignn hold ``bias``, ``bn`` or
    ``norm`` (its ``group_decay``): norms of its linear layers, unnamed in a sequence, decay.

    Args:
        network: of the run.
        settings: of the run.
        layer_rate: learning rate of the layers of the language model that are trained, if the
            network holds any (:class:`~crystext.model.networks.trained_text.Unfrozen`).
    """
    layers = getattr(network, "layers_of_text", None)
    of_text = set() if layers is None else set(layers.parameters())
    unnamed = _unnamed_norms(network) if settings.decay == "named" else set()
    groups = []
    for rate, chosen in ((settings.learning_rate, False), (layer_rate, True)):
        weights = [
            one for one in network.parameters() if one.requires_grad and (one in of_text) == chosen
        ]
        matrices = [one for one in weights if one.dim() > 1 or one in unnamed]
        vectors = [one for one in weights if one.dim() <= 1 and one not in unnamed]
        if weights:
            assert rate is not None, "layers of a language model have a rate of their own"
            groups += [
                {"params": matrices, "weight_decay": settings.weight_decay, "lr": rate},
                {"params": vectors, "weight_decay": 0.0, "lr": rate},
            ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def _unnamed_norms(network: nn.Module) -> set[nn.Parameter]:
    """Weights of the norms that stand in a sequence in alignn, behind a linear layer."""
    from crystext.model.networks.alignn import NormedLinear

    found = [one for one in network.modules() if isinstance(one, NormedLinear)]
    return {one.norm.weight for one in found}


def make_schedule(
    optimizer: torch.optim.Optimizer, settings: TrainingSettings, steps_per_epoch: int
) -> torch.optim.lr_scheduler.OneCycleLR:
    """One cycle (Smith, arXiv:1803.09820) over all steps, rising for the first 30 %.

    The highest rate of each group is the one that :func:`make_optimizer` gave it.
    """
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=settings.epochs_of(steps_per_epoch) * steps_per_epoch,
        pct_start=0.3,
    )
