"""Ensembles of seeds: the mean of what a network's seeds predict, as one more row of the results.

The mean is taken in the unit that is learnt, log10 for the Materials Project's moduli. No ensemble
errs by more than its members do on average, for ``|mean(p) - y| <= mean(|p - y|)`` of every
crystal; so the gain over one seed says how much, and not whether.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from crystext.model.benchmark.layout import ENSEMBLES, RUNS
from crystext.model.benchmark.results import SCHEMA as RESULTS
from crystext.model.benchmark.results import (
    by_row,
    finished,
    read_rows,
    tested,
    told,
    write_rows,
)
from crystext.model.benchmark.statistics import Gain, paired_gain
from crystext.model.benchmark.suite import BASELINES, Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crystext.model.benchmark.results import Tested

    Key = tuple[str, Row]

FEWEST = 2
_SAME = ("property", "split", "protocol", "preset", "overrides", "corpus_digest")
_KEY = ("suite", "model", "text", *_SAME)


SCHEMA = pa.schema(
    [
        *map(RESULTS.field, ("suite", "property", "model", "text", "split", "protocol", "preset")),
        RESULTS.field("overrides"),
        told("seeds", pa.list_(pa.int32()), "those that finished all folds"),
        told("n_seeds", pa.int32(), "how many they are"),
        RESULTS.field("n_test"),
        told("mae", pa.float64(), "of the ensemble, in error_unit"),
        told("mae_in_unit", pa.float64(), "of the ensemble, in unit"),
        told("mae_of_one", pa.float64(), "of one seed, mean over the ensemble's, in error_unit"),
        told("gain", pa.float64(), "mae_of_one - mae"),
        told("gain_low", pa.float64(), "95 % interval, paired bootstrap over crystals"),
        ("gain_high", pa.float64()),
        told("text_gain", pa.float64(), "over the ensemble without text; null: there is none"),
        ("text_gain_low", pa.float64()),
        ("text_gain_high", pa.float64()),
        told("control_gain", pa.float64(), "over the ensemble with shuffled texts; likewise"),
        ("control_gain_low", pa.float64()),
        ("control_gain_high", pa.float64()),
        *map(RESULTS.field, ("error_unit", "unit", "corpus_digest")),
        told("runs", pa.list_(pa.string()), "folders under runs/"),
    ]
)


@dataclass(frozen=True)
class Ensemble:
    """The ensemble of one row of a table, for one property.

    Intervals are over crystals alone: the seeds are what the ensemble is made of.

    Attributes:
        property: what was learnt.
        row: model and text.
        unit: of the errors.
        seeds: whose predictions are averaged: those that finished all folds.
        crystals: how many were tested.
        mae: of the mean prediction.
        mae_in_unit: likewise, in the property's unit.
        mae_of_one: mean of its seeds' errors, of the same predictions.
        over_one: gain over one seed.
        gain: of the text over the ensemble without, if there is one of as many seeds.
        over_control: of the text over the ensemble with other crystals' texts, likewise.
        rows: of the results that it is made of.
    """

    property: str
    row: Row
    unit: str
    seeds: tuple[int, ...]
    crystals: int
    mae: float
    mae_in_unit: float
    mae_of_one: float
    over_one: Gain
    gain: Gain | None
    over_control: Gain | None
    rows: tuple[dict[str, Any], ...]


def make_ensembles(results: pa.Table, out: Path, *, folds: int) -> list[Ensemble]:
    """The ensembles of all networks with two or more seeds, in the results' order.

    A seed that did not finish all folds of the split stands in no ensemble.
    """
    parts = by_row(results.to_pylist())
    rows = {
        key: finished(part, folds) for key, part in parts.items() if key[1].model not in BASELINES
    }
    rows = {key: part for key, part in rows.items() if len({row["seed"] for row in part}) >= FEWEST}
    members = {key: tested(out, part, "test") for key, part in rows.items()}
    means = {key: _mean(one) for key, one in members.items()}

    def over(key: Key, other: Row | None) -> Gain | None:
        """Over an ensemble of as many seeds: more seeds alone would lessen the error."""
        mine, theirs = means[key], means.get((key[0], other)) if other else None
        if theirs is None or len(theirs.seeds) != len(mine.seeds):
            return None
        return mine.gain_over(theirs)

    return [
        Ensemble(
            property=key[0],
            row=key[1],
            unit=part[0]["error_unit"],
            seeds=tuple(sorted(means[key].seeds)),
            crystals=len(means[key].ids),
            mae=float(means[key].errors.mean()),
            mae_in_unit=_mae_in_unit(means[key]),
            mae_of_one=float((of_one := members[key].errors.mean(0)).mean()),
            over_one=paired_gain(of_one[None], means[key].errors),
            gain=over(key, key[1].plain),
            over_control=over(key, key[1].shuffled),
            rows=tuple(part),
        )
        for key, part in rows.items()
    ]


def _mean(members: Tested) -> Tested:
    """Of one prediction, the mean of the seeds' predictions; they have all folds alike."""
    mean = members.predicted.mean(0, keepdims=True)
    return replace(members, predicted=mean, folds=np.zeros_like(members.folds))


def _mae_in_unit(one: Tested) -> float:
    both = (10.0**part if one.log10 else part for part in (one.true, one.predicted[0]))
    return float(np.abs(np.subtract(*both)).mean())


def write_ensembles(ensembles: Sequence[Ensemble], out: Path) -> None:
    """Writes ``ensembles.parquet``, with what other suites in the folder left."""
    mine = [_words(one) for one in ensembles]
    keys = {tuple(row[name] for name in _KEY) for row in mine}
    kept = [
        row
        for row in read_rows(out / ENSEMBLES, SCHEMA).to_pylist()
        if tuple(row[name] for name in _KEY) not in keys
        and all((out / RUNS / run).is_dir() for run in row["runs"])
    ]
    if mine or kept:
        write_rows(out / ENSEMBLES, [*mine, *kept], SCHEMA)


def _words(one: Ensemble) -> dict[str, Any]:
    first = one.rows[0]
    words = {name: first[name] for name in (*_KEY, "error_unit", "unit")}
    for name, gain in (
        ("gain", one.over_one),
        ("text_gain", one.gain),
        ("control_gain", one.over_control),
    ):
        ends = (None,) * 3 if gain is None else (gain.mean, gain.low, gain.high)
        words |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
    return words | {
        "seeds": list(one.seeds),
        "n_seeds": len(one.seeds),
        "n_test": one.crystals,
        "mae": one.mae,
        "mae_in_unit": one.mae_in_unit,
        "mae_of_one": one.mae_of_one,
        "runs": [row["run"] for row in one.rows],
    }
