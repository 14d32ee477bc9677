"""What decides a training run: typed, validated, saved before work, and digested.

Presets are TOML files beside this module. A value that is given by name replaces the preset's:
``training.epochs=20`` on the command line, ``{"training.epochs": 20}`` from Python.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, get_args

from crystext.choices import (
    DECAYS,
    DEVICES,
    LOSSES,
    POOLS,
    PRESETS,
    READABLE,
    TRAINED_PRECISIONS,
    TRANSFORMS,
)
from crystext.errors import UsageError, shown
from crystext.settings import BaseSettings, check_choice, check_number, check_whole
from crystext.suggestions import hint

if TYPE_CHECKING:
    from collections.abc import Mapping

TREES = "trees"
"""Boosted trees on facts."""
TEXT_MODELS = ("crystextnet", "crysmmnet", TREES)
Form = Literal["paper", "reference"]
Fusion = Literal["concat", "sum", "mean", "residual", "gated", "sites", "sites+residual"]
RESIDUAL = ("residual", "gated", "sites", "sites+residual")
"""Fusions that begin as the graph network alone and keep its head."""
OF_SITES = ("sites", "sites+residual")
"""Those in which atoms read the facts of their own sites."""
_COMPONENT_DROPOUT = 0.3
"""Of the components that a residual fusion reads, unless another is asked for."""
_HIGHEST_RATE, _MOST_DROPOUT = 10, 0.999


@dataclass(frozen=True)
class TrainingSettings(BaseSettings):
    """How a network is fitted.

    Attributes:
        epochs: passes over the training set.
        steps: in place of ``epochs``: as many passes as make at least so many steps, so that
            training sets of all sizes are learnt from equally long.
        batch_size: crystals in a step, over all processes.
        learning_rate: highest of the one-cycle schedule.
        weight_decay: of AdamW; biases and norms have none.
        patience: epochs without a better validation error after which training ends; ``None``
            for never, as in every preset: errors fall most in the last third of the one-cycle
            schedule, which a run that ends early never sees.
        loss: ``mse``, ``mae`` or ``huber`` (1 standard deviation wide) of standard scores.
        precision: ``fp32``; ``bf16`` or ``fp16`` for mixed precision; or ``tf32``: as fp32, but a
            GPU may round the factors of matrix products to 10 bits. On a CPU it is fp32.
        compile: whether to run the network through ``torch.compile``.
        device: ``auto`` takes a GPU if there is one.
        tensorboard: whether to write TensorBoard's event files beside the CSV log.
        standardise: whether targets are learnt as standard scores of the training set.
        drop_last: whether the crystals that fill no batch are left out, in training and validation,
            as the published code does; otherwise batches differ by one crystal at most.
        decay: ``matrices``, or ``named``: all that alignn's names do not leave out, which are the
            weights of norms that stand in a sequence.
        watch_test: evaluate the test set after every epoch, as the published code does; what comes
            of it is written apart and labelled, and decides nothing.
        deterministic: whether a GPU adds the messages of edges in one order, so that a run that is
            repeated on it ends with the same bytes; steps are slower, and runs of a benchmark are
            trained one by one. A CPU does so by itself.
    """

    epochs: int = 1000
    steps: int | None = None
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    patience: int | None = None
    loss: str = "mse"
    precision: str = "fp32"
    compile: bool = False
    device: str = "auto"
    tensorboard: bool = True
    standardise: bool = True
    drop_last: bool = False
    decay: str = "matrices"
    watch_test: bool = False
    deterministic: bool = False

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        for name in ("epochs", "batch_size"):
            check_whole(name, getattr(self, name))
        for name in ("steps", "patience"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name))
        for name in ("learning_rate", "weight_decay"):
            check_number(name, getattr(self, name), 0, _HIGHEST_RATE)
        check_choice("loss", self.loss, LOSSES)
        check_choice("precision", self.precision, TRAINED_PRECISIONS)
        check_choice("device", self.device, DEVICES)
        check_choice("decay", self.decay, DECAYS)

    def epochs_of(self, steps_per_epoch: int) -> int:
        """Passes over a training set that takes so many steps."""
        return self.epochs if self.steps is None else math.ceil(self.steps / steps_per_epoch)


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
        check_number("layer_rate", self.layer_rate, 0, _HIGHEST_RATE)


@dataclass(frozen=True)
class FusionSettings(BaseSettings):
    """How text and graph are projected and fused, see :mod:`crystext.model.networks.crysmmnet`.

    Attributes:
        form: of the projections, the paper's or its published code's.
        fusion: ``concat``, ``sum``, ``mean``, ``residual``, ``gated``, ``sites`` or
            ``sites+residual``.
        dropout: of projection heads, or of the components that a residual fusion reads.
        text_dropout: share of crystals a step whose text, or facts of sites, a residual fusion
            leaves out.
    """

    form: Form = "reference"
    fusion: Fusion = "concat"
    dropout: float = 0.1
    text_dropout: float = 0.0

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("form", self.form, get_args(Form))
        check_choice("fusion", self.fusion, get_args(Fusion))
        check_number("dropout", self.dropout, 0, _MOST_DROPOUT)
        check_number("text_dropout", self.text_dropout, 0, _MOST_DROPOUT)
        if self.text_dropout and self.fusion not in RESIDUAL:
            raise UsageError(
                f"text_dropout {self.text_dropout} is for fusion {' and '.join(RESIDUAL)}, not "
                f"{self.fusion}; leave it out"
            )


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
        parts = {name: kind(**rest.pop(name)) for name, kind in _PARTS.items()}
        return cls(**parts, **rest)


_PARTS = {"training": TrainingSettings, "text": TextSettings, "fusion": FusionSettings}


def graph_network(model: str) -> str | None:
    """Name of the graph network in a model's name, ``None`` for text alone."""
    if model in {"crystextnet", TREES}:
        return None
    if model == "crysmmnet":
        return "alignn"
    return model.removeprefix("crysmmnet-")


