"""A worker of a benchmark: ``python -m crystext.model.benchmark.worker FOLDER PLAN PARENT``.

It runs the trials of a plan that the folder keeps, those that no other worker has run or is
running, and ends with the process that started it.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from crystext.model.benchmark.plan import read_plan
from crystext.model.benchmark.run import run_trials
from crystext.pipelines.parallel.orphans import end_with_parent

_INTERRUPTED = 128 + 2  # as shells count


def command(out: Path, key: str) -> list[str]:
    """What this process starts a worker of a plan with; ``key`` is the digest of the saved plan."""
    return [sys.executable, "-m", __name__, str(out), key, str(os.getpid())]


def main(argv: list[str]) -> None:
    """Command line: FOLDER PLAN PARENT."""
    folder, key, parent = argv
    end_with_parent(int(parent))
    warnings.simplefilter("ignore")  # the libraries' warnings are about their affairs
    trials = read_plan(Path(folder), key).trials()
    try:
        run_trials(trials, Path(folder), tick=lambda: None, whole=False)
    except KeyboardInterrupt:  # its state is saved; the one that asked says so
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main(sys.argv[1:])
