"""Numbers and units in the words of a query, and what they are in the unit of a column."""

from __future__ import annotations

import re
from decimal import Decimal

from crystext.description.words import number_words

_WORDS = {number_words(number): number for number in range(1, 21)} | {"zero": 0}
_NAMES = "|".join(sorted(_WORDS, key=len, reverse=True))
NUMBER = (
    r"(?:(?<![\w.])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?![\d.]*\d)"
    rf"|(?<![\w.])[+-]?\.\d+(?![\d.]*\d)|\b(?:{_NAMES})\b(?!-))"
)
"""Digits, or a small number in words."""
_FACTORS = (
    {"eV": "1", "meV": "0.001", "keV": "1000"},
    {
        "GPa": "1",
        "TPa": "1000",
        "MPa": "0.001",
        "kPa": "0.000001",
        "Pa": "0.000000001",
        "Mbar": "100",
        "kbar": "0.1",
        "bar": "0.0001",
    },
)
"""What units of one quantity are in the first of them, exactly."""
UNITS = (
    r"[mk]?eV(?:\s?/\s?atom|\s+per\s+atom)?|[kMGT]?Pa|[kM]?bar|kJ/mol|C/m(?:\^?2|²)|g/cm(?:\^?3|³)"
    r"|Å(?:\^?3|³)?|[nµ]m|K|V|%"
)
"""Usual ones, of which a number may be of another than its column."""


def value_of(said: str) -> str:
    """A number in digits, as a condition writes it.

    >>> value_of("three"), value_of("50,000"), value_of("-.5")
    ('3', '50000', '-0.5')
    """
    word = said.lower().lstrip("+")
    if word in _WORDS:
        return str(_WORDS[word])
    return re.sub(r"^(-?)\.", r"\g<1>0.", word.replace(",", ""))


def converted(said: str, unit: str | None, wanted: str) -> str | None:
    """A number in the unit of a column; ``None`` if its own is of something else.

    Of energies per atom the atom may be left out.

    Args:
        said: the number.
        unit: its own; ``None`` where the query leaves it out.
        wanted: the column's.

    >>> converted("2000", "meV", "eV"), converted("2", "eV", "GPa")
    ('2', None)
    """
    value = value_of(said)
    if unit is None or _plain(unit) in {wanted, wanted.removesuffix("/atom")}:
        return value
    own, per_atom, _ = _plain(unit).partition("/atom")
    base, wanted_per_atom, _ = wanted.partition("/atom")
    if per_atom and not wanted_per_atom:
        return None
    for factors in _FACTORS:
        if own in factors and base in factors:
            exact = Decimal(value) * Decimal(factors[own]) / Decimal(factors[base])
            return f"{exact.normalize():f}"
    return None


def _plain(unit: str) -> str:
    unit = re.sub(r"\s+per\s+", "/", unit).replace(" ", "").replace("²", "^2").replace("³", "^3")
    return unit.replace("m2", "m^2").replace("m3", "m^3")


def nearby(value: str, share: str = "0") -> tuple[str, str]:
    """Between which numbers one lies that is told rounded, or about.

    Args:
        value: in digits.
        share: of it, by which it may be off; at least by half of its last digit.

    >>> nearby("1.5"), nearby("2", "0.1")
    (('1.45', '1.55'), ('1.5', '2.5'))
    """
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    rounding = Decimal(5).scaleb(min(int(exponent), 0) - 1)
    off = max(rounding, abs(exact) * Decimal(share))
    return tuple(f"{(exact + one).normalize():f}" for one in (-off, off))  # type: ignore[return-value]
