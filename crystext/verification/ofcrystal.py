"""Claims in free English of the whole crystal, of its kinds of sites, and of bond lengths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.verification.claims import Claim, Kind
from crystext.verification.knowledge import amounts_of, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.verification.tokens import Sentence

MOST_GROUPS = 230
_NOUNS = {"layer": "sheet", "chain": "ribbon"}


_UNEQUAL = re.compile(r"(N)[w]{0,2}V[w]?(E)t?|(N)V?(E)(?=t)")


def _sites(sentence: Sentence) -> Iterator[Claim]:
    """How many inequivalent sites an element has."""
    for found in _UNEQUAL.finditer(sentence.codes):
        group = 1 if found[1] else 3
        behind = sentence.tokens[found.end() : found.end() + 1]
        if group == 3 and not (behind and str(behind[0].value).startswith(("site", "position"))):
            continue
        number, own = found.start(group), found.start(group + 1)
        if own in sentence.objects:
            continue
        places = range(found.start(), found.end())
        yield sentence.claim(Kind.SITES, sentence.symbol(own), sentence.number(number), places)


_LENGTHS = re.compile(r"(?:(p)[w]?J*|J[wb]{0,3}(E)[c](E))[wb]{0,5}(L(?:[cw]{1,3}L)*)")
_LENGTHS_BEHIND = re.compile(r"(L)[w]?(p)[w]?J?")


def _lengths(sentence: Sentence) -> Iterator[Claim]:
    for found in _LENGTHS.finditer(sentence.codes):
        if found[1]:
            bond = pair(*sentence.tokens[found.start(1)].value)  # type: ignore[misc]
        else:
            bond = pair(sentence.symbol(found.start(2)), sentence.symbol(found.start(3)))
        sentence.read.update(range(*found.span()))
        for place in range(*found.span(4)):
            if sentence.codes[place] == "L":
                yield from sentence.lengths_at(bond, place)
    for found in _LENGTHS_BEHIND.finditer(sentence.codes):
        bond = pair(*sentence.tokens[found.start(2)].value)  # type: ignore[misc]
        sentence.read.update(range(*found.span()))
        yield from sentence.lengths_at(bond, found.start(1))


_BY_ITSELF = {
    "Y": Kind.CRYSTAL_SYSTEM,
    "Q": Kind.SPACE_GROUP,
    "#": Kind.SPACE_GROUP,
    "D": Kind.DIMENSIONALITY,
    "M": Kind.PROTOTYPE,
}
_NUMBERED = re.compile(r"qw?(N)")


def _named(sentence: Sentence) -> Iterator[Claim]:
    """Elements, anions, systems, groups, dimensions, prototypes: each by itself."""
    for place, (token, code) in enumerate(zip(sentence.tokens, sentence.codes, strict=True)):
        here = range(place, place + 1)
        if code in {"E", "Z"}:
            for one in token.value:  # type: ignore[attr-defined]
                yield sentence.claim(Kind.ELEMENT, one, one, here)
        elif code in _BY_ITSELF and not sentence.is_choice(place):
            if code == "Y" and not _is_of_crystal(sentence, place):
                continue
            value = token.value if isinstance(token.value, int) else str(token.value)
            if code != "#" or 1 <= sentence.number(place) <= MOST_GROUPS:
                yield sentence.claim(_BY_ITSELF[code], "", value, here)
    for found in _NUMBERED.finditer(sentence.codes):
        number = sentence.number(found.start(1))
        if 1 <= number <= MOST_GROUPS:
            yield sentence.claim(Kind.SPACE_GROUP, "", number, range(*found.span()))


_OF_CELLS = frozenset(
    (
        *("crystal", "crystals", "lattice", "structure", "structures", "phase", "system"),
        *("symmetry", "unit", "cell", "compound", "material", "mineral", "alloy", "metal"),
        *("semiconductor", "insulator", "solid", "form", "polymorph", "modification", "variant"),
        *("setting", "space", "crystalline", "bravais", "is", "axes", "simple", "family", "class"),
        *("conductor", "ceramic", "salt", "superconductor", "halide", "chalcogenide"),
    )
)


def _is_of_crystal(sentence: Sentence, place: int) -> bool:
    """Whether a crystal system is said of the crystal: not of rings, sites, or packing."""
    behind = sentence.tokens[place + 1 : place + 2]
    if not behind or (behind[0].code != "w" and behind[0].value != "unit"):
        return not behind or behind[0].code not in {"o", "B", "t", "P", "g", "S", "n"}
    return str(behind[0].value) in _OF_CELLS


_PART = re.compile(r"F(?:[c]F)*[w]?[Sgt]")


def _formulas(sentence: Sentence) -> Iterator[Claim]:
    codes = sentence.codes
    parts = {place for found in _PART.finditer(codes) for place in range(*found.span())}
    for place, code in enumerate(codes):
        if code != "F":
            continue
        formula = str(sentence.tokens[place].value)
        if codes[place + 1 : place + 2] == "P":
            noun = str(sentence.tokens[place + 1].value).removesuffix("s")
            named = _NOUNS.get(noun, noun)
            places = range(place, place + 2)
            yield sentence.claim(Kind.COMPONENT, named, formula.lower(), places)
            if codes[place - 1 : place] == "N":
                subject, number = f"{named} {formula.lower()}", sentence.number(place - 1)
                yield sentence.claim(Kind.COUNT, subject, number, range(place - 1, place + 2))
        elif place not in parts and (amounts := amounts_of(formula)) and len(amounts) > 1:
            here = range(place, place + 1)
            yield sentence.claim(Kind.FORMULA, "", formula, here)
            for element in amounts:
                yield sentence.claim(Kind.ELEMENT, element, element, here)


OF_CRYSTAL: tuple[Callable[[Sentence], Iterator[Claim]], ...] = (
    *(_formulas, _named, _sites, _lengths),
)
