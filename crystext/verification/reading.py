"""Claims in a text: in robocrystallographer's sentences, and as far as they go in free English.

The text is cut into sentences. Each is asked for every kind of claim; a sentence without any, or
one that denies something, is reported as unread, never as false.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.verification.claims import Claim, Kind
from crystext.verification.knowledge import amounts_of, known_group, pair
from crystext.verification.own import Own
from crystext.verification.vocabulary import (
    ANIONS,
    DIMENSIONS,
    GEOMETRIES,
    SHAPES,
    SYMBOLS,
    element_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Reader = Callable[[str], Iterator[Claim]]

MOST_GROUPS = 230
_LONGEST_WORD = 200
_LONGEST = 5000  # characters of a sentence; a crystal of 200 sites has some of 2,000
_MOST = 200  # number words that are understood
_ELEMENT = r"(?:" + "|".join(sorted(SYMBOLS, key=len, reverse=True)) + ")"
_CHARGE = r"(?:\d*\.?\d*[+-])?"
_SITE = rf"({_ELEMENT}){_CHARGE}(?:\([\d,]+\))?"
_FORMULA = rf"((?:[\(\[]{{0,3}}{_ELEMENT}(?:[\d.]+)?(?:[\)\]][\d.]*){{0,3}})+)"
_UNIT = r"(?:Å|A\b|angstroms?|ångström)"
_DENIAL = re.compile(
    r"(?:-free|\b[Nn]on-(?!coplanar)\w+)\b|\b(?:[Nn]ot|[Nn]o|never|[Ww]ithout|[Nn]either|nor|isn't|lacks?)\b"
)
_SENTENCE = re.compile(r"(?<=[.!?;])(?<!\b[Nn]o\.)\s+(?=[A-Z\d(])|\n+")
_GROUP = r"([PIFCABR][\w/\-]*)"
_SYSTEMS = "|".join(CRYSTAL_SYSTEMS)
_NOUNS = (
    *("crystal", "lattice", "structure", "phase", "system", "symmetry", "unit cell", "cell"),
    *("compound", "material", "mineral", "alloy", "perovskite", *ANIONS),
)
_OF_CELL = rf"(?=(?: Bravais)? (?:{'|'.join(_NOUNS)}))"

_SUBJECT = re.compile(rf"^\s*(?:Formula:\s*)?{_FORMULA}(?=[\s.,])")
_NAMED = re.compile(rf"\bformula(?: unit)?(?: is| of|:)? {_FORMULA}(?=[\s.,;]|$)")
_PART = (
    "octahedron|tetrahedron|cuboctahedron|atoms?|ions?|sites?|groups?|units?|layers?|sheets?"
    "|ribbons?|clusters?|frameworks?|bonds?"
)
_OF_A_PART = re.compile(rf"\s*(?:[a-z-]+ )?(?:{'|'.join(SHAPES)}|{_PART})\b")
_MINERAL = re.compile(
    r"(?:\bis ((?:(?! is ).)+?)(?:-derived|-like)? structured\b|Mineral: (.+?)(?:\.(?=\s|$)|$))"
)
_SYSTEM = re.compile(
    rf"(?:crystallizes in (?:the|an?)|[Cc]rystal system:?(?: is)?) ({_SYSTEMS})\b"
    rf"|\b({_SYSTEMS}){_OF_CELL}"
    rf"|\bis ({_SYSTEMS})\b(?![ -](?:\w+-)?(?:close|coord|planar|(?:bi|anti)?(?:pyramid|prism)))",
    re.IGNORECASE,
)
_SYMBOL = re.compile(rf"(?:\b{_GROUP} (?:space group|symmetry)|[Ss]pace group:? (?:is )?{_GROUP})")
_IN_GROUP = re.compile(rf"\bin (?:the )?{_GROUP}(?=[\s.,;]|$)(?! (?:space group|symmetry))")
_NUMBER = re.compile(r"[Ss]pace group[^.()]*?(?:number |no\. |#|\()(\d{1,3})\b")
_INEQUIVALENT = re.compile(rf"\bare ([a-z]+(?:-[a-z]+)?) inequivalent {_SITE} sites")
_COMPONENT = re.compile(
    r"\b(?:consists of|, and|; and|and|,|;|inside) (?:(\w+(?:-\w+)?) )?([\w()\[\].,'\- ]+?) "
    r"(cluster|ribbon|sheet|framework|molecule|atom)s?\b"
)
_BONDED = re.compile(
    rf"{_SITE} is bonded (?:in an? (distorted )?(.+?) geometry )?to (.*?) ?atoms?\b"
)
_COORDINATED = re.compile(
    rf"\b({'|'.join(map(re.escape, GEOMETRIES))})(?:ly)?[ -]coordinat", re.IGNORECASE
)
_SHAPED = "|".join(sorted(map(re.escape, GEOMETRIES), key=len, reverse=True))
_SPECIES = rf"({_ELEMENT}|[A-Za-z]{{3,}})"
_IS_SHAPED = re.compile(
    rf"\b{_SPECIES}{_CHARGE}(?:\([\d,]+\))?(?: (?:{_PART}))? (?:is|are) (?:in an? )?"
    rf"((?i:{_SHAPED}))\b"
    rf"|\b((?i:{_SHAPED}))(?:ly)?(?:[ -]coordinated)? {_SPECIES}\b"
)
_COUNTED = re.compile(rf"\b([a-z]+(?:-[a-z]+)?|\d+)(?: equivalent)? {_SITE}(?=[\s,;.]|$)")
_POLYHEDRA = re.compile(rf"{_FORMULA} ({'|'.join(SHAPES)})\b")
_BARE = re.compile(rf"\b({'|'.join(SHAPES)})\b")
_LABELLED = re.compile(rf"({_ELEMENT})\([\d,]+\)((?:{_ELEMENT}\d*)+) ({'|'.join(SHAPES)})\b")
_SHARING = re.compile(rf"([a-z, and\-]*(?:corner|edge|face)[a-z, and\-]*)-sharing(?: {_FORMULA})?")
_SHARES = re.compile(rf"(?:{_FORMULA} )?\b(?:{'|'.join(SHAPES)}) (?:that )?share (.+)")
_KIND = re.compile(r"corner|edge|face")
_BOND = re.compile(rf"{_SITE}-{_SITE} bond (?:lengths?|distances?)")
_LENGTH = re.compile(rf"(\d+\.\d+)(?:\s?-\s?(\d+\.\d+))? ?{_UNIT}")
_TILT = re.compile(r"tilt angles? (?:are|is|range from) (\d+)(?:-(\d+))? ?(?:°|degrees)")


def read_claims(text: str) -> tuple[list[Claim], list[str]]:
    """The claims of a text in its order, each once, and the sentences without any.

    Args:
        text: in any style that crystext writes, or free English.
    """
    return distinct(sentences_of(text))


def distinct(read: Iterable[tuple[str, list[Claim]]]) -> tuple[list[Claim], list[str]]:
    """The claims of sentences in their order, each once, and the sentences without any."""
    claims: dict[tuple[Kind, str, object], Claim] = {}
    unread = []
    for sentence, found in read:
        if not found:
            unread.append(sentence)
        for one in found:
            claims.setdefault((one.kind, one.subject, one.value), one)
    return list(claims.values()), unread


def sentences_of(text: str) -> Iterator[tuple[str, list[Claim]]]:
    """Each sentence of a text with its claims."""
    for sentence in split(text):
        yield sentence, list(claims_of(sentence))


def split(text: str) -> list[str]:
    """The sentences of a text, plain."""
    return list(filter(None, map(str.strip, _SENTENCE.split(plain(text)))))


def plain(text: str) -> str:
    """The text without marks of Unicode, LaTeX or HTML styles."""
    text = re.sub(r"(\d)\u0305|\u0305(\d)", r"-\1\2", text)
    text = re.sub(r"<sub>(.*?)</sub>", r"\1", text)
    text = re.sub(r"<sup>(.*?)</sup>", r"\1", text)
    text = re.sub(r"\$?\\overline\{(\d)\}\$?", r"-\1", text)
    text = re.sub(r"\$?_\{?([\w.]+)\}?\$?", lambda m: m[1] if "$" in m[0] else m[0], text)
    return text.translate(_PLAIN)


_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉\u2013\u2212", "0123456789--")


def is_too_long(sentence: str) -> bool:
    """Whether a sentence is too long to be of a crystal."""
    return len(sentence) > _LONGEST or max(map(len, sentence.split())) > _LONGEST_WORD


def denies(sentence: str) -> bool:
    """Whether a sentence denies something."""
    return _DENIAL.search(sentence.replace("are not tilted", "")) is not None


def claims_of(sentence: str) -> Iterator[Claim]:
    """The claims of a sentence in the forms that patterns know; none of one that denies."""
    if not is_too_long(sentence) and not denies(sentence):
        yield from claims_by(_READERS, sentence)


def claims_by(readers: tuple[Reader, ...], sentence: str) -> Iterator[Claim]:
    """What some readers find in a sentence."""
    for read in readers:
        yield from read(sentence)


def _formula(sentence: str) -> Iterator[Claim]:
    found = _SUBJECT.match(sentence)
    named = "crystallizes" in sentence or "structured" in sentence or "Formula:" in sentence
    if found is not None and not named and not _is_whole(found[1], sentence[found.end() :]):
        found = None
    found = found or _NAMED.search(sentence)
    if found is None or (amounts := amounts_of(found[1])) is None:
        return
    yield Claim(Kind.FORMULA, "", found[1].rstrip("."), found[0].strip())
    for element in amounts:
        yield Claim(Kind.ELEMENT, element, element, found[0].strip())


def _named(sentence: str) -> Iterator[Claim]:
    """The formula, where the sentence is like robocrystallographer's or a field."""
    if re.search(r"crystallizes|structured|Formula:", sentence):
        yield from _formula(sentence)


