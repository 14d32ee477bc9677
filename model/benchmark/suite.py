"""Suites: which networks on which properties, split how; a TOML file each, checked when read."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

from crystext.choices import PRESETS, READABLE
from crystext.errors import UsageError, shown
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.settings import OF_SITES, Fusion
from crystext.settings import check_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

SUITES = ("quick", "mini", "text", "table1", "table2", "table3", "table4", "table5", "table6")
BASELINES = ("mean", "cfid", "facts", "facts-shuffled", "composition")
"""The training set's mean, and boosted trees: on CFID, on facts, and on two controls of them."""
CONTROLS = ("formula", "spacegroup", "shuffled", "facts-shuffled", "zero")
"""Texts that should not help, see :mod:`crystext.model.benchmark.texts`."""
TEXTS = (*READABLE, "windows", "unfrozen", "facts", *CONTROLS)
"""What a network reads."""


@dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        model: one of :data:`BASELINES`, or a model as in
            :class:`crystext.model.settings.RunSettings`.
        text: one of :data:`TEXTS`; empty for a model that reads none.
        fusion: of text and graph; empty for the preset's.
    """

    model: str
    text: str = ""
    fusion: str = ""

    @classmethod
    def parse(cls, words: str) -> Row:
        """``crysmmnet:global``, ``crysmmnet:facts:residual`` and the like.

        A model that reads texts reads ``all`` of it unless a text is named.

        Raises:
            UsageError: the text is not one of :data:`TEXTS`, the fusion not one of
                :data:`crystext.model.settings.Fusion`, or the model has none.
        """
        model, *more = words.split(":")
        text, fusion = (*more, "", "")[:2]
        reads = model.startswith(("crysmmnet", "crystextnet"))
        if len(more) > len(("text", "fusion")) or (more and text not in TEXTS):
            raise UsageError(f"{shown(words)}: the text is one of {', '.join(TEXTS)}")
        if model == "trees":
            raise UsageError(f"{shown(words)}: in a benchmark, boosted trees on facts are facts")
        if more and not reads:
            raise UsageError(f"{shown(words)}: {model} reads no text; name it alone")
        if fusion and fusion not in get_args(Fusion):
            raise UsageError(f"{shown(words)}: the fusion is one of {', '.join(get_args(Fusion))}")
        if fusion and not model.startswith("crysmmnet"):
            raise UsageError(f"{shown(words)}: {model} fuses nothing; leave {fusion} out")
        if fusion in OF_SITES and text not in {"facts", "facts-shuffled", "zero"}:
            raise UsageError(f"{shown(words)}: {fusion} is of facts; write {model}:facts:{fusion}")
        return cls(model, text or ("all" if reads else ""), fusion)

    @classmethod
    def of_result(cls, result: Mapping[str, Any]) -> Row:
        """The row that a line of the results is of."""
        text, _, fusion = result["text"].partition(":")
        return cls(result["model"], text, fusion)

    @property
    def reads(self) -> str:
        """The text, and the fusion if one is named."""
        return ":".join(one for one in (self.text, self.fusion) if one)

    @property
    def words(self) -> str:
        """As it is written."""
        return ":".join(one for one in (self.model, self.reads) if one)

    @property
    def file_name(self) -> str:
        """The words in the name of a file or a folder."""
        return self.words.replace(":", "-")

    @property
    def is_control(self) -> bool:
        """Whether it reads what should not help."""
        return self.text in CONTROLS or self.model in {"facts-shuffled", "composition"}

    @property
    def shuffled(self) -> Row | None:
        """The same row with other crystals' texts; ``None`` of a row without text, or a control."""
        if not self.text or self.text in CONTROLS:
            return None
        name = "facts-shuffled" if self.text == "facts" else "shuffled"
        return replace(self, text=name)

    @property
    def plain(self) -> Row | None:
        """The same network without text, if there is one."""
        return None if self.without_text is None else Row(self.without_text)

    @property
    def without_text(self) -> str | None:
        """The graph network that the row adds a text to, if there is one."""
        if not self.model.startswith("crysmmnet"):
            return None
        return self.model.removeprefix("crysmmnet-") if "-" in self.model else "alignn"


@dataclass(frozen=True)
class Suite:
    """Which networks on which properties, split how.

    Properties are named by the kind of source: ``mini``, ``mp``, ``jarvis``. ``paper_table`` is the
    number of the paper's table that the suite measures, if any; ``settings`` replace the preset's,
    by dotted name; ``seeds`` are the runs of each row, five where a table speaks of gains.
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
        kind = dataset_of(source)
        if kind not in self.properties:
            raise UsageError(
                f"suite {self.name} names no properties for a corpus of {shown(source)}; give "
                "--properties"
            )
        return self.properties[kind]


def dataset_of(source: str) -> str:
    """What suites and the paper call a source of crystals: ``mini``, ``mp``, ``jarvis``."""
    return "mp" if source == "mp-api" else source


def load_suite(name: str) -> Suite:
    """A suite by name.

    Raises:
        UsageError: there is no such suite.
    """
    check_choice("suite", name, SUITES)
    told: dict[str, Any] = tomllib.loads(
        (files("crystext.model.benchmark.suites") / f"{name}.toml").read_text(encoding="utf-8")
    )
    assert told["preset"] in PRESETS
    rows = tuple(Row.parse(words) for words in told.pop("rows"))
    return Suite(name=name, rows=rows, split=SplitPlan(**told.pop("split")), **told)


@dataclass(frozen=True)
class Figure:
    """A test error in a table of the paper; dataset, property, model and text are named as here."""

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
    found = []
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        table, size, mae = row.pop("table"), row.pop("train_size"), row.pop("mae")
        size_or_none = int(size) if size else None
        found.append(Figure(table=int(table), train_size=size_or_none, mae=float(mae), **row))
    return tuple(found)
