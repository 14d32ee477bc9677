"""Terms of what surrounds atoms: coordination numbers, geometries, polyhedra and how they touch.

Which element a phrase is about is told by nearness: it is the element that is named nearest to it
in the same part of the sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.description.words import number_words, polyhedra
from crystext.pipelines.search.terms import TILTED, UNTILTED
from crystext.verification.vocabulary import GEOMETRIES, SHAPES, SYMBOLS, element_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Asked = Iterator[tuple[str, str]]


def _any_of(words: Iterable[str]) -> str:
    """A pattern of words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


SYMBOL = f"(?:{_any_of(SYMBOLS)})"
ANY_SHAPE = _any_of(SHAPES)
_WORDS_TOO = frozenset({"I", "In", "As", "At", "No", "He", "Be"})
_NUMBERS = {number_words(number): number for number in range(2, 13)}
_COUNT = rf"(?P<count>\b\d{{1,2}}|\b(?:{'|'.join(_NUMBERS)}))"
_AROUND = r"(?:neighbou?r\w*|ligands?|anions?|cations?|atoms?|bonds?)"
_BOUND = r"(?:bonded|bound|linked|surrounded|coordinated) (?:to|by|with)"
_COUNTS = (
    rf"{_COUNT}(?:[- ]?fold)?[- ]?coordinat\w*",
    rf"{_COUNT}[- ]?fold (?:\w+ )?coordinat\w*",
    rf"coordination numbers?(?: (?:of|is|for|equals?|around|\w+))*? {_COUNT}\b",
    rf"{_BOUND} {_COUNT}(?: \w+)?(?: \w+)? {_AROUND}",
    rf"{_COUNT}(?: nearest| close\w*| equivalent| next)*[- ](?:neighbou?r\w*|ligands?)",
    rf"{_COUNT} bonds\b",
)
_GEOMETRIES = _any_of(set(GEOMETRIES))
_ADJECTIVE = {polyhedra(one): one for one in GEOMETRIES if polyhedra(one) in set(SHAPES.values())}
"""The geometry of each kind of polyhedra, such as ``octahedral`` of ``octahedra``."""
_TOUCHING = re.compile(r"\b(corner|edge|face|vertex|vertice)s?\b", re.IGNORECASE)
_JOINED = re.compile(
    r"shar\w*|link\w*|connect\w*|join\w*|fus\w*|common|touch\w*|via|through|bridg\w*", re.IGNORECASE
)
_AS_SUBJECT = rf"\s+(?:is|are|has|have|with|sites?|atoms?|ions?|in\b|{SYMBOL}\b)"
_JOINING = frozenset(
    (
        *("a", "an", "any", "are", "around", "at", "atom", "atoms", "be", "being", "bonded", "by"),
        *("centre", "center", "centred", "centered", "coordinated", "coordination", "distorted"),
        *("each", "environment", "environments", "every", "filled", "find", "for", "form"),
        *("forming", "forms", "geometry", "has", "have", "having", "hole", "holes", "in", "inside"),
        *("into", "ion", "ions", "is", "its", "made", "middle", "number", "occupied", "occupies"),
        *("occupy", "of", "on", "regular", "site", "sites", "sitting", "sits", "surrounded"),
        *("that", "the", "their", "to", "where", "which", "within", "units", "polyhedra"),
    )
)
"""Words between an element and what surrounds it."""


def environments(text: str) -> Asked:
    """The terms of a query, part by part."""
    for part in re.split(r"[;,.](?!\d)", text):
        yield from _coordination(part)
        yield from _geometries(part)
        yield from _shapes(part)
        yield from _sharing(part)
    if said := re.search(r"\buntilted\b", text, re.IGNORECASE):
        yield f"octahedra:{UNTILTED}", said[0]
    elif said := re.search(r"\btilt(?:ed|ing|s)?\b", text, re.IGNORECASE):
        yield f"octahedra:{TILTED}", said[0]


def atom(word: str) -> str | None:
    """The element of a symbol or a name; ``None`` if the word is neither."""
    return word if word in SYMBOLS else element_names().get(word.lower())


def elements_in(text: str) -> Iterator[tuple[str, int, int]]:
    """The elements that a text names by symbol or name, each with its place.

    A symbol that is an English word as well, such as In, is one where it cannot begin a sentence.
    """
    for found in re.finditer(r"(?<![\w-])[A-Za-z]+(?![\w(])", text):
        symbol = atom(found[0])
        if symbol is None or re.match(
            r"I\s+(?:need|want|am|would|look|seek|like)\b", text[found.start() :]
        ):
            continue
        begins = not text[: found.start()].strip()
        if begins and found[0] in _WORDS_TOO and not re.match(_AS_SUBJECT, text[found.end() :]):
            continue
        yield symbol, found.start(), found.end()


