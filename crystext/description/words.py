"""English in words: numbers, ordinals, articles, plurals and lists, as ``inflect`` writes them.

Upstream takes these from ``inflect`` (7.6.0 here), whose import alone costs 2.3 s. Only what a
description needs is here; the tests compare every function with ``inflect`` itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_THOUSANDS = ("", " thousand", " million", " billion", " trillion")
_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_COMPONENTS = ("cluster", "ribbon", "sheet", "framework")  # by dimensionality
_HEDRAL = frozenset({"octahedral", "tetrahedral", "cuboctahedral"})
# A vowel, or a single letter whose name begins with one ("an L-shaped"). Digits take "a" whatever
# their sound: ``inflect`` writes "a 8-coordinate".
_TAKES_AN = re.compile(r"[aeiou]|[fhlmnrsx]-", re.IGNORECASE)


@lru_cache(maxsize=4096)
def number_words(number: int) -> str:
    """A whole number in words, for example "one thousand, two hundred and five".

    Args:
        number: at least 0 and below 10**15.

    Raises:
        ValueError: the number is outside that range.
    """
    number = int(number)
    if not 0 <= number < 1000 ** len(_THOUSANDS):
        raise ValueError(f"cannot write {number} in words; give a number of 0 to 10**15 - 1")
    if number < 1000:
        return _below_thousand(number)
    groups = []
    rest = number
    for name in _THOUSANDS:
        rest, group = divmod(rest, 1000)
        if group:
            groups.append(_below_thousand(group) + name)
    *higher, lowest = reversed(groups)
    conjunction = " and " if 0 < number % 1000 < 100 else ", "
    return ", ".join(higher) + conjunction + lowest if higher else lowest


@lru_cache(maxsize=4096)
def ordinal_words(number: int) -> str:
    """The ordinal of a whole number in words, for example "twenty-first".

    Raises:
        ValueError: as :func:`number_words`.
    """
    words = number_words(number)
    start = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[start:]
    if last in _IRREGULAR_ORDINALS:
        ordinal = _IRREGULAR_ORDINALS[last]
    elif last.endswith("y"):
        ordinal = last[:-1] + "ieth"
    else:
        ordinal = last + "th"
    return words[:start] + ordinal


def with_article(words: str) -> str:
    """The words behind "a" or "an"."""
    return f"{'an' if _TAKES_AN.match(words) else 'a'} {words}"


def plural(noun: str, count: int = 2) -> str:
    """The noun for so many things; every noun of a description is regular."""
    return noun if count == 1 else noun + "s"


def component_noun(dimensionality: int) -> str:
    """What a component of so many dimensions is called."""
    return _COMPONENTS[dimensionality]


def polyhedra(geometry: str, count: int = 2) -> str:
    """The polyhedra that sites of a geometry form, for example "square pyramids".

    Upstream has no singular of "-hedra": a single one is "one SnO6 octahedra" too.
    """
    solid = geometry.removesuffix("l")
    return solid if geometry in _HEDRAL else plural(solid.removesuffix("a"), count)


def is_or_are(count: int) -> str:
    """The verb for so many things."""
    return "is" if count == 1 else "are"


def join(words: Sequence[str]) -> str:
    """Lists words as "a", "a and b" or "a, b, and c"; with semicolons if any holds a comma."""
    if len(words) < 3:
        return " and ".join(words)
    separator = ";" if any("," in word for word in words) else ","
    return f"{f'{separator} '.join(words[:-1])}{separator} and {words[-1]}"


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _below_hundred(rest)
    words = f"{_SMALL[hundreds]} hundred"
    return f"{words} and {_below_hundred(rest)}" if rest else words


def _below_hundred(number: int) -> str:
    if number < len(_SMALL):
        return _SMALL[number]
    tens, units = divmod(number, 10)
    return f"{_TENS[tens - 2]}-{_SMALL[units]}" if units else _TENS[tens - 2]
