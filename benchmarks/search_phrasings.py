"""How well ``crystext search`` understands the words of others.

    python -m benchmarks.search_phrasings --half test

Questions of one fact and of two are put in phrasings that were written by somebody who had not seen
how the search reads them (:mod:`benchmarks.search_phrases`). Those called ``dev`` and ``seen`` were
then looked at to mend it. What is right is told by going through the condensed data of all crystals
(:mod:`benchmarks.search_facts`).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

import crystext
from benchmarks.search_facts import Fact, askable, facts_of, phrased
from benchmarks.search_quality import LIMIT, figures, words_alone
from crystext.pipelines.search.searcher import Searcher

if TYPE_CHECKING:
    from collections.abc import Iterator

JOINTS = (", ", " and ", " with ", "; ")
KINDS = (
    *("mineral", "geometry", "neighbours", "link", "element_link", "dimension", "elements"),
    "compound",
)


def questions(
    facts: list[set[Fact]], half: str, number: int
) -> Iterator[tuple[str, str, set[int]]]:
    """Kind, words and right rows of questions with one fact and with two."""
    chance = random.Random(f"0 {half}")
    rows: dict[Fact, set[int]] = defaultdict(set)
    for row, held in enumerate(facts):
        for fact in held:
            rows[fact].add(row)
    by_kind = {
        kind: sorted((one for one in rows if one.kind == kind and askable(one)), key=repr)
        for kind in KINDS
    }
    for kind in KINDS:
        for _ in range(number):
            fact = chance.choice(by_kind[kind])
            yield kind, phrased(fact, half, chance), rows[fact]
    pairs = list(combinations(KINDS, 2))
    for _ in range(4 * number):
        own: list[list[Fact]] = [[]]
        while not all(own):
            kinds, row = chance.choice(pairs), chance.randrange(len(facts))
            own = [
                sorted((one for one in facts[row] if one.kind == kind and askable(one)), key=repr)
                for kind in kinds
            ]
        pair = [chance.choice(one) for one in own]
        words = chance.choice(JOINTS).join(phrased(one, half, chance) for one in pair)
        yield "two facts", words, rows[pair[0]] & rows[pair[1]]


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=("dev", "seen", "test"), default="dev")
    parser.add_argument("--number", type=int, default=25, help="questions of each kind")
    parser.add_argument("--misses", type=int, default=0, help="show so many that went wrong")
    given = parser.parse_args()
    corpus = crystext.load_corpus("mini")
    searcher = Searcher(corpus)
    alone = words_alone(searcher)
    rows = corpus.table(["id", "condensed"]).to_pylist()
    place = {row["id"]: at for at, row in enumerate(rows)}
    told = [facts_of(json.loads(row["condensed"])) for row in rows]
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    by_words: dict[str, list[tuple[float, float]]] = defaultdict(list)
    wrong = []
    for kind, words, right in questions(told, given.half, given.number):
        ids = searcher.search(words, limit=LIMIT).ids
        score = figures([place[one] for one in ids], list(right))
        for name in {kind, "one fact" if kind != "two facts" else kind}:
            scores[name].append(score)
            by_words[name].append(figures(alone(words), list(right)))
        if score[0] < 1:
            wrong.append((round(score[0], 2), kind, words, len(right)))
    print(f"| {given.half} | questions | recall@10 | nDCG@10 | words alone |")
    print("|---|---:|---:|---:|---:|")
    for kind in ("one fact", *KINDS, "two facts"):
        recall, gain = np.mean(scores[kind], axis=0)
        line = f"| {kind} | {len(scores[kind])} | {recall:.3f} | {gain:.3f} |"
        print(f"{line} {np.mean(by_words[kind], axis=0)[0]:.3f} |")
    for one in wrong[: given.misses]:
        print(one)


if __name__ == "__main__":
    main()
