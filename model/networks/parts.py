"""What several graph networks are built of: a layer on gathered rows, an activation, a start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence


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

    def forward(  # type: ignore[override]
        self, *tables: tuple[torch.Tensor, torch.Tensor | None]
    ) -> torch.Tensor:
        """(n, outputs).

        Args:
            tables: for each, its values (rows, width), and which row each of the n results reads;
                ``None`` for a table that has n rows already.
        """
        bias: torch.Tensor | None = self.bias
        total: torch.Tensor | None = None
        for (values, index), weight in zip(tables, self.columns(), strict=True):
            part = functional.linear(values, weight, bias)
            part = part if index is None else part.index_select(0, index)
            total = part if total is None else total + part
            bias = None
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
