"""How a text's embedding is projected and fused with a graph's: the parts of CrysMMNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from crystext.model.settings import Form, Fusion

PROJECTED = 64
_TEXT_HIDDEN = 128


class ProjectionHead(nn.Module):
    """Linear, then a residual block of GELU, linear and dropout, then layer normalisation.

    The published code's head on both embeddings (``ProjectionHead`` in ``src/models/alignn.py`` of
    github.com/kdmsit/crysmmnet).

    Args:
        inputs: width of the embedding.
        outputs: width after it.
        dropout: probability; drawn per crystal, so it is the same on quotient and full graphs.
    """

    def __init__(self, inputs: int, outputs: int = PROJECTED, dropout: float = 0.1) -> None:
        super().__init__()
        self.projection = nn.Linear(inputs, outputs)
        self.fc = nn.Linear(outputs, outputs)
        self.dropout = nn.Dropout(dropout)
        self.layer_norm = nn.LayerNorm(outputs)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(C, outputs) of (C, inputs)."""
        projected = self.projection(values)
        block = self.dropout(self.fc(nn.functional.gelu(projected)))
        return self.layer_norm(projected + block)


def text_projection(form: Form, inputs: int, dropout: float) -> nn.Module:
    """From the text's embedding to width 64, in the paper's form (equation 6) or the code's."""
    if form == "reference":
        return ProjectionHead(inputs, dropout=dropout)
    return nn.Sequential(
        nn.Linear(inputs, _TEXT_HIDDEN), nn.ReLU(), nn.Linear(_TEXT_HIDDEN, PROJECTED)
    )


def fuse(graph: torch.Tensor, text: torch.Tensor, fusion: Fusion) -> torch.Tensor:
    """The two embeddings of each crystal as one; sum and mean need equal widths."""
    if fusion == "concat":
        return torch.cat([graph, text], dim=1)
    return graph + text if fusion == "sum" else (graph + text) / 2


def regressor(inputs: int) -> nn.Module:
    """From the fused embedding to one number: 64 hidden units, as in the published code.

    The paper says "a multi-layer perceptron" without its width.
    """
    return nn.Sequential(nn.Linear(inputs, PROJECTED), nn.ReLU(), nn.Linear(PROJECTED, 1))
