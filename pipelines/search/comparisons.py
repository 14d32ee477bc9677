"""Comparisons of properties in the words of a query, such as ``band gap above 3 eV``.

A comparison becomes a condition on a column; its place in the query is kept by a mark, so that
``or`` may stand beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from crystext.pipelines.search.quantities import NUMBER, UNITS, converted, nearby

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.corpus.columns import Property

_MORE = r"(?:great|larg|high|bigg|wid|strong)er"
_FEWER = r"(?:small|low|narrow|few|weak|less)er|less|fewer"
_SIGNS = {
    ">=": r"at least|no less than|not less than|not (?:below|under)|no (?:lower|smaller) than"
    rf"|(?:{_MORE}|more) than or equal to|(?:at or above)|min(?:imum)?\b\.?(?: of)?|>=|=>|≥",
    "<=": r"at most|up to|within|no more than|not more than|not (?:above|over|exceeding)"
    rf"|no (?:higher|greater|larger) than|(?:{_FEWER}) than or equal to|at or below"
    r"|max(?:imum)?\b\.?(?: of)?|<=|=<|≤",
    ">": rf"above|over|beyond|in excess of|exceed(?:s|ing)?|{_MORE} than|more than|>",
    "<": rf"below|under|(?:{_FEWER}) than|short of|<",
}
_TURNED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
_BEHIND = {
    ">=": r"(?:or|and) (?:more|above|higher|greater|larger|over|up)\b|upwards?\b",
    "<=": r"(?:or|and) (?:less|fewer|below|lower|smaller|under)\b",
}
_ABOUT = r"about|around|approximately|approx\.?|roughly|near(?:ly)?|close to|ca\.?|~|≈"
_OFF = "0.1"  # of the value, for what is said to be about it
_IS = (
    r"(?:\s*[:=]|\s+(?:is|are|of|that|which|has|have|being|values?|lies|lie|in|the|a|equal to|"
    r"equals|exactly|ranging|with)\b)*"
)
_RANGE = r"(?:(?:between|from|range(?: of| from)?|in the range)\s+)"
_JOINT = r"\s*(?:,|;|\band\b|\bor\b|\bbut\b)+\s*"
_OTHER_NAMES = {
    "band_gap": r"(?<!waals )gaps?",
    "energy_above_hull": r"(?:energ(?:y|ies)|distance) (?:above|from|to) (?:the )?(?:convex )?hull"
    r"|hull (?:energy|distance)|e_?hull",
    "formation_energy_per_atom": r"formation energ(?:y|ies)(?: per atom)?",
    "bulk_modulus": r"bulk moduli",
    "shear_modulus": r"shear moduli",
    "refractive_index": r"refractive indices|index of refraction",
}
"""What people say for a name."""
_HINTS = {"band_gap": ("gap",), "energy_above_hull": ("hull",), "refractive_index": ("refract",)}
"""A part of each of those names that does not begin as the column does."""
_A_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_SHORT = frozenset({"band_gap"})
"""Those whose other name is none by itself: GaP."""
_ONLY_BEHIND = {"energy_above_hull": r"(?:above|from|of|off) (?:the )?(?:convex )?hull"}
"""What they say behind the number alone."""
_MARK = re.compile(r"\bcomparison(\d+)\b")


def marks_in(text: str) -> list[int]:
    """Numbers of the comparisons that stand in a text."""
    return [int(one) for one in _MARK.findall(text)]


def without_marks(text: str) -> str:
    """The text without the places of comparisons."""
    return _MARK.sub(" ", text)


@dataclass
class Comparisons:
    """A query without the comparisons of properties in it.

    Attributes:
        marked: the query, with ``comparison0`` where its first condition stood.
        conditions: on columns, see :func:`crystext.pipelines.search.where.condition`.
        notes: what was read as which condition, and what could not be.
    """

    marked: str
    conditions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The query without the comparisons."""
        return without_marks(self.marked)

    def spelled(self, text: str) -> str:
        """A text with conditions in the places of their marks."""
        return _MARK.sub(lambda found: self.conditions[int(found[1])], text)


