"""What a query asks for, in free English: terms that are wanted and terms that are not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.pipelines.search.alternatives import alternatives
from crystext.pipelines.search.classes import ANION_CLASSES, COUNTS
from crystext.pipelines.search.comparisons import marks_in, without_marks
from crystext.pipelines.search.denials import read_denials
from crystext.pipelines.search.groups import Groups, group_number, mark_groups, without_groups
from crystext.pipelines.search.phrases import NUMBER_WORDS, READERS, is_anion, minerals_in
from crystext.pipelines.search.terms import GROUP, formula
from crystext.verification.claims import Kind
from crystext.verification.knowledge import amounts_of
from crystext.verification.reading import plain, read_claims
from crystext.verification.vocabulary import SYMBOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from crystext.verification.claims import Claim

_NON = re.compile(r"\bnon[- ](?!coplanar)(?=\w)", re.IGNORECASE)
_GROUP_NOT = re.compile(r"\bspace group (?:is )?not ", re.IGNORECASE)
_ION = re.compile(rf"\b({'|'.join(sorted(SYMBOLS, key=len, reverse=True))})\d*[+-](?=[\s,;.]|$)")
_JOINS = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
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
    r"rare[- ]earths?(?: (?:metals?|elements?))?": "rare-earth",
    r"transition[- ]metals?(?: elements?)?": "transition-metal",
    r"alkaline[- ]earth(?: metal)?s?": "alkaline-earth",
    r"alkali metals?(?: elements?)?": "alkali",
}
"""Spellings, as patterns, and what texts and facts say."""


@dataclass
class Wishes:
    """What a query asks for.

    Attributes:
        wanted: terms, each with the words that ask for it.
        unwanted: terms that a crystal must not have, likewise; of several that are joined by
            :data:`~crystext.pipelines.search.denials.TOGETHER` it may have all but one.
        ways: where the query says ``or``, the ways in which it can be met.
        text: the query without what is not wanted.
        words: the same without space groups, of which no word is looked for.
        whole: the whole query without space groups.
        said: all words that ask for a term, wanted or not.
        unclear: words that are denied and ask for no term, each with what denies it.
        notes: what of the query was read as something that it need not be.
    """

    wanted: dict[str, str] = field(default_factory=dict)
    unwanted: dict[str, str] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)
    text: str = ""
    words: str = ""
    whole: str = ""
    said: list[str] = field(default_factory=list)
    unclear: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """One way in which a query with ``or`` can be met.

    Attributes:
        wanted: terms that it asks for.
        marks: numbers of the comparisons that it asks for.
    """

    wanted: frozenset[str]
    marks: tuple[int, ...]


def read_wishes(
    query: str, minerals: Collection[str] = (), has: Callable[[str], bool] = bool
) -> Wishes:
    """The terms of a query.

    Args:
        query: free English, formulas, symbols of elements and space groups; with marks where
            comparisons stood.
        minerals: the names of prototypes that the corpus has, in lower case.
        has: whether any crystal of the corpus has an element.
    """
    query = _GROUP_NOT.sub("not space group ", _NON.sub("not ", plain(query)))
    groups = mark_groups(_ION.sub(r"\1", " ".join(query.split())), has)
    text = groups.text
    for spelling, usual in _OTHER_NAMES.items():
        text = re.sub(rf"\b(?:{spelling})", usual, text, flags=re.IGNORECASE)
    text = _TILTS.sub("untilted", text)
    denied = read_denials(text, lambda words: _asked(words, minerals, groups))
    found = Wishes(
        unwanted=denied.unwanted, whole=_bare(text), said=denied.said, unclear=denied.unclear
    )
    ways = alternatives(
        denied.rest,
        lambda word: _kind_of(word, minerals, groups),
        [said for _, said in minerals_in(denied.rest, minerals)] if _JOINS.search(text) else (),
        groups.spelled,
    )
    for one in ways.texts:
        asked = list(_asked(without_marks(one), minerals, groups))
        found.said += [words for _, words in asked]
        terms = {term: words for term, words in asked if term not in found.unwanted}
        for term, words in terms.items():
            found.wanted.setdefault(term, words)
        found.ways.append(Way(frozenset(terms), tuple(marks_in(one))))
    if len(found.ways) == 1:
        found.ways.clear()
    found.notes = tuple(dict.fromkeys((*groups.notes, *ways.notes)))
    found.text = groups.spelled(without_marks(denied.rest))
    found.words = _bare(denied.rest)
    return found


def _bare(text: str) -> str:
    return without_marks(without_groups(text))


def _kind_of(word: str, minerals: Collection[str], groups: Groups) -> str | None:
    """What a word is that may stand beside ``or``; several words may be a prototype."""
    if any(said == word for _, said in minerals_in(word, minerals)):
        return "mineral"
    if marks_in(word):
        return "comparison"
    if word.isdigit() or word.lower() in NUMBER_WORDS:
        return "number"
    asked = () if " " in word else _asked(word, minerals, groups)
    kind, _, value = next((term for term, _ in asked), "").partition(":")
    if kind == "class" and value in COUNTS.values():
        return "count"
    if kind == "class" or (kind == "element" and is_anion(word)):
        return "anion" if kind == "element" or value in ANION_CLASSES else "element"
    return kind or None


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
    if claim.kind in {Kind.BOND_LENGTH, Kind.TILT, Kind.COUNT}:
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
