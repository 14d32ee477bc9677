"""Stacks: the weighed mean of a graph network and boosted trees, the weight chosen on validation.

The least that one can do with a text: read it by itself, and average. Wolpert, Neural Networks 5,
241 (1992), with one weight for two models. It is compared with the graph network, and with the mean
of two graph networks of different seeds, which costs as many models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from crystext.model.benchmark.layout import RUNS
from crystext.model.benchmark.results import by_row
from crystext.model.benchmark.statistics import Gain, adjust, paired_gain
from crystext.model.benchmark.suite import BASELINES, Row
from crystext.model.training.folder import PREDICTIONS

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

WEIGHTS = np.linspace(0, 1, 21)
_TREES = tuple(one for one in BASELINES if one != "mean")

Key = tuple[int, int]
"""Seed and fold of a run."""


@dataclass(frozen=True)
class Stack:
    """A graph network and boosted trees, for one property.

    Attributes:
        property: what was learnt.
        row: of the graph network.
        trees: of the boosted trees.
        unit: of the errors.
        mae: test error of the weighed mean, over seeds and folds.
        weight: of the trees, mean over seeds and folds.
        crystals: how many were tested.
        over_graph: gain over the graph network alone.
        over_pair: gain over the mean of two seeds of the graph network, if there are two.
    """

    property: str
    row: Row
    trees: Row
    unit: str
    mae: float
    weight: float
    crystals: int
    over_graph: Gain
    over_pair: Gain | None


@dataclass(frozen=True)
class _Run:
    """What a run predicts, in the unit that is learnt.

    Attributes:
        ids: by split, sorted.
        true: by split, in the order of ``ids``.
        predicted: likewise.
    """

    ids: dict[str, list[str]]
    true: dict[str, NDArray[np.float64]]
    predicted: dict[str, NDArray[np.float64]]


def make_stacks(results: pa.Table, out: Path) -> list[Stack]:
    """Stacks of each graph network with each kind of boosted trees that ended on the same folds.

    Args:
        results: the long table of one benchmark.
        out: its folder.
    """
    parts = by_row(row for row in results.to_pylist() if row["protocol"] == "honest")
    runs = {
        key: {(row["seed"], row["fold"]): _read(out, row) for row in rows}
        for key, rows in parts.items()
        if key[1].model != "mean" and not key[1].text
    }
    return _adjusted(
        [
            stack
            for (name, kind), graph in runs.items()
            if kind.model not in BASELINES
            for trees in _TREES
            if (name, Row(trees)) in runs
            and (stack := _stack(name, kind, Row(trees), graph, runs[name, Row(trees)], parts))
        ]
    )


def _adjusted(stacks: list[Stack]) -> list[Stack]:
    """Stacks whose verdicts hold together; of controls nothing is claimed, and none counted."""
    claimed = [None if one.trees.is_control else one.over_graph for one in stacks]
    pairs = [None if one.trees.is_control else one.over_pair for one in stacks]
    told = adjust([*claimed, *pairs])
    return [
        replace(one, over_graph=graph or one.over_graph, over_pair=pair or one.over_pair)
        for one, graph, pair in zip(stacks, told[: len(stacks)], told[len(stacks) :], strict=True)
    ]


def _stack(
    name: str,
    kind: Row,
    trees: Row,
    graph: dict[Key, _Run],
    grown: dict[Key, _Run],
    parts: dict[tuple[str, Row], list[dict[str, Any]]],
) -> Stack | None:
    folds = sorted({fold for _, fold in graph} & {fold for _, fold in grown})
    seeds = [s for s in sorted({s for s, _ in graph}) if all((s, f) in graph for f in folds)]
    if not folds or not seeds:
        return None
    weights: list[float] = []
    mixed: list[NDArray[np.float64]] = []
    alone: list[NDArray[np.float64]] = []
    pairs: list[NDArray[np.float64]] = []
    for place, seed in enumerate(seeds):
        parts_of = []
        for fold in folds:
            one, other = graph[seed, fold], grown[0, fold]
            weight = best_weight(
                one.predicted["validation"],
                other.predicted["validation"],
                one.true["validation"],
            )
            weights.append(weight)
            mean = (1 - weight) * one.predicted["test"] + weight * other.predicted["test"]
            second = graph[seeds[place - 1], fold].predicted["test"]
            pair = (one.predicted["test"] + second) / 2
            true = one.true["test"]
            parts_of.append([np.abs(p - true) for p in (mean, one.predicted["test"], pair)])
        for into, errors in zip((mixed, alone, pairs), zip(*parts_of, strict=True), strict=True):
            into.append(np.concatenate(errors))
    of_fold = np.concatenate(
        [np.full(len(graph[seeds[0], fold].ids["test"]), fold, dtype=np.int64) for fold in folds]
    )
    stacked = np.array(mixed)
    return Stack(
        property=name,
        row=kind,
        trees=trees,
        unit=parts[name, kind][0]["error_unit"],
        mae=float(stacked.mean()),
        weight=float(np.mean(weights)),
        crystals=len(of_fold),
        over_graph=paired_gain(np.array(alone), stacked, folds=of_fold),
        over_pair=paired_gain(np.array(pairs), stacked, folds=of_fold) if len(seeds) > 1 else None,
    )


def best_weight(
    first: NDArray[np.float64], second: NDArray[np.float64], true: NDArray[np.float64]
) -> float:
    """The weight of the second prediction whose mean with the first errs least; the first of ties.

    Args:
        first: (n,) predictions.
        second: (n,), of the same crystals.
        true: (n,).
    """
    means = first + WEIGHTS[:, None] * (second - first)
    return float(WEIGHTS[np.abs(means - true).mean(axis=1).argmin()])


def _read(out: Path, row: dict[str, Any]) -> _Run:
    table = pq.read_table(out / RUNS / row["run"] / PREDICTIONS)
    log10 = row["error_unit"].startswith("log10")
    ids, true, predicted = {}, {}, {}
    for split in ("validation", "test"):
        part = table.filter([one == split for one in table["split"].to_pylist()]).sort_by("id")
        ids[split] = part["id"].to_pylist()
        values = [part[name].to_numpy().astype(np.float64) for name in ("target", "prediction")]
        true[split], predicted[split] = (np.log10(one) if log10 else one for one in values)
    return _Run(ids, true, predicted)
