"""Spoiled files: each must be described as what it says or refused with a code, and in time.

Run ``python -m benchmarks.fuzz_reading [--files 20000] [--seed 0] [--failing FOLDER]`` in the
project's folder. Files are made of sound ones (``fuzz_seeds.py``) by changes (``mutations.py``),
the same ones for the same seed. A child process that can die or be killed reads and describes
them one by one. Two tables come out: outcomes by the kind of change, and codes of refusals. A file
fails, and is kept in the folder, when

- anything but a crystal or an error with a code comes of it, or a code that names nothing;
- it takes longer than the limit, or its reader dies;
- a description without a note has another formula than the file's own sites. Those are found
  without crystext: by gemmi's own expansion for CIF, by counting for POSCAR, extended XYZ and
  JSON. A CIF's labels may mislead gemmi, so there the listed formula may confirm ours.

The exit status is 1 when any file failed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.file_formulas import formulas_in
from benchmarks.fuzz_seeds import Seed, seeds
from benchmarks.mutations import MUTATIONS, mutated
from crystext.errors import CrystextError, all_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_SITES = 200
NAMELESS = ("engine-failed", "worker-died", "time-limit", "bad-input", "description-failed")
"""Codes that no file may give."""
UNFORESEEN = "bad-file"
"""The code where a format's reader failed in a way that nobody foresaw; such files are kept too."""
OUTCOMES = ("described", "with a note", "refused", "failed", "formula compared")
SUFFIXES = {"cif": "cif", "poscar": "poscar", "xdatcar": "xdatcar", "extxyz": "extxyz"}
SUFFIXES |= {"json": "json", "shelx": "res", "gen": "gen", "castep": "cell"}
SUFFIXES |= {
    "aims": "geometry.in",
    "espresso": "pwi",
    "pwmat": "atom.config",
    "vasprun": "vasprun.xml",
}


class Case(NamedTuple):
    """A spoiled file: its number, the sound file, the kind of change, and the bytes."""

    number: int
    seed: Seed
    mutation: str
    data: bytes


class Told(NamedTuple):
    """What was described: reduced formula by element, number of sites, whether there is a note."""

    formula: str
    sites: int
    noted: bool


class Reader:
    """Reads and describes all crystals of a file; what the child process holds."""

    def __init__(self, **settings: Any) -> None:
        """As :class:`crystext.Describer`."""
        from crystext import Describer

        self._describer = Describer(**settings)

    def describe(self, question: tuple[bytes, str | None]) -> list[Told]:
        """Of the bytes of a file and its format.

        Raises:
            CrystextError: the file, or one of its crystals, is refused.
        """
        from crystext.reading import read_text

        data, fmt = question
        told = []
        for crystal in read_text(data, fmt=fmt, max_sites=MAX_SITES):
            description = self._describer.describe(crystal)
            assert description.text.strip()
            composition = crystal.structure.composition.element_composition
            noted = bool(description.notes or description.disorder)
            told.append(Told(composition.reduced_formula, len(crystal.structure), noted))
        return told


def ready_reader(**settings: Any) -> Reader:
    """A reader that has loaded what it needs."""
    reader = Reader(**settings)
    salt = next(one for one in seeds(real=False) if one.format == "extxyz")
    reader.describe((salt.data, salt.format))
    return reader


def cases(count: int, seed: int, *, real: bool = True) -> Iterator[Case]:
    """Spoiled files, the kinds of change in turn; the same for the same seed and seeds."""
    sound, names = seeds(real=real), list(MUTATIONS)
    for number in range(count):
        generator = random.Random(f"{seed} {number}")
        name = names[number % len(names)]
        chosen = generator.choice(sound)
        yield Case(number, chosen, name, mutated(chosen.data, generator, name))


def judged(case: Case, describe: Callable[[Any], list[Told]]) -> tuple[str, str, bool]:
    """What becomes of a case.

    Args:
        case: the file.
        describe: as :meth:`Reader.describe`.

    Returns:
        One of ``OUTCOMES`` but the last; the code of a refusal, or what is wrong; and whether
        the formula could be compared.
    """
    try:
        told = describe((case.data, case.seed.format))
    except CrystextError as error:
        if error.code in NAMELESS or error.code not in all_codes() or not error.message.strip():
            return "failed", f"{error.code}: {error.message}", False
        return "refused", error.code, False
    except Exception as error:  # noqa: BLE001 (the very thing that is looked for)
        return "failed", f"{type(error).__name__}: {error}", False
    if any(one.noted for one in told):
        return "with a note", "", False
    theirs = formulas_in(case.data, case.seed.format) if len(told) == 1 else None
    if theirs and told[0].formula not in theirs:
        return "failed", f"described as {told[0].formula}, the file holds {sorted(theirs)}", True
    return "described", "", bool(theirs)


def main() -> None:
    """Runs, prints the tables and keeps the files that failed."""
    from crystext.pipelines.parallel.limited_describer import LimitedDescriber

    args = _parser().parse_args()
    counts: dict[str, Counter[str]] = {name: Counter() for name in MUTATIONS}
    codes: Counter[str] = Counter()
    slowest = (0.0, "")
    factory = "benchmarks.fuzz_reading:ready_reader"
    with closing(LimitedDescriber({}, args.limit, factory=factory)) as child:
        for case in cases(args.files, args.seed, real=not args.made_only):
            start = time.perf_counter()
            outcome, what, compared = judged(case, child.describe)
            took = time.perf_counter() - start
            slowest = max(slowest, (took, f"file {case.number}, {case.seed.name}, {case.mutation}"))
            counts[case.mutation][outcome] += 1
            counts[case.mutation]["formula compared"] += compared
            if outcome == "refused":
                codes[what] += 1
            if outcome == "failed" or what == UNFORESEEN:
                _keep(case, what, args.failing)
            if (case.number + 1) % 1000 == 0:
                print(f"{case.number + 1} files", file=sys.stderr, flush=True)
    _print_tables(counts, codes)
    print(f"\nslowest: {slowest[0]:.1f} s, with what starting a process took: {slowest[1]}")
    sys.exit(1 if any(found["failed"] for found in counts.values()) else 0)


def _keep(case: Case, what: str, folder: Path | None) -> None:
    line = f"file {case.number} ({case.seed.name}, {case.mutation}): {what}"
    print(line, file=sys.stderr, flush=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{case.number:06}-{case.mutation}.{SUFFIXES[case.seed.format]}"
        (folder / name).write_bytes(case.data)
        with (folder / "failing.txt").open("a", encoding="utf-8") as index:
            index.write(f"{name}: {line}\n")


def _print_tables(counts: dict[str, Counter[str]], codes: Counter[str]) -> None:
    print(f"| change | {' | '.join(OUTCOMES)} |\n| --- |{' ---: |' * len(OUTCOMES)}")
    total: Counter[str] = sum(counts.values(), Counter())
    for name, found in [*counts.items(), ("all", total)]:
        row = " | ".join(str(found[outcome]) for outcome in OUTCOMES)
        print(f"| {name.replace('_', ' ')} | {row} |")
    print("\n| code | refused |\n| --- | ---: |")
    for code, number in codes.most_common():
        print(f"| {code} | {number} |")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=20.0, help="seconds a file")
    parser.add_argument("--failing", type=Path, help="folder for the files that failed")
    parser.add_argument("--made-only", action="store_true", help="no real CIFs among the seeds")
    return parser


if __name__ == "__main__":
    main()
