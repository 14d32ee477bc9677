"""Stacks: the weighed mean of a graph network and boosted trees, the weight chosen on validation.

The least that one can do with a text: read it by itself, and average. Wolpert, Neural Networks 5,
241 (1992), with one weight for two models. It is compared with the graph network, and with the mean
of two graph networks of different seeds, which costs as many models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crystext.model.benchmark.results import Tested, by_row, tested
from crystext.model.benchmark.statistics import Gain, adjust, paired_gain
from crystext.model.benchmark.suite import BASELINES, Row

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

WEIGHTS = np.linspace(0, 1, 21)
_TREES = tuple(one for one in BASELINES if one != "mean")

Key = tuple[int, int]
"""Seed and fold of a run."""
Run = dict[str, Tested]
"""What a run predicts, by split."""


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


def make_stacks(results: pa.Table, out: Path) -> list[Stack]:
    """Stacks of each graph network with each kind of boosted trees that ended on the same folds."""
    parts = by_row(row for row in results.to_pylist() if row["protocol"] == "honest")
    runs = {
        key: {
            (row["seed"], row["fold"]): {
                split: tested(out, [row], split) for split in ("validation", "test")
            }
            for row in rows
        }
        for key, rows in parts.items()
        if key[1].model != "mean" and not key[1].text
    }
    return _adjusted(
        [
            stack
            for (name, kind), graph in runs.items()
            if kind.model not in BASELINES
            for unit in [parts[name, kind][0]["error_unit"]]
            for trees in _TREES
            if (name, Row(trees)) in runs
            and (stack := _stack(name, kind, Row(trees), graph, runs[name, Row(trees)], unit))
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
    name: str, kind: Row, trees: Row, graph: dict[Key, Run], grown: dict[Key, Run], unit: str
) -> Stack | None:
    folds = sorted({fold for _, fold in graph} & {fold for _, fold in grown})
    seeds = [s for s in sorted({s for s, _ in graph}) if all((s, f) in graph for f in folds)]
    if not folds or not seeds:
        return None
    weights, errors, sizes = [], [], list[int]()
    for seed, other_seed in zip(seeds, (seeds[-1], *seeds), strict=False):
        of_folds = []
        for fold in folds:
            one, other = graph[seed, fold], grown[0, fold]
            weight = best_weight(*_both(one["validation"], other["validation"]))
            first, second, true = _both(one["test"], other["test"])
            twin = graph[other_seed, fold]["test"].among(other["test"]).predicted[0]
            mean, pair = (1 - weight) * first + weight * second, (first + twin) / 2
            of_folds.append(np.abs(np.array([mean, first, pair]) - true))
            weights.append(weight)
        errors.append(np.concatenate(of_folds, axis=1))
        sizes = [part.shape[1] for part in of_folds]
    mixed, alone, pairs = np.stack(errors, axis=1)  # (seeds, crystals) each
    of_fold = np.repeat(folds, sizes)
    return Stack(
        property=name,
        row=kind,
        trees=trees,
        unit=unit,
        mae=float(mixed.mean()),
        weight=float(np.mean(weights)),
        crystals=len(of_fold),
        over_graph=paired_gain(alone, mixed, folds=of_fold),
        over_pair=paired_gain(pairs, mixed, folds=of_fold) if len(seeds) > 1 else None,
    )


def _both(
    one: Tested, other: Tested
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Two runs' predictions (n,) of the crystals that both predict, and what is true (n,)."""
    one, other = one.among(other), other.among(one)
    return one.predicted[0], other.predicted[0], one.true


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