def read_comparisons(query: str, properties: Mapping[str, Property]) -> Comparisons:
    """Takes comparisons of a corpus' properties out of a query.

    Args:
        query: free English.
        properties: of the corpus, by the names of their columns.
    """
    found = Comparisons(query)
    names = [one.name for one in properties.values() if one.is_number and one.name.isidentifier()]
    lowered, compares = query.lower(), _A_NUMBER.search(query) is not None
    for name in sorted(names, key=len, reverse=True):
        if not any(one in lowered for one in (name.partition("_")[0], *_HINTS.get(name, ()))):
            continue  # quick: most queries name none
        unit = properties[name].unit
        read = partial(_read, found, name, unit)
        for pattern in _patterns(name, unit):
            found.marked = pattern.sub(read, found.marked)
    if compares:
        found.marked = _SITES.sub(partial(_read, found, "n_sites", ""), found.marked)
        found.marked = _UNKNOWN.sub(partial(_unknown, found, names), found.marked)
    return found


def _value(unit: str) -> str:
    """The pattern of a number, and of its unit, if it has one."""
    units = f"{re.escape(unit)}|{UNITS}" if unit else UNITS
    return rf"{NUMBER}(?:\s?(?:{units})(?![\w/^]))?"


def _compared(value: str) -> str:
    """The pattern of a comparison without the name."""
    signs = "|".join(_SIGNS.values())
    return (
        rf"(?:{_RANGE}{value}\s*(?:and|to|-)\s*{value}|{value}\s*(?:-|to)\s*{value}"
        rf"|{value}\s*(?:{'|'.join(_BEHIND.values())})|(?:{signs})\s*{value})"
    )


@cache
def _patterns(name: str, unit: str) -> list[re.Pattern[str]]:
    """The name before comparisons, behind or between them, and alone."""
    words = r"[\s_-]*".join(rf"{re.escape(one)}(?:'?s)?" for one in name.split("_"))
    words = words.replace(r"[\s_-]*per(?:'?s)?[\s_-]*atom(?:'?s)?", r"(?:[\s_-]*per[\s_-]*atom)?")
    own = "|".join((words, *filter(None, [_OTHER_NAMES.get(name)])))
    behind = "|".join((own, *filter(None, [_ONLY_BEHIND.get(name)])))
    value = _value(unit)
    one = _compared(value)
    told = rf"(?P<told>{one}(?:{_JOINT}{one})*|(?:(?:{_ABOUT})\s*)?{value})"
    before = rf"(?P<told>{one}(?:{_JOINT}{one})*|(?:(?:{_ABOUT})\s*)?(?:{value}(?<=[A-Za-z%])))"
    denied = (
        r"(?:\b(?P<denied>not|no|without|excluding)\s+(?:(?:an?|the|any|with|having|whose)\s+)*)?"
    )
    sign = "|".join(_SIGNS.values())
    return [
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            rf"(?P<first>{value})\s*(?P<turned>{sign})\s*(?:{own})(?:\s*(?P<told>{one}))?",
            rf"{denied}\b(?:{own}){_IS}\s*{told}",
            rf"{denied}(?<![\w-]){before}\s+(?:of\s+|in\s+)?(?:{behind})\b",
            *([rf"\b(?:{words if name in _SHORT else own})\b"] if "_" in name else []),
        )
    ]


_SITES = re.compile(
    rf"(?<!coordination )(?P<told>(?:at least|at most|up to|no more than|(?:more|fewer|less) than)"
    rf"\s+{NUMBER}|{_RANGE}?{NUMBER}\s*(?:and|to|-)\s*{NUMBER}|{NUMBER}\s+or (?:more|fewer|less))"
    r"\s+(?:sites|atoms(?=\s+(?:in|per)\b))(?:\s+(?:in|per) (?:(?:the|a|each) )?"
    r"(?:(?:unit|primitive|conventional) )?cells?)?(?!\s+(?:around|of|with))\b",
    re.IGNORECASE,
)
_NAMING = r"(?!(?:and|or|with|of|in|for|an?|the|is)\b)[a-z][a-z_-]+"
_UNKNOWN = re.compile(
    rf"(?<![\w-])(?<!waals )(?<!van der )(?P<name>{_NAMING}(?: {_NAMING})??){_IS}"
    rf"\s*(?:(?:{'|'.join(_SIGNS.values())})\s*{NUMBER}"
    rf"|{_RANGE}{NUMBER}\s*(?:and|to|-)\s*{NUMBER})"
    rf"(?:\s?(?:{UNITS}|[A-Za-zµμΩ°]+/[\w^·-]+)(?![\w/^])|(?=\s*(?:$|[,;.]|and\b|or\b|with\b|but\b)))",
    re.IGNORECASE,
)
"""A comparison of anything else."""


