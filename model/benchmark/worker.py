"""A worker of a benchmark: ``python -m crystext.model.benchmark.worker FOLDER PLAN``.

It runs the trials of a plan that the folder keeps, those that no other worker has run or is
running.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from crystext.model.benchmark.plan import read_plan
from crystext.model.benchmark.run import run_trials


def command(out: Path, key: str) -> list[str]:
    """What a worker is started with.

    Args:
        out: folder of the benchmark.
        key: digest of the plan, see :func:`crystext.model.benchmark.plan.save_plan`.
    """
    return [sys.executable, "-m", __name__, str(out), key]


def main(argv: list[str]) -> None:
    """Command line: FOLDER PLAN."""
    folder, key = argv
    warnings.simplefilter("ignore")  # the libraries' warnings are about their affairs
    run_trials(read_plan(Path(folder), key).trials(), Path(folder), tick=lambda: None, whole=False)


if __name__ == "__main__":
    main(sys.argv[1:])
