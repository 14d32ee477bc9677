"""CrysTextNet: a property from the text alone (the paper's Table 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from crystext.model.networks.base import Network
from crystext.model.networks.fusion import PROJECTED, regressor, text_projection

if TYPE_CHECKING:
    import torch

    from crystext.model.graphs.batch import GraphBatch
    from crystext.model.settings import Form


class CrysTextNet(Network):
    """The text's projection of CrysMMNet and a perceptron on it.

    Args:
        text_width: of the text's embedding, 768 for MatSciBERT.
        form: ``paper`` projects by a perceptron, ``reference`` by the published code's head.
        dropout: of the reference's head.
    """

    uses_graph: ClassVar[bool] = False
    uses_text: ClassVar[bool] = True

    def __init__(self, text_width: int, *, form: Form = "reference", dropout: float = 0.1) -> None:
        super().__init__()
        self.text_projection = text_projection(form, text_width, dropout)
        self.head = regressor(PROJECTED)

    def represent(
        self, _graph: GraphBatch | None, text: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(C, 64): the text's projection."""
        assert text is not None
        return self.text_projection(text)

    def forward(self, graph: GraphBatch | None, text: torch.Tensor | None = None) -> torch.Tensor:
        """(C,) of text embeddings (C, text width); the graph is not read."""
        return self.head(self.represent(graph, text)).squeeze(-1)
