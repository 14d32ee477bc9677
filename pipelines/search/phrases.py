"""Terms that words ask for which are no claim: names, formulas, shapes, numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.pipelines.search.classes import ANION_CLASSES, WORDS
from crystext.pipelines.search.environments import (
    ANY_SHAPE,
    SYMBOL,
    atom,
    elements_in,
    environments,
)
from crystext.pipelines.search.terms import formula
from crystext.verification.knowledge import amounts_of
from crystext.verification.vocabulary import ANIONS, DIMENSIONS, SYMBOLS, compound_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    Asked = Iterator[tuple[str, str]]

_MORE_DIMENSIONS = {
    r"layers?|sheets?|van der Waals|vdW|quasi-(?:2D|two-dimensional)|lamellar|exfoliat\w*": 2,
    r"two dimensional|slabs?": 2,
    r"chains?|ribbons?|wires?|quasi-(?:1D|one-dimensional)|one dimensional": 1,
    r"molecular(?: crystals?| solids?)?|zero dimensional": 0,
    r"(?:isolated|separate|discrete|single) (?:molecules?|molecular units?|clusters?)": 0,
    r"frameworks?|three dimensional|3D networks?": 3,
}
_LONGEST_NAME = 6  # words
NUMBER_WORDS = frozenset(number_words(number) for number in range(1, 33))


def minerals_in(text: str, minerals: Collection[str]) -> Asked:
    """Names of prototypes with the words that say them, the longest first: spinel, rock salt.

    A name that is made of elements alone, such as copper or lead oxide, is one only where the text
    speaks of a structure.
    """
    words = [(one[0], one.start(), one.end()) for one in re.finditer(r"[^\s,;]+", text)]
    taken: set[int] = set()
    for size in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            places = range(start, start + size)
            said = text[words[start][1] : words[start + size - 1][2]].rstrip(".")
            plain = re.sub(r"-(?:type|like|structured|derived)$", "", said.lower())
            name = next((one for one in (plain, plain.removesuffix("s")) if one in minerals), None)
            if name is None or taken & set(places):
                continue
            behind = text[words[start + size - 1][2] :]
            speaks = re.match(r"[\s-]*(?:structure|prototype|type|lattice|-like)", behind)
            if _is_chemical(name) and not speaks and plain == said.lower():
                continue
            taken |= set(places)
            yield name, said


def _is_chemical(name: str) -> bool:
    return all(
        element(one) or one in {"alpha", "beta", "gamma", "delta", "zeta"} for one in name.split()
    )


def element(word: str) -> str | None:
    """The element of a symbol, a name or an anion; ``None`` if the word is neither."""
    if word in SYMBOLS:
        return word
    plain = word.lower()
    for prefix in ("di", "tri", "tetra", "penta", "hexa", "mono", "sesqui"):
        if (found := ANIONS.get(plain.removeprefix(prefix).removesuffix("s"))) is not None:
            return found
    return atom(plain)


def _formulas(text: str) -> Asked:
    """Elements, formulas, and systems of elements."""
    yield from ((f"element:{symbol}", text[start:end]) for symbol, start, end in elements_in(text))
    for found in re.finditer(r"(?<![\w/-])[A-Z][\w()\[\].-]*", text):
        word, behind = found[0].strip(".-"), text[found.end() :]
        parts = word.split("-")
        if len(parts) > 1 and all(one in SYMBOLS for one in parts):
            if not re.match(r"\s+(?:bond|distance)", behind):
                yield f"system of elements:{'-'.join(sorted(parts))}", word
            yield from ((f"element:{one}", word) for one in parts)
        elif re.fullmatch(rf"(?:[(\[]*{SYMBOL}[\d.]*(?:[)\]][\d.]*)*)+", word):
            amounts = amounts_of(word)
            if amounts is None or word in SYMBOLS:
                continue
            if not re.match(rf"\s+(?:\w+ )?(?:{ANY_SHAPE})\b", behind):  # TiO6 octahedra
                yield formula(amounts), word
            yield from ((f"element:{one}", word) for one in amounts)


def _prefixed(text: str) -> Asked:
    """Anions with a number before: disulfide, trioxide."""
    for word in re.findall(r"\b[A-Za-z]+ides?\b", text):
        if symbol := element(word):
            yield f"element:{symbol}", word


def _compounds(text: str) -> Asked:
    """Anions of several elements: titanates, hydroxides."""
    for word in re.findall(r"\b[A-Za-z]{4,}\b", text):
        yield from ((f"element:{one}", word) for one in compound_of(word))


def is_anion(word: str) -> bool:
    """Whether compounds are called after it: oxide, titanates, chalcogenide."""
    plain = word.lower()
    named = any(re.fullmatch(WORDS[one], plain) for one in ANION_CLASSES)
    return named or bool(compound_of(word)) or (atom(plain) is None and element(word) is not None)


def _reader_of(terms: Mapping[str, str]) -> Callable[[str], Asked]:
    """Looks for patterns of whole words, each with the term that it asks for."""

    def read(text: str) -> Asked:
        for words, term in terms.items():
            for said in re.finditer(rf"\b(?:{words})\b", text, re.IGNORECASE):
                yield term, said[0]

    return read


_SYSTEMS = {
    rf"(?<!body-centered )\b{one}\b(?! (?:planar|pyramid|bipyramid))": f"crystal system:{one}"
    for one in CRYSTAL_SYSTEMS
}
_DIMENSIONALITIES = {
    words: f"dimensionality:{number}"
    for words, number in (*DIMENSIONS.items(), *_MORE_DIMENSIONS.items())
}
_COMPONENTS = {
    f"{noun}s?": f"component:{noun}" for noun in ("molecule", "cluster", "ribbon", "sheet")
}
_CLASSES = {words: f"class:{name}" for name, words in WORDS.items()}
READERS: tuple[Callable[[str], Asked], ...] = (
    *(_formulas, _prefixed, _compounds, _reader_of(_SYSTEMS | _DIMENSIONALITIES), environments),
    _reader_of(_COMPONENTS | _CLASSES),
)
