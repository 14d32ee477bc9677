"""Pieces of the patterns by which claims are read, and what the words in them stand for."""

from __future__ import annotations

import re
from functools import cache

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.verification.vocabulary import ANIONS, SYMBOLS, element_names

_MOST = 200  # number words that are understood

ELEMENT = r"(?:" + "|".join(sorted(SYMBOLS, key=len, reverse=True)) + ")"
_CHARGE = r"(?:\d*\.?\d*[+-])?"
SITE = rf"({ELEMENT}){_CHARGE}(?:\([\d,]+\))?"
FORMULA = rf"((?:[\(\[]{{0,3}}{ELEMENT}(?:[\d.]+)?(?:[\)\]][\d.]*){{0,3}})+)"
MINERAL = re.compile(
    r"(?:\bis ((?:(?! is ).)+?)(?:-derived|-like)? structured\b|Mineral: ([^.]+?)(?:\.|$))"
)
GROUP = r"([PIFCABR](?:-?[1-6]|[abcdemn])[-_/1-6abcdemn]*)"
UNIT = r"(?:Å|A\b|angstroms?|ångström)"
SYSTEMS = "|".join(CRYSTAL_SYSTEMS)
NOUNS = "|".join(
    (
        *("crystal", "lattice", "structure", "phase", "system", "symmetry", "unit cell", "cell"),
        *("compound", "material", "mineral", "alloy", "perovskite", *ANIONS),
    )
)
ENGLISH = frozenset({"In", "As", "I", "At", "He", "Be", "No", "Am"})
"""Symbols of elements that are words of English as well."""
NAMES = "|".join(sorted(element_names(), key=len, reverse=True))
ATOM = (
    rf"(?:\b{ELEMENT}(?:\d*[+-])?(?:\([\d,]+\))?(?![\w(-])"
    rf"|(?<![-\w])(?i:{NAMES})(?![-\w]))"
)
"""An element by its symbol, as a labelled site or by its name."""
ATOMS = rf"{ATOM}(?:(?:, and |, | and | & ){ATOM}){{0,9}}"


def symbols_of(words: str) -> list[str]:
    """The elements that :data:`ATOMS` matched, each once."""
    found = []
    for one in re.findall(ATOM, words):
        symbol = re.match(ELEMENT, one)
        found.append(element_names().get(one.lower()) or (symbol[0] if symbol else ""))
    return list(dict.fromkeys(filter(None, found)))


@cache
def space_group_number(symbol: str) -> int | None:
    """The number of a space group by any symbol that gemmi knows; ``None`` if it is none."""
    import gemmi

    group = gemmi.find_spacegroup_by_name(symbol.replace("_", ""))
    return None if group is None else group.number


def number_of(word: str) -> int | None:
    """A whole number in digits or in words."""
    return int(word) if word.isdigit() else _numbers().get(word.lower())


@cache
def _numbers() -> dict[str, int]:
    return {number_words(number): number for number in range(1, _MOST + 1)}