def _is_whole(formula: str, behind: str) -> bool:
    """Whether a sentence that begins with a formula is of the crystal, and not of a part of it."""
    several = len(amounts_of(formula) or ()) > 1
    return several and not _OF_A_PART.match(behind)


def _elements(sentence: str) -> Iterator[Claim]:
    """By their English names, and the anions that a compound is called after."""
    for word in re.findall(r"[A-Za-z]+", _MINERAL.sub("", sentence)):
        if word not in {word.lower(), word.capitalize()}:
            continue  # TiN is no tin
        symbol = element_names().get(word.lower()) or ANIONS.get(word.lower().removesuffix("s"))
        if symbol:
            yield Claim(Kind.ELEMENT, symbol, symbol, word)


def _global(sentence: str) -> Iterator[Claim]:
    if named := _MINERAL.search(sentence):
        yield Claim(Kind.MINERAL, "", (named[1] or named[2]).strip(), named[0])
    for found in _SYSTEM.finditer(_MINERAL.sub("", sentence)):  # "Orthorhombic Perovskite"
        system = found[1] or found[2] or found[3]
        yield Claim(Kind.CRYSTAL_SYSTEM, "", system.lower(), found[0])
    for found in _SYMBOL.finditer(sentence):
        yield Claim(Kind.SPACE_GROUP, "", found[1] or found[2], found[0])
    for found in _IN_GROUP.finditer(sentence):
        if found[1] not in SYMBOLS and known_group(found[1]):
            yield Claim(Kind.SPACE_GROUP, "", found[1], found[0])
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
        name = found[2].strip().lower()
        yield Claim(Kind.COMPONENT, found[3], name, found[0])
        if (number := _number(found[1] or "")) is not None:
            yield Claim(Kind.COUNT, f"{found[3]} {name}", number, found[0])


