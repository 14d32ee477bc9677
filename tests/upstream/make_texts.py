"""Chooses crystals for variety and writes upstream's texts of them: ``texts.jsonl``.

Run ``python -m tests.upstream.make_texts --known FOLDER``, with the folder of
``python -m tests.upstream.verify``: only crystals whose answer lies there are candidates. What
makes a crystal different is read from its condensed data; the crystal that adds most of what is
still wanted comes next.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from crystext import Describer, mini, mini_table
from tests.upstream import known
from tests.upstream.sample import conventional_sizes, stratum

TEXTS = Path(__file__).with_name("texts.jsonl")
WANTED = {"repair": 3, "system": 8, "dimensionality": 8, "stratum": 25, "mineral": 8}
"""How many crystals of each kind of feature are wanted; of any other kind two."""


def features(described, size_class: str, repairs: list[str]) -> set[tuple[str, object]]:
    """What a crystal is an example of."""
    condensed = described.condensed
    mineral, sites = condensed["mineral"], condensed["sites"].values()
    kind = "none"
    if mineral["type"]:
        like = "exact" if mineral["distance"] < 0 else "like"
        kind = like if mineral["n_species_type_match"] else "derived"
    found: set[tuple[str, object]] = {
        ("system", described.crystal_system),
        ("space group", described.space_group_symbol),
        ("dimensionality", described.dimensionality),
        ("extents", tuple(sorted({c["dimensionality"] for c in described.components}))),
        ("stratum", size_class),
        ("mineral", kind),
        ("simplified", mineral["simplified"] and kind),
        ("components", min(len(described.components), 4)),
        ("elements", min(len({site["element"] for site in sites}), 5)),
        ("kinds of sites", min(len(sites), 12)),
        ("stacking", len((condensed["vdw_heterostructure_info"] or {}).get("repeating_unit", []))),
    }
    found |= {("repair", name) for name in repairs}
    found |= {("geometry", site["geometry"]["type"]) for site in sites}
    found |= {("sharing", tuple(sorted(site["nnn"]))) for site in sites if site["poly_formula"]}
    found |= {("orientation", c["orientation"]) for c in described.components if c["orientation"]}
    found |= {("element", site["element"]) for site in sites}
    return found


def choose(candidates: dict[str, set], n: int) -> list[str]:
    """The ids of ``n`` candidates, the one that adds most first."""
    counts: Counter = Counter()
    left, chosen = dict(candidates), []

    def gain(crystal_id: str) -> float:
        missing = (
            1 - counts[feature] / WANTED.get(feature[0], 2)
            for feature in left[crystal_id]
            if counts[feature] < WANTED.get(feature[0], 2)
        )
        return sum(missing)

    while left and len(chosen) < n:
        best = max(left, key=lambda crystal_id: (gain(crystal_id), crystal_id))
        counts.update(left.pop(best))
        chosen.append(best)
    return chosen


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream.make_texts")
    parser.add_argument("--known", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--n", type=int, default=170)
    options = parser.parse_args(argv)
    names = {path.name.split(".")[0] for path in options.known.glob("*.json")}
    ids = [crystal_id for crystal_id in mini_table()["id"].to_pylist() if crystal_id in names]
    sizes, describer = conventional_sizes(), Describer()
    answers, candidates = {}, {}
    for crystal in mini(ids):
        answer = known.load(known.place(options.known, crystal.id, crystal.structure))
        if answer and answer.sections:
            answers[crystal.id] = answer
            candidates[crystal.id] = features(
                describer.describe(crystal), stratum(sizes[crystal.id]), answer.repairs
            )
    chosen = set(choose(candidates, options.n))
    lines = [
        json.dumps(
            {
                "id": crystal_id,
                "stratum": stratum(sizes[crystal_id]),
                "repairs": answers[crystal_id].repairs,
                "global_text": answers[crystal_id].sections["global_text"],
                "local_text": answers[crystal_id].sections["local_text"],
            },
            ensure_ascii=False,
        )
        for crystal_id in ids
        if crystal_id in chosen
    ]
    part = TEXTS.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(TEXTS)
    summary = Counter(feature for crystal_id in chosen for feature in candidates[crystal_id])
    for kind in ("repair", "system", "dimensionality", "extents", "stratum", "mineral"):
        counts = {
            str(name): n for (what, name), n in sorted(summary.items(), key=str) if what == kind
        }
        sys.stderr.write(f"{kind}: {counts}\n")
    sys.stderr.write(f"{len(lines)} texts of {len(candidates)} candidates\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
