"""Mini crystals, written as CIF by three writers and read again, keep their canonical text.

Run ``python -m benchmarks.round_trip [--sample 500] [--writers pymatgen ase gemmi]`` in the
project's folder. It prints a Markdown table, a row a way of writing: how many texts came back the
same, were refused, or differ with a note or without one, and how many had notes. It exits with 1
when any differs without a note; ``--list`` names what is not the same, and the notes.

Two canonical crystals that are equal to the last digit that counts have the same text; only where
they are not, both are described. Two things may differ by right. pymatgen moves atoms by up to
0.01 angstrom when it symmetrises, not always as ``canonical_structure`` does; texts that are those
of the crystal that it wrote are counted apart. And a symbol may stand for two origins (pymatgen
writes ``Fd-3m``): without operations, a refusal or a note is as good as the right one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.cif_writers import refined, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext import Crystal

WRITERS = ("pymatgen", "ase", "gemmi")
OUTCOMES = ("same", "same as written", "refused", "differs, noted", "differs")


def sample(size: int, start: int = 0) -> list[str]:
    """Ids of mini crystals, evenly spread over all of them."""
    from crystext import mini_table

    ids = mini_table()["id"].to_pylist()
    step = max(1, len(ids) // size)
    return ids[start::step][:size]


def trips(ids: list[str], writer: str) -> Iterator[tuple[str, str, str, str]]:
    """Each crystal, written in every way of a writer and read again.

    Args:
        ids: of mini crystals.
        writer: one of ``WRITERS``.

    Yields:
        The id, the way, one of ``OUTCOMES``, and the notes or the refusal.
    """
    from crystext import mini
    from crystext.errors import CrystextError
    from crystext.reading import read_text

    for turn, crystal in enumerate(mini(ids)):
        for way, text in written(crystal.structure, writer, turn).items():
            try:
                (found,) = read_text(text, fmt="cif", id=crystal.id)
            except CrystextError as error:
                yield crystal.id, way, "refused", f"{error.code}: {error.message}"
                continue
            said = f"{found.structure.formula}; {' '.join(found.notes)}"
            if same_text(crystal, found):
                outcome = "same"
            elif way.startswith("symmetrised") and same_text(_moved(crystal), found):
                outcome = "same as written"
            else:
                outcome = "differs, noted" if found.notes else "differs"
            yield crystal.id, way, outcome, said if found.notes else ""


def same_text(one: Crystal, other: Crystal) -> bool:
    """Whether two crystals have the same canonical description."""
    from crystext.crystal import structure_hash
    from crystext.description.canonical import canonical_structure

    hashes = [structure_hash(canonical_structure(each.structure)) for each in (one, other)]
    return hashes[0] == hashes[1] or _text(one) == _text(other)


def _moved(crystal: Crystal) -> Crystal:
    return replace(crystal, structure=refined(crystal.structure))


def _text(crystal: Crystal) -> str:
    return _describer().describe(crystal).text


@cache
def _describer():  # noqa: ANN202 (a Describer)
    from crystext import Describer

    return Describer(canonical=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sample", type=int, default=500, help="crystals a writer")
    parser.add_argument("--writers", nargs="+", default=WRITERS, choices=WRITERS)
    parser.add_argument("--list", action="store_true", help="name what is not the same, and notes")
    args = parser.parse_args()
    head = ["writer", "way", *OUTCOMES, "with notes"]
    print(f"| {' | '.join(head)} |\n| --- | --- |{' ---: |' * (len(head) - 2)}")
    silent = 0
    for writer in args.writers:
        counts: dict[str, Counter[str]] = {}
        noted: Counter[str] = Counter()
        others = []
        for crystal_id, way, outcome, what in trips(sample(args.sample), writer):
            counts.setdefault(way, Counter())[outcome] += 1
            noted[way] += bool(what) and outcome != "refused"
            if outcome != "same" or what:
                others.append(f"{crystal_id} ({writer}, {way}) {outcome}: {what}")
        for way, found in counts.items():
            row = " | ".join(str(found[outcome]) for outcome in OUTCOMES)
            print(f"| {writer} | {way} | {row} | {noted[way]} |", flush=True)
            silent += found["differs"]
        if args.list:
            print("\n".join(others), file=sys.stderr)
    sys.exit(1 if silent else 0)


if __name__ == "__main__":
    main()
