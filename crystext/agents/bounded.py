"""Answers that fit: how many tokens a text has at most, and texts cut where a sentence ends."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")
_LETTERS = 4  # of a word that make a token, with language models' vocabularies, or more
_SENTENCE = re.compile(r"(?<=[.;]) +(?=[A-Z])")


def tokens(text: str) -> int:
    """An estimate of a text's tokens, rather too high: digits and signs count one each.

    >>> tokens("NaCl is Halite, 2.8 Å")
    10
    """
    pieces = _PIECE.findall(text)
    return sum(-(-len(piece) // _LETTERS) for piece in pieces)


def sentences(text: str) -> list[str]:
    """The sentences of a description."""
    return [one for one in _SENTENCE.split(text) if one]


def cut(text: str, most: int, *, skip: int = 0) -> tuple[str, int]:
    """As many sentences as fit.

    Args:
        text: of a description.
        most: tokens.
        skip: sentences to leave out at the beginning.

    Returns:
        The sentences, and how many are left behind them. The first one is always there, cut in
        the middle if it alone is too long.
    """
    found = sentences(text)[skip:]
    kept: list[str] = []
    room = most
    for sentence in found:
        room -= tokens(sentence)
        if room < 0 and kept:
            break
        kept.append(sentence)
    if len(kept) == 1 and tokens(kept[0]) > most:
        kept = [shortened(kept[0], most)]
    return " ".join(kept), len(found) - len(kept)


def shortened(text: str, most: int) -> str:
    """The beginning of a text of any kind, with a word on what is missing."""
    if tokens(text) <= most:
        return text
    length = len(text)
    while length > 1 and tokens(text[:length]) > most:
        length = length * 3 // 4
    return f"{text[:length]} … ({len(text) - length:,} more characters)"
