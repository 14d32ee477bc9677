"""Words of a description: their places in the text, their kinds, and the tokens that spell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.corpus.normalisation import matscibert_normalised
from crystext.model.attention.kinds import Sentence, kind_of, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SPECIAL = -1
"""Stands for the word of a special token."""
_RUN = re.compile(r"\S+")
_PUNCTUATION = ".,;:"


@dataclass(frozen=True)
class Word:
    """A word, or the punctuation before or behind one.

    Attributes:
        start: first character in the text.
        end: behind the last one.
        kind: see :data:`crystext.model.attention.kinds.KINDS`.
        sentence: number of its sentence.
    """

    start: int
    end: int
    kind: str
    sentence: int


@dataclass(frozen=True)
class WordedText:
    """A description in sentences and words, which are all of it but the white space."""

    text: str
    sentences: tuple[Sentence, ...]
    words: tuple[Word, ...]

    def section(self, word: Word) -> str:
        """``global`` or ``local``."""
        return self.sentences[word.sentence].section

    def __getitem__(self, word: Word) -> str:
        """The word itself."""
        return self.text[word.start : word.end]


def worded(text: str) -> WordedText:
    """Takes a description apart.

    Brackets and punctuation around a word are words of their own, those inside belong to it:
    ``(2.08 Å).`` is ``(``, ``2.08``, ``Å``, ``).``, and ``Fe(1)-O(1,2)`` is one word.
    """
    found = []
    parts = sentences(text)
    for number, sentence in enumerate(parts):
        spans = sentence.spans
        at = 0
        for run in _RUN.finditer(text, sentence.start, sentence.end):
            for start, end in _split(text, *run.span()):
                while at < len(spans) and spans[at].end <= start:
                    at += 1
                inside = at < len(spans) and spans[at].start <= start
                kind = kind_of(text[start:end], spans[at].name if inside else None)
                found.append(Word(start, end, kind, number))
    return WordedText(text, tuple(parts), tuple(found))


def token_words(
    read: WordedText, offsets: Sequence[tuple[int, int]], origins: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The word that each token belongs to (tokens,): that in which its first character stands.

    A token of white space alone, or of no character, belongs to the next word.

    Args:
        read: the text.
        offsets: start and end of each token in the normalised text.
        origins: see :func:`normalised`.
    """
    starts = np.array([word.start for word in read.words])
    ends = np.array([word.end for word in read.words])
    found = np.empty(len(offsets), dtype=np.int32)
    for i, (start, end) in enumerate(offsets):
        inside = origins[start:end]
        if not len(inside):
            inside = origins[start : start + 1]
        at = np.searchsorted(ends, inside, side="right").clip(max=len(ends) - 1)
        within = starts[at] <= inside
        found[i] = at[within.argmax()] if within.any() else at[-1] if len(at) else len(ends) - 1
    return found


def normalised(text: str, how: str) -> tuple[str, NDArray[np.int32]]:
    """The text as the encoder reads it, and of which character of the text each one is.

    ``how`` is ``matscibert`` or ``none``.
    """
    if how == "none":
        return text, np.arange(len(text), dtype=np.int32)
    pieces = [matscibert_normalised(character) for character in text]  # it goes by characters
    lengths = [len(piece) for piece in pieces]
    return "".join(pieces), np.repeat(np.arange(len(text), dtype=np.int32), lengths)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Brackets and punctuation in front, the word, and those behind, where there are any."""
    first, last = start, end
    while first < last:
        word = text[first:last]
        if word[-1] in _PUNCTUATION or (word[-1] == ")" and word.count(")") > word.count("(")):
            last -= 1
        elif word[0] == "(" and _closing(word) in {None, len(word) - 1}:
            first += 1
        else:
            break
    for pair in ((start, first), (first, last), (last, end)):
        if pair[0] < pair[1]:
            yield pair


def _closing(word: str) -> int | None:
    """Where the bracket closes that the word begins with."""
    depth = 0
    for i, character in enumerate(word):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return i
    return None
