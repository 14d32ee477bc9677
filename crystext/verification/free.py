"""Claims in free English: patterns over the classes of its words, see ``lexicon.py``.

Each reader yields claims with the tokens that say them; content that no claim was read from is left
over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.verification.around import AROUND
from crystext.verification.lexicon import BREAK
from crystext.verification.ofcrystal import OF_CRYSTAL
from crystext.verification.tokens import Sentence

if TYPE_CHECKING:
    from crystext.verification.claims import Claim

_CONTENT = frozenset("EFQ#GSKYDMZLACURp")


def read_free(text: str) -> tuple[list[Claim], Sentence]:
    """The claims of a sentence of free English, and which of its words they are in."""
    sentence = Sentence.of(text)
    hidden = _hidden(sentence)
    claims = [one for read in (*OF_CRYSTAL, *AROUND) for one in read(sentence)]
    sentence.read -= hidden
    return claims, sentence


def left_of(sentence: Sentence, spans: bytearray) -> list[tuple[int, str]]:
    """Places and words of content that no claim was read from.

    Args:
        sentence: that was read.
        spans: (characters,), those that other readers understood.
    """
    found = []
    codes = "".join(one.code for one in sentence.tokens)
    for place, (token, code) in enumerate(zip(sentence.tokens, codes, strict=True)):
        counts = code == "N" and codes[place + 1 : place + 2] in {"E", "n", "S"}
        if place in sentence.read or not (code in _CONTENT or counts):
            continue
        if not all(spans[token.start : token.end]) or counts:
            found.append((token.start, sentence.text[token.start : token.end]))
    return found


def _hidden(sentence: Sentence) -> set[int]:
    """Places behind "unlike", "than" and the like up to a break, of which nothing is said."""
    found: set[int] = set()
    for match in re.finditer(rf"x[^{BREAK}]*", sentence.codes):
        found.update(range(match.start(), match.end()))
    if found:
        sentence.codes = "".join(
            "w" if place in found else code for place, code in enumerate(sentence.codes)
        )
    return found