def make_settings(
    *,
    corpus: str,
    property_name: str,
    model: str,
    preset: str = "quick",
    seed: int = 0,
    transform: str = "auto",
    threshold: float | None = None,
    init_from: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> RunSettings:
    """Settings from a preset and what replaces its values.

    Args:
        corpus: name or folder.
        property_name: the column to learn.
        model: see :class:`RunSettings`.
        preset: ``quick``, ``paper`` or ``reference``.
        seed: of weights, batches and dropout.
        transform: of targets.
        threshold: see :class:`RunSettings`.
        init_from: likewise.
        overrides: values by dotted name: ``training.*``, ``text.*``, ``fusion.*``, ``network.*``.

    Raises:
        UsageError: a name or value is not allowed; the message says which are.
    """
    table = load_preset(preset)
    fusion = dict(table.get("crysmmnet", {}))
    inside = {name: fusion.pop(name) for name in list(fusion) if isinstance(fusion[name], dict)}
    network = graph_network(model)
    options = dict(table.get("networks", {}).get(network, {}))
    if model.startswith("crysmmnet"):
        options |= inside.get(network, {})
    parts: dict[str, dict[str, Any]] = {
        "training": dict(table["training"]),
        "text": dict(table["text"]),
        "fusion": fusion,
        "network": options,
    }
    if model == TREES:
        parts["text"] |= {"encoder": "facts", "section": "all", "windows": False}
    for name, value in (overrides or {}).items():
        part, _, key = name.partition(".")
        if part not in parts or not key:
            raise UsageError(
                f"{shown(name)} is no setting; name one as training.epochs, text.section, "
                "fusion.form or network.hidden"
            )
        if part in _PARTS and key not in (known := [one.name for one in fields(_PARTS[part])]):
            meant = hint(key, known)
            raise UsageError(f"{shown(name)} is no setting; {meant}{part} has {', '.join(known)}")
        parts[part][key] = value
    if "fusion.dropout" not in (overrides or {}):
        parts["fusion"]["dropout"] = (
            _COMPONENT_DROPOUT
            if parts["fusion"].get("fusion") in RESIDUAL
            else parts["fusion"].get("dropout", FusionSettings.dropout)
        )
    return RunSettings(
        corpus=corpus,
        property_name=property_name,
        model=model,
        seed=seed,
        preset=preset,
        transform=transform,
        threshold=threshold,
        init_from=init_from,
        network=parts.pop("network"),
        **{name: kind(**parts[name]) for name, kind in _PARTS.items()},
    )


def load_preset(name: str) -> dict[str, Any]:
    """A preset's tables by name.

    Raises:
        UsageError: there is no such preset.
    """
    check_choice("preset", name, PRESETS)
    return tomllib.loads((files("crystext.model.presets") / f"{name}.toml").read_text())
