"""What decides a pretraining: typed, validated, saved before work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crystext.choices import PRETEXTS
from crystext.errors import UsageError, shown
from crystext.model.settings import RunSettings, TrainingSettings, make_settings
from crystext.settings import BaseSettings, check_choice, check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_PROPERTIES = ("loss", "standardise", "watch_test")


@dataclass(frozen=True)
class PretrainSettings(BaseSettings):
    """All that decides a pretraining's numbers, beside the corpus' rows.

    Attributes:
        corpus: name or folder.
        model: a graph network's name.
        task: ``facts``, to predict the components of a crystal's facts, or ``contrastive``, to
            find its facts among the batch's.
        seed: of weights, batches, and who is held out.
        preset: the preset that the rest comes from.
        training: as of a run; loss, standardise and watch_test mean nothing.
        network: options of the graph network.
    """

    corpus: str
    model: str
    task: str = "facts"
    seed: int = 0
    preset: str = "quick"
    training: TrainingSettings = field(default_factory=TrainingSettings)
    network: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("task", self.task, PRETEXTS)
        check_whole("seed", self.seed, least=0, most=2**31 - 1)

    @property
    def run(self) -> RunSettings:
        """As the settings of a run whose network's output is each crystal's loss."""
        return make_settings(
            corpus=self.corpus,
            property_name=f"what texts say ({self.task})",
            model=self.model,
            preset=self.preset,
            seed=self.seed,
            overrides={
                **{f"training.{name}": value for name, value in vars(self.training).items()},
                **{f"network.{name}": value for name, value in self.network.items()},
                "training.loss": "mae",  # the loss itself, for it is not negative
                "training.standardise": False,
                "training.watch_test": False,
            },
        )


def make_pretrain_settings(
    *,
    corpus: str,
    model: str,
    task: str = "facts",
    preset: str = "quick",
    seed: int = 0,
    overrides: Mapping[str, Any] | None = None,
) -> PretrainSettings:
    """Settings of a pretraining from a preset and what replaces its values.

    Args:
        corpus: name or folder.
        model: a graph network's name.
        task: see :class:`PretrainSettings`.
        preset: as of :func:`crystext.model.settings.make_settings`.
        seed: see :class:`PretrainSettings`.
        overrides: values by dotted name: ``training.*``, ``network.*``.

    Raises:
        UsageError: a name or value is not allowed, or the model reads texts.
    """
    for name in overrides or {}:
        part, _, key = name.partition(".")
        if part in {"text", "fusion"} or (part == "training" and key in _OF_PROPERTIES):
            raise UsageError(f"{shown(name)} means nothing for a pretraining; leave it out")
    run = make_settings(
        corpus=corpus,
        property_name=task,
        model=model,
        preset=preset,
        seed=seed,
        overrides=overrides,
    )
    if run.uses_text:
        inside = run.graph_network
        raise UsageError(
            f"{model} reads texts, and a pretraining is of a graph network alone; give --model "
            + ("cgcnn or another" if inside is None else inside)
        )
    return PretrainSettings(corpus, model, task, seed, preset, run.training, run.network)
