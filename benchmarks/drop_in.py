"""Speed of ``crystext.robocrys`` beside robocrys: the same calls, in turn, in one run.

Run ``python -m benchmarks.drop_in [--n 40] [--seed 0]``. Crystals of every size are condensed and
worded by both pairs of classes, and featurized by robocrys' featurizer and ours. Objects are made
once, and one crystal goes before that is not counted. The table is Markdown.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from statistics import mean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


COLUMNS = (
    *("robocrys, s: median", "mean", "ours, s: median", "mean"),
    *("median of ratios", "ratio of sums"),
)


def tasks() -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]:
    """What is measured: robocrys' way and ours, each from a structure to a result."""
    import robocrys
    from robocrys.featurize.featurizer import RobocrysFeaturizer

    from crystext import robocrys as drop_in
    from crystext.features.featurizer import CrystalFeaturizer

    def described(module: Any) -> Callable[[Any], Any]:
        condenser, describer = module.StructureCondenser(), module.StructureDescriber()
        return lambda structure: describer.describe(condenser.condense_structure(structure))

    theirs, ours = RobocrysFeaturizer(), CrystalFeaturizer("robocrys", categories=True)
    return {
        "condense and describe": (described(robocrys), described(drop_in)),
        "featurize": (theirs.featurize, ours.featurize),
    }


def measured(n: int, seed: int) -> str:
    """The table."""
    from crystext import mini
    from tests.upstream.sample import draw

    structures = [one.structure for one in mini(["mp-22862", *(i for i, _ in draw(n, seed))])]
    lines = [
        f"| task | crystals | {' | '.join(COLUMNS)} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, ways in tasks().items():
        seconds: list[tuple[float, float]] = []
        for structure in structures:
            found = []
            for way in ways:
                start = time.process_time()
                way(structure.copy())
                found.append(time.process_time() - start)
            seconds.append((found[0], found[1]))
        theirs, ours = zip(*seconds[1:], strict=True)
        cells = [f"{median(theirs):.2f}", f"{mean(theirs):.2f}"]
        cells += [f"{median(ours):.4f}", f"{mean(ours):.4f}"]
        cells += [f"{median(a / b for a, b in seconds[1:]):.0f}", f"{sum(theirs) / sum(ours):.0f}"]
        lines.append(f"| {name} | {len(ours)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drop_in", description=__doc__)
    parser.add_argument("--n", type=int, default=40, help="crystals")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # before numpy is imported
        os.environ.setdefault(name, "1")
    warnings.simplefilter("ignore")
    sys.stdout.write(measured(options.n, options.seed) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
