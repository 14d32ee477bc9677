"""How a benchmark splits crystals: the official lists, parts of the whole, folds, by composition.

Every split is a set of fixed lists of ids, drawn from ids in their order in the corpus and a seed.
A property without official lists, as of one's own crystals, is drawn from all crystals that have a
value of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crystext.choices import SPLITS
from crystext.errors import UsageError, shown
from crystext.model.benchmark.matbench_folds import FOLDS, task_of
from crystext.pipelines.splits import SPLIT_COLUMN, part_named
from crystext.settings import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus

KINDS = ("official", "random", "folds", "composition", "matbench")
_HELD_OUT = 0.1  # of a fold's other crystals, for validation


@dataclass(frozen=True)
class SplitPlan:
    """How to split.

    Attributes:
        kind: ``official``, the corpus' own lists; ``random``, parts of all crystals that have the
            property; ``folds``, every crystal tested once; ``composition``, parts in which no
            formula stands twice; ``matbench``, Matbench's own folds, of a corpus with its ids.
        train: part of the whole to learn from; for ``official`` and folds the part of the
            training set.
        validation: part of the whole.
        test: part of the whole.
        folds: how many folds.
        seed: of what is drawn.
    """

    kind: str = "official"
    train: float = 1.0
    validation: float = 0.1
    test: float = 0.1
    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses values that are not allowed."""
        check_choice("split", self.kind, KINDS)
        if not 0 < self.train <= 1 or not 0 < self.validation < 1 or not 0 < self.test < 1:
            raise UsageError("parts of a split lie between 0 and 1")
        if self.kind in {"random", "composition"} and self.train + self.validation + self.test > 1:
            raise UsageError("the parts of a split are more than the whole")
        if self.folds < 2:
            raise UsageError(f"{self.folds} folds are none; give 2 or more")

    @property
    def number(self) -> int:
        """How many splits it makes."""
        return {"folds": self.folds, "matbench": FOLDS}.get(self.kind, 1)

    @property
    def words(self) -> str:
        """For people, and for the results."""
        part = "" if self.train == 1 else f", {self.train:.0%} of train"
        named = {"official": "official", "folds": f"{self.folds} folds", "matbench": "Matbench's"}
        if self.kind in named:
            return named[self.kind] + part
        parts = f"{self.train:.0%}/{self.validation:.0%}/{self.test:.0%}"
        return parts + (" by composition" if self.kind == "composition" else " of all")


Split = dict[str, list[str]]
"""Ids by ``train``, ``validation`` and ``test``."""


def make_split(corpus: Corpus, property_name: str, plan: SplitPlan, fold: int = 0) -> Split:
    """One split of the crystals that have a property.

    Args:
        corpus: where the property stands. Where it has official lists, others draw from their ids.
        property_name: the column to learn.
        plan: how.
        fold: which of them, from 0.

    Raises:
        UsageError: the property cannot be learnt, has no official split, its ids are not
            Matbench's, or there are too few crystals.
    """
    _check_learnable(corpus, property_name)
    if plan.kind == "official":
        split = _official(corpus, property_name)
        ids = [one for part in split.values() for one in part]
        split["train"] = _part(split["train"], plan)
    elif plan.kind in {"folds", "matbench"}:
        ids = crystals_with(corpus, property_name)
        split = _fold(ids, _tested(ids, plan), plan, fold)
    else:
        ids = crystals_with(corpus, property_name)
        groups = {one: one for one in ids}
        if plan.kind == "composition":
            table = corpus.table(["id", "formula"])
            pairs = zip(table["id"].to_pylist(), table["formula"].to_pylist(), strict=True)
            groups = {one: formula for one, formula in pairs if one in groups}
        split = _parts(ids, groups, plan)
    if empty := [name for name in SPLITS if not split[name]]:
        raise UsageError(
            f"{len(ids)} crystals with {shown(property_name)} leave none for {empty[0]}; bring "
            "more, or change the shares"
        )
    return split


def _check_learnable(corpus: Corpus, property_name: str) -> None:
    """Refuses a property that the corpus has not, or that is text."""
    if property_name not in corpus.properties:
        corpus.targets(property_name)  # raises, and says which there are
    held = corpus.properties[property_name]
    if not (held.is_number or pa.types.is_boolean(held.kind)):
        values = corpus.table([property_name])[property_name].drop_null()
        such = f", such as {shown(values[0].as_py())}" if len(values) else ""
        message = f"{shown(property_name)} is of type {held.kind}{such}"
        raise UsageError(f"{message}; a network learns numbers, or true and false")


