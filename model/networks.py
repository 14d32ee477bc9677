"""From a run's settings to its network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.errors import UsageError
from crystext.model.encoders.registry import build_encoder

if TYPE_CHECKING:
    from crystext.model.encoders.base import Network
    from crystext.model.settings import RunSettings


def build_network(settings: RunSettings, text_width: int | None = None) -> Network:
    """The network that the settings name, with weights from torch's random numbers.

    Args:
        settings: of the run.
        text_width: of the text's embedding, for networks that read texts.

    Raises:
        UsageError: the model or an option of it is not known.
    """
    fusion = settings.fusion
    name = settings.graph_network
    if name is None:
        from crystext.model.crystextnet import CrysTextNet

        if settings.network:
            raise UsageError(f"crystextnet has no option {next(iter(settings.network))!r}")
        return CrysTextNet(_known(text_width), form=fusion.form, dropout=fusion.dropout)
    encoder = build_encoder(name, **settings.network)
    if not settings.uses_text:
        return encoder
    from crystext.model.crysmmnet import CrysMMNet

    return CrysMMNet(
        encoder,
        _known(text_width),
        form=fusion.form,
        fusion=fusion.fusion,
        dropout=fusion.dropout,
    )


def _known(text_width: int | None) -> int:
    assert text_width is not None, "a network that reads texts needs the width of their vectors"
    return text_width
