"""How texts become vectors."""

from __future__ import annotations

from dataclasses import dataclass

from crystext.choices import POOLS, READABLE
from crystext.errors import UsageError
from crystext.model.settings.training import HIGHEST_RATE
from crystext.settings import BaseSettings, check_choice, check_number, check_whole


@dataclass(frozen=True)
class TextSettings(BaseSettings):
    """How texts become vectors, see :mod:`crystext.model.text`.

    Attributes:
        encoder: the language model.
        pool: ``cls`` or ``mean``.
        section: ``all``, ``global``, ``local``, ``fields``, ``fields+local`` or ``fields+all``.
        windows: read texts over the limit in windows and average their vectors.
        trained_layers: last layers of the language model that are trained along with the network,
            see :mod:`crystext.model.networks.trained_text`; 0 for none.
        layer_rate: highest learning rate of these layers.
    """

    encoder: str = "matscibert"
    pool: str = "cls"
    section: str = "all"
    windows: bool = False
    trained_layers: int = 0
    layer_rate: float = 5e-5

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("section", self.section, READABLE)
        if self.encoder == "facts" and (self.section != "all" or self.windows):
            raise UsageError(
                "facts are of the whole text: give text.section=all and text.windows=false"
            )
        check_choice("pool", self.pool, POOLS)
        check_whole("trained_layers", self.trained_layers, least=0)
        if self.trained_layers and self.windows:
            raise UsageError(
                f"trained_layers {self.trained_layers} and windows cannot be had together; give "
                "text.windows=false, which cuts longer texts off, or text.trained_layers=0"
            )
        check_number("layer_rate", self.layer_rate, 0, HIGHEST_RATE)
