"""From a run's settings to its network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from crystext.errors import UsageError
from crystext.model.networks.registry import build_graph_network
from crystext.model.settings import RESIDUAL, TREES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.model.networks.base import Network
    from crystext.model.settings import RunSettings

_ANY_WIDTH = 64


def blank_network(
    settings: RunSettings,
    text_width: int | None = _ANY_WIDTH,
    text_layers: Mapping[str, Any] | None = None,
) -> Network:
    """The network without weights, to see what it is or whether there is one.

    It lies on torch's device ``meta``: it takes no memory, and draws no random numbers. Arguments
    and errors are those of :func:`build_network`.
    """
    with torch.device("meta"):
        return build_network(settings, text_width, text_layers)


def build_network(
    settings: RunSettings,
    text_width: int | None = None,
    text_layers: Mapping[str, Any] | None = None,
) -> Network:
    """The network that the settings name, with weights from torch's random numbers.

    Args:
        settings: of the run.
        text_width: of the text's embedding, for networks that read texts.
        text_layers: words of the language model's layers that are trained, see
            :class:`crystext.model.text.trained_layers.UpperLayers`; their weights are still to be
            read. Without them the network is the one that reads ready vectors, whatever the
            settings.

    Raises:
        UsageError: the model or an option of it is not known.
    """
    network = _on_vectors(settings, text_width)
    if text_layers is None:
        return network
    if settings.fusion.fusion in RESIDUAL:
        raise UsageError(
            f"fusion {settings.fusion.fusion} reads ready vectors; give text.trained_layers=0"
        )
    from crystext.model.networks.trained_text import Unfrozen
    from crystext.model.text.trained_layers import empty_layers

    return Unfrozen(network, empty_layers(text_layers), settings.text.pool)


def _on_vectors(settings: RunSettings, text_width: int | None) -> Network:
    fusion = settings.fusion
    name = settings.graph_network
    if settings.model == TREES:
        from crystext.model.networks.trees import Trees

        if settings.network:
            raise UsageError(f"trees have no option {next(iter(settings.network))!r}")
        return Trees()
    if name is None:
        from crystext.model.networks.crystextnet import CrysTextNet

        if settings.network:
            raise UsageError(f"crystextnet has no option {next(iter(settings.network))!r}")
        return CrysTextNet(_known(text_width), form=fusion.form, dropout=fusion.dropout)
    graph_network = build_graph_network(name, **settings.network)
    if not settings.uses_text:
        return graph_network
    from crystext.model.networks.crysmmnet import CrysMMNet

    return CrysMMNet(
        graph_network,
        _known(text_width),
        form=fusion.form,
        fusion=fusion.fusion,
        dropout=fusion.dropout,
        text_dropout=fusion.text_dropout,
    )


def _known(text_width: int | None) -> int:
    assert text_width is not None, "a network that reads texts needs the width of their vectors"
    return text_width
