"""A search: what is known comes first, then lists by words, likeness and meaning, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from crystext.errors import NoIndexError, StaleIndexError, UsageError, shown
from crystext.features.facts import row_of
from crystext.pipelines.search.hits import Hit, Hits
from crystext.pipelines.search.index import build_index, open_index
from crystext.pipelines.search.likeness import distances, packed
from crystext.pipelines.search.question import read_question
from crystext.pipelines.search.ranking import List, best, top
from crystext.pipelines.search.terms import GROUP, terms_of
from crystext.pipelines.search.unread import unread
from crystext.settings import check_whole
from crystext.verification.knowledge import Knowledge

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.description.record import Description
    from crystext.pipelines.search.index import Index
    from crystext.pipelines.search.question import Question
    from crystext.pipelines.search.wishes import Wishes

MADE_AT_ONCE = 50_000
"""Rows of a corpus whose index is made when it is searched for the first time."""
MOST = 10_000
_BRUTE = 200_000  # rows that are all compared; of more only candidates by facts
_CANDIDATES = 20_000
_GROUP = 2.0  # weight of a space group by that of all other facts together
_LEAST = 0.5  # weight of a fact that all rows have; of one in ten it is 2.8


class Meaning(Protocol):
    """How near the texts of rows are to a query, by a language model."""

    def scores(self, query: str) -> NDArray[np.float32]:
        """(rows,), the higher the nearer."""


class Searcher:
    """Searches one corpus.

    Args:
        corpus: whose index is opened.
        index: its folder, if not in the cache.
        workers: processes that make an index where there is none.
        progress: show how far that is.
        meaning: nearness of texts to a query, if a language model read them.

    Raises:
        NoIndexError: there is none, and the corpus is too large to make it now.
        StaleIndexError: the folder holds the index of other rows.
    """

    def __init__(
        self,
        corpus: Corpus,
        index: str | os.PathLike[str] | None = None,
        *,
        workers: int = 1,
        progress: bool = False,
        meaning: Meaning | None = None,
    ) -> None:
        self.corpus = corpus
        self.index = _found(corpus, index, workers, progress=progress)
        self._meaning = meaning

    def search(
        self, query: str = "", *, where: str | None = None, like: Any = None, limit: int = 10
    ) -> Hits:
        """Finds rows.

        Args:
            query: free English, formulas, symbols; may be empty beside the others.
            where: a condition on columns, see :func:`crystext.pipelines.search.where.condition`.
            like: a structure, as :func:`crystext.describe` takes it, or its description.
            limit: hits at most.

        Raises:
            UsageError: nothing is asked, or the condition is not understood.
            InputError: the structure of ``like`` cannot be read.
            DescriptionError: it cannot be described.
        """
        check_whole("limit", limit, 1, MOST)
        if not query.strip() and where is None and like is None:
            raise UsageError("nothing is asked; give words, a condition or a structure")
        asked = read_question(query, where, self.corpus, self.index)
        lists = []
        if asked.words:
            scores = np.asarray(self.index.words.get_scores(asked.words), np.float32)
            lists.append(List("words", scores))
        near: dict[int, float] = {}
        if like is not None:
            scores, near = _by_likeness(_described(like), self.index, asked.allowed)
            lists.append(List("likeness", scores))
        if self._meaning is not None and asked.wishes.text.strip():
            lists.append(List("meaning", self._meaning.scores(asked.wishes.text)))
        covered = self._covered(asked)
        lists = [one for one in lists if one.scores.any()]
        alone = where is None and like is None and not asked.has_comparisons
        unread_words = self._unread(query, asked, alone=alone)
        notes = *asked.notes, *self._absent(asked.wishes), *unread_words
        if covered is None and not lists and not asked.is_condition:
            return Hits([], 0, notes)
        rows, shares, total = best(covered, lists, asked.allowed, limit)
        return Hits(self._hits(rows, shares, asked, near), total, notes)

    def _absent(self, wishes: Wishes) -> Iterator[str]:
        """A line for each wanted fact that no crystal has."""
        for term, said in wishes.wanted.items():
            if term not in self.index.facts:
                fact = term.replace(":", " ")
                yield f"no crystal here has {fact}" + (f" ({said})" if said != fact else "")

    def _unread(self, query: str, asked: Question, *, alone: bool) -> Iterator[str]:
        """A line that names the words of which nothing was understood.

        Args:
            query: as it was asked.
            asked: what was read of it.
            alone: whether nothing else is asked.
        """
        wishes = asked.wishes
        words = unread(wishes.whole, wishes.said, self.index.words.vocab_dict)
        for word, said in wishes.unclear.items():
            if word not in words:
                yield f"{shown(said)} is not read: no fact is known by that name"
        if self._meaning is not None:
            return
        if words:
            it = "it" if len(words) == 1 else "them"
            yield f"nothing is understood of {', '.join(map(shown, words))}, and no text has {it}"
        elif alone and not wishes.said and not asked.words:
            yield f"nothing is understood of {shown(query.strip())}"

    def _covered(self, asked: Question) -> NDArray[np.float32] | None:
        """(rows,), the share of the wanted facts that each has, in the best of the ways.

        ``None`` if no fact is wanted that any row has.
        """
        if not asked.ways:
            return self._share(asked.wishes.wanted)
        shares = [self._share(one.wanted) for one in asked.ways]
        if all(one is None for one in shares):
            return None
        found = np.zeros(self.index.n_rows, np.float32)
        for way, share in zip(asked.ways, shares, strict=True):
            # Without a share it asks for a comparison alone, or for what no row has.
            own = np.full_like(found, not way.wanted) if share is None else share
            np.maximum(found, own if way.allowed is None else own * way.allowed, out=found)
        return found

    def _share(self, wanted: Iterable[str]) -> NDArray[np.float32] | None:
        """(rows,), the share of wanted facts that each has; rare ones count more.

        A space group counts more than all else. ``None`` if no fact is wanted that any row has.
        """
        facts = self.index.facts
        weights = {one: facts.rarity(one) + _LEAST for one in wanted if one in facts}
        groups = [one for one in weights if one.startswith(GROUP)]
        besides = sum(weight for one, weight in weights.items() if one not in groups)
        weights |= dict.fromkeys(groups, _GROUP * besides + _LEAST)
        if not weights:
            return None
        found = np.zeros(self.index.n_rows, np.float32)
        for term, weight in weights.items():
            found[facts.of(term)] += np.float32(weight / sum(weights.values()))
        return found

    def _hits(
        self,
        rows: NDArray[np.int64],
        shares: NDArray[np.float64],
        asked: Question,
        near: dict[int, float],
    ) -> list[Hit]:
        """The rows with their columns, and why they were found."""
        found = self.index.rows.take(rows).to_pylist()
        if asked.columns is not None:
            more = asked.columns.take(rows).to_pylist()
            found = [one | other for one, other in zip(found, more, strict=True)]
        hits = []
        for row, share, columns in zip(rows.tolist(), shares.tolist(), found, strict=True):
            has = {term: self.index.facts.has(term, row) for term in asked.wishes.wanted}
            needed = min(
                (one.wanted for one in asked.ways),
                key=lambda one: sum(not has[term] for term in one),
                default=has.keys(),
            )
            hits.append(
                Hit(
                    id=columns["id"],
                    score=share,
                    matched=tuple(term for term, there in has.items() if there),
                    missed=tuple(one for one in has if not has[one] and one in needed),
                    words=tuple(one for one in asked.words if self.index.has_word(one, row)),
                    distance=near.get(row),
                    row=columns,
                )
            )
        return hits


def search(
    corpus: Corpus | str | os.PathLike[str],
    query: str = "",
    *,
    where: str | None = None,
    like: Any = None,
    limit: int = 10,
    index: str | os.PathLike[str] | None = None,
) -> Hits:
    """Finds crystals of a corpus by words, by conditions, and by likeness to a structure.

    >>> crystext.search("mini", "layered sulfide with edge-sharing octahedra", limit=3)

    The index is made when it is first needed, and kept; of a large corpus ``crystext index`` makes
    it. To search often, keep a :class:`Searcher`.

    Args:
        corpus: a corpus, its folder, or ``mini``.
        query: free English, formulas, symbols; may be empty beside the others.
        where: a condition on columns, such as ``band_gap > 1 and dimensionality == 2``.
        like: a structure, as :func:`crystext.describe` takes it.
        limit: hits at most.
        index: folder of the index, if not in the cache.

    Raises:
        NoIndexError: there is none, and the corpus is too large to make it now.
        UsageError: nothing is asked, or the condition is not understood.
        InputError: the structure of ``like`` cannot be read.
    """
    from crystext.corpus.reader import Corpus, load_corpus

    opened = corpus if isinstance(corpus, Corpus) else load_corpus(corpus)
    return Searcher(opened, index).search(query, where=where, like=like, limit=limit)


def _found(corpus: Corpus, index: Any, workers: int, *, progress: bool) -> Index:
    """The index of a corpus, made now if it is small and in no folder of one's own."""
    try:
        return open_index(corpus, index)
    except NoIndexError:
        if index is not None or len(corpus) > MADE_AT_ONCE:
            raise
    except StaleIndexError:
        if index is not None:
            raise
    return build_index(corpus, workers=workers, progress=progress)


def _described(like: Any) -> Any:
    from crystext.description.describer import describe
    from crystext.description.record import Description

    return like if isinstance(like, Description) else describe(like, canonical=True)


def _by_likeness(
    description: Description, index: Index, allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], dict[int, float]]:
    """Scores of all rows, and the distances of those that were compared.

    Of a large corpus those are compared that have most facts in common.
    """
    one = packed(row_of(description.condensed)[None])[0]
    scores = np.zeros(index.n_rows, np.float32)
    rows = np.flatnonzero(allowed)
    if len(rows) > _BRUTE:
        for term in terms_of(Knowledge.of(description)):
            scores[index.facts.of(term)] += np.float32(index.facts.rarity(term))
        rows = np.sort(rows[top(scores[rows], _CANDIDATES)])
        scores[:] = 0
    away = distances(one, index.likeness, rows)
    scores[rows] = 1 / (1 + away)
    return scores, dict(zip(rows.tolist(), away.tolist(), strict=True))
