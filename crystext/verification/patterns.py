"""Pieces of the patterns by which claims are read, and what the words in them stand for."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.verification.vocabulary import ANIONS, SYMBOLS, element_names

if TYPE_CHECKING:
    from collections.abc import Iterable

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
SMALL_NUMBER = rf"(\d+|(?i:{'|'.join(number_words(one) for one in range(24, 0, -1))})(?![a-z]))"
ENGLISH = frozenset({"In", "As", "I", "At", "He", "Be", "No", "Am"})
"""Symbols of elements that are words of English as well."""


def _by_first_letter(names: Iterable[str]) -> str:
    """Any of some names, with a capital or without; few of them are tried at a place."""
    rest: dict[str, list[str]] = {}
    for one in sorted(names, key=len, reverse=True):
        rest.setdefault(one[0], []).append(one[1:])
    return "|".join(
        f"[{first.upper()}{first}](?:{'|'.join(ends)})" for first, ends in sorted(rest.items())
    )


NAMES = _by_first_letter(element_names())
ATOM = (
    rf"(?:\b{ELEMENT}(?:\d*[+-])?(?:\([\d,]+\))?(?![\w(-])"
    rf"|(?<![-\w])(?:(?:{NAMES})(?![-\w])|(?:{_by_first_letter(ANIONS)})(?= (?:an)?ions?\b)))"
)
"""An element by its symbol, as a labelled site or by its name."""
_WORD = re.compile(r"(?<![(\w])[A-Za-z]+")
ATOMS = rf"{ATOM}(?:(?:, and |, | and | & ){ATOM}){{0,9}}"


def symbols_of(words: str) -> list[str]:
    """The elements that :data:`ATOMS` matched, each once."""
    found = []
    for one in _WORD.findall(words):
        name = one.lower()
        symbol = re.match(ELEMENT, one)
        named = element_names().get(name) or ANIONS.get(name)
        found.append(named or (symbol[0] if symbol and len(name) < 3 else ""))
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