def crystals_with(corpus: Corpus, property_name: str) -> list[str]:
    """The crystals that a split is drawn of, in the order of their ids.

    They are those of the property's official lists, or where it has none, all with a finite value.
    """
    if property_name in corpus.manifest["splits"]:
        return sorted(one for part in _official(corpus, property_name).values() for one in part)
    table = corpus.table(["id", property_name])
    values = pc.cast(table[property_name], pa.float64())
    finite = pc.fill_null(pc.is_finite(values), fill_value=False)
    return sorted(table.filter(finite)["id"].to_pylist())


def _official(corpus: Corpus, property_name: str) -> Split:
    """The corpus' own lists."""
    tables = corpus.targets(property_name)
    return {name: tables[name]["id"].to_pylist() if name in tables else [] for name in SPLITS}


def split_from_file(path: Path) -> Split:
    """A split that a table gives: a column of ids and one named ``split``.

    Args:
        path: CSV, JSON, JSON Lines or Parquet; ids under ``id``, ``jid``, ``material_id`` …; the
            parts are ``train``, ``validation`` (or ``val``, ``valid``) and ``test``; rows that name
            none are left out.

    Raises:
        BadTableError: it cannot be read, or has no such columns.
        UsageError: a part is not known or empty.
    """
    from crystext.pipelines.sources import tables
    from crystext.pipelines.sources.table_files import id_column_of

    ids: Split = {name: [] for name in SPLITS}
    id_column = ""
    for number, row in enumerate(tables.rows(path), start=1):
        if number == 1:
            id_column = id_column_of(path)
            tables.column_named(row, SPLIT_COLUMN, (), path.name)
        if part := part_named(row.get(SPLIT_COLUMN), f"row {number} of {shown(path.name)}"):
            ids[part].append(tables.id_in(row, id_column, number, path.name))
    if empty := [name for name in SPLITS if not ids[name]]:
        raise UsageError(f"{shown(path.name)} gives no crystal to {empty[0]}; name some")
    return ids


def _tested(ids: list[str], plan: SplitPlan) -> list[list[str]]:
    """Ids of the test set of each fold."""
    if plan.kind == "folds":
        order = np.random.default_rng(plan.seed).permutation(len(ids))
        return [_named(ids, one) for one in np.array_split(order, plan.folds)]
    task = task_of(ids[0]) if ids else None
    if task is None:
        first = shown(ids[0]) if ids else "none"
        raise UsageError(
            f"Matbench's folds need its ids, such as mb-log-kvrh-00001, not {first}; "
            "choose --split folds"
        )
    known = set(ids)
    return [[one for one in part if one in known] for part in task.test_ids()]


def _fold(ids: list[str], tested: list[list[str]], plan: SplitPlan, fold: int) -> Split:
    """The fold's test set, a tenth of the others for validation, and the rest to learn from.

    Validation is drawn anew for each fold: one draw for all would choose the epochs of every fold
    by nearly the same crystals.
    """
    out = set(tested[fold])
    order = np.random.default_rng([plan.seed, fold]).permutation(len(ids))
    rest = [place for place in order if ids[place] not in out]
    held_out = round(_HELD_OUT * len(rest))
    return {
        "train": _part(_named(ids, rest[held_out:]), plan),
        "validation": _named(ids, rest[:held_out]),
        "test": tested[fold],
    }


def _part(train: list[str], plan: SplitPlan) -> list[str]:
    """The part of a training set that the plan learns from."""
    if plan.train == 1:
        return train
    order = np.random.default_rng(plan.seed).permutation(len(train))
    return _named(train, order[: max(2, round(plan.train * len(order)))])


def _parts(ids: list[str], groups: dict[str, str], plan: SplitPlan) -> Split:
    """Whole groups, in random order, until each part is full."""
    members: dict[str, list[str]] = {}
    for one in ids:
        members.setdefault(groups[one], []).append(one)
    names = sorted(members)
    order = np.random.default_rng(plan.seed).permutation(len(names))
    drawn = deque(members[names[group]] for group in order)
    parts: Split = {}
    for part in ("test", "validation", "train"):
        parts[part] = []
        while drawn and len(parts[part]) < round(getattr(plan, part) * len(ids)):
            parts[part] += drawn.popleft()
    return {name: sorted(parts[name]) for name in SPLITS}


def _named(ids: list[str], places: NDArray[np.int64] | Sequence[int]) -> list[str]:
    return [ids[place] for place in np.sort(places)]
