"""How much of a crystal comes back from each text, over the mini crystals, and what it costs.

    python -m benchmarks.representations > docs/measured/representations.md

Every text that can be read again is read and laid beside the crystal that it was made of by
pymatgen's StructureMatcher with its usual tolerances, without scaling. ``--every N`` takes each
N-th crystal.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np

DIGITS = {"crystal-text-llm": (None, 3, 4), "cif-p1": (3, None), "wyckoff-sites": (3, None)}
"""Digits that are tried beside the usual ones."""


def main() -> None:
    """Measures and prints the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    import crystext
    from crystext.representations.representation import REPRESENTATIONS

    crystals = [(one.id, one.structure) for one in list(crystext.mini())[:: given.every]]
    kinds = [(name, digits) for name in REPRESENTATIONS for digits in DIGITS.get(name, (None,))]
    with ProcessPoolExecutor(given.workers) as pool:
        measured = []
        for done, one in enumerate(pool.map(partial(measure, kinds), crystals, chunksize=16), 1):
            measured.append(one)
            if done % 500 == 0:
                print(f"{done:,} of {len(crystals):,}", file=sys.stderr)
    print(page(kinds, measured))


def measure(kinds: list[tuple[str, int | None]], given: tuple[str, Any]) -> list[dict[str, Any]]:
    """What each text of a crystal keeps, has in tokens and takes in milliseconds."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    from crystext.corpus.tokens import load_counter
    from crystext.errors import CrystextError
    from crystext.representations.encode import Encoder, decode
    from crystext.representations.representation import REPRESENTATIONS

    warnings.simplefilter("ignore")
    counter, matcher = load_counter("minilm"), StructureMatcher(scale=False)
    larger = StructureMatcher(scale=False, primitive_cell=False, attempt_supercell=True)
    name, structure = given
    found: list[dict[str, Any]] = []
    for kind, digits in kinds:
        one: dict[str, Any] = {"id": name}
        start = time.perf_counter()
        text = Encoder([kind], digits=digits).describe(structure).texts[kind]
        one["ms"] = (time.perf_counter() - start) * 1000
        one["tokens"] = counter.counts([text])[0]
        if REPRESENTATIONS[kind].read_by:
            try:
                again = decode(text, kind).structure
            except CrystextError as error:
                one["refused"] = error.code
            else:
                away = matcher.get_rms_dist(again, structure)
                # Where both are nearly a smaller cell, reducing them may end differently
                away = away or larger.get_rms_dist(structure, again)
                one["away"] = None if away is None else away[0] * cube_edge(structure)
        found.append(one)
    return found


def machine() -> str:
    """The processor, and how many cores there are."""
    from crystext.provenance import processor

    return f"{processor()}, {os.cpu_count()} cores"


def cube_edge(structure: Any) -> float:
    """The edge in angstrom of a cube that is one site's share: the matcher's unit of distance."""
    return (structure.volume / len(structure)) ** (1 / 3)


def page(kinds: list[tuple[str, int | None]], measured: list[list[dict[str, Any]]]) -> str:
    """The table as Markdown."""
    from crystext.representations.representation import REPRESENTATIONS

    words = (
        f"{len(measured):,} mini crystals, `python -m benchmarks.representations`, Python "
        f"{platform.python_version()}, {machine()}. *Comes back* counts the crystals "
        "whose text, read again, is the same crystal by pymatgen's StructureMatcher\n(its usual "
        "tolerances, no scaling, reduced or as a supercell); *away* is how far sites then lie from "
        "where they were, root mean square.\nTokens are MiniLM's."
    )
    lines = [
        "# What each text keeps of a crystal",
        "",
        words,
        "",
        "| text | digits | tokens (95 %) | over 512 | ms | comes back | away (most), Å |",
        "|---|---|---|---|---|---|---|",
    ]
    for at, (kind, digits) in enumerate(kinds):
        rows = [one[at] for one in measured]
        tokens = np.array([one["tokens"] for one in rows])
        told = REPRESENTATIONS[kind].digits if digits is None else digits
        away = [one["away"] for one in rows if one.get("away") is not None]
        again = "- | -"
        if away:
            again = f"{len(away):,} | {statistics.median(away):.4f} ({max(away):.3f})"
        lines.append(
            f"| `{kind}` | {'-' if told is None else told} | {np.median(tokens):.0f} "
            f"({np.percentile(tokens, 95):.0f}) | {np.mean(tokens > 512):.1%} | "
            f"{statistics.median(one['ms'] for one in rows):.1f} | {again} |"
        )
    lines += ["", *lost(kinds, measured)]
    return "\n".join(lines)


def lost(kinds: list[tuple[str, int | None]], measured: list[list[dict[str, Any]]]) -> list[str]:
    """The crystals that do not come back, a line a text."""
    lines = []
    for at, (kind, digits) in enumerate(kinds):
        rows = [one[at] for one in measured]
        refused = [one for one in rows if "refused" in one]
        other = [one for one in rows if "away" in one and one["away"] is None]
        if refused or other:
            few = ", ".join(f"{one['id']}" for one in (*refused, *other)[:5])
            lines.append(
                f"- `{kind}`{'' if digits is None else f' with {digits} digits'}: {len(refused)} "
                f"refused when read, {len(other)} another crystal (such as {few})"
            )
    return lines


if __name__ == "__main__":
    main()
