"""Which words of a query say nothing: they ask for no fact, and no text has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.pipelines.search.words import COMMON, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_WORD = re.compile(r"[\w°Å]+(?:['/.-]\w+)*")
_ASIDE = COMMON | frozenset(
    (
        *("about", "above", "adopt", "adopts", "also", "am", "among", "any", "around", "at"),
        *("being", "below", "between", "both", "but", "can", "class", "coordinated", "could"),
        *("coordination", "compound", "compounds", "contain", "containing", "contains", "crystal"),
        *(
            "crystalline",
            "crystals",
            "do",
            "does",
            "either",
            "environment",
            "example",
            "examples",
            "except",
        ),
        *("excluding", "exclude", "every", "family", "find", "free", "gap", "gaps", "get", "give"),
        *("had", "having", "i", "inside", "its", "kind", "kinds", "least", "like", "list", "lists"),
        *("look", "looking", "made", "make", "material", "materials", "may", "me", "more", "most"),
        *("my", "named", "need", "neither", "never", "no", "nor", "not", "number", "only", "our"),
        *("out", "over", "phase", "phases", "please", "sample", "samples", "search", "seek"),
        *("should", "show", "so", "solid", "solids", "some", "such", "substance", "substances"),
        *("structures", "symmetry", "system", "systems", "than", "their", "them", "they", "thing"),
        *("those", "ones", "lack", "lacks", "lacking", "devoid"),
        *("things", "type", "types", "under", "us", "want", "was", "we", "what", "whatever"),
        # Between an element and what is said of it, or between two facts
        *("along", "anything", "arranged", "arrangement", "atom", "atoms", "based", "built"),
        *("cation", "cations", "center", "centered", "centers", "centre", "centred", "centres"),
        *("common", "connected", "connecting", "continuous", "crystallise", "crystallised"),
        *("crystallises", "crystallising", "crystallize", "crystallized", "crystallizing"),
        *("dimension", "dimensional", "dimensionality", "dimensions", "environments", "filled"),
        *("filling", "forming", "fused", "hole", "holes", "include", "includes", "including"),
        *("infinite", "ion", "ions", "isostructural", "joined", "linked", "linking", "middle"),
        *("must", "neighboring", "neighbouring", "network", "networks", "occupied", "occupies"),
        *("occupy", "occupying", "plus", "prefer", "prefers", "prototype", "prototypes", "same"),
        *("share", "shares", "sharing", "similar", "sit", "sits", "sitting", "something"),
        *("structural", "structurally", "surrounded", "surrounding", "surroundings", "through"),
        *("together", "touch", "touching", "unit", "units", "via", "well"),
        *("when", "where", "whose", "will", "within", "without", "would", "you", "your"),
    )
)
"""Words around what is asked, which say nothing of a crystal."""


def spoken(text: str) -> str:
    """A text without such words, so that ``gap`` is not GaP, nor ``can`` CaN.

    >>> spoken("GaP with a gap")
    'GaP   '
    """
    return _WORD.sub(lambda found: "" if _is_aside(found[0]) else found[0], text)


def _is_aside(word: str) -> bool:
    plain = word.lower()
    return plain in _ASIDE and word in {plain, plain.capitalize()}


def unread(text: str, said: Iterable[str], vocabulary: Collection[str]) -> list[str]:
    """The words of a query that say nothing, in its order.

    Args:
        text: of the query.
        said: words that ask for facts.
        vocabulary: words of the texts.
    """
    asking = {part for words in said for part in _parts(words)}

    def says(word: str) -> bool:
        if _is_aside(word) or word.lower() in asking:
            return True
        return any(one in vocabulary for one in tokens(word))

    words = (one for one in _WORD.findall(text) if not says(one))
    return [
        one
        for one in dict.fromkeys(words)
        if "-" not in one or not all(says(part) for part in one.split("-"))
    ]


def _parts(words: str) -> set[str]:
    """Words in lower case, hyphenated ones also in their parts."""
    found = {one.lower() for one in _WORD.findall(words)}
    return found | {part for one in found for part in one.split("-")}
