"""How a benchmark splits crystals: the official lists, parts of the whole, folds, by composition.

Every split is a set of fixed lists of ids, drawn from ids in their order in the corpus and a seed,
and carries a digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.choices import SPLITS
from crystext.errors import UsageError, shown
from crystext.model.benchmark.matbench_folds import FOLDS, task_of
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus

KINDS = ("official", "whole", "folds", "composition", "matbench")
_HELD_OUT = 0.1  # of a fold's other crystals, for validation


@dataclass(frozen=True)
class SplitPlan:
    """How to split.

    Attributes:
        kind: ``official``, the corpus' own lists; ``whole``, parts of all crystals that have the
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
        if self.kind not in KINDS:
            raise UsageError(f"split {shown(self.kind)} is not known; choose {', '.join(KINDS)}")
        if not 0 < self.train <= 1 or not 0 < self.validation < 1 or not 0 < self.test < 1:
            raise UsageError("parts of a split lie between 0 and 1")
        if self.kind in {"whole", "composition"} and self.train + self.validation + self.test > 1:
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


@dataclass(frozen=True)
class Split:
    """Ids by ``train``, ``validation`` and ``test``."""

    ids: dict[str, list[str]]

    @property
    def digest(self) -> str:
        """SHA-256 of the lists, 16 hexadecimal digits."""
        return digest(self.ids)


def make_split(corpus: Corpus, property_name: str, plan: SplitPlan, fold: int = 0) -> Split:
    """One split of the crystals that have a property.

    Args:
        corpus: with an official split of the property; the others draw from its ids.
        property_name: the column to learn.
        plan: how.
        fold: which of them, from 0.

    Raises:
        UsageError: the property has no split in the corpus, or its ids are not Matbench's.
    """
    tables = corpus.targets(property_name)
    lists = {name: tables[name]["id"].to_pylist() for name in SPLITS if name in tables}
    if plan.kind == "official":
        return Split(lists | {"train": _part(lists["train"], plan)})
    ids = sorted(one for part in lists.values() for one in part)
    if plan.kind in {"folds", "matbench"}:
        return _fold(ids, _tested(ids, plan), plan, fold)
    formulas = dict.fromkeys(ids, "")
    if plan.kind == "composition":
        for table in tables.values():
            pairs = zip(table["id"].to_pylist(), table["formula"].to_pylist(), strict=True)
            formulas.update(pairs)
    else:
        formulas = {one: one for one in ids}
    return _parts(ids, formulas, plan)


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
    return Split(
        {
            "train": _part(_named(ids, rest[held_out:]), plan),
            "validation": _named(ids, rest[:held_out]),
            "test": tested[fold],
        }
    )


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
    wanted = {"test": plan.test, "validation": plan.validation, "train": plan.train}
    drawn = iter(order)
    parts: dict[str, list[str]] = {}
    for part, share in wanted.items():
        parts[part] = []
        while len(parts[part]) < round(share * len(ids)):
            group = next(drawn, None)
            if group is None:
                break
            parts[part] += members[names[group]]
    return Split({name: sorted(parts[name]) for name in SPLITS})


def _named(ids: list[str], places: NDArray[np.int64] | Sequence[int]) -> list[str]:
    return [ids[place] for place in np.sort(places)]
