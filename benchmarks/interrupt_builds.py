"""Builds that are killed, stopped and interrupted at random moments, and gone on with.

Run ``python -m benchmarks.interrupt_builds [--rounds 60] [--seed 0]`` in the project's folder, on
Linux. Each round builds a small corpus of mini crystals in parts of 8, local or on Dask, with one
worker or two, and standard error as a pipe. Up to three runs of it are met by a signal, to the
build or to one of its processes, at a moment that is drawn from the time that a build takes; then
``--resume`` goes on, each time with executor and workers drawn anew, until it is finished. A round
fails when

- its folder differs in a byte from that of a build that nothing befell (``timings.parquet`` aside);
- a process of a build is left 60 s after the build, or the build does not end in 5 minutes;
- a run ends in any other way than finished, by the signal, or with one line that names a code.

Limits after which something stopped is given up are 6 s here, and a minute in earnest. The exit
status is 1 when any round failed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.interruptions import ACTIONS, Run

WAYS = [("local", 1), ("local", 2), ("dask", 2)]


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a corpus but the timings."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "timings.parquet"
    }


@dataclass
class Tally:
    """What came of one kind of signal."""

    sent: int = 0
    by_executor: Counter[str] = field(default_factory=Counter)
    unfinished: int = 0
    outlived: float = 0.0
    wrong: int = 0


def one_round(
    number: int, args: argparse.Namespace, usual: dict, whole: dict, tallies: dict[str, Tally]
) -> list[str]:
    """Interrupts and resumes one build; returns what was wrong."""
    chance = random.Random(f"{args.seed} {number}")
    wrong: list[str] = []
    met: list[Tally] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        out = Path(place) / "out"
        times = chance.randint(1, 3)
        for attempt in range(times + 1):
            run = Run(out, chance.choice(WAYS), args.crystals, resume=attempt > 0)
            run.start()
            tally = None
            if attempt < times:
                # the kinds in turn, so that a short try meets many of them
                action = ACTIONS[(number + 5 * attempt) % len(ACTIONS)]
                tally = _befall(run, action, chance, usual[run.way], tallies)
            trouble, outlived = run.end()
            unfinished = run.process.returncode != 0
            if tally is not None:
                met.append(tally)
                tally.unfinished += unfinished
                tally.outlived = max(tally.outlived, outlived)
            if trouble:
                wrong.append(f"{' '.join(map(str, run.way))}, run {attempt + 1}: {trouble}")
            if not unfinished:
                break
        if unfinished:
            wrong.append(f"the last run ended with {run.process.returncode}: {run.errors[-1:]}")
        elif contents(out) != whole:
            wrong.append("the folder differs from that of a build that nothing befell")
    for tally in met:
        tally.wrong += bool(wrong)
    return wrong


def _befall(
    run: Run, action: Any, chance: random.Random, usual: float, tallies: dict[str, Tally]
) -> Tally | None:
    """Sends the signals at a random moment; ``None`` when the run was faster."""
    try:
        run.process.wait(chance.uniform(0, usual))
    except subprocess.TimeoutExpired:
        action(run, chance)
    else:
        return None
    tally = tallies[action.__name__]
    tally.sent += 1
    tally.by_executor[run.way[0]] += 1
    return tally


def reference(args: argparse.Namespace) -> tuple[dict[tuple[str, int], float], dict[str, bytes]]:
    """How long a build takes in each way, in s, and the files that it makes."""
    usual: dict[tuple[str, int], float] = {}
    whole: dict[str, bytes] = {}
    for way in WAYS:
        with tempfile.TemporaryDirectory() as place:
            run = Run(Path(place) / "out", way, args.crystals, resume=False)
            start = time.monotonic()
            run.start()
            trouble, _ = run.end()
            if trouble or run.process.returncode:
                sys.exit(f"a build that nothing befell failed: {trouble or run.errors}")
            usual[way] = time.monotonic() - start
            found = contents(run.out)
            if whole and found != whole:
                sys.exit(f"{way} makes other files than {WAYS[0]}")
            whole = found
    return usual, whole


def main() -> int:
    """Runs, and prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crystals", type=int, default=40)
    args = parser.parse_args()
    usual, whole = reference(args)
    took = ", ".join(f"{one} {number}: {usual[one, number]:.1f} s" for one, number in WAYS)
    tallies = {action.__name__: Tally() for action in ACTIONS}
    failed = 0
    for number in range(args.rounds):
        wrong = one_round(number, args, usual, whole, tallies)
        failed += bool(wrong)
        for line in wrong:
            print(f"round {number}: {line}", file=sys.stderr, flush=True)
    print("| signal | sent | local | Dask | ended the run | processes gone after, s | wrong |")
    print(f"| --- |{' ---: |' * 6}")
    for action in ACTIONS:
        one = tallies[action.__name__]
        of = one.by_executor
        cells = [one.sent, of["local"], of["dask"], one.unfinished, f"{one.outlived:.1f}"]
        told = (action.__doc__ or "").rstrip(".")
        print(f"| {told} | {' | '.join(map(str, [*cells, one.wrong]))} |")
    sent = sum(one.sent for one in tallies.values())
    print(f"\n{args.rounds} rounds of {args.crystals} crystals, {sent} signals; a build: {took}")
    print(f"{args.rounds - failed} of {args.rounds} folders are the same to the byte")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
