"""How well ``crystext search`` finds what a crystal is asked by: recall@10 and nDCG@10.

    python -m benchmarks.search_quality [--embeddings DIR] [--queries 400]

Queries are made of facts that the condensed data of a mini crystal hold: a prototype, the elements,
the dimensionality, the coordination of an element, polyhedra and how they touch. Each is put in
words in several ways, some of which the describer never uses. What a query should find is told by
looking through the condensed data of all 6,277 crystals, without the index and without the reading
of queries. The words of the even queries were looked at when the search was written; the figures
are those of the odd ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import crystext
from crystext.description.words import number_words
from crystext.pipelines.search.searcher import Searcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

LIMIT = 10
_ANIONS = {
    "O": "oxide",
    "S": "sulfide",
    "Se": "selenide",
    "F": "fluoride",
    "Cl": "chloride",
    "N": "nitride",
    "P": "phosphide",
    "Te": "telluride",
    "Br": "bromide",
    "I": "iodide",
}
_WORDS = {0: "molecular", 1: "chain-like", 2: "layered", 3: "three-dimensional"}
_FEW = [number_words(number) for number in range(1, 13)]
_SHAPES = {"octahedral": "octahedra", "tetrahedral": "tetrahedra", "cuboctahedral": "cuboctahedra"}


@dataclass(frozen=True)
class Crystal:
    """What the condensed data of a crystal say, read here and not by the search."""

    elements: frozenset[str]
    mineral: str
    dimensionality: int
    coordination: frozenset[tuple[str, int]]
    shapes: frozenset[tuple[str, str]]
    sharing: frozenset[tuple[str, str]]


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--embeddings")
    given = parser.parse_args()
    corpus = crystext.load_corpus("mini")
    rows = corpus.table(["id", "condensed"]).to_pylist()
    crystals = [read(json.loads(row["condensed"])) for row in rows]
    queries = list(made(crystals, given.queries))
    searchers: dict[str, Callable[[str], list[int]]] = {}
    place = {row["id"]: at for at, row in enumerate(rows)}
    searcher = Searcher(corpus)

    def by(one: Searcher) -> Callable[[str], list[int]]:
        return lambda query: [place[hit.id] for hit in one.search(query, limit=LIMIT)]

    searchers["facts and words"] = by(searcher)
    searchers["words alone"] = words_alone(searcher)
    if given.embeddings:
        from crystext.model.text.meaning import TextMeaning

        meaning = TextMeaning.of(corpus, given.embeddings)
        searchers["meaning alone"] = lambda query: top(meaning.scores(query))
        searchers["facts, words and meaning"] = by(Searcher(corpus, meaning=meaning))
    print(page(searchers, queries))


# ----------------------------------------------------------------------------- what is true


def read(data: dict[str, Any]) -> Crystal:
    """The facts of a condensed dictionary."""
    sites = data["sites"]
    symbol = {key: "".join(filter(str.isalpha, site["element"])) for key, site in sites.items()}
    shapes, sharing = set(), set()
    for key, site in sites.items():
        kind = site["geometry"]["type"]
        if site["poly_formula"] and kind in _SHAPES:
            shapes.add((symbol[key], kind))
            sharing |= {(kind, one) for one in site["nnn"]}
    return Crystal(
        elements=frozenset(symbol.values()),
        mineral=(data["mineral"]["type"] or "").lower(),
        dimensionality=data["dimensionality"],
        coordination=frozenset((symbol[key], len(site["nn"])) for key, site in sites.items()),
        shapes=frozenset(shapes),
        sharing=frozenset(sharing),
    )


# ----------------------------------------------------------------------------- queries


def made(crystals: list[Crystal], count: int) -> Iterable[tuple[str, str, list[int]]]:
    """Kind, words and the rows that are right, of so many queries."""
    rng = np.random.default_rng(0)
    kinds = list(KINDS)
    found: set[str] = set()
    while len(found) < count:
        kind = kinds[len(found) % len(kinds)]
        one = crystals[int(rng.integers(len(crystals)))]
        asked = KINDS[kind](one, rng)
        if asked is None or asked[0] in found:
            continue
        right = [at for at, other in enumerate(crystals) if asked[1](other)]
        found.add(asked[0])
        yield kind, asked[0], right


Asked = "tuple[str, Callable[[Crystal], bool]] | None"


def pick(rng: np.random.Generator, values: Iterable[Any]) -> Any:
    """One of several, in a fixed order."""
    listed = sorted(values)
    return listed[int(rng.integers(len(listed)))] if listed else None


def name(symbol: str) -> str:
    """The English name of an element."""
    from pymatgen.core import Element

    return Element(symbol).long_name.lower()


def of_mineral(one: Crystal, rng: np.random.Generator) -> Any:
    """A prototype, with an element."""
    if not one.mineral or "," in one.mineral or "(" in one.mineral:
        return None
    element = pick(rng, one.elements)
    words = pick(
        rng,
        [
            f"{one.mineral} structured {name(element)} compound",
            f"{one.mineral}-type structure with {element}",
            f"crystals of the {one.mineral} prototype that contain {name(element)}",
        ],
    )
    return words, lambda other: other.mineral == one.mineral and element in other.elements


def of_dimension(one: Crystal, rng: np.random.Generator) -> Any:
    """Dimensionality and an anion."""
    anion = pick(rng, one.elements & set(_ANIONS))
    if anion is None or one.dimensionality == 3:
        return None
    number = one.dimensionality
    words = pick(
        rng,
        [
            f"{_WORDS[number]} {_ANIONS[anion]}",
            f"{number}D {_ANIONS[anion]}s",
            f"{_ANIONS[anion]} with a dimensionality of {number}D",
        ],
    )
    if number == 1 and "chain-like" in words:
        words = words.replace("chain-like", "one-dimensional")
    return words, lambda other: other.dimensionality == number and anion in other.elements


def of_elements(one: Crystal, rng: np.random.Generator) -> Any:
    """All its elements, or all and no other."""
    if not 2 <= len(one.elements) <= 4:
        return None
    listed = sorted(one.elements)
    if rng.integers(2):
        return "-".join(listed), lambda other: other.elements == one.elements
    words = pick(
        rng, [f"compounds of {' and '.join(map(name, listed))}", f"contains {', '.join(listed)}"]
    )
    return words, lambda other: one.elements <= other.elements


def of_coordination(one: Crystal, rng: np.random.Generator) -> Any:
    """The coordination number of an element."""
    element, number = pick(rng, one.coordination)
    if not 3 <= number <= 12:
        return None
    few = _FEW[number - 1]
    words = pick(
        rng,
        [
            f"{few}-coordinate {name(element)}",
            f"{number}-fold coordinated {element}",
            f"{element} in {few}-fold coordination",
        ],
    )
    return words, lambda other: (element, number) in other.coordination


def of_shape(one: Crystal, rng: np.random.Generator) -> Any:
    """Polyhedra around an element."""
    chosen = pick(rng, one.shapes)
    if chosen is None:
        return None
    element, kind = chosen
    words = pick(
        rng,
        [
            f"{name(element)} {_SHAPES[kind]}",
            f"{kind}ly coordinated {name(element)}",
            f"{element} in {kind} coordination",
        ],
    )
    return words, lambda other: chosen in other.shapes


def of_sharing(one: Crystal, rng: np.random.Generator) -> Any:
    """How polyhedra touch, in an anion's compound."""
    chosen, anion = pick(rng, one.sharing), pick(rng, one.elements & set(_ANIONS))
    if chosen is None or anion is None:
        return None
    kind, how = chosen
    words = pick(
        rng,
        [
            f"{_ANIONS[anion]} with {how}-sharing {_SHAPES[kind]}",
            f"{_SHAPES[kind]} that share {how}s in a {_ANIONS[anion]}",
            f"{_ANIONS[anion]} whose {_SHAPES[kind]} are linked through {how}s",
        ],
    )
    return words, lambda other: chosen in other.sharing and anion in other.elements


