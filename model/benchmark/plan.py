"""The plan of a benchmark: all that decides what is run, checked before any of it, and saved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from crystext.errors import BadRunError, UsageError, shown
from crystext.files import read_json, write_json
from crystext.model.benchmark.inputs import open_corpus
from crystext.model.benchmark.layout import PLANS
from crystext.model.benchmark.splits import make_split
from crystext.model.benchmark.suite import Row, Suite, load_suite
from crystext.model.benchmark.trial import PROTOCOLS, Trial, make_trials
from crystext.pipelines.file_lock import file_lock
from crystext.settings import BaseSettings, check_choice, check_whole

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Plan(BaseSettings):
    """What a benchmark runs; ``None`` stands for what the suite says.

    Attributes:
        suite: by name, see :func:`crystext.model.benchmark.suite.load_suite`.
        corpus: name or folder.
        preset: of :mod:`crystext.model.presets`.
        models: rows, such as ``crysmmnet-cgcnn:global``.
        properties: names of columns.
        seeds: runs of each row.
        split: kind of split, see :class:`crystext.model.benchmark.splits.SplitPlan`.
        train_part: part to learn from.
        folds: how many, where the split is folds.
        protocol: ``honest`` selects on validation, ``published`` takes the lowest test error, as
            the published code does.
        overrides: settings by dotted name, in place of the preset's and the suite's.

    Raises:
        UsageError: a value is not allowed.
    """

    suite: str = "quick"
    corpus: str | None = None
    preset: str | None = None
    models: tuple[str, ...] | None = None
    properties: tuple[str, ...] | None = None
    seeds: int | None = None
    split: str | None = None
    train_part: float | None = None
    folds: int | None = None
    protocol: str = "honest"
    overrides: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses values that are not allowed; lists become tuples."""
        for name in ("models", "properties"):
            value = getattr(self, name)
            if value is not None and not value:
                raise UsageError(f"{name} names none; leave it out for the suite's")
            object.__setattr__(self, name, None if value is None else tuple(value))
        if self.seeds is not None:
            check_whole("seeds", self.seeds)
        check_choice("protocol", self.protocol, PROTOCOLS)
        self.resolved()

    def resolved(self) -> Suite:
        """The suite, with what the plan gives in its place.

        Raises:
            UsageError: there is no such suite, row or split.
        """
        suite = load_suite(self.suite)
        given: dict[str, Any] = {
            name: value
            for name in ("corpus", "preset", "seeds")
            if (value := getattr(self, name)) is not None
        }
        if self.models is not None:
            given["rows"] = tuple(Row.parse(one) for one in self.models)
        split = suite.split
        if self.split is not None:
            parts = self.split in {"random", "composition"}
            split = type(split)(kind=self.split, train=0.8 if parts else 1.0)
        if self.train_part is not None:
            split = replace(split, train=self.train_part)
        if self.folds is not None:
            if split.kind != "folds":
                raise UsageError("--folds is for --split folds; this split has none")
            split = replace(split, folds=self.folds)
        own = dict(suite.settings)
        if "training.epochs" in self.overrides:  # steps would stand in place of what is asked for
            own.pop("training.steps", None)
        return replace(suite, split=split, settings=own | self.overrides, **given)

    def trials(self) -> list[Trial]:
        """All trials; a network or a split that cannot be made is said now, not in the night.

        Raises:
            UsageError: a network, a setting or a property is not known.
            NoCorpusError: the corpus is not at hand.
        """
        from crystext.model.networks.build import blank_network

        suite = self.resolved()
        corpus = open_corpus(suite.corpus)
        properties = self.properties or suite.properties_of(corpus.manifest["source"]["name"])
        trials = make_trials(
            properties=properties,
            rows=suite.rows,
            plan=suite.split,
            seeds=suite.seeds,
            corpus=suite.corpus,
            preset=suite.preset,
            protocol=self.protocol,
            overrides=suite.settings,
        )
        for settings in {trial.row: trial.settings for trial in trials}.values():
            if settings is not None:
                blank_network(settings)
        for name in properties:
            make_split(corpus, name, suite.split)
            if not corpus.properties[name].is_number:
                raise UsageError(
                    f"{shown(name)} is true or false, and a benchmark compares errors of numbers; "
                    "learn it with crystext train"
                )
        return trials

    def command(self, out: Path) -> list[str]:
        """The words of ``crystext benchmark`` that run it."""
        words = ["crystext", "benchmark"]
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "overrides" or value is None:
                continue
            told = ",".join(value) if isinstance(value, tuple) else str(value)
            words += [f"--{one.name.replace('_', '-')}", told]
        words += ["--out", str(out)]
        for name, value in self.overrides.items():
            words += ["--set", f"{name}={_as_toml(value)}"]
        return words


def save_plan(plan: Plan, out: Path) -> str:
    """Adds a plan to those that the folder keeps by their digests, and gives its own.

    Raises:
        OSError: it cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    path, key = out / PLANS, plan.digest()
    with file_lock(path.with_suffix(".lock")):  # suites may share a folder
        kept = read_json(path) or {}
        if kept.get(key) != (saved := plan.to_dict()):
            write_json(path, {**kept, key: saved})
    return key


def read_plan(out: Path, key: str) -> Plan:
    """A plan that the folder keeps.

    Raises:
        BadRunError: it keeps none of this digest.
    """
    saved = (read_json(out / PLANS) or {}).get(key)
    if not isinstance(saved, dict):
        raise BadRunError(f"{out / PLANS} holds no plan {key}; give the command again")
    return Plan(**saved)


def _as_toml(value: Any) -> str:
    return value if isinstance(value, str) else "none" if value is None else json.dumps(value)
