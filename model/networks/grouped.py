"""Networks of one form side by side: weights stacked, one kernel for all of them.

The seeds and folds of a benchmark train the same network many times. :func:`grouped` makes of G
such networks one whose weights have a first axis of G, under the same names, and whose rows are
those of G batches one after the other, of equal size (:mod:`crystext.model.graphs.padded`). Each
group's output depends on its own rows and weights alone, and is what the network by itself gives.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from crystext.errors import UsageError
from crystext.model.networks import ops
from crystext.model.networks.fusion import Whitening
from crystext.model.networks.layers import BatchNorm, JoinedLinear, LayerNorm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crystext.model.networks.base import Network


def grouped(networks: Sequence[Network]) -> Network:
    """G networks as one.

    Args:
        networks: of one form; they stay as they are.

    Returns:
        Of the same class; outputs are (G C,) of batches of C crystals each.

    Raises:
        UsageError: a part of the network has weights and no grouped form.
    """
    made = copy.deepcopy(networks[0])
    for name, layer in list(made.named_modules()):
        kind = _GROUPED.get(type(layer))
        if kind is not None:
            layer.__class__ = kind
            layer.groups = len(networks)
        elif any(True for _ in layer.parameters(recurse=False)):
            raise UsageError(f"{name or type(made).__name__} has no grouped form")
    stacked = stacked_state(networks)
    for name, value in stacked.items():
        place, _, own = name.rpartition(".")
        layer = made.get_submodule(place)
        if own in layer._parameters:  # noqa: SLF001 - torch has no public call that changes a shape
            before = layer._parameters[own]  # noqa: SLF001
            assert before is not None
            layer._parameters[own] = nn.Parameter(value, before.requires_grad)  # noqa: SLF001
        else:
            layer._buffers[own] = value  # noqa: SLF001
    return made


def can_be_grouped(network: Network) -> bool:
    """Whether every part of the network that has weights has a grouped form."""
    return all(
        type(layer) in _GROUPED
        for layer in network.modules()
        if any(True for _ in layer.parameters(recurse=False))
    )


def stacked_state(networks: Sequence[Network]) -> dict[str, torch.Tensor]:
    """By name, (G, …): weights and buffers of G networks."""
    states = [one.state_dict() for one in networks]
    return {name: torch.stack([one[name] for one in states]) for name in states[0]}


def _by_group(values: torch.Tensor, groups: int) -> torch.Tensor:
    """(G, rows, width) of (G rows, …, width), inner axes among the rows."""
    return values.reshape(groups, -1, values.shape[-1])


def _times(
    values: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, groups: int
) -> torch.Tensor:
    rows, turned = _by_group(values, groups), weight.transpose(1, 2)
    out = torch.bmm(rows, turned) if bias is None else torch.baddbmm(bias[:, None], rows, turned)
    return out.view(*values.shape[:-1], weight.shape[1])


class _Linear(nn.Linear):
    groups: int

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return _times(values, self.weight, self.bias, self.groups)


class _JoinedLinear(JoinedLinear):
    groups: int

    def columns(self) -> tuple[torch.Tensor, ...]:
        return self.weight.split(self.widths, dim=2)

    def parts(self, *tables: torch.Tensor) -> Iterator[torch.Tensor]:
        biases = (self.bias, *[None] * (len(tables) - 1))
        for one in zip(tables, self.columns(), biases, strict=True):
            yield _times(*one, self.groups)


class _Embedding(nn.Embedding):
    groups: int

    def forward(self, index: torch.Tensor) -> torch.Tensor:
        begin = torch.arange(self.groups, device=index.device)[:, None] * self.num_embeddings
        place = (index.view(self.groups, -1) + begin).flatten()
        return self.weight.reshape(-1, self.embedding_dim).index_select(0, place)


class _BatchNorm(BatchNorm):
    groups: int

    def forward(self, values: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        return self._normalised(values, count)

    def silu(
        self, values: torch.Tensor, count: torch.Tensor, residual: torch.Tensor | None = None
    ) -> torch.Tensor:
        return self._normalised(values, count, silu=True, residual=residual)

    def _normalised(
        self,
        values: torch.Tensor,
        count: torch.Tensor,
        *,
        silu: bool = False,
        residual: torch.Tensor | None = None,
    ) -> torch.Tensor:
        rows, each = _by_group(values, self.groups), count.view(self.groups, -1)
        if self.training:
            # a run that has ended before the others of its group has no rows that count
            total = each.sum(dim=1, keepdim=True).clamp(min=1)
            part: torch.Tensor | None = each / total
            with torch.no_grad():
                mean, variance = ops.moments(rows, part)  # type: ignore[arg-type]
                self.keep(mean[:, 0], variance[:, 0], total)
        else:
            part, mean, variance = None, self.running_mean[:, None], self.running_var[:, None]
        out = ops.normalise(
            rows,
            mean,
            torch.rsqrt(variance + self.eps),
            part,
            self.weight[:, None],
            self.bias[:, None],
            silu=silu,
            residual=None if residual is None else _by_group(residual, self.groups),
        )
        return out.view(values.shape)


class _LayerNorm(LayerNorm):
    groups: int

    def forward(self, values: torch.Tensor, _count: torch.Tensor | None = None) -> torch.Tensor:
        normed = functional.layer_norm(values, self.normalized_shape, eps=self.eps)
        rows = _by_group(normed, self.groups)
        return torch.addcmul(self.bias[:, None], rows, self.weight[:, None]).view(values.shape)

    def silu(
        self, values: torch.Tensor, _count: torch.Tensor, residual: torch.Tensor | None = None
    ) -> torch.Tensor:
        new = functional.silu(self.forward(values))
        return new if residual is None else residual + new


class _Whitening(Whitening):
    groups: int

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        rows = _by_group(vectors, self.groups) - self.mean[:, None]
        return torch.bmm(rows, self.weight).flatten(0, 1)


_GROUPED: dict[type[nn.Module], Any] = {
    nn.Linear: _Linear,
    JoinedLinear: _JoinedLinear,
    nn.Embedding: _Embedding,
    BatchNorm: _BatchNorm,
    nn.LayerNorm: _LayerNorm,
    LayerNorm: _LayerNorm,
    Whitening: _Whitening,
}
