"""What a query asks for, in free English: terms that are wanted and terms that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.pipelines.search.groups import Groups, group_number, mark_groups, without_groups
from crystext.pipelines.search.phrases import READERS, minerals_in
from crystext.pipelines.search.terms import GROUP, formula
from crystext.verification.claims import Kind
from crystext.verification.knowledge import amounts_of
from crystext.verification.reading import plain, read_claims
from crystext.verification.vocabulary import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from crystext.verification.claims import Claim

_DENIAL = (
    r"(?:not|no|never|without|neither|nor|excluding|exclude|except|free of|other than|but no)\b"
)
_NOT = re.compile(
    rf"\b{_DENIAL}\s+(?:(?:any|a|an|the|containing|contain|of|in)\s+)*"
    rf"([\w-]+(?:\s*(?:,|or|and|nor)\s+(?!{_DENIAL})[\w-]+)*)",
    re.IGNORECASE,
)
_NON = re.compile(r"\bnon[- ](?!coplanar)(?=\w)", re.IGNORECASE)
_GROUP_NOT = re.compile(r"\bspace group (?:is )?not ", re.IGNORECASE)
_ION = re.compile(rf"\b({'|'.join(sorted(SYMBOLS, key=len, reverse=True))})\d*[+-](?=[\s,;.]|$)")
_FREE = re.compile(r"\b([A-Za-z]+)[- ]free\b")
_TILTS = re.compile(r"\bnot tilted\b|\bwithout tilts?\b", re.IGNORECASE)
_OTHER_NAMES = {
    r"zinc[- ]blende": "zincblende",
    r"rock[- ]?salt": "rock salt",
    r"square[- ]planar": "square co-planar",
    r"fluorspar": "fluorite",
    r"garnets?": "garnet",
    r"2-D": "2D",
    r"1-D": "1D",
    r"3-D": "3D",
    r"bcc|body-centred": "body-centered",
    r"sulph": "sulf",
}
"""Spellings, as patterns, and what texts and facts say."""


@dataclass
class Wishes:
    """What a query asks for.

    Attributes:
        wanted: terms, each with the words that ask for it.
        unwanted: terms that a crystal must not have, likewise.
        text: the query without what is not wanted.
        words: the same without space groups, of which no word is looked for.
        whole: the whole query without space groups.
        said: all words that ask for a term, wanted or not.
        notes: what of the query was read as something that it need not be.
    """

    wanted: dict[str, str] = field(default_factory=dict)
    unwanted: dict[str, str] = field(default_factory=dict)
    text: str = ""
    words: str = ""
    whole: str = ""
    said: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def read_wishes(
    query: str, minerals: Collection[str] = (), has: Callable[[str], bool] = bool
) -> Wishes:
    """The terms of a query.

    Args:
        query: free English, formulas, symbols of elements and space groups.
        minerals: the names of prototypes that the corpus has, in lower case.
        has: whether any crystal of the corpus has an element.
    """
    query = _GROUP_NOT.sub("not space group ", _NON.sub("not ", plain(query)))
    groups = mark_groups(_ION.sub(r"\1", " ".join(query.split())), has)
    text = groups.text
    for spelling, usual in _OTHER_NAMES.items():
        text = re.sub(rf"\b(?:{spelling})", usual, text, flags=re.IGNORECASE)
    text = _TILTS.sub("untilted", text)
    found = Wishes(whole=without_groups(text), notes=tuple(dict.fromkeys(groups.notes)))
    for match in (*_NOT.finditer(text), *_FREE.finditer(text)):
        for term, words in _asked(match[1], minerals, groups):
            found.unwanted.setdefault(term, words)
            found.said.append(words)
    text = _FREE.sub(" ", _NOT.sub(" ", text))
    for term, words in _asked(text, minerals, groups):
        found.said.append(words)
        if term not in found.unwanted:
            found.wanted.setdefault(term, words)
    found.text, found.words = groups.spelled(text), without_groups(text)
    return found


def _asked(text: str, minerals: Collection[str], groups: Groups) -> Iterator[tuple[str, str]]:
    yield from groups.named_in(text)
    text = without_groups(text)
    named = dict(minerals_in(text, minerals))
    yield from ((f"mineral:{name}", words) for name, words in named.items())
    for words in named.values():
        text = text.replace(words, " ")
    for claim in read_claims(text)[0]:
        for term in _claimed(claim):
            yield term, claim.words if len(claim.words) < len(text) else str(claim.value)
    for read in READERS:
        yield from read(text)


_TERMS = {
    Kind.SITES: "sites",
    Kind.NEIGHBOUR: "neighbours",
    Kind.POLYHEDRA: "shape",
    Kind.CONNECTIVITY: "sharing",
}
"""What a term is called where a claim is called otherwise."""


def _claimed(claim: Claim) -> Iterator[str]:
    """The terms that a claim asks for, of its subject if it has one."""
    if claim.kind in {Kind.BOND_LENGTH, Kind.TILT}:
        return  # numbers, which no term holds
    if claim.kind is Kind.FORMULA:
        if amounts := amounts_of(str(claim.value)):
            yield formula(amounts)
    elif claim.kind is Kind.SPACE_GROUP:
        number = claim.value if isinstance(claim.value, int) else group_number(str(claim.value))
        if number is not None:
            yield f"{GROUP}{number}"
    else:
        subject = f"{claim.subject}:" if claim.subject not in {"", claim.value} else ""
        value = str(claim.value).lower() if claim.kind is Kind.MINERAL else claim.value
        yield f"{_TERMS.get(claim.kind, claim.kind)}:{subject}{value}"
