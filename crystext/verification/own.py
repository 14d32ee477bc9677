"""Which sentences are robocrystallographer's, told by one pattern each, and what reads them.

These have a closed form, so nothing is left of them; all other sentences are free English.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.verification.vocabulary import GEOMETRIES, SHAPES

_ELEMENT = r"(?:[A-Z][a-z]?)"
_SITE = rf"{_ELEMENT}(?:\d*\.?\d*[+-])?(?:\([\d,]+\))?"
_COUNT = r"(?:[a-z]+(?:-[a-z]+)?|\d+)"
_MANY = rf"{_COUNT} (?:equivalent )?{_SITE}"
_LENGTH = r"\d+\.\d+ Å"
_PAIR = rf"{_SITE}-{_SITE}"
_ORDINAL = rf"In the [a-z]+(?:-[a-z]+)? {_SITE} site, "
_PART = r"In (?:the|each) [\w()\[\].,+-]+ (?:framework|cluster|sheet|ribbon|molecule), "
_BONDS = re.compile(
    rf"(?:All|Both|The) {_PAIR} bond lengths? (?:is|are) {_LENGTH}\."
    rf"|There (?:is|are) {_COUNT} shorter \({_LENGTH}\) and {_COUNT} longer \({_LENGTH}\) {_PAIR}"
    rf" bond lengths?\.|There are a spread of {_PAIR} bond distances ranging from"
    r" \d+\.\d+-\d+\.\d+ Å\."
)
_TILT = re.compile(
    r"The corner-sharing octahedr(?:al tilt angles (?:are|is|range from) \d+(?:-\d+)?°"
    r"|a are not tilted)\."
)
_SITES = re.compile(rf"There are {_COUNT} inequivalent {_SITE} sites\.")
_SURROUNDED = re.compile(
    rf"(?:{_PART})?(?:{_ORDINAL})?{_SITE} is bonded (?:in an? (?:distorted )?(?P<geometry>[\w -]+?)"
    rf" geometry )?to {_MANY}(?:(?:[,;] and |[,;] | and ){_MANY})* atoms?(?P<form> to form .+)?\."
)
_WHOLE = re.compile(
    rf"[\w()\[\].]+ (?:is .+? structured and )?crystallizes in the (?:{'|'.join(CRYSTAL_SYSTEMS)})"
    r" [PIFCABR][\w/-]* space group\."
)


_COMPONENTS = re.compile(
    r"The structure (?:is [a-z]+-dimensional and )?consists of "
    r"(?!.*\b(?:not|no|never|without|neither|nor)\b)"
)


class Own(StrEnum):
    """Kinds of robocrystallographer's sentences."""

    WHOLE = "the crystal"
    COMPONENTS = "what the crystal consists of"
    SITES = "how many sites there are"
    SURROUNDED = "what a site is bonded to"
    BONDS = "bond lengths"
    TILT = "tilt angles"


def own_kind(sentence: str) -> Own | None:
    """Which of its sentences one is; ``None`` for free English and for sentences of components.

    >>> own_kind("All Na(1)-Cl(1) bond lengths are 2.82 Å.")
    <Own.BONDS: 'bond lengths'>
    """
    if sentence.endswith(("Å.", "length.", "lengths.")):
        return Own.BONDS if _BONDS.fullmatch(sentence) else None
    if sentence.startswith("The corner-sharing"):
        return Own.TILT if _TILT.fullmatch(sentence) else None
    if sentence.endswith("sites."):
        return Own.SITES if _SITES.fullmatch(sentence) else None
    if " is bonded " in sentence:
        found = _SURROUNDED.fullmatch(sentence)
        return Own.SURROUNDED if found and _is_closed(found) else None
    if sentence.startswith("The structure "):
        return Own.COMPONENTS if _COMPONENTS.match(sentence) else None
    return Own.WHOLE if _WHOLE.fullmatch(sentence) else None


def _is_closed(found: re.Match[str]) -> bool:
    """Whether all that a site's sentence says is in the words that such sentences have."""
    if found["geometry"] and found["geometry"].lower() not in _GEOMETRIES:
        return False
    words = (found["form"] or "").replace("-sharing", "").split()
    return all(one.rstrip(",-") in _words() or one[0] in _CAPITALS for one in words)


_GEOMETRIES = frozenset(map(str.lower, GEOMETRIES))
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ(")


@cache
def _words() -> frozenset[str]:
    """Those behind "to form", formulas aside."""
    parts = {part for one in SHAPES for part in one.split()}
    numbers = {number_words(number) for number in range(1, 201)}
    return frozenset(
        parts
        | numbers
        | {"to", "form", "a", "an", "mixture", "of", "distorted", "that", "share", "with", "and"}
        | {"equivalent", "corner", "corners", "edge", "edges", "face", "faces", "edgeedge"}
        | {"cornercorner", "faceface"}
    )
