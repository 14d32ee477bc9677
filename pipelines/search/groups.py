"""Space groups in a query, by symbol or number, each as one word that nothing else reads.

A symbol may be short or full, with or without blanks or underscores, of an old or a new edition, in
any setting (:mod:`crystext.formats.cif.symbols`). Symbols that are elements or molecules as well,
such as Pm and I2, are groups only where the query says so: behind ``space group``, before
``symmetry``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from crystext.formats.cif.symbols import of_symbol
from crystext.pipelines.search.environments import ANY_SHAPE, SYMBOL
from crystext.pipelines.search.terms import GROUP
from crystext.verification.reading import MOST_GROUPS
from crystext.verification.vocabulary import element_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AXIS = r"(?:-?[12346](?:_?[1-5]|\([1-5]\))?(?:_?/_?[mnabcde])?|[mnabcde])"
_EXTENSION = (
    r"(?:\s?:\s?[12HRSZ]\b"
    r"|,?\s\(?(?:origin(?: choice)? [12]|(?:hexagonal|rhombohedral) (?:axes|setting))\b\)?)?"
)
_IN_WORDS = re.compile(r",?\s\(?(?:origin|hexagonal|rhombohedral)\b.*", re.IGNORECASE)
_END = (
    r"(?![\w+]|\.\d|/(?!(?-i:[PABCIFR]))|-(?!type\b|like\b|struct)"
    r"|\((?!(?:no|nr|number|#)?\.?\s?\d))"
)
_TIGHT = rf"[PABCIFRH](?:_?{_AXIS}){{1,5}}"
_SPACED = rf"(?-i:[PABCIFR](?:[ _]{_AXIS}){{1,4}})"
_SYMBOL = rf"(?:{_SPACED}|{_TIGHT}){_EXTENSION}{_END}"
_NUMBER = rf"\d{{1,3}}{_END}"
_OF_IT = r"(?:numbers?|no\.?|nr\.?|symbols?|symmetry|is|of|called|named)"
_BEFORE = (
    rf"\b(?:space[\s-]?group|sg|spgr)(?P<many>s)?(?![a-z])(?:\s+{_OF_IT}(?![\w-]))*\s*[:=#]?\s*"
)
_BEHIND = r"\s+(?:space[\s-]?groups?|symmetry)\b"
_TOO = rf"(?:\s*\((?:no\.?|nr\.?|number|#)?\s?{_NUMBER}\))"
_MORE = (
    rf"(?(many)(?:\s*(?:,|\bor\b|\band\b)+\s*{_NUMBER})*"
    rf"|(?:(?:\s*,\s*{_NUMBER})*\s*,?\s*\bor\b\s*{_NUMBER})*)"
)
_SAID = re.compile(
    rf"{_BEFORE}(?:(?P<numbers>{_NUMBER}{_MORE})|(?P<symbol>{_SYMBOL}){_TOO}?(?:{_BEHIND})?)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"(?:#\s?|\bn[or]\.\s?)(?P<number>{_NUMBER})", re.IGNORECASE)
_ALONE = re.compile(
    rf"(?<![\w.-])(?P<symbol>{_SYMBOL})(?P<too>{_TOO})?(?P<behind>{_BEHIND})?", re.IGNORECASE
)
_PARTS = re.compile(
    r"\s+(?:molecul\w+|clusters?|units?|dimers?|pairs?|rings?|\w*ions?|atoms?|sites?|bonds?"
    rf"|{ANY_SHAPE})\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"\bspacegroup(\d+)\b")
_BAR = re.compile(r"\\(?:bar|overline)\s*\{?\s*([1-6])\s*\}?")
_WORDS = frozenset({"came"})
"""English words that have the letters of symbols."""


@dataclass
class Groups:
    """A query in which each space group is one word.

    Attributes:
        text: the query, with ``spacegroup225`` where it names that group.
        said: how it names each number.
        notes: for what symbols were taken that could be something else.
    """

    text: str
    said: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def named_in(self, text: str) -> Iterator[tuple[str, str]]:
        """The terms of groups in a part of the text, each with the words that say it."""
        for found in _MARK.finditer(text):
            yield f"{GROUP}{int(found[1])}", self.said.get(int(found[1]), found[0])

    def spelled(self, text: str) -> str:
        """A part of the text with its groups as the query spells them."""
        return _MARK.sub(lambda found: self.said.get(int(found[1]), found[0]), text)


def without_groups(text: str) -> str:
    """A part of a marked text without its groups."""
    return _MARK.sub(" ", text)


def mark_groups(query: str, has: Callable[[str], bool] = bool) -> Groups:
    """Finds the space groups of a query.

    Args:
        query: free English.
        has: whether any crystal has an element; Cm is no curium where there is none.

    >>> mark_groups("sulfide in P6_3/m m c").text
    'sulfide in spacegroup194'
    """
    groups = Groups(_BAR.sub(r"-\1", query).replace("$", ""))
    for pattern, read in (
        *((_SAID, _said), (_NUMBERED, _numbered)),
        (_ALONE, partial(_alone, has=has)),
    ):
        groups.text = pattern.sub(partial(read, groups), groups.text)
    return groups


def _marked(groups: Groups, number: int, said: str) -> str:
    groups.said.setdefault(number, said.strip())
    return f"spacegroup{number}"


def _said(groups: Groups, found: re.Match[str]) -> str:
    """What stands for a number or a symbol behind ``space group``."""
    if found["numbers"]:
        numbers = re.findall(r"\d+", found["numbers"])
        whole = len(numbers) == 1
        return " or ".join(  # a crystal has one
            _marked(groups, int(one), found[0] if whole else one) for one in numbers
        )
    number = group_number(found["symbol"])
    return found[0] if number is None else _marked(groups, number, found[0])


def _numbered(groups: Groups, found: re.Match[str]) -> str:
    """What stands for ``#225`` and ``No. 225``."""
    number = int(found["number"])
    counted = re.search(r"coordination\s*$", found.string[: found.start()], re.IGNORECASE)
    known = 1 <= number <= MOST_GROUPS and not counted
    return _marked(groups, number, found[0]) if known else found[0]