def _about(text: str, start: int, end: int, *, shape: bool = False) -> str:
    """The element that a phrase is about, with a colon behind; empty if there is none.

    It is the nearest one from which only words lead to the phrase that join them: inside, at the
    centre of. Behind ``with`` something else begins, but for ``Ti with six neighbours``.
    """
    found = []
    for symbol, first, last in elements_in(text):
        gap = text[last:start] if last <= start else text[end:first]
        words = re.findall(r"[\w-]+", gap.lower().replace("filled with", "filled"))
        joining = _JOINING | ({"with"} if last <= start and not shape else frozenset())
        if set(words) <= joining:
            found.append((len(words), f"{symbol}:"))
    return min(found)[1] if found else ""


def _coordination(part: str) -> Asked:
    """Six-coordinate titanium; Ti bonded to six O atoms; coordination number of Ti is six."""
    for pattern in _COUNTS:
        for found in re.finditer(pattern, part, re.IGNORECASE):
            told = found["count"].lower()
            number = _NUMBERS.get(told) or int(told)
            own = _about(part, found.start(), found.end())
            yield f"coordination:{own}{number}", found[0]
    bonded = (
        r"\b([A-Za-z]+)(?: atoms?| is| are)* bonded to (?P<count>\w+)(?: equivalent)? ([A-Za-z]+)"
    )
    for found in re.finditer(bonded, part):
        one, other, told = atom(found[1]), atom(found[3]), found["count"].lower()
        if one and other and (told in _NUMBERS or told.isdecimal()):
            yield f"neighbours:{one}-{other}:{_NUMBERS.get(told) or int(told)}", found[0]
    for found in re.finditer(rf"\b({SYMBOL})-({SYMBOL}) bonds?\b", part):
        yield f"bond:{'-'.join(sorted((found[1], found[2])))}", found[0]


def _geometries(part: str) -> Asked:
    """A site's geometry: Ti in octahedral coordination, square planar copper."""
    for found in re.finditer(rf"\b({_GEOMETRIES})(?:ly)?\b", part, re.IGNORECASE):
        if found[1].lower().endswith("-coordinate"):
            continue  # counted as such, whatever the angles
        own = _about(part, found.start(), found.end())
        yield f"geometry:{own}{found[1].lower()}", found[0]


def _shapes(part: str) -> Asked:
    """Polyhedra, by themselves, of a formula, or around an element."""
    for found in re.finditer(rf"(?:\b([\w()]+)[- ])?\b({ANY_SHAPE})\b", part, re.IGNORECASE):
        shape = SHAPES[found[2].lower()]
        if found[1] and re.fullmatch(rf"{SYMBOL}(?:{SYMBOL}\d*)+", found[1]):
            yield f"shape:{found[1]}:{shape}", found[0]
        elif own := _about(part, found.start(2), found.end(), shape=True):
            yield f"shape:{own}{shape}", found[0]
            yield f"geometry:{own}{_ADJECTIVE[shape]}", found[0]
        yield f"shape:{shape}", found[2]


def _sharing(part: str) -> Asked:
    """How polyhedra touch: edge-sharing octahedra, tetrahedra that have corners in common."""
    if not _JOINED.search(part):
        return
    bodies = [
        (SHAPES.get(one[0].lower()) or polyhedra(one[0].lower()), one.start(), one.end())
        for one in re.finditer(
            rf"\b(?:{ANY_SHAPE}|{'|'.join(_ADJECTIVE.values())})\b", part, re.IGNORECASE
        )
    ]
    any_kind = re.search(r"\bpolyhedra\b", part, re.IGNORECASE)
    for touching in _TOUCHING.finditer(part):
        kind = re.sub("vertex|vertice", "corner", touching[1].lower())
        yield f"sharing:{kind}", touching[0]
        if any_kind and (own := _about(part, any_kind.start(), any_kind.end(), shape=True)):
            yield f"sharing:{own}{kind}", f"{touching[0]} {any_kind[0]}"
        if bodies:
            nearest = min(
                bodies, key=lambda one: max(one[1] - touching.end(), touching.start() - one[2])
            )
            yield f"sharing:{nearest[0]}:{kind}", part[nearest[1] : nearest[2]]
