"""Comparisons of properties in the words of a query, such as ``band gap above 3 eV``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.corpus.columns import Property

_SIGNS = {
    ">=": r"at least|no less than|not less than|not (?:below|under)|no lower than|>=|=>|≥",
    "<=": r"at most|up to|no more than|not more than|not (?:above|over)|no higher than|<=|=<|≤",
    ">": r"above|over|beyond|exceed(?:s|ing)?|(?:great|larg|high|bigg|wid|strong)er than"
    r"|more than|>",
    "<": r"below|under|(?:small|low|narrow|few|weak)er than|less than|<",
}
_SIGN = "|".join(f"(?P<sign{at}>{words})" for at, words in enumerate(_SIGNS.values()))
_UNITS = (
    r"[mk]?eV(?:\s?/\s?atom|\s+per\s+atom)?|[kMGT]?Pa|[kM]?bar|kJ/mol|C/m(?:\^?2|²)|g/cm(?:\^?3|³)"
    r"|[nµ]m|Å|K|V|%"
)
"""Usual ones, of which a number may be of another than its column."""
_IS = r"(?:\s+(?:is|are|of|that|which|has|have|being|value|values|lies|lie|in|the|a|range)\b)*"
_SHORT = {"band_gap": r"(?<!waals )gap"}
"""What people say for a name."""


@dataclass
class Comparisons:
    """A query without the comparisons of properties in it.

    Attributes:
        text: the query without them.
        conditions: on columns, see :func:`crystext.pipelines.search.where.condition`.
        notes: what was read as which condition, and what could not be.
    """

    text: str
    conditions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_comparisons(query: str, properties: Mapping[str, Property]) -> Comparisons:
    """Takes comparisons of a corpus' properties out of a query.

    Args:
        query: free English.
        properties: of the corpus, by the names of their columns.
    """
    found = Comparisons(query)
    names = [one.name for one in properties.values() if one.is_number and one.name.isidentifier()]
    for name in sorted(names, key=len, reverse=True):
        read = partial(_read, found, properties[name])
        for pattern in _patterns(name, properties[name].unit):
            found.text = pattern.sub(read, found.text)
    return found


@cache
def _patterns(name: str, unit: str) -> list[re.Pattern[str]]:
    """The name before a comparison, behind one, and alone."""
    words = r"[\s_-]*".join(rf"{re.escape(one)}(?:'?s)?" for one in name.split("_"))
    words = words.replace(r"[\s_-]*per(?:'?s)?[\s_-]*atom(?:'?s)?", r"(?:[\s_-]*per[\s_-]*atom)?")
    short = rf"{words}|{_SHORT[name]}s?" if name in _SHORT else words
    low, high, value = (_value(one, unit) for one in ("low", "high", "value"))
    ranging = rf"(?:between|from|range(?: of| from)?)\s+{low}\s*(?:and|to|-)\s*{high}"
    compared = rf"(?:{ranging}|(?:{_SIGN})\s*{value})"
    denied = r"(?:\b(?P<denied>not|no|without|excluding)\s+(?:(?:an?|the|any)\s+)?)?"
    return [
        re.compile(one, re.IGNORECASE)
        for one in (
            rf"{denied}\b(?:{short}){_IS}\s*{compared}",
            rf"{denied}(?<![\w-]){compared}\s+(?:of\s+)?(?:{short})\b",
            *([rf"\b(?:{words})\b"] if "_" in name else []),
        )
    ]


def _value(name: str, unit: str) -> str:
    """The pattern of a number, and of its unit, if it has one."""
    number = rf"(?P<{name}>[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\d.]*\d)"
    units = f"{re.escape(unit)}|{_UNITS}" if unit else _UNITS
    return rf"{number}(?:\s?(?P<{name}_unit>{units})(?![\w/^]))?"


def _read(found: Comparisons, compared: Property, match: re.Match[str]) -> str:
    """Keeps a comparison as a condition, or notes why not, and leaves nothing of it."""
    name, said, told = compared.name, " ".join(match[0].split()), match.groupdict()
    if not told:
        found.notes.append(f'"{said}" is a column; ask for it by --where, such as "{name} > 1"')
        return " "
    units = {told[f"{one}_unit"] for one in ("low", "high", "value")} - {None}
    if any(not _is_unit(one, compared.unit) for one in units):
        found.notes.append(
            f'"{said}" is not read: {name} is in {compared.unit or "no unit"}; ask for it by '
            f'--where, such as "{name} > 1"'
        )
        return " "
    condition = _condition(name, match)
    if told["denied"]:
        condition = f"not ({condition})"
    found.conditions.append(condition)
    found.notes.append(f'"{said}" is read as --where "{condition}"')
    return " "


def _condition(name: str, match: re.Match[str]) -> str:
    if match["value"] is None:
        low, high = sorted((match["low"], match["high"]), key=float)
        return f"{low} <= {name} <= {high}"
    sign = next(sign for at, sign in enumerate(_SIGNS) if match[f"sign{at}"])
    return f"{name} {sign} {match['value']}"


def _is_unit(said: str, unit: str) -> bool:
    """Whether a unit is that of a column; of energies per atom the atom may be left out."""
    plain = re.sub(r"\s+per\s+", "/", said).replace(" ", "").replace("²", "^2").replace("m2", "m^2")
    return plain in {unit, unit.removesuffix("/atom")}
