"""Speed of crystext beside robocrys: both in one run, on the same crystals, one process each.

Run ``python benchmarks/describe.py [--n 100] [--seed 0] [--per-class K] [--json FILE]``. The table
is Markdown. What is measured:

* CPU time (``time.process_time``) of one description, of objects that are made once and used for
  all crystals, after one description that is not counted. Robocrys is as installed, with its
  defaults; what it makes anew for every crystal (its namer of molecules) is its own affair, and
  its questions to PubChem go nowhere (without Open Babel it asks none).
* The first description of a fresh process, imports included, from ``python -c``: wall and CPU time.

CPU time is fair on a busy machine, roughly, as the two take turns; wall time is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext import Crystal

ENGINES = ("crystext", "robocrys")
FIRST = {
    "crystext": "import crystext; print(crystext.describe({path!r}).text)",
    "robocrys": (
        "from pymatgen.core import Structure; "
        "from robocrys import StructureCondenser, StructureDescriber; "
        "structure = Structure.from_file({path!r}); "
        "condensed = StructureCondenser().condense_structure(structure); "
        "print(StructureDescriber().describe(condensed))"
    ),
}
REPEATS = 3
EXAMPLE = Path(__file__).parents[1] / "examples" / "rutile.cif"
COLUMNS = (
    "atoms in the conventional cell",
    "crystals",
    *("crystext, ms: median", "mean", "10 to 90 %"),
    *("robocrys, s: median", "mean", "10 to 90 %"),
    *("median of ratios", "ratio of medians"),
)
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PACKAGES = ("robocrys", "pymatgen", "spglib", "numpy", "scipy")


def crystals(n: int, seed: int, per_class: int) -> dict[str, str]:
    """Ids to describe with their size class: ``n`` at random and some of every class."""
    import numpy as np

    from tests.upstream.sample import STRATA, conventional_sizes, stratum

    sizes = conventional_sizes()
    ids = sorted(sizes)
    rng = np.random.default_rng(seed)
    chosen = {ids[i]: "random" for i in rng.permutation(len(ids))[:n]}
    for name in STRATA:
        members = [i for i in ids if stratum(sizes[i]) == name]
        for k in rng.permutation(len(members))[:per_class]:
            chosen.setdefault(members[k], "class")
    return {i: f"{kind} {stratum(sizes[i])}" for i, kind in chosen.items()}


def serve(engine: str) -> None:
    """Describes the crystals whose ids come in, one a line, and answers with CPU seconds."""
    import warnings

    from crystext import mini

    warnings.simplefilter("ignore")
    describe: Callable[[Crystal], object]
    if engine == "crystext":
        from crystext import Describer

        describe = Describer().describe
    else:
        from robocrys import StructureCondenser, StructureDescriber

        condenser, describer = StructureCondenser(), StructureDescriber()

        def describe(crystal: Crystal) -> object:
            return describer.describe(condenser.condense_structure(crystal.structure.copy()))

    describe(next(mini(["mp-22862"])))
    for line in sys.stdin:
        crystal = next(mini([line.strip()]))
        start = time.process_time()
        try:
            describe(crystal)
        except Exception as error:  # noqa: BLE001  (a failure is a result)
            sys.stderr.write(f"{engine}: {crystal.id}: {error!r}\n")
            print("null", flush=True)
        else:
            print(time.process_time() - start, flush=True)


def cpu_seconds(ids: list[str]) -> dict[str, dict[str, float | None]]:
    """CPU seconds of both engines, ``None`` where one failed.

    Each has a process of its own. They take turns, crystal by crystal, so that whatever else the
    machine does meets both alike.
    """
    workers = {
        engine: subprocess.Popen(
            [sys.executable, __file__, "--engine", engine],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for engine in ENGINES
    }
    seconds: dict[str, dict[str, float | None]] = {engine: {} for engine in ENGINES}
    for crystal_id in ids:
        for engine, worker in workers.items():
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write(crystal_id + "\n")
            worker.stdin.flush()
            seconds[engine][crystal_id] = json.loads(worker.stdout.readline())
    for worker in workers.values():
        worker.communicate()
    return seconds


def environment() -> dict[str, str]:
    """One thread a process, and the repository's root to import the crystals' drawing from."""
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return os.environ | THREADS | {"PYTHONPATH": path}


def first_description(engine: str) -> list[tuple[float, float]]:
    """Wall and CPU seconds of a fresh process that describes one file, a few times."""
    program = FIRST[engine].format(path=str(EXAMPLE))
    times = []
    for _ in range(REPEATS):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            env=environment(),
            capture_output=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append((time.perf_counter() - start, cpu))
    return times


def machine() -> str:
    """Processor, cores, Python and the versions that decide speed."""
    from crystext.provenance import processor

    libraries = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {libraries}"


def row(name: str, ours: list[float], theirs: list[float]) -> str:
    """One line of the table."""

    def spread(values: list[float], scale: float, form: str) -> str:
        low, high = values[0], values[-1]
        if len(values) > 1:
            tenths = quantiles(values, n=10, method="inclusive")
            low, high = tenths[0], tenths[-1]
        figures = (median(values), mean(values), low, high)
        middle, average, first, last = (format(value * scale, form) for value in figures)
        return f"{middle} | {average} | {first} to {last}"

    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return (
        f"| {name} | {len(ours)} | {spread(ours, 1e3, '.1f')} | {spread(theirs, 1, '.2f')} "
        f"| {median(ratios):.0f} | {median(theirs) / median(ours):.0f} |"
    )


def table(chosen: dict[str, str], seconds: dict[str, dict[str, float | None]]) -> list[str]:
    """CPU time by size class and of the random crystals, as Markdown."""
    from tests.upstream.sample import STRATA

    lines = [
        "| " + " | ".join(COLUMNS) + " |",
        "| --- |" + " ---: |" * (len(COLUMNS) - 1),
    ]
    both = [i for i in chosen if all(seconds[engine][i] is not None for engine in ENGINES)]
    groups = {name: [i for i in both if chosen[i].endswith(f" {name}")] for name in STRATA}
    groups["random ones, all sizes"] = [i for i in both if chosen[i].startswith("random")]
    for name, ids in groups.items():
        if ids:
            ours, theirs = (
                [one for i in ids if (one := seconds[engine][i]) is not None] for engine in ENGINES
            )
            lines.append(row(name, ours, theirs))
    failed = len(chosen) - len(both)
    return lines + ([f"\n{failed} crystals that an engine failed on are left out."] * bool(failed))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100, help="random crystals")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-class", type=int, default=0, help="more crystals of each size class")
    parser.add_argument("--json", type=Path, help="write every figure")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        serve(options.engine)
        return 0
    sys.path.insert(0, str(Path(__file__).parents[1]))
    chosen = crystals(options.n, options.seed, options.per_class)
    seconds = cpu_seconds(list(chosen))
    first = {engine: first_description(engine) for engine in ENGINES}
    print(f"CPU time of one description. {machine()}; seed {options.seed}.\n")
    print("\n".join(table(chosen, seconds)))
    print("\nFirst description of a fresh process (rutile), best of three, wall and CPU seconds:\n")
    print("| | wall, s | CPU, s |\n| --- | ---: | ---: |")
    for engine, times in first.items():
        print(f"| {engine} | {min(t[0] for t in times):.2f} | {min(t[1] for t in times):.2f} |")
    if options.json:
        figures = {"classes": chosen, "seconds": seconds, "first": first, "machine": machine()}
        part = options.json.with_name(options.json.name + ".part")
        part.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        part.replace(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
