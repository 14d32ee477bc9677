"""What of a sentence no claim was read from, though it seems to say something of the crystal.

Words of geometries, polyhedra, elements, symmetry and properties, and numbers with a unit; the rest
of the language says nothing that a structure could deny.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.verification.knowledge import known_group
from crystext.verification.vocabulary import (
    ANIONS,
    DIMENSIONS,
    GEOMETRIES,
    SHAPES,
    SYMBOLS,
    element_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crystext.verification.claims import Claim

_PROPERTIES = (
    *("band gap", "bandgap", "density", "bulk modulus", "shear modulus", "formation energy"),
    *(
        "lattice parameters?",
        "lattice constants?",
        "cell volume",
        "magnetic moment",
        "conductivity",
    ),
    *("metallic", "metal", "semiconductor", "insulator", "insulating", "magnetic"),
    *("ferromagnetic", "antiferromagnetic", "superconduct\\w+", "stable", "unstable", "metastable"),
    *("(?:corner|edge|face) sharing", "isolated", "molecular", "\\d-dimensional"),
    *("binary", "ternary", "quaternary", "perovskite", "spinel", "zinc ?blende", "wurtzite"),
    *("rutile", "anatase", "brookite", "fluorite", "halite", "rock ?salt", "diamond", "garnet"),
    "(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\d+)-?(?:fold|coordinated?)",
    "bonded to",
)
_GROUP = re.compile(r"(?<![\w/-])[PIFCABR](?=[\w/-]*[\d/-])[\w/-]+(?![\w/-])")
_UNITS = r"(?:Å|°|degrees?|angstroms?|eV|meV|GPa|MPa|K|g/cm3|g/cm\^3|%)"
_SAID_WITH_MORE = re.compile(
    r"\b(?:octahedral tilt|[Ii]n (?:the|each) \S+ (?:framework|cluster|sheet|ribbon|molecule))\b"
)
"""Phrases of which claims read the other half, and those that say where a sentence is."""


def leftover(sentence: str, claims: Iterable[Claim]) -> tuple[str, ...]:
    """The words, each once and in their order, that no claim of the sentence was read from.

    Args:
        sentence: as it was read.
        claims: that were found in it, one or more.
    """
    read = bytearray(len(sentence))
    for words in {one.words for one in claims}:
        start = sentence.find(words)
        while start >= 0:
            read[start : start + len(words)] = b"\1" * len(words)
            start = sentence.find(words, start + 1)
    for found in _SAID_WITH_MORE.finditer(sentence):
        read[found.start() : found.end()] = b"\1" * len(found[0])
    left = (
        found[0]
        for found in _content().finditer(sentence)
        if not all(read[found.start() : found.end()])
    )
    groups = (
        found[0]
        for found in _GROUP.finditer(sentence)
        if not any(read[found.start() : found.end()]) and known_group(found[0])
    )
    return tuple(dict.fromkeys(chain(left, groups)))


@cache
def _content() -> re.Pattern[str]:
    names = [one for one in element_names() if one != "tin"]
    words = [*GEOMETRIES, *SHAPES, *CRYSTAL_SYSTEMS, *DIMENSIONS, *names]
    words += [f"{one}s?" for one in ANIONS]
    listed = "|".join(
        sorted((re.escape(one).replace(r"s\?", "s?") for one in words), key=len)[::-1]
    )
    element = "|".join(sorted(SYMBOLS, key=len, reverse=True))
    return re.compile(
        rf"\b\d+(?:\.\d+)? ?{_UNITS}(?!\w)"
        rf"|\b(?i:{'|'.join(_PROPERTIES)}|{listed})\b"
        rf"|\b(?:(?:{element})\d*(?:\.\d+)?){{2,}}(?!\w)|\b(?:{element})(?=\(\d)"
    )
