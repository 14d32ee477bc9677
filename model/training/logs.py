"""What a run writes while it learns: a CSV line per epoch, TensorBoard's events, a progress bar."""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from crystext.files import written_aside
from crystext.model.training.folder import LOG
from crystext.pipelines.progress import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS = (
    "epoch",
    "learning_rate",
    "train_loss",
    "train_mae",
    "validation_mae",
    "best_validation_mae",
    "gradient_norm",
    "seconds",
    "crystals_per_second",
)
WATCHED = "test_mae_watched"
"""Written only when the test set is watched, as the published code does."""


class Log:
    """The log of a run, continued where an interrupted one ended.

    Args:
        folder: of the run.
        done: epochs that are finished; later lines of an interrupted run are dropped.
        epochs: how many there will be at most.
        tensorboard: whether to write event files.
        watched: whether a column of watched test errors is written.
        write: whether this process writes files.
        show: whether it shows a bar, or a line now and then where there is no terminal.
    """

    def __init__(
        self,
        folder: Path,
        *,
        done: int,
        epochs: int,
        tensorboard: bool,
        watched: bool = False,
        write: bool = True,
        show: bool = True,
    ) -> None:
        self._path = folder / LOG
        self._columns = [*COLUMNS, *([WATCHED] if watched else [])]
        self._write = write
        self._bar = tqdm(
            total=epochs,
            initial=done,
            unit="epoch",
            disable=None if show and write else True,
            leave=False,
        )
        self._epochs, self._heartbeat = epochs, Heartbeat(shown=show and write)
        self._board: Any = None
        if not write:
            return
        rows: list[dict[str, Any]] = []
        if self._path.is_file():
            with self._path.open(newline="") as file:  # what lies behind may be half a line
                rows = list(islice(csv.DictReader(file), done))
        write_log(folder, rows, self._columns)
        if tensorboard:
            self._board = _board(folder / "tensorboard", done)

    def write(self, row: Mapping[str, Any], unit: str) -> None:
        """One epoch's line, and what the progress bar says of it."""
        said = (
            f"validation {row['validation_mae']:.4g}, best {row['best_validation_mae']:.4g} {unit}"
        )
        self._bar.update()
        self._bar.set_postfix_str(said)
        self._heartbeat.say(f"epoch {row['epoch']} of {self._epochs}, {said}")
        if not self._write:
            return
        with self._path.open("a", newline="") as file:
            csv.DictWriter(file, self._columns).writerow(dict(row))
        if self._board is not None:
            for name in self._columns[1:]:
                self._board.add_scalar(name, row[name], row["epoch"])

    def close(self) -> None:
        """Ends the bar and the event file."""
        self._bar.close()
        if self._board is not None:
            self._board.close()


def write_log(
    folder: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS
) -> None:
    """Writes all lines of a run's log, whole or not at all."""
    with written_aside(folder / LOG) as aside, aside.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def read_log(folder: Path) -> list[dict[str, float]]:
    """The lines of a run's ``log.csv``, as numbers."""
    with (folder / LOG).open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def _board(folder: Path, done: int) -> Any:
    """TensorBoard's writer, or ``None`` where TensorBoard is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=done + 1)
