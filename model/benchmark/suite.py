"""Suites: which networks on which properties, split how; a TOML file each, checked when read."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from crystext.choices import PRESETS
from crystext.errors import UsageError, shown
from crystext.model.benchmark.splits import SplitPlan

SUITES = ("quick", "mini", "text", "table1", "table2", "table3", "table4", "table5", "table6")
BASELINES = ("mean", "cfid")
TEXTS = (
    *("all", "global", "local", "fields", "windows", "unfrozen"),
    *("formula", "spacegroup", "shuffled"),
)
"""What a network reads; the last three are controls, see :mod:`crystext.model.benchmark.texts`."""


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        model: ``mean``, ``cfid``, or a model as in :class:`crystext.model.settings.RunSettings`.
        text: one of :data:`TEXTS`; empty for a model that reads none.
    """

    model: str
    text: str = ""

    @classmethod
    def parse(cls, words: str) -> Row:
        """``crysmmnet:global`` and the like; a model that reads texts reads ``all`` of it.

        Raises:
            UsageError: the text is not one of :data:`TEXTS`, or the model reads none.
        """
        model, colon, text = words.partition(":")
        reads = model.startswith(("crysmmnet", "crystextnet"))
        if colon and text not in TEXTS:
            raise UsageError(f"{shown(words)}: the text is one of {', '.join(TEXTS)}")
        if colon and not reads:
            raise UsageError(f"{shown(words)}: {model} reads no text; name it alone")
        return cls(model, text or ("all" if reads else ""))

    @property
    def words(self) -> str:
        """As it is written."""
        return f"{self.model}:{self.text}" if self.text else self.model

    @property
    def without_text(self) -> str | None:
        """The graph network that the row adds a text to, if there is one."""
        if not self.model.startswith("crysmmnet"):
            return None
        return self.model.removeprefix("crysmmnet-") if "-" in self.model else "alignn"


@dataclass(frozen=True)
class Suite:
    """A suite.

    Attributes:
        name: of the suite.
        title: for people.
        corpus: name or folder.
        preset: of :mod:`crystext.model.presets`.
        rows: of the table.
        properties: names by the kind of source: ``mini``, ``mp``, ``jarvis``.
        split: how crystals are split.
        paper_table: number of the paper's table that it measures, if any.
        settings: that replace the preset's, by dotted name.
        seeds: runs of each row; five where a table speaks of gains.
    """

    name: str
    title: str
    corpus: str
    preset: str
    rows: tuple[Row, ...]
    properties: dict[str, list[str]]
    split: SplitPlan
    paper_table: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    seeds: int = 3

    def properties_of(self, source: str) -> list[str]:
        """The properties for a corpus of this source.

        Raises:
            UsageError: the suite names none for it.
        """
        kind = "mp" if source in {"mp", "mp-api"} else source
        if kind not in self.properties:
            raise UsageError(
                f"suite {self.name} names no properties for a corpus of {shown(source)}; give "
                "--properties"
            )
        return self.properties[kind]


def load_suite(name: str) -> Suite:
    """A suite by name.

    Raises:
        UsageError: there is no such suite.
    """
    if name not in SUITES:
        raise UsageError(f"suite {shown(name)} is not known; choose {', '.join(SUITES)}")
    told: dict[str, Any] = tomllib.loads(
        (files("crystext.model.benchmark.suites") / f"{name}.toml").read_text(encoding="utf-8")
    )
    assert told["preset"] in PRESETS
    rows = tuple(Row.parse(words) for words in told.pop("rows"))
    return Suite(name=name, rows=rows, split=SplitPlan(**told.pop("split")), **told)


@dataclass(frozen=True)
class Figure:
    """A figure of the paper.

    Attributes:
        table: of the paper, 1 to 6.
        dataset: ``jarvis`` or ``mp``.
        property: the column's name here.
        unit: of the error.
        model: as here.
        text: as here, empty for a model that reads none.
        train_size: crystals to learn from, where the paper says so.
        mae: mean absolute error on the test set.
    """

    table: int
    dataset: str
    property: str
    unit: str
    model: str
    text: str
    train_size: int | None
    mae: float


@cache
def paper_figures() -> tuple[Figure, ...]:
    """All figures of tables 1 to 6 of Das et al., UAI 2023, as printed.

    The paper contradicts itself in places (tables 1, 5 and 6); all stand here.
    """
    path = files("crystext.model.benchmark.suites") / "paper.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return tuple(
        Figure(
            table=int(row["table"]),
            dataset=row["dataset"],
            property=row["property"],
            unit=row["unit"],
            model=row["model"],
            text=row["text"],
            train_size=int(row["train_size"]) if row["train_size"] else None,
            mae=float(row["mae"]),
        )
        for row in rows
    )
