"""Results as lines of tables: each row's error with spread, the paper's, and text's gain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.benchmark.results import finished, tested
from crystext.model.benchmark.statistics import Gain, Spread, adjust
from crystext.model.benchmark.suite import Row, Suite, dataset_of, paper_figures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from crystext.model.benchmark.results import Tested


@dataclass(frozen=True)
class Line:
    """A row of a table for one property.

    Attributes:
        property: what was learnt.
        row: model and text.
        unit: of the errors.
        mae: test error over seeds and folds; ``None`` where nothing ended.
        validation: likewise.
        crystals: how many were tested.
        train: how many were learnt from.
        epochs: mean of the epochs that were chosen.
        steps: of the optimiser, mean of the runs; not a number for a baseline or an old run.
        seconds: mean of a run.
        memory: most that a run took, in MiB; not a number where that is not known.
        gain: of the text over the same network without, if that was run.
        over_control: of the text over the same text dealt to other crystals, if that was run.
        paper: the paper's figures for it, as ``(table, mae)``.
        failures: codes and messages.
    """

    property: str
    row: Row
    unit: str
    mae: Spread | None
    validation: Spread | None
    crystals: int
    train: int
    epochs: float
    steps: float
    seconds: float
    memory: float
    gain: Gain | None
    over_control: Gain | None
    paper: tuple[tuple[int, float], ...]
    failures: tuple[str, ...]


def make_lines(results: pa.Table, suite: Suite, out: Path, source: str) -> list[Line]:
    """All rows of all properties, in the suite's order.

    The paper's figures are of the sources ``jarvis`` and ``mp``.
    """
    rows = results.to_pylist()
    properties = list(dict.fromkeys(row["property"] for row in rows))
    kinds = list(dict.fromkeys(map(Row.of_result, rows)))
    lines = []
    for name in properties:
        parts = {
            kind: _whole_seeds(
                [row for row in rows if (row["property"], Row.of_result(row)) == (name, kind)],
                suite.split.number,
            )
            for kind in kinds
        }
        errors = {
            kind: tested(out, ended, "test")
            for kind, part in parts.items()
            if (ended := [row for row in part if row["failure"] is None])
        }
        lines += [_line(name, kind, parts[kind], errors, suite, source) for kind in kinds]
    return _adjusted(lines)


def _whole_seeds(rows: list[dict[str, Any]], folds: int) -> list[dict[str, Any]]:
    """Rows without seeds that have not ended all folds, where another seed has.

    An early look at a benchmark would otherwise compare errors on some folds with those on all.
    """
    ended = [row for row in rows if row["failure"] is None]
    whole = {row["seed"] for row in finished(ended, folds)}
    failed = {row["seed"] for row in rows if row["failure"] is not None}
    return [row for row in rows if not whole or row["seed"] in whole | failed]


def _adjusted(lines: Sequence[Line]) -> list[Line]:
    """Lines whose verdicts hold together; of a control's gain none is given, and none counted."""
    claimed = [None if line.row.text == "shuffled" else line.gain for line in lines]
    told = adjust([*claimed, *(line.over_control for line in lines)])
    first, second = told[: len(lines)], told[len(lines) :]
    return [
        replace(line, gain=gain or line.gain, over_control=control)
        for line, gain, control in zip(lines, first, second, strict=True)
    ]


def _line(
    name: str,
    kind: Row,
    part: Sequence[dict[str, Any]],
    errors: dict[Row, Tested],
    suite: Suite,
    source: str,
) -> Line:
    ended = [row for row in part if row["failure"] is None]
    by_seed: dict[int, list[dict[str, Any]]] = {}
    for row in ended:
        by_seed.setdefault(row["seed"], []).append(row)

    def spread(column: str) -> Spread | None:
        """Over seeds; folds of a seed are one test of all crystals, so they are averaged."""
        means = [
            np.average([row[column] for row in rows], weights=[row["n_test"] for row in rows])
            for rows in by_seed.values()
        ]
        return Spread.of(np.array(means)) if means else None

    def gain(other: Row | None) -> Gain | None:
        ran = kind in errors and other in errors
        return errors[kind].gain_over(errors[other]) if ran and other else None

    return Line(
        property=name,
        row=kind,
        unit=ended[0]["error_unit"] if ended else "",
        mae=spread("mae"),
        validation=spread("validation_mae"),
        crystals=len(errors[kind].ids) if kind in errors else 0,
        train=round(float(np.mean([row["n_train"] for row in ended]))) if ended else 0,
        epochs=_mean([row["best_epoch"] for row in ended]),
        steps=_mean([one for row in ended if (one := row["steps"]) is not None]),
        seconds=_mean([row["seconds"] for row in ended]),
        memory=max((one for row in ended if (one := row["peak_memory_mb"])), default=float("nan")),
        gain=gain(kind.plain),
        over_control=gain(kind.shuffled),
        paper=tuple(_paper(name, kind, suite, source, ended[0]["error_unit"])) if ended else (),
        failures=tuple(row["failure"] for row in part if row["failure"] is not None),
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _paper(
    name: str, kind: Row, suite: Suite, source: str, unit: str
) -> Iterator[tuple[int, float]]:
    """The paper's figures in our unit, the suite's own table first, then where it contradicts."""
    dataset = dataset_of(source)
    found = [
        (figure.table, figure.mae)
        for figure in paper_figures()
        if (figure.dataset, figure.property, figure.model) == (dataset, name, kind.model)
        and (figure.text, figure.unit) == (kind.text, unit)
        and (figure.table == 3) == (suite.paper_table == 3)
    ]
    own = [one for one in found if one[0] == suite.paper_table]
    seen = {mae for _, mae in own}
    yield from own
    for table, mae in found:
        if mae not in seen:
            seen.add(mae)
            yield table, mae