def _alone(groups: Groups, found: re.Match[str], *, has: Callable[[str], bool]) -> str:
    """What stands for a symbol without ``space group`` before it: itself where it is none."""
    symbol, before, behind = (
        found["symbol"],
        found.string[: found.start()],
        found.string[found.end() :],
    )
    number = group_number(symbol)
    if number is None:
        return found[0]
    if found["behind"] or found["too"] or re.search(r"\bmonoclinic\s+$", before, re.IGNORECASE):
        return _marked(groups, number, found[0])
    if not _is_clear(symbol):
        return found[0]
    element = re.fullmatch(rf"({SYMBOL})(\d?)", symbol)
    if element is not None:
        name = next(name for name, one in element_names().items() if one == element[1])
        if not element[2] and has(symbol):
            groups.notes.append(
                f'"{symbol}" is read as {name}; for the space group write "space group {symbol}"'
            )
            return found[0]
        if element[2] and _PARTS.match(behind):
            return found[0]
        groups.notes.append(
            f'"{symbol}" is read as space group {number}; for the element write "{name}"'
        )
    return _marked(groups, number, found[0])


def _is_clear(symbol: str) -> bool:
    """Whether a symbol is hardly a word, a formula or an abbreviation as well.

    Of symbols of two signs only those of usual settings are, so that I2 stays iodine.
    """
    bare = symbol.partition(":")[0].strip()
    if re.search(r"[-/_]", bare):
        return bare[0].isupper() or len(bare) > 3 or _is_usual(bare)
    if " " in bare:
        return len(bare.split()) > 2 or re.search(r"\d\d", bare) is not None
    if bare[0].islower():
        return len(bare) > 3 and bare not in _WORDS
    if len(bare) == 2:
        return bare == "Pn" or _is_usual(bare)
    return bare[1:] == bare[1:].lower() or re.fullmatch(rf"(?:{SYMBOL}\d*)+", bare) is None


def _is_usual(symbol: str) -> bool:
    import gemmi

    found = gemmi.find_spacegroup_by_name(symbol)
    return found is not None and found.is_reference_setting()


@cache
def group_number(symbol: str) -> int | None:
    """The number of a space group by any of its symbols; ``None`` if there is none."""
    found = of_symbol(_IN_WORDS.sub("", symbol))
    return found[0].number if found else None