def _coordinated(sentence: str) -> Iterator[Claim]:
    for found in _COORDINATED.finditer(sentence):
        yield Claim(Kind.GEOMETRY, "", found[1].lower(), found[0])


def _sites(sentence: str) -> Iterator[Claim]:
    for found in _INEQUIVALENT.finditer(sentence):
        if (number := _number(found[1])) is not None:
            yield Claim(Kind.SITES, found[2], number, found[0])
    for found in _BONDED.finditer(sentence):
        own, geometry, listed = found[1], found[3], found[4]
        if geometry and geometry.lower() in GEOMETRIES:
            yield Claim(Kind.GEOMETRY, own, geometry.lower(), found[0])
        counts = [(_number(one[1]), one[2]) for one in _COUNTED.finditer(listed)]
        known = [(number, other) for number, other in counts if number is not None]
        if not known or len(known) < len(counts):
            continue
        yield Claim(Kind.COORDINATION, own, sum(number for number, _ in known), found[0])
        for other in dict.fromkeys(other for _, other in known):
            total = sum(number for number, one in known if one == other)
            yield Claim(Kind.NEIGHBOUR, f"{own}-{other}", total, found[0])


def _shaped(sentence: str) -> Iterator[Claim]:
    """Of an element, in plain words: its geometry, or how many neighbours it has."""
    for found in _IS_SHAPED.finditer(sentence):
        word, geometry = found[1] or found[4], (found[2] or found[3]).lower()
        number, _, counted = geometry.partition("-coordinate")
        if not (symbol := _symbol(word)):
            continue
        if number.isdigit() and not counted:
            yield Claim(Kind.COORDINATION, symbol, int(number), found[0])
        else:
            yield Claim(Kind.GEOMETRY, symbol, geometry, found[0])


