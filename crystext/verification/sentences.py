"""A text read sentence by sentence: the claims of each, and the words that none was read from.

Robocrystallographer's own sentences are told by their form and read quickly; all others are read
as free English too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.verification import reading
from crystext.verification.claims import Claim, Kind
from crystext.verification.free import left_of, read_free
from crystext.verification.leftover import leftover
from crystext.verification.own import Own, own_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

_ELSEWHERE = {Kind.MINERAL, Kind.FORMULA, Kind.TILT}
"""Kinds of claims whose words the patterns of free English do not know."""
_NO_DENIAL = re.compile(
    r"\b[Nn]o\. ?(?=\d)|,? (?:and |but )?(?:not|no|nor)(?: any)? (?:(?:corner|edge|face)s?\b)"
)
_SHARES = re.compile(r"\b(?:shar|link|connect|join)\w+")


def read_sentences(text: str) -> Iterator[tuple[str, list[Claim], tuple[str, ...]]]:
    """Each sentence of a text with its claims and the words that are left.

    Args:
        text: in any style that crystext writes, or free English.
    """
    for sentence in reading.split(text):
        kind = own_kind(sentence)
        if kind is None:
            yield sentence, *_free(sentence)
        else:
            claims = list(reading.claims_by(reading.OWN_READERS[kind], sentence))
            left = leftover(sentence, claims) if kind is Own.COMPONENTS and claims else ()
            yield sentence, claims, left


def _free(sentence: str) -> tuple[list[Claim], tuple[str, ...]]:
    if reading.is_too_long(sentence):
        return [], ()
    plain = (
        _NO_DENIAL.sub(" ", sentence) if _SHARES.search(sentence) else _NO_NUMBER.sub(" ", sentence)
    )
    if reading.denies(plain):
        return [], ()
    beside = reading.BESIDE_FREE if not reading.denies(sentence) else ()
    claims = list(reading.claims_by(beside, sentence))
    masked, spans = sentence, bytearray(len(sentence))
    for one in claims:
        start = sentence.find(one.words)
        if start < 0 or one.kind not in _ELSEWHERE:
            continue
        end = start + len(one.words)
        spans[start:end] = b"\1" * len(one.words)
        masked = f"{masked[:start]}{' ' * len(one.words)}{masked[end:]}"
    found, read = read_free(masked)
    claims = sorted([*claims, *found], key=lambda one: sentence.find(one.words))
    left = [sentence[start : start + len(words)] for start, words in left_of(read, spans)]
    return claims, tuple(dict.fromkeys(left)) if claims else ()


_NO_NUMBER = re.compile(r"\b[Nn]o\. ?(?=\d)")
