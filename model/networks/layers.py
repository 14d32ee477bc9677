"""What networks are built of: sums over neighbours, norms, pooling, expansions, linear layers.

On a quotient graph a row stands for several equal atoms, bonds or angles. Sums over neighbours
count each row by its share, batch normalisation and pooling by its count; then the network gives
what it gives on the full graph, where every share and count is 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from crystext.model.networks import ops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_TINY = 1e-30  # below every sum of counts or shares that is not 0


def segment_sum(values: torch.Tensor, index: torch.Tensor, size: int) -> torch.Tensor:
    """Sums rows that carry the same index.

    Args:
        values: (n, …).
        index: (n,), the segment of each row.
        size: number of segments.

    Returns:
        (size, …); a segment without rows is 0.
    """
    return values.new_zeros((size, *values.shape[1:])).index_add(0, index, values)


def segment_softmax(
    logits: torch.Tensor, index: torch.Tensor, size: int, share: torch.Tensor
) -> torch.Tensor:
    """Softmax over the rows of a segment, a row counting as often as its share says.

    Args:
        logits: (n, …).
        index: (n,), the segment of each row.
        size: number of segments.
        share: (n,), how many equal members each row stands for.

    Returns:
        (n, …), the weight of one member; ``share * result`` sums to 1 over a segment. Members of a
        segment in which no share is above 0 have finite weights.
    """
    spread = index.reshape(-1, *[1] * (logits.dim() - 1)).expand_as(logits)
    highest = logits.new_full((size, *logits.shape[1:]), -torch.inf)
    highest = highest.scatter_reduce(0, spread, logits.detach(), "amax")
    weights = torch.exp(logits - highest[index])
    weighted = weights * share.reshape(-1, *[1] * (logits.dim() - 1))
    return weights / segment_sum(weighted, index, size).clamp_min(_TINY)[index]


def pool_mean(
    values: torch.Tensor, crystal: torch.Tensor, count: torch.Tensor, n_crystals: int
) -> torch.Tensor:
    """(C, width): mean over the atoms (or bonds) of each crystal, classes by their count.

    A crystal without any has 0, as those that fill a batch of one shape.
    """
    total = segment_sum(values * count[:, None], crystal, n_crystals)
    return total / segment_sum(count, crystal, n_crystals).clamp_min(_TINY)[:, None]


class BatchNorm(nn.Module):
    """Batch normalisation in which each row counts as often as the class that it stands for.

    With counts of 1 it is :class:`torch.nn.BatchNorm1d`, whose names of parameters and buffers it
    keeps, so published weights load.

    Args:
        features: width.
        eps: added to the variance.
        momentum: share of the newest statistics in the running ones.
    """

    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor

    def __init__(self, features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))
        self.register_buffer("num_batches_tracked", torch.tensor(0, dtype=torch.long))

    def statistics(
        self, values: torch.Tensor, count: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Mean, reciprocal standard deviation, and each row's part of the mean while training."""
        if not self.training:
            return self.running_mean, torch.rsqrt(self.running_var + self.eps), None
        total = count.sum()
        part = (count / total).to(torch.promote_types(values.dtype, torch.float32))
        with torch.no_grad():
            mean, variance = ops.moments(values, part)
            self.keep(mean, variance, total)
        return mean, torch.rsqrt(variance + self.eps), part

    def keep(self, mean: torch.Tensor, variance: torch.Tensor, total: torch.Tensor) -> None:
        """Moves the running statistics towards those of a batch whose rows count ``total``."""
        self.num_batches_tracked += 1
        unbiased = variance * (total / (total - 1).clamp(min=1))
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), self.momentum)

    def forward(self, values: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """(n, features), normalised; ``count`` is (n,)."""
        mean, scale, part = self.statistics(values, count)
        return ops.normalise(values, mean, scale, part, self.weight, self.bias)

    def silu(
        self, values: torch.Tensor, count: torch.Tensor, residual: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Residual plus SiLU of the norm, in one step that keeps only ``values`` for later."""
        mean, scale, part = self.statistics(values, count)
        return ops.normalise(
            values, mean, scale, part, self.weight, self.bias, silu=True, residual=residual
        )


class LayerNorm(nn.LayerNorm):
    """Layer normalisation with the calls of :class:`BatchNorm`; it does not need the counts."""

    def forward(self, values: torch.Tensor, _count: torch.Tensor | None = None) -> torch.Tensor:
        """(n, features), normalised row by row."""
        return super().forward(values)

    def silu(
        self, values: torch.Tensor, _count: torch.Tensor, residual: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Residual plus SiLU of the norm."""
        new = nn.functional.silu(super().forward(values))
        return new if residual is None else residual + new


class GaussianBasis(nn.Module):
    """Expands a number in Gaussians ``exp(-gamma (x - c)^2)``.

    Args:
        low: first centre.
        high: last centre.
        size: number of centres, evenly spaced.
        gamma: of the exponent; the reciprocal of the spacing if not given, as in ALIGNN.
    """

    centers: torch.Tensor

    def __init__(self, low: float, high: float, size: int, gamma: float | None = None) -> None:
        super().__init__()
        self.gamma = (size - 1) / (high - low) if gamma is None else gamma
        self.register_buffer("centers", torch.linspace(low, high, size), persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(n, size) of values (n,)."""
        return torch.exp(-self.gamma * (values[:, None] - self.centers) ** 2)


class JoinedLinear(nn.Linear):
    """A linear layer on rows that are joined from several tables, without joining them.

    ``W [a, b, …] + c = A a + B b + … + c``, so each table is multiplied by its columns of W before
    its rows are gathered: atoms are few, bonds are many. Weight and bias are those of
    :class:`torch.nn.Linear` on the concatenation, so published weights load.

    Args:
        widths: of the tables, in the order of the concatenation.
        outputs: width of the result.
    """

    def __init__(self, widths: Sequence[int], outputs: int) -> None:
        super().__init__(sum(widths), outputs)
        self.widths = tuple(widths)

    def columns(self) -> tuple[torch.Tensor, ...]:
        """(outputs, width) for each table: its part of the weight."""
        return self.weight.split(self.widths, dim=1)

    def parts(self, *tables: torch.Tensor) -> Iterator[torch.Tensor]:
        """(rows, …, outputs) of each table (rows, …, width), in turn; the first with the bias."""
        biases = (self.bias, *[None] * (len(tables) - 1))
        for one in zip(tables, self.columns(), biases, strict=True):
            yield functional.linear(*one)

    def forward(  # type: ignore[override]
        self, *tables: tuple[torch.Tensor, torch.Tensor | None]
    ) -> torch.Tensor:
        """(n, outputs).

        Args:
            tables: for each, its values (rows, width), and which row each of the n results reads;
                ``None`` for a table that has n rows already.
        """
        parts = self.parts(*(values for values, _ in tables))
        total: torch.Tensor | None = None
        for part, (_, index) in zip(parts, tables, strict=True):
            part = part if index is None else part.index_select(0, index)  # noqa: PLW2901
            total = part if total is None else total + part
        assert total is not None
        return total


class ShiftedSoftplus(nn.Module):
    """``log(1 + exp(x)) - log 2``, which is 0 at 0."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Of any shape."""
        return functional.softplus(values) - math.log(2.0)


def glorot(layer: nn.Module) -> None:
    """Starts a linear layer uniformly after Glorot and Bengio (AISTATS 2010), its bias at 0."""
    assert isinstance(layer, nn.Linear)
    nn.init.xavier_uniform_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
