"""Ensembles of seeds: the mean of what a network's seeds predict, as one more row of the results.

The mean is taken in the unit that is learnt, log10 for the Materials Project's moduli. No ensemble
errs by more than its members do on average, for ``|mean(p) - y| <= mean(|p - y|)`` of every
crystal; so the gain over one seed says how much, and not whether.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from crystext.model.benchmark.layout import ENSEMBLES, RUNS
from crystext.model.benchmark.results import by_row, finished, read_rows, tested, write_rows
from crystext.model.benchmark.statistics import Gain, paired_gain
from crystext.model.benchmark.suite import BASELINES, Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FEWEST = 2
_SAME = ("property", "split", "protocol", "preset", "overrides", "corpus_digest")
_KEY = ("suite", "model", "text", *_SAME)


def _told(name: str, kind: pa.DataType, description: str) -> pa.Field:
    return pa.field(name, kind, metadata={"description": description})


SCHEMA = pa.schema(
    [
        pa.field("suite", pa.string()),
        pa.field("property", pa.string()),
        pa.field("model", pa.string()),
        _told("text", pa.string(), "section or control, and fusion; empty: none"),
        pa.field("split", pa.string()),
        pa.field("protocol", pa.string()),
        pa.field("preset", pa.string()),
        _told("overrides", pa.string(), "of the preset, as JSON"),
        _told("seeds", pa.list_(pa.int32()), "those that finished all folds"),
        _told("n_seeds", pa.int32(), "how many they are"),
        pa.field("n_test", pa.int32()),
        _told("mae", pa.float64(), "of the ensemble, in error_unit"),
        _told("mae_in_unit", pa.float64(), "of the ensemble, in unit"),
        _told("mae_of_one", pa.float64(), "of one seed, mean over the ensemble's, in error_unit"),
        _told("gain", pa.float64(), "mae_of_one - mae"),
        _told("gain_low", pa.float64(), "95 % interval, paired bootstrap over crystals"),
        pa.field("gain_high", pa.float64()),
        _told("text_gain", pa.float64(), "over the ensemble without text; null: there is none"),
        pa.field("text_gain_low", pa.float64()),
        pa.field("text_gain_high", pa.float64()),
        _told("control_gain", pa.float64(), "over the ensemble with shuffled texts; likewise"),
        pa.field("control_gain_low", pa.float64()),
        pa.field("control_gain_high", pa.float64()),
        pa.field("error_unit", pa.string()),
        pa.field("unit", pa.string()),
        pa.field("corpus_digest", pa.string()),
        _told("runs", pa.list_(pa.string()), "folders under runs/"),
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


@dataclass(frozen=True)
class _Mean:
    """Errors of an ensemble's n crystals.

    Attributes:
        ids: n.
        seeds: of the ensemble.
        errors: (n,), of the mean prediction.
        errors_of_one: (n,), mean over seeds.
        mae_in_unit: in the property's unit.
    """

    ids: list[str]
    seeds: tuple[int, ...]
    errors: NDArray[np.float64]
    errors_of_one: NDArray[np.float64]
    mae_in_unit: float


def make_ensembles(results: pa.Table, out: Path, *, folds: int) -> list[Ensemble]:
    """The ensembles of all networks with two or more seeds, in the results' order.

    Args:
        results: the long table of one benchmark.
        out: its folder.
        folds: of its split; a seed that did not finish all of them stands in no ensemble.
    """
    parts = by_row(results.to_pylist())
    rows = {
        key: finished(part, folds) for key, part in parts.items() if key[1].model not in BASELINES
    }
    rows = {key: part for key, part in rows.items() if len({row["seed"] for row in part}) >= FEWEST}
    means = {key: _mean(out, part) for key, part in rows.items()}
    return [
        _ensemble(name, kind, part, means) for (name, kind), part in rows.items()
    ]  # a property's in the order of its table


def _mean(out: Path, rows: Sequence[dict[str, Any]]) -> _Mean:
    found = tested(out, rows)
    mean = found.predicted.mean(0)
    true, predicted = (10.0**one if found.log10 else one for one in (found.true, mean))
    return _Mean(
        ids=found.ids,
        seeds=tuple(sorted(found.seeds)),
        errors=np.abs(mean - found.true),
        errors_of_one=np.abs(found.predicted - found.true).mean(0),
        mae_in_unit=float(np.abs(predicted - true).mean()),
    )


def _ensemble(
    name: str,
    kind: Row,
    rows: Sequence[dict[str, Any]],
    means: dict[tuple[str, Row], _Mean],
) -> Ensemble:
    mine = means[name, kind]

    def over(other: Row | None) -> Gain | None:
        """Over an ensemble of as many seeds: more seeds alone would lessen the error."""
        theirs = None if other is None else means.get((name, other))
        if theirs is None or len(theirs.seeds) != len(mine.seeds):
            return None
        both = sorted(set(mine.ids) & set(theirs.ids))
        if not both:
            return None
        before, after = (one.errors[np.searchsorted(one.ids, both)] for one in (theirs, mine))
        return paired_gain(before[None], after[None])

    return Ensemble(
        property=name,
        row=kind,
        unit=rows[0]["error_unit"],
        seeds=mine.seeds,
        crystals=len(mine.ids),
        mae=float(mine.errors.mean()),
        mae_in_unit=mine.mae_in_unit,
        mae_of_one=float(mine.errors_of_one.mean()),
        over_one=paired_gain(mine.errors_of_one[None], mine.errors[None]),
        gain=over(None if kind.without_text is None else Row(kind.without_text)),
        over_control=over(kind.shuffled),
        rows=tuple(rows),
    )


def write_ensembles(ensembles: Sequence[Ensemble], out: Path) -> None:
    """Writes ``ensembles.parquet``, with what other suites in the folder left.

    Args:
        ensembles: of one benchmark.
        out: its folder.
    """
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
