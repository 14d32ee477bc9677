"""Two operations that take most of a graph network's time, with derivatives written out.

Each keeps for the backward pass only what it was given and computes the rest again, which is cheap
beside the matrix products: a step needs a fraction of the memory that autograd would keep.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_SHUT = 1e-6  # keeps a node whose gates are all shut at 0


def in_full_precision(kind: str) -> AbstractContextManager[Any]:
    """Where autocast takes nothing in half precision; ``kind`` as in ``tensor.device.type``."""
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        return torch.autocast(kind, enabled=False)
    return nullcontext()


def moments(values: torch.Tensor, part: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted mean and variance over rows, in two passes.

    Args:
        values: (n, width), or (G, n, width) for G networks side by side.
        part: (n,) or (G, n), weights that sum to 1.

    Returns:
        (width,) or (G, 1, width) each, at least in float32.
    """
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    part = part.to(values.dtype)
    if values.dim() > 2:
        part = part.unsqueeze(1)
    with in_full_precision(values.device.type):  # autocast would take half precision's products
        mean = part @ values
        return mean, part @ (values - mean).square_()


def normalise(
    values: torch.Tensor,
    mean: torch.Tensor,
    scale: torch.Tensor,
    part: torch.Tensor | None,
    weight: torch.Tensor,
    bias: torch.Tensor,
    *,
    silu: bool = False,
    residual: torch.Tensor | None = None,
) -> torch.Tensor:
    """Batch normalisation with given statistics, with SiLU and a residual if wanted.

    Args:
        values: (n, width), or (G, n, width) for G networks side by side; then what follows is
            (G, 1, width) in place of (width,), and (G, n) in place of (n,).
        mean: (width,).
        scale: (width,), reciprocal standard deviation.
        part: (n,), each row's weight in the mean, through which the statistics depend on the
            values; ``None`` if they do not, as in evaluation.
        weight: (width,).
        bias: (width,).
        silu: whether to apply SiLU.
        residual: (n, width), added at the end.
    """
    return _Normalise.apply(values, mean, scale, part, weight, bias, silu, residual)


class _Normalise(torch.autograd.Function):
    """y = f(w (x - mean) scale + b) + residual, where f is SiLU or nothing."""

    @staticmethod
    def forward(
        ctx: Any,
        values: torch.Tensor,
        mean: torch.Tensor,
        scale: torch.Tensor,
        part: torch.Tensor | None,
        weight: torch.Tensor,
        bias: torch.Tensor,
        silu: bool,
        residual: torch.Tensor | None,
    ) -> torch.Tensor:
        ctx.save_for_backward(values, mean, scale, part, weight, bias)
        ctx.silu, ctx.has_residual = silu, residual is not None
        factor = weight * scale
        out = torch.addcmul(bias - mean * factor, values, factor)
        if silu:
            out = torch.nn.functional.silu(out)
        out = out.to(values.dtype)
        return out if residual is None else out.add_(residual)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        values, mean, scale, part, weight, bias = ctx.saved_tensors
        residual = grad if ctx.has_residual else None
        grad = grad.to(mean.dtype)
        standard = (values - mean).mul_(scale)
        if ctx.silu:
            grad = _silu_backward(grad, torch.addcmul(bias, standard, weight))
        grouped = mean.dim() > 1
        to_bias = grad.sum(-2, keepdim=grouped)
        to_weight = torch.mul(grad, standard).sum(-2, keepdim=grouped)
        if part is None:
            change = grad * (weight * scale)
        else:
            # the mean and the variance move with every row, by its part
            along = torch.addcmul(to_bias, standard, to_weight).mul_(part.unsqueeze(-1))
            change = (grad - along).mul_(weight * scale)
        change = change.to(values.dtype)
        return change, None, None, None, to_weight, to_bias, None, residual


def _silu_backward(grad: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    return torch.ops.aten.silu_backward(grad, values)


def gated_mean(
    gates: torch.Tensor,
    values: torch.Tensor,
    source: torch.Tensor,
    target: torch.Tensor,
    share: torch.Tensor,
) -> torch.Tensor:
    """Mean of neighbours weighed by sigmoid gates (Bresson and Laurent, arXiv:1711.07553).

    ``out[t] = sum_e share_e sigma(g_e) v[source_e] / (sum_e share_e sigma(g_e) + 1e-6)`` over the
    edges e that point to t.

    Args:
        gates: (E, width), before the sigmoid.
        values: (N, width), of the nodes.
        source: (E,), node that an edge starts from.
        target: (E,), node that it points to.
        share: (E,), how many equal edges a row stands for.

    Returns:
        (N, width).
    """
    if torch.compiler.is_compiling():
        # The compiler writes the derivative out and chooses what to keep; torch 2.13 cannot trace
        # the class below twice in one network. As an operator of torch.library both would be
        # traced, but cost 10 to 14 % of a small step on a CPU.
        opened = torch.sigmoid(gates) * share[:, None].to(gates.dtype)
        below = torch.zeros_like(values).index_add(0, target, opened) + _SHUT
        above = opened * values.index_select(0, source)
        return torch.zeros_like(values).index_add(0, target, above) / below
    return _GatedMean.apply(gates, values, source, target, share)


class _GatedMean(torch.autograd.Function):
    """See :func:`gated_mean`."""

    @staticmethod
    def forward(
        ctx: Any,
        gates: torch.Tensor,
        values: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
        share: torch.Tensor,
    ) -> torch.Tensor:
        opened = torch.sigmoid(gates).mul_(share[:, None].to(gates.dtype))
        below = torch.zeros_like(values).index_add_(0, target, opened).add_(_SHUT)
        above = opened.mul_(values.index_select(0, source))
        mean = torch.zeros_like(values).index_add_(0, target, above).div_(below)
        ctx.save_for_backward(gates, values, source, target, share, below, mean)
        return mean

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        gates, values, source, target, share, below, mean = ctx.saved_tensors
        per_edge = (grad / below).index_select(0, target)
        opened = torch.sigmoid(gates)
        shared = opened * share[:, None].to(gates.dtype)
        to_values = torch.zeros_like(values).index_add_(0, source, shared * per_edge)
        pull = values.index_select(0, source).sub_(mean.index_select(0, target))
        to_gates = pull.mul_(per_edge).mul_(shared).mul_(opened.neg_().add_(1))
        return to_gates, to_values, None, None, None
