"""What can go wrong with graphs, text embeddings, networks, training and prediction."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class ModelError(CrystextError):
    """Graphs, embeddings or a network cannot be made or used; never raised itself."""

    code = "model-failed"


class GraphFailedError(ModelError):
    """No crystal graph can be built of this structure."""

    code = "graph-failed"
