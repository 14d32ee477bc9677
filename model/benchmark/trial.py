"""Trials: one network, one property, one split, one seed; each a run in a folder of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from crystext.choices import READABLE
from crystext.corpus.layout import property_folder
from crystext.errors import UsageError
from crystext.model.benchmark.suite import BASELINES, Row
from crystext.model.settings import RESIDUAL, RunSettings, make_settings
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.model.benchmark.splits import SplitPlan

PROTOCOLS = ("honest", "published")
"""Selection on validation with the test set read once; or the published code's best test epoch."""


@dataclass(frozen=True)
class Trial:
    """What is run once.

    ``fold`` says which of the plan's splits, ``seed`` which repeat, from 0 (see :attr:`run_seed`);
    ``overrides`` are of the preset, by dotted name.
    """

    property_name: str
    row: Row
    plan: SplitPlan
    fold: int
    seed: int
    corpus: str
    preset: str
    protocol: str = "honest"
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def run_seed(self) -> int:
        """Of weights, batches, dropout, and of a control that is shuffled; each fold has its own.

        So the spread over folds holds what another start would change.
        """
        return self.seed * self.plan.number + self.fold

    @cached_property
    def settings(self) -> RunSettings | None:
        """Of the run; ``None`` for a baseline, which is no network.

        Raises:
            UsageError: an override is not allowed, or does not go with the row.
        """
        if self.row.model in BASELINES:
            return None
        overrides = dict(self.overrides)
        if self.row.text in READABLE:
            overrides["text.section"] = self.row.text
        if self.row.text == "windows":
            overrides["text.windows"] = True
        if self.row.text == "unfrozen":
            overrides["text.section"] = "all"
            if overrides.setdefault("text.trained_layers", 1) == 0:
                raise UsageError(
                    f"{self.row.words} trains layers; give text.trained_layers from 1 on"
                )
        else:  # other rows of the same benchmark stay frozen
            overrides.pop("text.trained_layers", None)
        residual = self.row.fusion in RESIDUAL
        if self.row.text in {"facts", "facts-shuffled"} or (self.row.text == "zero" and residual):
            overrides["text.section"] = "all"
            overrides["text.encoder"] = "facts"  # of zero no component is left, whoever reads it
        if self.row.fusion:
            overrides["fusion.fusion"] = self.row.fusion
        if self.protocol == "published":
            overrides["training.watch_test"] = True
        if "network." in " ".join(overrides) and self.row.model == "crystextnet":
            overrides = {k: v for k, v in overrides.items() if not k.startswith("network.")}
        return make_settings(
            corpus=self.corpus,
            property_name=self.property_name,
            model=self.row.model,
            preset=self.preset,
            seed=self.run_seed,
            overrides={"training.tensorboard": False} | overrides,
        )

    @cached_property
    def name(self) -> str:
        """Of its folder: for people first, and a digest of all that decides it."""
        settings = self.settings  # a preset that changed makes another run
        told = {
            **asdict(self),
            "row": self.row.words,
            "settings": None if settings is None else settings.to_dict(),
        }
        of = property_folder(self.property_name)
        return f"{of}-{self.row.file_name}-{self.fold}-{self.seed}-{digest(told)[:8]}"


def make_trials(
    *,
    properties: Iterable[str],
    rows: Iterable[Row],
    plan: SplitPlan,
    seeds: int,
    corpus: str,
    preset: str,
    protocol: str,
    overrides: dict[str, Any],
) -> list[Trial]:
    """All trials, a property and a seed at a time, so that an early look shows whole tables.

    A baseline has no seed, and stands once for each split.
    """
    trials = []
    for name, seed, fold, row in product(properties, range(seeds), range(plan.number), list(rows)):
        if row.model in BASELINES and seed:
            continue
        trials.append(Trial(name, row, plan, fold, seed, corpus, preset, protocol, overrides))
    return trials
