"""The last layers of a language model, taken off to be trained, and built again for a saved run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crystext.errors import MissingExtraError, UsageError
from crystext.model.text.checkpoints import EXTRA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import nn

ARCHITECTURES = ("bert", "camembert", "roberta", "xlm-roberta")
"""Those whose layers take hidden states and a mask, and nothing else that is made below them."""
_OF_FILES = (
    *("_name_or_path", "architectures", "dtype", "transformers_version"),
    *("id2label", "label2id", "problem_type"),
)


@dataclass(frozen=True)
class UpperLayers:
    """Layers that were taken off an encoder.

    Attributes:
        modules: in the order in which they are run, with pretrained weights.
        words: ``number`` of them and the encoder's ``config``, plain values, of which
            :func:`empty_layers` builds the like.
    """

    modules: nn.ModuleList
    words: dict[str, Any]


def take_off(model: Any, number: int, name: str) -> UpperLayers:
    """Takes the last layers off a model, which then ends below them.

    Args:
        model: one of transformers; it is changed.
        number: of layers.
        name: of the encoder, for messages.

    Raises:
        UsageError: the model has not so many layers, or they cannot be run by themselves.
    """
    config = model.config
    layers = getattr(getattr(model, "encoder", None), "layer", None)
    relative = getattr(config, "position_embedding_type", "absolute") != "absolute"
    if config.model_type not in ARCHITECTURES or layers is None or relative:
        raise UsageError(
            f"{name} is of the architecture {config.model_type}, whose last layers cannot be "
            f"trained here; take one of {', '.join(ARCHITECTURES)}, or text.trained_layers=0"
        )
    if not 1 <= number <= len(layers):
        raise UsageError(
            f"{name} has {len(layers)} layers, of which {number} cannot be trained; give "
            f"text.trained_layers from 0 to {len(layers)}"
        )
    words = {key: value for key, value in config.to_dict().items() if key not in _OF_FILES}
    model.encoder.layer, upper = layers[:-number], layers[-number:]
    return UpperLayers(upper, {"number": number, "config": words})


def empty_layers(words: Mapping[str, Any]) -> nn.ModuleList:
    """Layers of which the weights are still to be read.

    Args:
        words: of :class:`UpperLayers`.

    Raises:
        MissingExtraError: transformers is not installed.
    """
    try:
        import torch
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise MissingExtraError(EXTRA) from error
    config = AutoConfig.for_model(**{**words["config"], "num_hidden_layers": words["number"]})
    with torch.device("meta"):  # nothing is drawn, and the words' embeddings take no memory
        model = AutoModel.from_config(config, attn_implementation="sdpa")
    return model.encoder.layer.to_empty(device="cpu")
