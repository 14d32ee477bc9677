"""How well, and how fast, ``crystext.verify`` tells whether a text fits a structure.

Run ``python -m benchmarks.verify [--crystals 300]``. All texts of mini are judged beside their own
crystals and beside another one's (drawn by a seed). Of some crystals the cell is then strained,
atoms are moved, and elements are exchanged, and the text of the crystal as it was is judged; the
area under the ROC curve says how often such a crystal has the lower score than an untouched one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from pymatgen.core import Structure
from scipy.stats import rankdata

import crystext
from crystext.crystal import Failure
from crystext.verification.claims import Judgement
from crystext.verification.judging import judge
from crystext.verification.knowledge import Knowledge
from crystext.verification.reading import distinct
from crystext.verification.sentences import read_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COLUMNS = (
    *("id", "text", "formula", "mineral", "crystal_system", "space_group_symbol"),
    *("space_group_number", "dimensionality", "condensed"),
)
STRAINS, MOVES = (0.01, 0.02, 0.05, 0.1), (0.02, 0.05, 0.1, 0.2, 0.4)  # share; angstrom


def auc(true: Sequence[float], false: Sequence[float]) -> float:
    """Share of pairs in which the true text has the higher score; ties count half."""
    ranks = rankdata([*true, *false])
    above = ranks[: len(true)].sum() - len(true) * (len(true) + 1) / 2
    return float(above / (len(true) * len(false)))


def score(known: Knowledge, claims: Sequence[Any]) -> float:
    """Share of true claims among those that can be told."""
    told = [judge(one, known, 0.02).judgement for one in claims]
    told = [one for one in told if one is not Judgement.CANNOT_TELL]
    return sum(one is Judgement.TRUE for one in told) / max(1, len(told))


def whole_corpus() -> None:
    """True and swapped pairs of all rows."""
    known, claims = [], []
    for row in crystext.load_corpus("mini").table(list(COLUMNS)).to_pylist():
        condensed = json.loads(row["condensed"])
        known.append(Knowledge.of(SimpleNamespace(**(row | {"condensed": condensed}))))  # type: ignore[arg-type]
        read = list(read_sentences(row["text"]))
        found, unread = distinct((sentence, told) for sentence, told, _ in read)
        assert not unread, row["id"]
        assert not any(left for _, _, left in read), row["id"]
        claims.append(found)
    true = [score(one, text) for one, text in zip(known, claims, strict=True)]
    shift = 1 + np.random.default_rng(0).integers(len(known) - 1, size=len(known))
    other = [(place + step) % len(known) for place, step in enumerate(shift)]
    swapped = [score(one, claims[place]) for one, place in zip(known, other, strict=True)]
    perfect = sum(one == 1 for one in true)
    _say(f"true pairs that score 1: {perfect:,} of {len(true):,}, {sum(map(len, claims)):,} claims")
    _say(f"swapped texts: median {np.median(swapped):.3f}, most {max(swapped):.3f}")
    _say(f"ROC-AUC of true against swapped: {auc(true, swapped):.5f}")


def changed(number: int, picture: str | None) -> None:
    """Scores of the texts of crystals that were changed afterwards."""
    every = max(1, 6277 // number)
    crystals = list(crystext.mini())[::every][:number]
    described = list(crystext.describe_many(crystals))
    texts = [one.text for one in described if not isinstance(one, Failure)]
    assert len(texts) == len(crystals), [one for one in described if isinstance(one, Failure)]
    rng = np.random.default_rng(0)

    def strained(one: Structure, share: float) -> Structure:
        return Structure(one.lattice.matrix * (1 + share), one.species, one.frac_coords)

    def moved(one: Structure, width: float) -> Structure:
        step = rng.normal(size=(len(one), 3))
        step *= width / np.linalg.norm(step, axis=1)[:, None]
        coords = one.cart_coords + step
        return Structure(one.lattice, one.species, coords, coords_are_cartesian=True)

    def exchanged(one: Structure, _share: float) -> Structure:
        first, *rest = sorted({str(x) for x in one.species})
        other = rest[0] if rest else ("Cu" if first != "Cu" else "Ag")
        swap = {first: other, other: first}
        return Structure(
            one.lattice, [swap.get(str(x), str(x)) for x in one.species], one.frac_coords
        )

    untouched = _scores([one.structure for one in crystals], texts)
    points: dict[str, list[tuple[float, float, float]]] = {"strain": [], "move": []}
    _say("\n| change | mean score | ROC-AUC against untouched |\n|---|---:|---:|")
    _say(f"| none | {np.mean(untouched):.3f} | |")
    steps: list[tuple[str, Callable[[Structure, float], Structure], float]] = [
        *((f"cell longer by {100 * x:g} %", strained, x) for x in STRAINS),
        *((f"atoms moved by {x} Å", moved, x) for x in MOVES),
        ("two elements exchanged", exchanged, 0.0),
    ]
    for words, change, size in steps:
        found = _scores([change(one.structure, size) for one in crystals], texts)
        _say(f"| {words} | {np.mean(found):.3f} | {auc(untouched, found):.3f} |")
        if change in {strained, moved}:
            kind = "strain" if change is strained else "move"
            points[kind].append((size, float(np.mean(found)), auc(untouched, found)))
    if picture:
        draw(points, float(np.mean(untouched)), picture)
    for workers in (1, 2):
        _say(f"\n{speed(crystals, texts, workers):.0f} structures a second, workers: {workers}")


def draw(points: dict[str, list[tuple[float, float, float]]], untouched: float, path: str) -> None:
    """The mean score and the area under the ROC curve against how far crystals were changed."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), sharey=True, layout="constrained")
    titles = {"strain": "cell longer by, %", "move": "atoms moved by, Å"}
    for axis, (kind, title) in zip(axes, titles.items(), strict=True):
        factor = 100 if kind == "strain" else 1
        sizes = [factor * one[0] for one in points[kind]]
        scores = [untouched, *(one[1] for one in points[kind])]
        axis.plot([0, *sizes], scores, "o-", label="mean score")
        axis.plot(sizes, [one[2] for one in points[kind]], "s--", label="ROC-AUC, untouched or not")
        axis.set_xlabel(title)
        axis.set_ylim(0, 1.05)
        axis.grid(alpha=0.3)
    axes[1].legend(loc="lower left")
    figure.savefig(path, dpi=120)


def speed(crystals: Sequence[Any], texts: Sequence[str], workers: int) -> float:
    """Structures a second once the workers have started, as a training loop has them."""
    found = crystext.verify_many([one.structure for one in crystals], texts, workers=workers)
    warm, began = len(crystals) // 10, 0.0
    for place, _ in enumerate(found):
        if place == warm:
            began = time.perf_counter()
    return (len(crystals) - warm - 1) / (time.perf_counter() - began)


def _scores(structures: Sequence[Structure], texts: Sequence[str]) -> list[float]:
    found = crystext.verify_many(structures, texts, workers=2, timeout=60)
    return [0.0 if isinstance(one, Failure) else float(one.score or 0) for one in found]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--crystals", type=int, default=300, help="that are changed")
    parser.add_argument("--picture", metavar="FILE", help="draw the curves")
    given = parser.parse_args()
    whole_corpus()
    changed(given.crystals, given.picture)


if __name__ == "__main__":
    main()
