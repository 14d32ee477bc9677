"""Which rows have a term: sorted row numbers, term after term, mapped into memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.files import write_bytes, written_aside

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

_TERMS, _ENDS, _ROWS = "terms.json", "ends.npy", "rows.npy"


@dataclass(frozen=True)
class Postings:
    """Rows by term.

    Attributes:
        terms: in alphabetical order.
        ends: (terms,) int64; the rows of a term end here and begin where those before it end.
        rows: uint32, sorted within a term.
        n_rows: of the corpus.
    """

    terms: list[str]
    ends: NDArray[np.int64]
    rows: NDArray[np.uint32]
    n_rows: int

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self.terms)}

    def __contains__(self, term: str) -> bool:
        return term in self._places

    def of(self, term: str) -> NDArray[np.uint32]:
        """The rows that have a term, sorted; none for a term that no row has."""
        place = self._places.get(term)
        if place is None:
            return np.empty(0, np.uint32)
        start = int(self.ends[place - 1]) if place else 0
        return self.rows[start : int(self.ends[place])]

    def has(self, term: str, row: int) -> bool:
        """Whether a row has a term."""
        return holds(self.of(term), row)

    def rarity(self, term: str) -> float:
        """How much a term tells: the logarithm of rows by rows that have it, 0 for all of them."""
        return float(np.log((self.n_rows + 1) / (len(self.of(term)) + 1)))

    def save(self, folder: Path) -> None:
        """Writes the three files."""
        write_bytes(folder / _TERMS, json.dumps(self.terms, ensure_ascii=False).encode())
        for name, array in ((_ENDS, self.ends), (_ROWS, self.rows)):
            with written_aside(folder / name) as aside, aside.open("wb") as file:
                np.save(file, array, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, n_rows: int) -> Postings:
        """The terms, and their rows mapped into memory."""
        terms = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
        ends, rows = (np.load(folder / name, mmap_mode="r") for name in (_ENDS, _ROWS))
        return cls(terms, ends, rows, n_rows)


def holds(rows: NDArray[Any], row: int) -> bool:
    """Whether a row is among sorted ones."""
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row


def collect(
    parts: Iterable[tuple[list[str], NDArray[np.uint32], NDArray[np.uint32], int]],
) -> Postings:
    """Postings of many batches of rows, which follow one another.

    Args:
        parts: of each batch its distinct terms; for every fact the term's place in them and the
            row's place in the batch; and how many rows it has.
    """
    vocabulary: dict[str, int] = {}
    terms_of, rows_of = [], []
    n_rows = 0
    for terms, places, rows, count in parts:
        numbers = [vocabulary.setdefault(one, len(vocabulary)) for one in terms]
        terms_of.append(np.array(numbers, np.uint32)[places])
        rows_of.append(rows + np.uint32(n_rows))
        n_rows += count
    order = sorted(vocabulary)
    rank = np.empty(len(order), np.uint32)
    rank[[vocabulary[term] for term in order]] = np.arange(len(order), dtype=np.uint32)
    ranks = rank[np.concatenate(terms_of)] if terms_of else np.empty(0, np.uint32)
    rows = np.concatenate(rows_of) if rows_of else np.empty(0, np.uint32)
    by_term = np.argsort(ranks, kind="stable")  # rows came in order, and stay so
    ends = np.cumsum(np.bincount(ranks, minlength=len(order))).astype(np.int64)
    return Postings(order, ends, rows[by_term], n_rows)
