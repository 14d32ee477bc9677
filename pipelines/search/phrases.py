"""Terms that words ask for which are no claim: names, formulas, symbols, shapes, numbers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.pipelines.search.classes import WORDS
from crystext.pipelines.search.terms import TILTED, UNTILTED, formula
from crystext.verification.knowledge import amounts_of
from crystext.verification.vocabulary import (
    ANIONS,
    DIMENSIONS,
    GEOMETRIES,
    SHAPES,
    SYMBOLS,
    element_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    Asked = Iterator[tuple[str, str]]

_SYMBOL = r"(?:" + "|".join(sorted(SYMBOLS, key=len, reverse=True)) + ")"
_WORDS_TOO = frozenset({"I", "In", "As", "At", "No", "He", "Be"})
"""Symbols that are English words as well; the names of these elements say them."""
_NUMBERS = dict(
    zip(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
        range(1, 12),
        strict=True,
    )
) | {"twelve": 12}
_COUNT = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})"
_SHAPES = "|".join(map(re.escape, sorted(SHAPES, key=len, reverse=True)))
_GEOMETRIES = "|".join(map(re.escape, sorted(set(GEOMETRIES), key=len, reverse=True)))
_TOUCHING = r"(?:corner|edge|face|vertex|vertice)"
_TOUCHINGS = rf"{_TOUCHING}s?(?:\s*(?:,|and|or|-|/)+\s*{_TOUCHING}s?)*"
_MORE_DIMENSIONS = {
    r"layers?|sheets?|van der Waals|vdW|quasi-2D": 2,
    r"chains?|ribbons?|quasi-1D": 1,
    r"molecular(?: crystals?| solids?)?": 0,
    r"frameworks?": 3,
}
_LONGEST_NAME = 6  # words


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


def atom(word: str) -> str | None:
    """The element of a symbol or a name; ``None`` if the word is neither."""
    return word if word in SYMBOLS else element_names().get(word.lower())


@cache
def group_number(symbol: str) -> int | None:
    """The number of a space group by any of its symbols; ``None`` if there is none."""
    import gemmi

    found = gemmi.find_spacegroup_by_name(symbol.replace("_", ""))
    return None if found is None else int(found.number)


def _formulas(text: str) -> Asked:
    """Formulas, systems of elements, and symbols that stand alone."""
    for found in re.finditer(r"(?<![\w/-])[A-Z][\w()\[\].-]*", text):
        word, behind = found[0].strip(".-"), text[found.end() :]
        parts = word.split("-")
        if len(parts) > 1 and all(one in SYMBOLS for one in parts):
            if not re.match(r"\s+(?:bond|distance)", behind):
                yield f"system of elements:{'-'.join(sorted(parts))}", word
            yield from ((f"element:{one}", word) for one in parts)
        elif word in SYMBOLS and word not in _WORDS_TOO:
            yield f"element:{word}", word
        elif re.fullmatch(rf"(?:[(\[]*{_SYMBOL}[\d.]*(?:[)\]][\d.]*)*)+", word):
            amounts = amounts_of(word)
            if amounts is None or word in SYMBOLS:
                continue
            if not re.match(rf"\s+(?:\w+ )?(?:{_SHAPES})\b", behind):  # TiO6 octahedra
                yield formula(amounts), word
            yield from ((f"element:{one}", word) for one in amounts)


def _components(text: str) -> Asked:
    """What a crystal is made of."""
    for noun in ("molecule", "cluster", "ribbon", "sheet"):
        if said := re.search(rf"\b{noun}s?\b", text, re.IGNORECASE):
            yield f"component:{noun}", said[0]


def _prefixed(text: str) -> Asked:
    """Anions with a number before: disulfide, trioxide."""
    for word in re.findall(r"\b[A-Za-z]+ides?\b", text):
        if symbol := element(word):
            yield f"element:{symbol}", word


def _groups(text: str) -> Asked:
    """Space groups by their symbols; such as could be formulas only behind ``space group``."""
    for word in re.findall(r"(?<![\w-])[PIFCABR][\w/-]*\d?[\w/-]*", text):
        plain = word.strip("-.")
        sure = re.search(r"[-_/]\w|\d.*[a-z]{2}|[a-z]{2}\w|6|4\d|3\d", plain)
        if sure and (number := group_number(plain)) is not None:
            yield f"space group:{number}", word


def _systems(text: str) -> Asked:
    for one in CRYSTAL_SYSTEMS:
        pattern = rf"(?<!body-centered )\b{one}\b(?! (?:planar|pyramid|bipyramid))"
        if said := re.search(pattern, text, re.IGNORECASE):
            yield f"crystal system:{one}", said[0]
    for words, number in (*DIMENSIONS.items(), *_MORE_DIMENSIONS.items()):
        if said := re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            yield f"dimensionality:{number}", said[0]


def _shapes(text: str) -> Asked:
    """Polyhedra, by themselves or with the element or formula in their middle."""
    for found in re.finditer(rf"(?:\b([\w()]+)[- ])?\b({_SHAPES})\b", text, re.IGNORECASE):
        shape = SHAPES[found[2].lower()]
        own = atom(found[1]) if found[1] else None
        if own:
            yield f"shape:{own}:{shape}", found[0]
        elif found[1] and re.fullmatch(rf"{_SYMBOL}(?:{_SYMBOL}\d*)+", found[1]):
            yield f"shape:{found[1]}:{shape}", found[0]
        yield f"shape:{shape}", found[2]
    if said := re.search(r"\buntilted\b", text, re.IGNORECASE):
        yield f"octahedra:{UNTILTED}", said[0]
    elif said := re.search(r"\btilt(?:ed|ing|s)?\b", text, re.IGNORECASE):
        yield f"octahedra:{TILTED}", said[0]


def _geometries(text: str) -> Asked:
    """A site's geometry, with the element that stands before or behind it."""
    around = (
        rf"\b({_GEOMETRIES})(?:ly)?(?:[- ](?:coordinat\w*|bonded|geometr\w*|environments?|sites?))?"
    )
    for found in re.finditer(around, text, re.IGNORECASE):
        geometry = found[1].lower()
        behind = re.match(r"\s+(?:of |by )?(\w+)", text[found.end() :])
        before = re.search(
            r"(\w+)(?: (?:is|are|atoms?|ions?|in|with|an?|the|has|have|sites?|distorted))*\s*$",
            text[: found.start()],
        )
        near = [one[1] for one in (behind, before) if one]
        own = next(filter(None, map(atom, near)), None)
        yield f"geometry:{f'{own}:' if own else ''}{geometry}", found[0]


