"""Claims in a text: in robocrystallographer's sentences, and as far as they go in free English.

The text is cut into sentences. Each is asked for every kind of claim; a sentence without any, or
one that denies something, is reported as unread, never as false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crystext.verification import free
from crystext.verification.claims import Claim, Kind, PartlyRead
from crystext.verification.knowledge import amounts_of, pair
from crystext.verification.leftovers import left_over
from crystext.verification.patterns import (
    ELEMENT,
    FORMULA,
    MINERAL,
    NOUNS,
    SITE,
    SYSTEMS,
    UNIT,
    number_of,
)
from crystext.verification.vocabulary import (
    ANIONS,
    DIMENSIONS,
    GEOMETRIES,
    SHAPES,
    element_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_GROUPS = 230
_LONGEST_WORD = 200
_LONGEST = 5000  # characters of a sentence; a crystal of 200 sites has some of 2,000
_DENIAL = re.compile(r"\b(?:[Nn]ot|[Nn]o(?!\. ?\d)|never|[Ww]ithout|[Nn]either|nor|isn't|lacks?)\b")
_SENTENCE = re.compile(r"(?<=[.!?;])(?<!\b[Nn]o\.)\s+(?=[A-Z\d(])|\n+")
_GROUP = r"([PIFCABR][\w/\-]*)"
_OF_CELL = rf"(?=(?: Bravais)? (?:{NOUNS}))"

_SUBJECT = re.compile(rf"^\s*(?:Formula:\s*)?{FORMULA}(?=[\s.,])")
_SYSTEM = re.compile(
    rf"(?:crystalli[sz]es in (?:the|an?)|[Cc]rystal system:?(?: is)?) ({SYSTEMS})\b"
    rf"|(?<![-\w])({SYSTEMS}){_OF_CELL}",
    re.IGNORECASE,
)
_SYMBOL = re.compile(rf"(?:\b{_GROUP} (?:space group|symmetry)|[Ss]pace group:? (?:is )?{_GROUP})")
_NUMBER = re.compile(r"[Ss]pace group(?:[^.()]*?(?:number |[Nn]o\. |#|\()|:? )(\d{1,3})\b")
_INEQUIVALENT = re.compile(rf"\bare ([a-z]+(?:-[a-z]+)?) inequivalent {SITE} sites")
_COMPONENT = re.compile(
    r"\b(?:consists of|, and|; and|and|,|;|inside) (?:\w+(?:-\w+)? )?([\w()\[\].,'\- ]+?) "
    r"(cluster|ribbon|sheet|framework|molecule|atom)s?\b"
)
_BONDED = re.compile(
    rf"{SITE} is bonded (?:in an? (distorted )?(.+?) geometry )?to (.*?) ?atoms?\b"
)
_COUNTED = re.compile(rf"\b([a-z]+(?:-[a-z]+)?|\d+)(?: equivalent)? {SITE}(?=[\s,;.]|$)")
_POLYHEDRA = re.compile(rf"{FORMULA} ({'|'.join(SHAPES)})\b")
_LABELLED = re.compile(rf"({ELEMENT})\([\d,]+\)((?:{ELEMENT}\d*)+) ({'|'.join(SHAPES)})\b")
_SHARING = re.compile(rf"([a-z, and\-]*(?:corner|edge|face)[a-z, and\-]*)-sharing(?: {FORMULA})?")
_SHAPE_NEXT = re.compile(rf"(?: [a-z]+)?? (?:{'|'.join(SHAPES)})\b(?! are not tilted)")
_SHARES = re.compile(rf"{FORMULA} (?:{'|'.join(SHAPES)}) that share (.+)")
_KIND = re.compile(r"corner|edge|face")
_BOND = re.compile(rf"{SITE}-{SITE} (?:bond (?:lengths?|distances?)|bonds?\b|distances?)")
_LENGTH = re.compile(rf"(\d+\.\d+)(?:\s?-\s?(\d+\.\d+))? ?{UNIT}")
_TILT = re.compile(r"tilt angles? (?:are|is|range from) (\d+)(?:-(\d+))? ?(?:°|degrees)")


@dataclass(frozen=True)
class Reading:
    """What was read of a text.

    Attributes:
        claims: in its order, each once.
        unread: sentences without any.
        partly_read: those of which only a part was read.
        sentences: how many the text has.
    """

    claims: tuple[Claim, ...]
    unread: tuple[str, ...]
    partly_read: tuple[PartlyRead, ...]
    sentences: int


def read_text(text: str) -> Reading:
    """The claims of a text, and what of it was not read.

    Args:
        text: in any style that crystext writes, or free English.
    """
    claims: dict[tuple[Kind, str, object], Claim] = {}
    unread, partly = [], []
    sentences = list(filter(None, map(str.strip, _SENTENCE.split(plain(text)))))
    for sentence in sentences:
        found = list(_claims_of(sentence))
        if not found:
            unread.append(sentence)
        elif left := left_over(sentence, found):
            partly.append(PartlyRead(sentence, left))
        for one in found:
            claims.setdefault((one.kind, one.subject, one.value), one)
    return Reading(tuple(claims.values()), tuple(unread), tuple(partly), len(sentences))


def read_claims(text: str) -> tuple[list[Claim], list[str]]:
    """The claims of a text in its order, each once, and the sentences without any.

    Args:
        text: in any style that crystext writes, or free English.
    """
    found = read_text(text)
    return list(found.claims), list(found.unread)


def plain(text: str) -> str:
    """The text without marks of Unicode, LaTeX or HTML styles."""
    text = re.sub(r"(\d)\u0305|\u0305(\d)", r"-\1\2", text)
    text = re.sub(r"<sub>(.*?)</sub>", r"\1", text)
    text = re.sub(r"<sup>(.*?)</sup>", r"\1", text)
    text = re.sub(r"\$?\\overline\{(\d)\}\$?", r"-\1", text)
    text = re.sub(r"\$?_\{?([\w.]+)\}?\$?", lambda m: m[1] if "$" in m[0] else m[0], text)
    return text.translate(_PLAIN)


_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉\u2013\u2212", "0123456789--")


def _claims_of(sentence: str) -> Iterator[Claim]:
    if len(sentence) > _LONGEST or max(map(len, sentence.split())) > _LONGEST_WORD:
        return
    if _DENIAL.search(sentence.replace("are not tilted", "")):
        return
    for read in _READERS:
        yield from read(sentence)


def _formula(sentence: str) -> Iterator[Claim]:
    found = _SUBJECT.match(sentence)
    named = "crystallizes" in sentence or "structured" in sentence or "Formula:" in sentence
    if found is None or not named or (amounts := amounts_of(found[1])) is None:
        return
    yield Claim(Kind.FORMULA, "", found[1], found[0].strip())
    for element in amounts:
        yield Claim(Kind.ELEMENT, element, element, found[0].strip())


def _elements(sentence: str) -> Iterator[Claim]:
    """By their English names, and the anions that a compound is called after."""
    for word in re.findall(r"[A-Za-z]+", MINERAL.sub("", sentence)):
        if word not in {word.lower(), word.capitalize()}:
            continue  # TiN is no tin
        symbol = element_names().get(word.lower()) or ANIONS.get(word.lower().removesuffix("s"))
        if symbol:
            yield Claim(Kind.ELEMENT, symbol, symbol, word)


def _global(sentence: str) -> Iterator[Claim]:
    if named := MINERAL.search(sentence):
        yield Claim(Kind.MINERAL, "", (named[1] or named[2]).strip(), named[0])
    for found in _SYSTEM.finditer(MINERAL.sub("", sentence)):  # "Orthorhombic Perovskite"
        yield Claim(Kind.CRYSTAL_SYSTEM, "", (found[1] or found[2]).lower(), found[0])
    for found in _SYMBOL.finditer(sentence):
        yield Claim(Kind.SPACE_GROUP, "", found[1] or found[2], found[0])
    numbered = _NUMBER.search(sentence)
    if numbered and 1 <= int(numbered[1]) <= MOST_GROUPS:
        yield Claim(Kind.SPACE_GROUP, "", int(numbered[1]), numbered[0])
    for words, dimensions in DIMENSIONS.items():
        if said := re.search(rf"\b{words}\b", sentence, re.IGNORECASE):
            yield Claim(Kind.DIMENSIONALITY, "", dimensions, said[0])


def _components(sentence: str) -> Iterator[Claim]:
    if "consists of" not in sentence:
        return
    listed = sentence[sentence.index("consists of") :]
    listed = re.sub(r" oriented in the (?:\([^)]*\)(?:, and |, | and )?)+ directions?", "", listed)
    for found in _COMPONENT.finditer(listed):
        yield Claim(Kind.COMPONENT, found[2], found[1].strip().lower(), found[0])


def _sites(sentence: str) -> Iterator[Claim]:
    for found in _INEQUIVALENT.finditer(sentence):
        if (number := number_of(found[1])) is not None:
            yield Claim(Kind.SITES, found[2], number, found[0])
    for found in _BONDED.finditer(sentence):
        own, geometry, listed = found[1], found[3], found[4]
        if geometry and geometry.lower() in GEOMETRIES:
            yield Claim(Kind.GEOMETRY, own, geometry.lower(), found[0])
        counts = [(number_of(one[1]), one[2]) for one in _COUNTED.finditer(listed)]
        known = [(number, other) for number, other in counts if number is not None]
        if not known or len(known) < len(counts):
            continue
        yield Claim(Kind.COORDINATION, own, sum(number for number, _ in known), found[0])
        for other in dict.fromkeys(other for _, other in known):
            total = sum(number for number, one in known if one == other)
            yield Claim(Kind.NEIGHBOUR, f"{own}-{other}", total, found[0])


def _polyhedra(sentence: str) -> Iterator[Claim]:
    for found in _LABELLED.finditer(sentence):
        yield Claim(Kind.POLYHEDRA, found[1] + found[2], SHAPES[found[3]], found[0])
    unlabelled = _LABELLED.sub("", sentence)
    for found in _POLYHEDRA.finditer(unlabelled):
        yield Claim(Kind.POLYHEDRA, found[1], SHAPES[found[2]], found[0])
    for found in _SHARING.finditer(unlabelled) if "-sharing" in unlabelled else ():
        own = found[2] or ""
        if not own and _SHAPE_NEXT.match(unlabelled[found.end() :]):
            continue  # of that shape alone, see free.py
        for kind in dict.fromkeys(_KIND.findall(found[1])):
            yield Claim(Kind.CONNECTIVITY, own, kind, found[0].strip())
    if shares := _SHARES.search(unlabelled):
        for kind in dict.fromkeys(_KIND.findall(shares[2])):
            yield Claim(Kind.CONNECTIVITY, shares[1], kind, shares[0])


def _lengths(sentence: str) -> Iterator[Claim]:
    bonds = {pair(one[1], one[2]) for one in _BOND.finditer(sentence)}
    if len(bonds) == 1:
        (subject,) = bonds
        for found in _LENGTH.finditer(sentence):
            for length in filter(None, found.groups()):
                yield Claim(Kind.BOND_LENGTH, subject, float(length), sentence)
    if tilted := _TILT.search(sentence):
        for angle in filter(None, tilted.groups()):
            yield Claim(Kind.TILT, "", int(angle), tilted[0])
    elif "octahedra are not tilted" in sentence:
        yield Claim(Kind.TILT, "", 0, sentence)


_READERS: tuple[Callable[[str], Iterator[Claim]], ...] = (
    _formula,
    _elements,
    _global,
    _components,
    _sites,
    _polyhedra,
    _lengths,
    *free.READERS,
)
