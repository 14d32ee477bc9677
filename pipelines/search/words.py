"""The words of texts and queries as BM25 counts them: lower case, one form each.

Formulas, symbols of space groups and hyphenated words stay whole, and parts of hyphenated words
count as well. Numbers of sites, such as the (1) of Ti(1), are left out.
"""

from __future__ import annotations

import re

_SITE = re.compile(r"(?<=[A-Za-z+-])\(\d[\d,]*\)")
_WORD = re.compile(r"\d+\.\d+|[\w°Å]+(?:[-/][\w]+)*")
COMMON = frozenset(
    (
        *("a", "all", "an", "and", "are", "as", "at", "be", "bonded", "by", "crystallizes", "each"),
        *("equivalent", "for", "form", "from", "geometry", "group", "has", "have", "in"),
        *("inequivalent", "into", "is", "it", "length", "lengths", "located", "of", "on", "one"),
        *("or", "other", "space", "structure", "structured", "that", "the", "there", "these"),
        *("this", "to", "two", "which", "with"),
    )
)
"""Words that every text has, or that say nothing."""
_FORMS = (
    ("hedra", "hedr"), ("hedron", "hedr"), ("hedral", "hedr"), ("hedrally", "hedr"),
    ("planar", "plan"), ("ies", "y"),
)  # fmt: skip


def tokens(text: str) -> list[str]:
    """The words of a text, in its order.

    >>> tokens("Ti(1) is bonded to six O(1) atoms to form edge-sharing TiO6 octahedra.")
    ['ti', 'six', 'o', 'atom', 'edge-sharing', 'edge', 'sharing', 'tio6', 'octahedr']
    """
    found: list[str] = []
    for word in _WORD.findall(_SITE.sub("", text).lower()):
        if word in COMMON:
            continue
        found.append(stem(word))
        if "-" in word:
            found += [stem(part) for part in word.split("-") if len(part) > 1 and part.isalpha()]
    return found


def stem(word: str) -> str:
    """One form for singular and plural, and for a polyhedron and what is called after it."""
    for ending, form in _FORMS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + form
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