def _polyhedra(sentence: str) -> Iterator[Claim]:
    for found in _LABELLED.finditer(sentence):
        yield Claim(Kind.POLYHEDRA, found[1] + found[2], SHAPES[found[3]], found[0])
    unlabelled = _LABELLED.sub("", sentence)
    for found in _POLYHEDRA.finditer(unlabelled):
        yield Claim(Kind.POLYHEDRA, found[1], SHAPES[found[2]], found[0])
    for found in _BARE.finditer(_POLYHEDRA.sub("", unlabelled)):
        yield Claim(Kind.POLYHEDRA, "", SHAPES[found[1]], found[0])
    for found in _SHARING.finditer(unlabelled) if "-sharing" in unlabelled else ():
        own = found[2] or ""
        for kind in dict.fromkeys(_KIND.findall(found[1])):
            yield Claim(Kind.CONNECTIVITY, own, kind, found[0].strip())
    if shares := _SHARES.search(unlabelled):
        for kind in dict.fromkeys(_KIND.findall(shares[2])):
            yield Claim(Kind.CONNECTIVITY, shares[1] or "", kind, shares[0])


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


_READERS: tuple[Reader, ...] = (
    _formula,
    _elements,
    _global,
    _components,
    _coordinated,
    _sites,
    _shaped,
    _polyhedra,
    _lengths,
)
BESIDE_FREE: tuple[Reader, ...] = (_named, _global, _components, _sites, _polyhedra, _lengths)
"""Those of forms that the patterns of free English leave to them."""
OWN_READERS: dict[Own, tuple[Reader, ...]] = {
    Own.WHOLE: (_formula, _global),
    Own.COMPONENTS: (_elements, _global, _components),
    Own.SITES: (_sites,),
    Own.SURROUNDED: (_sites, _polyhedra),
    Own.BONDS: (_lengths,),
    Own.TILT: (_polyhedra, _lengths),
}
"""What finds the claims of each of robocrystallographer's sentences."""


@cache
def _numbers() -> dict[str, int]:
    return {number_words(number): number for number in range(1, _MOST + 1)}


def _symbol(word: str) -> str | None:
    """The element that a word is the symbol or the English name of."""
    return word if word in SYMBOLS else element_names().get(word.lower())


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else _numbers().get(word)