def of_three(one: Crystal, rng: np.random.Generator) -> Any:
    """Dimensionality, an anion and polyhedra at once."""
    first, second = of_dimension(one, rng), of_shape(one, rng)
    if first is None or second is None:
        return None
    words = f"{first[0]} with {second[0]}"
    return words, lambda other: first[1](other) and second[1](other)


KINDS: dict[str, Callable[[Crystal, np.random.Generator], Any]] = {
    "prototype and element": of_mineral,
    "dimensionality and anion": of_dimension,
    "elements": of_elements,
    "coordination number": of_coordination,
    "polyhedra": of_shape,
    "connectivity and anion": of_sharing,
    "three facts": of_three,
}


# ----------------------------------------------------------------------------- figures


def words_alone(searcher: Searcher) -> Callable[[str], list[int]]:
    """BM25 over the texts, without facts."""
    from crystext.pipelines.search.words import tokens

    vocabulary = searcher.index.words.vocab_dict

    def found(query: str) -> list[int]:
        words = [one for one in dict.fromkeys(tokens(query)) if one in vocabulary]
        return top(searcher.index.words.get_scores(words)) if words else []

    return found


def top(scores: NDArray[Any]) -> list[int]:
    """The places of the ten best."""
    return np.argsort(-scores, kind="stable")[:LIMIT].tolist()