def _sharing(text: str) -> Asked:
    """How polyhedra touch: edge-sharing octahedra, octahedra that share edges."""
    how, shape = rf"(?P<how>{_TOUCHINGS})", rf"(?P<shape>{_SHAPES})"
    linked = r"(?:linked|connected|joined) (?:by|through|via|at) (?:their )?"
    patterns = (
        rf"{how}[- ](?:shar\w+|linked|connected)(?: (?:\w+ )?{shape})?",
        rf"{shape}(?: \w+){{0,3}} shar(?:e|ing)(?: \w+)? {how}",
        rf"{shape}(?: \w+){{0,2}} {linked}{how}",
    )
    for pattern in patterns:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            own = SHAPES.get((found["shape"] or "").lower())
            told = re.sub("vertex|vertice", "corner", found["how"].lower())
            for kind in dict.fromkeys(re.findall(r"corner|edge|face", told)):
                yield f"sharing:{kind}", found[0]
                if own:
                    yield f"sharing:{own}:{kind}", found[0]


def _coordination(text: str) -> Asked:
    """Coordination numbers: six-coordinate titanium, Ti bonded to six O, coordination number 12."""
    fold = rf"\b{_COUNT}(?:[- ]?fold)?[- ]coordinat\w*(?: (?:of |by )?([A-Za-z]+))?"
    for found in re.finditer(fold, text, re.IGNORECASE):
        before = re.search(r"(\w+)(?: (?:is|are|atoms?|ions?|in|with))*\s*$", text[: found.start()])
        near = filter(None, (found[2], before[1] if before else None))
        own = next(filter(None, map(atom, near)), None)
        yield f"coordination:{f'{own}:' if own else ''}{_number(found[1])}", found[0]
    for found in re.finditer(rf"coordination numbers? (?:of |is )?{_COUNT}\b", text, re.IGNORECASE):
        yield f"coordination:{_number(found[1])}", found[0]
    bonded = rf"\b([A-Za-z]+)(?: atoms?| is| are)* bonded to {_COUNT}(?: equivalent)? ([A-Za-z]+)"
    for found in re.finditer(bonded, text):
        own, other = atom(found[1]), atom(found[3])
        if own and other:
            yield f"neighbours:{own}-{other}:{_number(found[2])}", found[0]
    for found in re.finditer(rf"\b({_SYMBOL})-({_SYMBOL}) bonds?\b", text):
        yield f"bond:{'-'.join(sorted((found[1], found[2])))}", found[0]


def _number(word: str) -> int:
    return _NUMBERS.get(word.lower()) or int(word)


def _classes(text: str) -> Asked:
    for name, words in WORDS.items():
        if said := re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            yield f"class:{name}", said[0]


READERS: tuple[Callable[[str], Asked], ...] = (
    *(_formulas, _prefixed, _groups, _systems, _shapes, _geometries, _sharing, _coordination),
    *(_components, _classes),
)
