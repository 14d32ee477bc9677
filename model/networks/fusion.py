"""How a text's embedding is projected and fused with a graph's: the parts of CrysMMNet.

:class:`Whitening`, :class:`TextUpdate` and :class:`SiteUpdate` are ours: fusions that start as the
graph network alone and read a few standardised numbers of the text, so that there is little to
memorise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from crystext.model.graphs.batch import GraphBatch
    from crystext.model.settings import Form, Fusion

PROJECTED = 64
COMPONENTS = 64
"""Principal components of the texts that a residual or gated fusion reads, at most."""
_LEAST_VARIANCE = 1e-6  # of the first component's: less is rounding
_LEAST_OF_SITES = 1e-2  # likewise: what little differs among known sites is large in an odd one
_FURTHEST = 3.0  # deviations; an odd site's component beyond reads as this
_SHUT = -2.0  # logit of a gate at the start
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


class Whitening(nn.Module):
    """Standard scores of the texts' first principal components, fitted to the training set.

    Args:
        inputs: width of the text's vector.
        components: how many are kept; those without variance are 0.
        least: variance below which there is none, in that of the first component.
    """

    mean: torch.Tensor
    weight: torch.Tensor

    def __init__(
        self, inputs: int, components: int = COMPONENTS, *, least: float = _LEAST_VARIANCE
    ) -> None:
        super().__init__()
        self.least = least
        self.width = min(inputs, components)
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("weight", torch.zeros(inputs, self.width))

    def fit(self, vectors: torch.Tensor) -> None:
        """Takes mean and components of (n, inputs) vectors of the training set.

        Every entry is standardised first, so that no unit weighs more than another.
        """
        vectors = vectors.double()
        mean, deviation = vectors.mean(0), vectors.std(0, unbiased=False)
        varies = deviation > _LEAST_VARIANCE * deviation.max().clamp_min(1e-300)
        scale = torch.where(varies, 1 / deviation.clamp_min(1e-300), 0.0)
        scores = (vectors - mean) * scale
        variances, axes = torch.linalg.eigh(scores.T @ scores / len(scores))
        variances, axes = variances.flip(0)[: self.width], axes.flip(1)[:, : self.width]
        kept = variances > self.least * variances[0].clamp_min(1e-300)
        axes = axes * torch.sign(axes[axes.abs().argmax(0), torch.arange(axes.shape[1])])
        weight = scale[:, None] * axes * torch.where(kept, variances.clamp_min(1e-300).rsqrt(), 0.0)
        self.mean.copy_(mean)
        self.weight.copy_(weight)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """(C, width) of (C, inputs)."""
        return (vectors - self.mean) @ self.weight


class TextUpdate(nn.Module):
    """What a text adds to the graph's embedding; nothing at the start of training.

    Args:
        inputs: width of the text's vector.
        width: of the graph's embedding.
        dropout: probability of each component.
        text_dropout: probability of a crystal's whole text, in training: so the network learns to
            do without.
        gated: whether a gate of graph and text, nearly shut at first, decides how much is added.
    """

    def __init__(
        self, inputs: int, width: int, *, dropout: float, text_dropout: float, gated: bool
    ) -> None:
        super().__init__()
        self.whitening = Whitening(inputs)
        self.dropout = nn.Dropout(dropout)
        self.text_dropout = text_dropout
        self.update = nn.Linear(self.whitening.width, width, bias=False)
        nn.init.zeros_(self.update.weight)
        self.gate = nn.Linear(width + self.whitening.width, width) if gated else None
        if self.gate is not None:
            nn.init.constant_(self.gate.bias, _SHUT)

    def forward(self, graph: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """New embeddings (C, width), of embeddings (C, width) and texts (C, inputs)."""
        read = self.dropout(self.whitening(text.to(graph.dtype)))
        if self.training and self.text_dropout:
            there = torch.rand(len(read), 1, device=read.device) >= self.text_dropout
            read = read * there
        update = self.update(read)
        if self.gate is not None:
            update = update * self.gate(torch.cat([graph, read], dim=1)).sigmoid()
        return graph + update


class SiteUpdate(nn.Module):
    """What facts of sites add to the atoms' first embedding; nothing at the start of training.

    A few sites of any test set are unlike all of the training set, as a geometry that occurs once.
    Components are bounded, so that such a site is read as unusual and no further.

    Args:
        inputs: width of a site's facts.
        width: of the atoms' first embedding.
        dropout: probability of each component, drawn per crystal, so it is the same on quotient
            and full graphs.
        text_dropout: probability of all facts of a crystal's sites, in training.
    """

    def __init__(self, inputs: int, width: int, *, dropout: float, text_dropout: float) -> None:
        super().__init__()
        self.whitening = Whitening(inputs, least=_LEAST_OF_SITES)
        self.dropout = nn.Dropout(dropout)
        self.text_dropout = text_dropout
        self.update = nn.Linear(self.whitening.width, width, bias=False)
        nn.init.zeros_(self.update.weight)

    def forward(self, atoms: torch.Tensor, graph: GraphBatch) -> torch.Tensor:
        """New atoms (A, width), of atoms (A, width); one without facts reads as the mean."""
        assert graph.site is not None, "the batch comes with facts of sites"
        site = graph.site.to(atoms.dtype)
        read = self.whitening(site).nan_to_num(nan=0.0).clamp(-_FURTHEST, _FURTHEST)
        if self.training:
            kept = self.dropout(read.new_ones(graph.n_crystals, read.shape[1]))
            if self.text_dropout:
                there = torch.rand(len(kept), 1, device=kept.device) >= self.text_dropout
                kept = kept * there
            read = read * kept[graph.crystal]
        return atoms + self.update(read)


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
