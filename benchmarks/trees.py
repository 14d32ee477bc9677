"""This tree of crystext beside an earlier one: CPU of descriptions and of builds, in one run.

Run ``python -m benchmarks.trees --before PYTHON [--n 200] [--seed 0] [--build 300] [--pairs 5]``,
where PYTHON is an interpreter in whose environment the earlier tree is installed. The tables are
Markdown. What is measured:

* CPU time (``time.process_time``) of one description of a random mini crystal, canonical and as
  given, reading checks included. Both trees take turns, crystal by crystal.
* CPU and wall time of ``crystext build-corpus --db mini --limit N`` and all processes that come
  from it, in pairs, the first of each pair by turns.

Texts that differ are counted: a faster text that is another one is no gain.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median, quantiles

from benchmarks.describe import THREADS, machine

SERVER = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
from crystext import Describer, mini
describers = {"canonical": Describer(canonical=True), "as given": Describer()}
for describer in describers.values():
    describer.describe(next(mini(["mp-22862"])))
for line in sys.stdin:
    mode, crystal_id = json.loads(line)
    crystal = next(mini([crystal_id]))
    start = time.process_time()
    text = describers[mode].describe(crystal).text
    print(json.dumps([time.process_time() - start, text]), flush=True)
"""
MODES = ("canonical", "as given")
TREES = ("before", "after")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", required=True, help="interpreter of the earlier tree")
    parser.add_argument("--n", type=int, default=200, help="random mini crystals to describe")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--build", type=int, default=300, help="crystals of a build")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of builds")
    args = parser.parse_args()
    pythons = {"before": args.before, "after": sys.executable}
    print(f"{machine()}; seed {args.seed}.\n")
    describe(pythons, args.n, args.seed)
    if args.pairs:
        build(pythons, args.build, args.pairs)
    return 0


def describe(pythons: dict[str, str], n: int, seed: int) -> None:
    """Prints the CPU of descriptions by both trees."""
    import numpy as np

    from crystext import mini_table

    ids = mini_table()["id"].to_pylist()
    chosen = [ids[i] for i in np.random.default_rng(seed).permutation(len(ids))[:n]]
    servers = {
        tree: subprocess.Popen(
            [python, "-P", "-c", SERVER],  # -P: not the tree that we stand in
            env=os.environ | THREADS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for tree, python in pythons.items()
    }
    print("| CPU of a description, ms | before: median | mean | after: median | mean |", end="")
    print(" ratio: median | 10 to 90 % | of sums | other texts |")
    print("| --- |" + " ---: |" * 8)
    for mode in MODES:
        seconds: dict[str, list[float]] = {tree: [] for tree in TREES}
        different = 0
        for crystal_id in chosen:
            texts = set()
            for tree, server in servers.items():
                assert server.stdin is not None
                assert server.stdout is not None
                server.stdin.write(json.dumps([mode, crystal_id]) + "\n")
                server.stdin.flush()
                cpu, text = json.loads(server.stdout.readline())
                seconds[tree].append(cpu)
                texts.add(text)
            different += len(texts) > 1
        before, after = (seconds[tree] for tree in TREES)
        ratios = [b / a for b, a in zip(before, after, strict=True)]
        tenths = quantiles(ratios, n=10, method="inclusive")
        figures = (median(before), mean(before), median(after), mean(after))
        row = " | ".join(f"{1e3 * figure:.1f}" for figure in figures)
        print(
            f"| {mode} | {row} | {median(ratios):.2f} | {tenths[0]:.2f} to {tenths[-1]:.2f}", end=""
        )
        print(f" | {sum(before) / sum(after):.2f} | {different} of {n} |", flush=True)
    for server in servers.values():
        server.communicate()


def build(pythons: dict[str, str], limit: int, pairs: int) -> None:
    """Prints the cost of builds by both trees."""
    figures: dict[str, list[tuple[float, float]]] = {tree: [] for tree in TREES}
    for pair in range(pairs):
        for tree in TREES if pair % 2 == 0 else TREES[::-1]:
            figures[tree].append(one_build(pythons[tree], limit))
    print(f"\n| build of {limit} mini crystals, s | before: median | after: median |", end="")
    print(" ratio: median of pairs | least to most |")
    print("| --- |" + " ---: |" * 4)
    for place, name in enumerate(("CPU of all processes", "wall")):
        before, after = ([figure[place] for figure in figures[tree]] for tree in TREES)
        ratios = sorted(b / a for b, a in zip(before, after, strict=True))
        print(
            f"| {name} | {median(before):.1f} | {median(after):.1f} | {median(ratios):.2f} "
            f"| {ratios[0]:.2f} to {ratios[-1]:.2f} |"
        )


def one_build(python: str, limit: int) -> tuple[float, float]:
    """CPU and wall seconds of a build."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-P", "-m", "crystext", "build-corpus", "--db", "mini", "--workers", "2"]
        command += ["--limit", str(limit), "--out", str(Path(folder) / "mini-text")]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(command, env=os.environ | THREADS, check=True, capture_output=True)
        wall = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


if __name__ == "__main__":
    sys.exit(main())
