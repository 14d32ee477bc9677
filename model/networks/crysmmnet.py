"""CrysMMNet: a crystal's graph and its text, fused (Das et al., UAI 2023).

The graph goes through any of the graph networks; the text through a frozen language model, once
for each text and before training (:mod:`crystext.model.text`), so only its embedding comes here.
Two forms, for the paper and its published code disagree:

=========  ===================================  ==============================================
part       ``paper``                            ``reference``, the published code
=========  ===================================  ==============================================
graph      the pooled embedding as it is, 256   projection head to 64
text       768 to 128, ReLU, 64                 the same projection head, 64
fused      320 to 64, ReLU, 1                   128 to 64, ReLU, 1
=========  ===================================  ==============================================

With ``sum`` and ``mean``, which the paper tried beside concatenation, both sides are projected to
64 in either form. The others are ours, whatever the form. With ``residual`` and ``gated`` the
text's standardised components move the pooled embedding, by nothing at the start, and the graph
network's own head reads it. With ``sites`` every atom reads what the description says of its own
site: the site's standardised facts (:mod:`crystext.features.site_facts`) move the atom's first
embedding, by nothing at the start; ``sites+residual`` does both. Such a network starts as the graph
network of the same seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from torch import nn

from crystext.features.site_facts import WIDTH
from crystext.model.networks.base import GraphNetwork, Network
from crystext.model.networks.fusion import (
    PROJECTED,
    ProjectionHead,
    SiteUpdate,
    TextUpdate,
    fuse,
    regressor,
    text_projection,
)
from crystext.model.settings import OF_SITES, RESIDUAL

if TYPE_CHECKING:
    import torch

    from crystext.model.graphs.batch import GraphBatch
    from crystext.model.settings import Form, Fusion


class CrysMMNet(Network):
    """A graph network and a text projection, fused.

    Args:
        graph_network: any; its own head is dropped.
        text_width: of the text's embedding, 768 for MatSciBERT.
        form: ``paper`` or ``reference``, see above.
        fusion: ``concat``, ``sum``, ``mean``, ``residual``, ``gated``, ``sites`` or
            ``sites+residual``; ``sites`` leaves the text unread.
        dropout: of the projection heads, or of the components of text and sites.
        text_dropout: of whole texts, and of all sites of a crystal, where the fusion is of ours.
    """

    uses_text: ClassVar[bool] = True
    former_names: ClassVar[dict[str, str]] = {"encoder": "graph_network"}

    def __init__(
        self,
        graph_network: GraphNetwork,
        text_width: int,
        *,
        form: Form = "reference",
        fusion: Fusion = "concat",
        dropout: float = 0.1,
        text_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.graph_network = graph_network
        self.fusion = fusion
        if fusion in OF_SITES:
            self.graph_network.site_update = SiteUpdate(
                WIDTH, graph_network.atom_width, dropout=dropout, text_dropout=text_dropout
            )
        if fusion == "sites":
            return
        if fusion in RESIDUAL:
            self.text_update = TextUpdate(
                text_width,
                graph_network.width,
                dropout=dropout,
                text_dropout=text_dropout,
                gated=fusion == "gated",
            )
            return
        self.graph_network.head = nn.Identity()
        if form == "reference":
            self.graph_projection: nn.Module = ProjectionHead(graph_network.width, dropout=dropout)
        elif fusion == "concat":
            self.graph_projection = nn.Identity()
        else:
            self.graph_projection = nn.Linear(graph_network.width, PROJECTED)
        self.text_projection = text_projection(form, text_width, dropout)
        as_it_is = isinstance(self.graph_projection, nn.Identity)
        graph_width = graph_network.width if as_it_is else PROJECTED
        self.head = regressor(graph_width + PROJECTED if fusion == "concat" else PROJECTED)

    def fit_texts(self, vectors: torch.Tensor) -> None:
        """Takes what a residual fusion standardises by, of the training set's (n, width)."""
        if self.fusion in RESIDUAL and self.fusion != "sites":
            self.text_update.whitening.fit(vectors)

    def fit_sites(self, rows: torch.Tensor) -> None:
        """Takes what facts of sites are standardised by, of the training set's atoms (n, width)."""
        if isinstance(self.graph_network.site_update, SiteUpdate):
            self.graph_network.site_update.whitening.fit(rows)

    @property
    def uses_angles(self) -> bool:  # type: ignore[override]
        """Whether the graph network reads the line graph."""
        return self.graph_network.uses_angles

    def represent(self, graph: GraphBatch | None, text: torch.Tensor | None = None) -> torch.Tensor:
        """(C, width): graph and text, fused."""
        assert graph is not None
        if self.fusion == "sites":
            return self.graph_network.embed(graph)
        assert text is not None
        if self.fusion in RESIDUAL:
            return self.text_update(self.graph_network.embed(graph), text)
        seen = self.graph_projection(self.graph_network.embed(graph))
        read = self.text_projection(text.to(seen.dtype))
        return fuse(seen, read, self.fusion)

    def forward(self, graph: GraphBatch | None, text: torch.Tensor | None = None) -> torch.Tensor:
        """(C,) of a batch of C crystals and their text embeddings (C, text width)."""
        fused = self.represent(graph, text)
        if self.fusion in RESIDUAL:
            assert graph is not None
            return self.graph_network.read_out(fused, graph)
        return self.head(fused).squeeze(-1)
