"""What a query does not want: "without lead", "lead-free", "neither cubic nor layered"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.pipelines.search.terms import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DENIAL = (
    r"(?:not|no|never|without|neither|nor|excluding|excludes?|except|lacks?|lacking|devoid of"
    r"|free (?:of|from)|other than|but no|(?:do|does) not)\b"
)
_FILLERS = (
    r"(?:(?:any|a|an|the|containing|contains?|contained|including|includes?|having|have|with|of|in"
    r"|for|from|being|be|those|ones|all|kinds?|sort|other|both|either)\s+)*"
)
_NOT = re.compile(
    rf"\b{_DENIAL}(?! (?:only|just|merely|necessarily|always)\b)\s+(?:{_DENIAL}\s+)?{_FILLERS}",
    re.IGNORECASE,
)
_FREE = re.compile(r"\b([A-Za-z]+(?:-[A-Za-z]+)*)[- ]free\b(?! (?:of|from)\b)")
_WORD = re.compile(r"[\w()\[\]./+-]*[\w)\]+]")
_JOINT = re.compile(rf"\s*(,\s*(?:or|and|nor)\b|,|/|\bor\b|\band\b|\bnor\b)\s*(?!{_DENIAL})")
_LONGEST = 3  # words that are one name
TOGETHER = " & "
"""Between terms that a crystal must not have at once, such as oxygen and hydrogen."""


@dataclass
class Denials:
    """What was taken out of a query.

    Attributes:
        unwanted: terms, each with the words that say so; several at once are joined by
            :data:`TOGETHER`.
        said: the words.
        rest: of the query.
        unclear: words that are denied and ask for no fact, each with all that says so.
    """

    unwanted: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    rest: str = ""
    unclear: dict[str, str] = field(default_factory=dict)


def read_denials(text: str, terms_of: Callable[[str], Iterable[tuple[str, str]]]) -> Denials:
    """Takes what is denied out of a query.

    Args:
        text: of the query, in which names of classes are one word each.
        terms_of: the terms that words ask for, each with them.
    """
    found, kept, end = Denials(), [], 0
    for match in _FREE.finditer(text):
        told = list(terms_of(match[1]))
        if told:
            _keep(found, told, match[1])
    free = _FREE.sub(
        lambda match: " " * len(match[0]) if list(terms_of(match[1])) else match[0], text
    )
    for match in _NOT.finditer(free):
        if match.start() < end:
            continue
        behind, read = _members(free, match.end(), terms_of)
        for told, words in read:
            _keep(found, told, words)
        if not read and (word := _WORD.match(free, match.end())):
            one = _one(free, match.end(), terms_of)
            behind = word.end() if one is None else one[0]
            found.unclear[word[0]] = " ".join(free[match.start() : behind].split())
        kept.append(free[end : match.start()])
        end = behind
    kept.append(free[end:])
    found.rest = " ".join(kept)
    return found


def _members(
    text: str, start: int, terms_of: Callable[[str], Iterable[tuple[str, str]]]
) -> tuple[int, list[tuple[list[tuple[str, str]], str]]]:
    """What is denied from a place on, one after another, and where that ends.

    Behind a comma or ``and`` only what is of the same kind is denied as well.
    """
    found: list[tuple[list[tuple[str, str]], str]] = []
    end, kinds = start, None
    while (one := _one(text, start, terms_of)) is not None and one[1]:
        behind, told = one
        own = {term.partition(":")[0] for term, _ in told}
        if kinds is not None and not own & kinds:
            break
        found.append((told, text[start:behind]))
        end, kinds = behind, own
        joint = _JOINT.match(text, behind)
        if joint is None:
            break
        if joint[1].lstrip(", ") in {"or", "nor", "/"}:
            kinds = None
        start = joint.end()
    return end, found


def _one(
    text: str, start: int, terms_of: Callable[[str], Iterable[tuple[str, str]]]
) -> tuple[int, list[tuple[str, str]]] | None:
    """The shortest name at a place that asks for something; a longer one if it is a prototype."""
    ends, at = [], start
    for _ in range(_LONGEST):
        word = _WORD.match(text, at)
        if word is None or not word[0]:
            break
        ends.append(word.end())
        gap = re.compile(r" +").match(text, word.end())
        if gap is None:
            break
        at = gap.end()
    for end in reversed(ends):
        if end != ends[0] and any(
            term.startswith("mineral:") and words == text[start:end]
            for term, words in terms_of(text[start:end])
        ):
            return end, list(terms_of(text[start:end]))
    for end in ends:
        told = list(terms_of(text[start:end]))
        if any(text[start:end].startswith(words) or term.startswith(GROUP) for term, words in told):
            return end, told
        if told:  # of no more than a part of what is denied: "distorted octahedra"
            return end, []
    return None


def _keep(found: Denials, told: list[tuple[str, str]], words: str) -> None:
    """One thing that is denied: a crystal must not have all of its terms at once."""
    terms = list(dict.fromkeys(term for term, _ in told))
    named = [one for one in terms if one.startswith(("formula:", "mineral:"))]
    found.unwanted.setdefault(TOGETHER.join(sorted(named or terms)), words)
    found.said += [words, *(one for _, one in told)]
