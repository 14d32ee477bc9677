"""From the hidden states of a text's tokens to its vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pool: str) -> torch.Tensor:
    """The vectors of texts (n, width).

    Args:
        hidden: last hidden states (n, longest, width).
        mask: which of them are of tokens, not of padding (n, longest).
        pool: ``cls``, the first token's; or ``mean``, that of all tokens, special ones included.
    """
    if pool == "cls":
        return hidden[:, 0]
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)