def figures(found: list[int], right: list[int]) -> tuple[float, float]:
    """Recall@10 (of ten, or of all if there are fewer) and nDCG@10."""
    hits = [one in set(right) for one in found]
    most = min(LIMIT, len(right))
    gain = sum(1 / np.log2(at + 2) for at, hit in enumerate(hits) if hit)
    return sum(hits) / most, float(gain / sum(1 / np.log2(at + 2) for at in range(most)))


def page(
    searchers: dict[str, Callable[[str], list[int]]], queries: list[tuple[str, str, list[int]]]
) -> str:
    """The tables as Markdown."""
    held = queries[1::2]
    typical = statistics.median(len(right) for *_, right in held)
    lines = [
        f"{len(held)} queries that were not looked at; median {typical:.0f} right rows.",
        "",
    ]
    lines += [
        "| searched by | recall@10 | nDCG@10 | the other half | ms, median | 95 % |",
        "|---|---|---|---|---|---|",
    ]
    of_kind: dict[str, list[float]] = defaultdict(list)
    worst: Counter[str] = Counter()
    for title, search in searchers.items():
        took: list[float] = []
        told: list[tuple[float, float]] = []
        other: list[tuple[float, float]] = []
        for at, (kind, words, right) in enumerate(queries):
            start = time.perf_counter()
            found = search(words)
            took.append((time.perf_counter() - start) * 1000)
            scored = figures(found, right)
            (told if at % 2 else other).append(scored)
            if title == "facts and words" and at % 2:
                of_kind[kind].append(scored[0])
                worst[words] = round((1 - scored[0]) * 100)
        recall, gain = np.mean(told, axis=0)
        lines.append(
            f"| {title} | {recall:.3f} | {gain:.3f} | {np.mean(other, axis=0)[0]:.3f} | "
            f"{np.median(took):.0f} | {np.percentile(took, 95):.0f} |"
        )
    lines += ["", "| kind of query | recall@10 |", "|---|---|"]
    lines += [f"| {kind} | {np.mean(values):.3f} |" for kind, values in of_kind.items()]
    missed = [f"`{words}`" for words, lost in worst.most_common(5) if lost]
    lines += ["", f"Worst: {', '.join(missed)}." if missed else "Nothing is missed."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
