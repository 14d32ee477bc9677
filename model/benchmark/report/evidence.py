"""What the page shows of one property: its lines, errors, predictions and learning curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.benchmark.layout import RUNS
from crystext.model.benchmark.results import by_row, finished, tested
from crystext.model.training.folder import LOG
from crystext.model.training.logs import read_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.model.benchmark.results import Tested
    from crystext.model.benchmark.suite import Row
    from crystext.model.benchmark.tables import Line


@dataclass(frozen=True)
class Curve:
    """Validation error by epoch, over the seeds of a row.

    Attributes:
        mean: (epochs,), over seeds; a seed's folds are averaged. It ends where the first run did.
        low: lowest of the seeds.
        high: highest of the seeds.
        seeds: how many.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    seeds: int


@dataclass(frozen=True)
class Evidence:
    """All that was found for one property; the unit is of the errors, baselines have no curves."""

    property: str
    unit: str
    lines: list[Line]
    tested: dict[Row, Tested]
    curves: dict[Row, Curve]

    def line(self, row: Row) -> Line | None:
        """The line of a row that ended."""
        return next((one for one in self.lines if one.row == row and one.mae is not None), None)


def gather(
    out: Path, results: Sequence[dict[str, Any]], lines: Sequence[Line], *, folds: int
) -> list[Evidence]:
    """Reads the files of the runs that the lines are of: where any seed has all folds, of such."""
    ended = {key: finished(rows, folds) or rows for key, rows in by_row(results).items()}
    found = []
    for name in dict.fromkeys(line.property for line in lines):
        mine = [line for line in lines if line.property == name]
        runs = {line.row: ended[name, line.row] for line in mine if line.mae is not None}
        curves = {row: _curve(out, part) for row, part in runs.items()}
        found.append(
            Evidence(
                property=name,
                unit=next((line.unit for line in mine if line.unit), ""),
                lines=mine,
                tested={row: tested(out, part, "test") for row, part in runs.items()},
                curves={row: curve for row, curve in curves.items() if curve is not None},
            )
        )
    return found


def _curve(out: Path, runs: Sequence[dict[str, Any]]) -> Curve | None:
    by_seed: dict[int, list[NDArray[np.float64]]] = {}
    for run in runs:
        folder = out / RUNS / run["run"]
        if not (folder / LOG).is_file():
            return None
        errors = np.array([row["validation_mae"] for row in read_log(folder)])
        by_seed.setdefault(run["seed"], []).append(errors)
    shortest = min(len(one) for part in by_seed.values() for one in part)
    if shortest == 0:
        return None
    means = np.array([np.mean([one[:shortest] for one in part], 0) for part in by_seed.values()])
    return Curve(means.mean(0), means.min(0), means.max(0), len(means))
