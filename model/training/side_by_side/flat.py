"""All weights of networks as one array, and AdamW on it: few kernels, and none asks the host.

:class:`torch.optim.AdamW` reads learning rate and momentum as numbers of the host in every step, so
a recorded step would repeat the first ones. Here the whole schedule lies on the device beside the
weights, and the step's number picks its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

_STILL = ("running_mean", "running_var", "num_batches_tracked")  # buffers that training changes


class Flat:
    """The weights and moving buffers of G networks, laid side by side; they are read there.

    Args:
        network: on its device; its weights and buffers become views of :attr:`values` and
            :attr:`buffers`.
        trained: the weights that a loss depends on, in the network's order; the rest stay as
            they are.
        groups: G; where it is above 1, the network is one of
            :func:`crystext.model.networks.grouped.grouped`.

    Attributes:
        values: (G, n), the weights that are trained.
        buffers: (G, m), running means and variances.
        gradient: (G, n).
        weights: the network's, views of ``values``.
    """

    def __init__(
        self, network: nn.Module, trained: Sequence[nn.Parameter], groups: int = 1
    ) -> None:
        self.weights, self.groups = list(trained), groups
        self.values = _joined(self.weights, groups)
        held = [
            one
            for name, one in network.named_buffers()
            if name.rpartition(".")[2] in _STILL and one.is_floating_point()
        ]
        self.buffers = _joined(held, groups) if held else self.values.new_zeros((groups, 0))
        self.gradient = torch.zeros_like(self.values)

    def take_gradient(self, loss: torch.Tensor) -> None:
        """Differentiates a loss into :attr:`gradient`."""
        found = torch.autograd.grad(loss, self.weights)
        torch.cat([one.reshape(self.groups, -1) for one in found], dim=1, out=self.gradient)


def _joined(tensors: Sequence[torch.Tensor], groups: int) -> torch.Tensor:
    """(G, n) of their entries, of which they become views."""
    rows = [one.detach().reshape(groups, -1) for one in tensors]
    whole, begin = torch.cat(rows, dim=1), 0
    for one, row in zip(tensors, rows, strict=True):
        end = begin + row.shape[1]
        one.data = whole[:, begin:end].view(one.shape)
        begin = end
    return whole


class Schedule(NamedTuple):
    """What AdamW multiplies with in each step, (S,) each.

    Attributes:
        rate: learning rate.
        keep: 1 less the first momentum.
        first: learning rate over the correction of the first moment.
        second: square root of the correction of the second moment.
    """

    rate: torch.Tensor
    keep: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor

    @classmethod
    def of(
        cls,
        optimizer: torch.optim.AdamW,
        schedule: torch.optim.lr_scheduler.LRScheduler,
        steps: int,
    ) -> Schedule:
        """The lines of all steps; both are stepped through to their end.

        Args:
            optimizer: whose groups differ in their decay alone.
            schedule: of it.
            steps: how many there are.
        """
        rates, momenta = [], []
        group = optimizer.param_groups[0]
        for _ in range(steps):
            rates.append(group["lr"])
            momenta.append(group["betas"])
            optimizer.step()
            schedule.step()
        rate = torch.tensor(rates, dtype=torch.float64)
        first, second = torch.tensor(momenta, dtype=torch.float64).T
        number = torch.arange(1, steps + 1, dtype=torch.float64)
        return cls(
            rate,
            1 - first,
            rate / (1 - first**number),
            (1 - second**number).sqrt(),
        )

    def as_rows(self) -> torch.Tensor:
        """(S, 4)."""
        return torch.stack(list(self), dim=1)


class FlatAdamW:
    """AdamW (Loshchilov and Hutter, arXiv:1711.05101) on the weights of networks as one array.

    Args:
        flat: of the networks.
        decay: (n,), of each weight of a network.
        second_momentum: beta 2.
        eps: added to the root of the second moment.
    """

    def __init__(
        self, flat: Flat, decay: torch.Tensor, second_momentum: float = 0.999, eps: float = 1e-8
    ) -> None:
        self.flat, self.decay = flat, decay
        self.second_momentum, self.eps = second_momentum, eps
        self.mean = torch.zeros_like(flat.values)
        self.square = torch.zeros_like(flat.values)

    def reset(self) -> None:
        """Forgets what it saw."""
        self.mean.zero_()
        self.square.zero_()

    def step(self, line: torch.Tensor) -> None:
        """One step along :attr:`Flat.gradient`.

        Args:
            line: (G, 4), of :meth:`Schedule.as_rows`; 0, 0, 0, 1 where nothing is to move.
        """
        rate, keep, first, second = line.T[..., None].unbind()
        weights, gradient, beta = self.flat.values, self.flat.gradient, self.second_momentum
        weights.addcmul_(weights * self.decay, rate, value=-1)
        self.mean.lerp_(gradient, keep)
        self.square.mul_(beta).addcmul_(gradient, gradient, value=1 - beta)
        below = self.square.sqrt().div_(second).add_(self.eps).div_(first)
        weights.addcdiv_(self.mean, below, value=-1)


def decay_of(flat: Flat, optimizer: torch.optim.AdamW) -> torch.Tensor:
    """(n,): how much each weight decays, as the optimizer's groups say."""
    by_weight = {
        one: group["weight_decay"] for group in optimizer.param_groups for one in group["params"]
    }
    sizes = [one.numel() // flat.groups for one in flat.weights]
    return torch.cat(
        [
            flat.values.new_full((size,), by_weight[one])
            for size, one in zip(sizes, flat.weights, strict=True)
        ]
    )
