"""All that decides a run, in one frozen, validated record."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crystext.choices import TRANSFORMS
from crystext.errors import UsageError, shown
from crystext.model.settings.fusion import OF_SITES, FusionSettings
from crystext.model.settings.text import TextSettings
from crystext.model.settings.training import TrainingSettings
from crystext.settings import BaseSettings, check_choice, check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

TREES = "trees"
"""Boosted trees on facts."""
TEXT_MODELS = ("crystextnet", "crysmmnet", TREES)


@dataclass(frozen=True)
class RunSettings(BaseSettings):
    """All that decides a run's numbers, beside the corpus' rows.

    Attributes:
        corpus: name or folder.
        property_name: the column to learn.
        model: a graph network's name, ``crystextnet``, ``crysmmnet`` or ``crysmmnet-NAME``
            over another graph network than ALIGNN; or ``trees``, boosted trees on facts.
        seed: of weights, batches and dropout.
        preset: the preset that the rest comes from.
        transform: of targets: ``log10``, ``none``, or ``auto``: log10 for the Materials Project's
            moduli, as is customary there.
        threshold: learn whether the value lies above it, as a probability, in place of the value;
            what is true or false is learnt so by itself.
        init_from: folder of a finished run of the same model, whose weights are the first ones; of
            whatever property. Targets are scaled anew.
        training: see :class:`TrainingSettings`.
        text: see :class:`TextSettings`.
        fusion: see :class:`FusionSettings`.
        network: options of the graph network.
    """

    corpus: str
    property_name: str
    model: str
    seed: int = 0
    preset: str = "quick"
    transform: str = "auto"
    threshold: float | None = None
    init_from: str | None = None
    training: TrainingSettings = field(default_factory=TrainingSettings)
    text: TextSettings = field(default_factory=TextSettings)
    fusion: FusionSettings = field(default_factory=FusionSettings)
    network: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("transform", self.transform, TRANSFORMS)
        check_whole("seed", self.seed, least=0, most=2**31 - 1)
        if self.model == TREES and (
            self.text.encoder != "facts" or self.threshold is not None or self.init_from
        ):
            raise UsageError(
                "trees read facts and learn values: give text.encoder=facts, or leave it out, and "
                "neither a threshold nor a run to begin from"
            )
        if self.uses_sites and self.text.encoder != "facts":
            raise UsageError(
                f"fusion {self.fusion.fusion} reads facts of sites and no text; give "
                "text.encoder=facts"
            )
        if self.threshold is None:
            return
        if not (isinstance(self.threshold, int | float) and math.isfinite(self.threshold)):
            raise UsageError(f"threshold {shown(self.threshold)} is no number")
        if self.transform != "auto" or self.training.loss != TrainingSettings.loss:
            raise UsageError(
                "a threshold makes classes, which are learnt by cross-entropy: leave transform and "
                "training.loss out"
            )

    @property
    def graph_network(self) -> str | None:
        """Name of the graph network, ``None`` for text alone."""
        return graph_network(self.model)

    @property
    def target(self) -> str:
        """What is predicted: the property's name, or whether it lies above the threshold."""
        if self.threshold is None:
            return self.property_name
        return f"{self.property_name} > {self.threshold:g}"

    @property
    def uses_text(self) -> bool:
        """Whether the model reads texts."""
        return self.model.startswith(TEXT_MODELS)

    @property
    def uses_sites(self) -> bool:
        """Whether atoms read the facts of their sites."""
        return self.model.startswith("crysmmnet") and self.fusion.fusion in OF_SITES

    @property
    def trained_layers(self) -> int:
        """Last layers of the language model that are trained; 0 where no text is read."""
        return self.text.trained_layers if self.uses_text else 0

    def to_dict(self) -> dict[str, Any]:
        """As they are saved: nested plain values.

        Settings that runs could not have when the first were made stand there only where they are
        not the default, so that those runs have the same settings as now.
        """
        saved = super().to_dict()
        if not self.text.trained_layers:
            for name in ("trained_layers", "layer_rate"):
                del saved["text"][name]
        if self.training.steps is None:
            del saved["training"]["steps"]
        if not self.training.deterministic:
            del saved["training"]["deterministic"]
        for name in ("threshold", "init_from"):
            if getattr(self, name) is None:
                del saved[name]
        for name in ("standardise", "drop_last", "decay", "loss"):
            if getattr(self.training, name) == getattr(TrainingSettings, name):
                del saved["training"][name]
        if not self.fusion.text_dropout:
            del saved["fusion"]["text_dropout"]
        return saved

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> RunSettings:
        """The settings that :meth:`to_dict` wrote."""
        rest = dict(saved)
        parts = {name: kind(**rest.pop(name)) for name, kind in PARTS.items()}
        return cls(**parts, **rest)


PARTS = {"training": TrainingSettings, "text": TextSettings, "fusion": FusionSettings}


def graph_network(model: str) -> str | None:
    """Name of the graph network in a model's name, ``None`` for text alone."""
    if model in {"crystextnet", TREES}:
        return None
    if model == "crysmmnet":
        return "alignn"
    return model.removeprefix("crysmmnet-")
