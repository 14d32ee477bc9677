"""What can go wrong with graphs, text embeddings, networks, training and prediction."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class ModelError(CrystextError):
    """Graphs, embeddings or a network cannot be made or used; never raised itself."""

    code = "model-failed"


class GraphFailedError(ModelError):
    """No crystal graph can be built of this structure."""


class NoEncoderError(ModelError):
    """The text encoder is not installed, not in the folder, or cannot be fetched."""


class BadEncoderError(ModelError):
    """The text encoder's files are damaged, incomplete, or of no model that encodes text."""


class EmbeddingFailedError(ModelError):
    """The encoder gives no finite numbers for a text, or runs out of memory."""


class BadTargetsError(ModelError):
    """Targets or splits cannot be learnt from."""


class NotFiniteTrainingError(ModelError):
    """The loss or a gradient is not a number; the crystals that make it so are named."""


class NoRunError(ModelError):
    """The folder holds no training run, or one that did not end."""


class OtherRunError(ModelError):
    """The folder holds a run with other settings or data, or other files."""


class BadCheckpointError(ModelError):
    """A checkpoint is damaged or belongs to another network."""


class NoStoreError(ModelError):
    """The folder holds no finished graphs, text embeddings or descriptors."""


class BadStoreError(ModelError):
    """Files of a store are missing, cut, damaged, or of another format."""


class OtherStoreError(ModelError):
    """The folder holds other files, or a store with other settings, crystals or texts."""


class MissingRowError(ModelError):
    """Crystals have no row in a store."""


class QuotientGraphError(ModelError):
    """Quotient graphs are asked for what only full graphs have, such as vectors."""


class CfidFailedError(ModelError):
    """No CFID descriptors can be computed of this structure."""


class BadRunError(ModelError):
    """A run's files are damaged, do not fit each other, or are of another version of crystext."""


class OtherEncoderError(ModelError):
    """The text encoder's files are not those that the run was trained with."""


class NotFinitePredictionError(ModelError):
    """The network gives no finite number for this crystal."""


class AttentionFailedError(ModelError):
    """The encoder does not give what its CLS token attends to."""
