"""A query as it is asked of one corpus: facts, words, and the rows that may be found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import UsageError
from crystext.pipelines.search.comparisons import read_comparisons
from crystext.pipelines.search.denials import TOGETHER
from crystext.pipelines.search.terms import MINERAL, PROTOTYPE
from crystext.pipelines.search.unread import spoken
from crystext.pipelines.search.where import columns_in, condition
from crystext.pipelines.search.wishes import Wishes, read_wishes
from crystext.pipelines.search.words import tokens
from crystext.verification.reading import plain

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa
    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.pipelines.search.index import Index

_LONGEST = 2000


@dataclass(frozen=True)
class Asked:
    """One way in which a query can be met.

    Attributes:
        wanted: terms.
        allowed: (rows,), which meet the comparisons of this way; ``None`` for all.
    """

    wanted: frozenset[str]
    allowed: NDArray[np.bool_] | None


@dataclass(frozen=True)
class Question:
    """A query once it is read.

    Attributes:
        wishes: terms.
        ways: in which it can be met, if there are several.
        words: that are looked for in the texts.
        allowed: (rows,), which may be found.
        columns: those that conditions name, if there are any.
        notes: how the query was read.
        has_comparisons: whether it compares properties, read or not.
    """

    wishes: Wishes
    ways: tuple[Asked, ...]
    words: list[str]
    allowed: NDArray[np.bool_]
    columns: pa.Table | None
    notes: tuple[str, ...]
    has_comparisons: bool

    @property
    def is_condition(self) -> bool:
        """Whether rows are told by what they must not be or by columns, and by no more."""
        return not self.wishes.wanted and (self.columns is not None or bool(self.wishes.unwanted))


def read_question(query: str, where: str | None, corpus: Corpus, index: Index) -> Question:
    """Reads a query.

    Args:
        query: free English, formulas, symbols.
        where: a condition on columns, see :func:`crystext.pipelines.search.where.condition`.
        corpus: that is searched.
        index: of the corpus.

    Raises:
        UsageError: the query is too long, or the condition is not understood.
    """
    if len(query) > _LONGEST:
        raise UsageError(f"the query has {len(query):,} characters; at most {_LONGEST:,} are read")
    compared = read_comparisons(plain(query), corpus.properties)
    facts = index.facts
    wishes = read_wishes(compared.marked, index.minerals, lambda one: f"element:{one}" in facts)
    every = set(range(len(compared.conditions)))
    always = every.intersection(*(one.marks for one in wishes.ways))

    def told(marks: Collection[int]) -> list[str]:
        return [compared.conditions[one] for one in sorted(marks)]

    def with_prototypes(terms: Collection[str]) -> frozenset[str]:
        """Terms, and beside those of minerals the prototypes that are called just so."""
        named = (PROTOTYPE + one.removeprefix(MINERAL) for one in terms if one.startswith(MINERAL))
        return frozenset(terms) | {one for one in named if one in facts}

    needed = [*([] if where is None else [where]), *told(always)]
    allowed, columns = _meeting(corpus, needed, told(every))
    ways = []
    for one in wishes.ways:
        own = told(set(one.marks) - always)
        held = _meeting(corpus, own, [])[0] if own else None
        ways.append(Asked(with_prototypes(one.wanted), held))
    met = [one.allowed for one in ways if one.allowed is not None]
    if met and len(met) == len(ways):
        allowed &= np.logical_or.reduce(met)
    for term, said in list(wishes.wanted.items()):
        for whole in with_prototypes({term}):
            wishes.wanted.setdefault(whole, said)
    for unwanted in wishes.unwanted:
        allowed[reduce(np.intersect1d, map(facts.of, unwanted.split(TOGETHER)))] = False
    vocabulary = index.words.vocab_dict
    words = [one for one in dict.fromkeys(tokens(spoken(wishes.words))) if one in vocabulary]
    notes = *compared.notes, *map(compared.spelled, wishes.notes)
    return Question(
        wishes, tuple(ways), words, allowed, columns, notes, has_comparisons=bool(compared.notes)
    )


def _meeting(
    corpus: Corpus, conditions: list[str], shown: list[str]
) -> tuple[NDArray[np.bool_], pa.Table | None]:
    """(rows,), which meet all conditions, and the columns that these name, or others do."""
    names = list(dict.fromkeys(name for one in (*conditions, *shown) for name in columns_in(one)))
    if not conditions:
        return np.ones(len(corpus), bool), corpus.table(names) if names else None
    held, columns = corpus.holds(
        reduce(and_, (condition(one, corpus.schema) for one in conditions)), names
    )
    return np.array(held, bool), columns