def _unknown(found: Comparisons, names: list[str], match: re.Match[str]) -> str:
    said = " ".join(match[0].split())
    known = f"; it has {', '.join(sorted(names))}" if names else ""
    found.notes.append(f'"{said}" is not read: the corpus has no such number{known}')
    return " "


def _read(found: Comparisons, name: str, unit: str, match: re.Match[str]) -> str:
    """Keeps comparisons as a condition, or notes why not, and leaves nothing of them."""
    said, told = " ".join(match[0].split()), match.groupdict()
    if not any(told.values()):
        found.notes.append(f'"{said}" is a column; ask for it by --where, such as "{name} > 1"')
        return " "
    condition = _condition(name, unit, told)
    if condition is None:
        found.notes.append(
            f'"{said}" is not read: {name} is in {unit or "no unit"}; ask for it by '
            f'--where, such as "{name} > 1"'
        )
        return " "
    if told.get("denied"):
        condition = f"not ({condition})"
    found.notes.append(f'"{said}" is read as --where "{condition}"')
    found.conditions.append(condition)
    return f" comparison{len(found.conditions) - 1} "


def _condition(name: str, unit: str, told: Mapping[str, str | None]) -> str | None:
    """Of comparisons; ``None`` if one is of another unit."""
    one = _one_of(unit)
    parts: list[str] = []
    texts = [text for text in (told.get("first"), told.get("told")) if text]
    values = [found for text in texts for found in re.finditer(_split(unit), text, re.IGNORECASE)]
    unit_said = next((found["unit"] for found in reversed(values) if found["unit"]), None)
    if told.get("first"):
        value = converted(values[0]["number"], values[0]["unit"] or unit_said, unit)
        if value is None:
            return None
        sign = _sign(told["turned"] or "")
        parts.append(f"{name} {_TURNED[sign]} {value}")
    text, end = told.get("told") or "", 0
    for found in one.finditer(text):
        read = _single(name, unit, found, unit_said)
        if read is None:
            return None
        joint = text[end : found.start()]
        parts += [" or " if re.search(r"\bor\b", joint) else " and "] if parts else []
        parts.append(read)
        end = found.end()
    return _in_brackets(parts)


def _in_brackets(parts: list[str]) -> str:
    """Conditions and what joins them, in the order of the words."""
    if len(parts) == 1:
        return parts[0]
    return "".join(one if one in {" and ", " or "} else f"({one})" for one in parts)


@cache
def _split(unit: str) -> str:
    units = f"{re.escape(unit)}|{UNITS}" if unit else UNITS
    return rf"(?P<number>{NUMBER})(?:\s?(?P<unit>{units})(?![\w/^]))?"


@cache
def _one_of(unit: str) -> re.Pattern[str]:
    value = _value(unit)
    return re.compile(
        rf"{_compared(value)}|(?:(?:{_ABOUT})\s*)?{value}",
        re.IGNORECASE,
    )


def _sign(text: str) -> str:
    """The sign that words stand for."""
    return next(
        sign
        for sign, words in _SIGNS.items()
        if re.fullmatch(rf"(?:{words})", text.strip(), re.IGNORECASE)
    )


def _single(name: str, unit: str, found: re.Match[str], unit_said: str | None) -> str | None:
    """One comparison without the name, as a condition."""
    numbers = list(re.finditer(_split(unit), found[0], re.IGNORECASE))
    own = next((one["unit"] for one in reversed(numbers) if one["unit"]), unit_said)
    values = [converted(one["number"], one["unit"] or own, unit) for one in numbers]
    told = [one for one in values if one is not None]
    if len(told) < len(values):
        return None
    if len(told) > 1:
        low, high = sorted(told, key=float)
        return f"{low} <= {name} <= {high}"
    before, behind = found[0][: numbers[0].start()].strip(), found[0][numbers[0].end() :].strip()
    signs = [
        sign for sign, words in _BEHIND.items() if behind and re.match(words, behind, re.IGNORECASE)
    ]
    if not signs and before and not re.fullmatch(_ABOUT, before, re.IGNORECASE):
        signs = [_sign(before)]
    if signs or not float(told[0]):
        return f"{name} {(*signs, '==')[0]} {told[0]}"
    low, high = nearby(told[0], _OFF if before else "0")
    return f"{low} <= {name} <= {high}"
