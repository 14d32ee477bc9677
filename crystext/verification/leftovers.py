"""Words of content in a sentence that none of its claims was read from.

A sentence is read whole if each geometry, polyhedron, element, formula, symbol, number with a unit
and word for a property in it belongs to a claim of its kind; else it is read in part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.verification.claims import Claim, Kind
from crystext.verification.knowledge import amounts_of
from crystext.verification.patterns import (
    ATOM,
    ELEMENT,
    ENGLISH,
    FORMULA,
    GROUP,
    SITE,
    SYSTEMS,
    number_of,
    space_group_number,
    symbols_of,
)
from crystext.verification.vocabulary import (
    ANIONS,
    FORMS,
    GEOMETRIES,
    PROPERTIES,
    SHAPES,
    UNKNOWN_FORMS,
    WORDS_OF_UNITS,
)

Belongs = Callable[[Claim, str], bool]
"""Whether a claim is of some words."""


def _words(alternatives: Sequence[str]) -> str:
    longest_first = sorted(alternatives, key=len, reverse=True)
    return rf"(?<![-\w])(?i:{'|'.join(map(re.escape, longest_first))})(?!\w)"


_SITE_KINDS = {Kind.COORDINATION, Kind.NEIGHBOUR, Kind.SITES, Kind.COMPONENT}
_SHAPE_KINDS = {Kind.POLYHEDRA, Kind.CONNECTIVITY, Kind.TILT, Kind.GEOMETRY}
_FORMULA_KINDS = {Kind.FORMULA, Kind.POLYHEDRA, Kind.CONNECTIVITY, Kind.COMPONENT}
_FORMS = [one for one in (*GEOMETRIES, *FORMS) if one not in {*CRYSTAL_SYSTEMS, "distorted q6"}]
_FORMS += [f"{one}ly" for one in _FORMS]
_NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?:\s?(?:-|to)\s?\d+(?:\.\d+)?)?"
_UNITS = "|".join(map(re.escape, sorted(WORDS_OF_UNITS, key=len, reverse=True)))


def _geometry(claim: Claim, words: str) -> bool:
    said = words.lower()
    alike = {said, said.removesuffix("ly"), f"{said.removesuffix('ly')}l"}
    if claim.kind is Kind.GEOMETRY:
        return str(claim.value).lower() in alike
    if claim.kind is Kind.TILT:
        return True
    if claim.kind is Kind.COORDINATION and said[0].isdigit():
        return words in claim.words
    return claim.kind is Kind.POLYHEDRA and any(f"{claim.value}l" == one for one in alike)


def _shape(claim: Claim, words: str) -> bool:
    return claim.kind in _SHAPE_KINDS and words in claim.words


def _shared(claim: Claim, words: str) -> bool:
    return claim.kind in {Kind.CONNECTIVITY, Kind.TILT} and words in claim.words


def _system(claim: Claim, words: str) -> bool:
    return claim.kind in {Kind.CRYSTAL_SYSTEM, Kind.GEOMETRY} and words.lower() in str(claim.value)


def _quantity(claim: Claim, words: str) -> bool:
    if claim.kind in _SITE_KINDS:
        return words in claim.words
    if claim.kind not in {Kind.BOND_LENGTH, Kind.TILT}:
        return False
    return any(float(one) == claim.value for one in re.findall(r"\d+(?:\.\d+)?", words))


def _count(claim: Claim, words: str) -> bool:
    return claim.kind in _SITE_KINDS and words in claim.words


def _formula(claim: Claim, words: str) -> bool:
    if claim.kind not in _FORMULA_KINDS:
        return False
    words = words.rstrip(".")
    return words in {claim.subject, str(claim.value)} or words.lower() == claim.value


def _group(claim: Claim, words: str) -> bool:
    if claim.kind is not Kind.SPACE_GROUP:
        return _formula(claim, words)  # BN may be either
    return words == str(claim.value)


def _element(claim: Claim, words: str) -> bool:
    symbols = symbols_of(words) or [ANIONS.get(words.lower().removesuffix("s"), "")]
    if claim.kind is Kind.COMPONENT:
        return words in claim.words
    if claim.kind is Kind.SPACE_GROUP:  # Pm
        return words == claim.value
    told = claim.subject
    if claim.kind in {Kind.ELEMENT, Kind.FORMULA}:
        told = f"{told} {claim.value}"
    return set(symbols) <= set(re.findall(ELEMENT, told))


def _pair(claim: Claim, words: str) -> bool:
    two = re.findall(ELEMENT, words)
    return claim.kind in {Kind.BOND_LENGTH, Kind.NEIGHBOUR} and set(
        claim.subject.split("-")
    ) == set(two)


def _property(claim: Claim, words: str) -> bool:
    about = {
        Kind.BOND_LENGTH: "bond",
        Kind.TILT: "tilt",
        Kind.COMPONENT: words[:-1],
        Kind.COORDINATION: "bonds",
    }.get(claim.kind)
    return about is not None and about in words.lower() and words in claim.words


def _is_formula(words: str) -> bool:
    amounts = amounts_of(words) or {}
    return len(amounts) > 1 or (len(amounts) == 1 and any(map(str.isdigit, words)))


@dataclass(frozen=True)
class _Content:
    """A kind of words of content.

    Attributes:
        pattern: where one may stand.
        belongs: whether a claim is of it.
        really: whether the words are not English that only looks like it.
    """

    pattern: re.Pattern[str]
    belongs: Belongs
    really: Callable[[str], bool] = lambda words: words not in ENGLISH


_COUNTED = _Content(
    re.compile(rf"\b(?:\d+|[A-Za-z-]+) (?:equivalent )?{ATOM}"),
    _count,
    lambda words: number_of(words.split()[0]) is not None,
)
_KINDS_OF_CONTENT = (
    _Content(
        re.compile(_words(_FORMS)),
        _geometry,
    ),
    _Content(re.compile(_words(tuple(SHAPES))), _shape),
    _Content(
        re.compile(r"(?i:\b(?:corner|edge|face)s?[- ]shar\w+|\bshar\w+ (?:corner|edge|face)s?)"),
        _shared,
    ),
    _Content(re.compile(_words(UNKNOWN_FORMS)), lambda *_: False),
    _Content(re.compile(rf"(?<!\w)(?i:{SYSTEMS})(?!\w)"), _system),
    _Content(re.compile(rf"{_NUMBER}[\s-]?(?:{_UNITS})(?!\w)"), _quantity),
    _COUNTED,
    _Content(re.compile(rf"(?<![-\w]){SITE}-{SITE}(?!\w)"), _pair),
    _Content(
        re.compile(rf"(?<![-\w/()]){GROUP}(?![-\w/])"),
        _group,
        lambda words: (
            (len(words) > 3 or not words.isalpha()) and space_group_number(words) is not None
        ),
    ),
    _Content(
        re.compile(rf"(?<![-\w()]){FORMULA}(?![\w(+-])"),
        _formula,
        lambda words: words not in ENGLISH and _is_formula(words),
    ),
    _Content(re.compile(ATOM), _element),
    _Content(re.compile(_words([f"{one}{end}" for one in ANIONS for end in ("", "s")])), _element),
    _Content(re.compile(_words(PROPERTIES)), _property),
)
"""What one took no later one takes."""


def left_over(sentence: str, claims: Sequence[Claim]) -> tuple[str, ...]:
    """The words of content that belong to no claim of the sentence, in its order."""
    rest = sentence
    for one in claims:
        if one.kind is Kind.MINERAL:
            rest = rest.replace(one.words, " " * len(one.words))
    left: list[tuple[int, str]] = []
    for kind in _KINDS_OF_CONTENT:
        for found in list(kind.pattern.finditer(rest)):
            start, end = found.span()
            read = any(kind.belongs(one, found[0]) for one in claims)
            if not read and not kind.really(found[0]):  # asked last, for it may take long
                continue
            if not read:
                left.append((start, found[0].rstrip(".")))
            if kind is not _COUNTED or not read:  # else its element is asked for by itself
                rest = rest[:start] + " " * (end - start) + rest[end:]
    return tuple(words for _, words in sorted(left))
