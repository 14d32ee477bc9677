"""Space groups by what a file calls them: Hermann-Mauguin symbol, Hall symbol, number.

A symbol may be short or full, with or without blanks, of an old or a new edition, with an origin
(``:1``, ``:2``, ``S``, ``Z``) or axes (``:H``, ``:R``), and in any setting of gemmi's table. What
it leaves open gives several candidates; the cell and the sites decide among them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from crystext.formats.operations import Operations

_SUFFIX = re.compile(
    r"[\s:(\[]*(?:(origin(?:choice)?|o)?@?\s*([12])|(s|z|hr|h|r|rs))[\s)\]]*", re.IGNORECASE
)
_AXES_IN_WORDS = re.compile(
    r"[\s:{(\[,]+(rhomb|hex)\w*\.?\s*(axes|axis|setting|cell)?[\s})\]]*", re.IGNORECASE
)
_EXTENSIONS = {"1": "1", "2": "2", "s": "1", "z": "2", "h": "H", "hr": "H", "r": "R", "rs": "R"}
_MARKUP = re.compile(r"</?\w+>|[_~(){}$\s]|\\(?:mathrm|rm|text|it)")
_ITS_NUMBER = re.compile(r"[\s,;(]*\bno\.?\s*\d{1,3}\s*\)?$", re.IGNORECASE)
_BAR = re.compile(r"\\(?:bar|overline)\s*\{?\s*([1-6])\s*\}?")
_WITH_E = frozenset({39, 41, 64, 67, 68})
_AXIS = re.compile(r"(?<!-)[2346][1-5]?/")


@dataclass(frozen=True)
class Setting:
    """One space group in one setting.

    Attributes:
        name: Hermann-Mauguin symbol with its extension, such as ``F d -3 m:2``.
        number: 1 to 230.
        hall: Hall symbol.
    """

    name: str
    number: int
    hall: str

    @property
    def operations(self) -> Operations:
        """Its operations, the identity first, centring translations included."""
        operations = of_hall(self.hall)
        assert operations is not None  # the table's own symbols
        return operations


@cache
def of_hall(symbol: str) -> Operations | None:
    """The operations of a Hall symbol, ``None`` where it is none."""
    import gemmi

    try:
        found = list(gemmi.symops_from_hall(symbol.replace("_", " ").strip()))
    except (RuntimeError, ValueError):
        return None
    denominator = gemmi.Op.DEN
    rotations = np.array([one.rot for one in found], dtype=np.int64) // denominator
    translations = np.array([one.tran for one in found], dtype=float) / denominator
    return Operations(rotations, np.mod(translations, 1))


def of_symbol(symbol: str) -> list[Setting]:
    """The settings that a Hermann-Mauguin symbol can stand for, the usual one first."""
    symbol = _ITS_NUMBER.sub("", symbol)
    text = _cleaned(symbol)
    if found := _table().get(text):
        return list(found)
    bare, extension = without_extension(symbol)
    for name in dict.fromkeys((_cleaned(bare), _short(_cleaned(bare)), _short(text))):
        found = _table().get(name) or _double_glides(name) or _old(name)
        if found and extension and ":" in found[0].name:
            found = [one for one in found if one.name.endswith(f":{extension}")]
        if found:
            return list(found)
    return []


def of_number(number: int) -> list[Setting]:
    """The settings of a space-group number, the one of the International Tables first."""
    return [one for one in _settings() if one.number == number]


def _cleaned(symbol: str) -> str:
    return _MARKUP.sub("", _BAR.sub(r"-\1", symbol)).lower().removesuffix(".")


def without_extension(symbol: str) -> tuple[str, str | None]:
    """A symbol without its origin or axes, and these as gemmi writes them: 1, 2, H or R."""
    text = symbol.strip().rstrip("_")
    if match := _AXES_IN_WORDS.search(text):
        return text[: match.start()], match[1][0].upper()
    for at in range(1, len(text)):
        match = _SUFFIX.fullmatch(text, at)
        if match is None:
            continue
        marked = text[at] in " :([_" or not text[at - 1].isspace()
        rotation = match[2] and text[at] in "12" and not match[1]  # the 2 of `P 2`
        if marked and not rotation:
            return text[:at], _EXTENSIONS[(match[2] or match[3]).lower()]
    return text, None


def _short(text: str) -> str:
    """The short form of a full symbol: ``p63/m2/m2/c`` becomes ``p63/mmc``."""
    axes = _AXIS.findall(text)
    if len(axes) > 1 and "-3" not in text and text[1] in "46":
        head, _, rest = text.partition("/")
        return f"{head}/{_AXIS.sub('', rest)}"
    return _AXIS.sub("", text) if len(axes) > 1 or "-3" in text else text


def _double_glides(name: str) -> list[Setting]:
    """Symbols of the edition of 1992 with an ``e``, such as ``c m c e``, by those before it."""
    if "e" not in name:
        return []
    found: dict[str, Setting] = {}
    for letters in product("abc", repeat=name.count("e")):
        old = name
        for letter in letters:
            old = old.replace("e", letter, 1)
        found |= {one.name: one for one in _table().get(old, ()) if one.number in _WITH_E}
    return list(found.values())


def _old(name: str) -> list[Setting]:
    """Forms that gemmi knows besides its table, such as ``f d 3 m`` and ``c m c e``."""
    import gemmi

    try:
        found = gemmi.find_spacegroup_by_name(name)
    except (RuntimeError, ValueError):
        return []
    return [] if found is None else list(_table()[_cleaned(found.hm)])


@cache
def _settings() -> tuple[Setting, ...]:
    """All of gemmi's table; of each number the setting of the International Tables first."""
    import gemmi

    entries = sorted(gemmi.spacegroup_table(), key=lambda one: not one.is_reference_setting())
    return tuple(Setting(one.xhm(), one.number, one.hall) for one in entries)


@cache
def _table() -> dict[str, list[Setting]]:
    """Settings by their symbols without blanks, in lower case; monoclinic ones also short."""
    table: dict[str, list[Setting]] = defaultdict(list)
    for one in _settings():
        bare, _, extension = one.name.partition(":")
        names = [_cleaned(bare)]
        if extension:
            names.append(f"{names[0]}:{extension.lower()}")
        words = bare.split()
        if len(words) == 4 and words.count("1") == 2 and one.number > 2:
            names.append(_cleaned(words[0] + next(word for word in words[1:] if word != "1")))
        for name in dict.fromkeys(names):
            table[name].append(one)
    return dict(table)
