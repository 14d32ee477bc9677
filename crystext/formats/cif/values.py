"""CIF values: numbers with uncertainties, special fractions, and what stands for no value."""

from __future__ import annotations

import re
from math import isfinite

from crystext.errors import BadCifError, NotFiniteError, shown

_EXPONENT = r"[eEdD][-+]?\d+"
_UNSURE = r"\s*\([^()]*+(?:\)[^\w()]*+)?"
_NUMBER = re.compile(
    rf"([-+]?(?:\d+\.?(\d*)|\.(\d+)))(?:({_EXPONENT})?({_UNSURE})*|(\([^()]*\))({_EXPONENT}))"
)
"""Some programs write the exponent behind the uncertainty, ``1.3(1)E2``."""
_FRACTION = re.compile(r"([-+]?\d+)/([1-9]\d*)")
_SIXTHS = (1 / 6, 1 / 3, 2 / 3, 5 / 6)
_LEAST_DECIMALS = 4  # with fewer, 0.33 may be meant as it stands


def number(text: str | None, where: str) -> float:
    """A CIF number; an uncertainty in parentheses is left out, ``1/3`` is a third.

    Args:
        text: as the file writes it, without quotes.
        where: what it is, for messages.

    Raises:
        BadCifError: it is no number.
        NotFiniteError: it is NaN or infinite.
    """
    words = (text or "").strip()
    if match := _NUMBER.fullmatch(words):
        power = match[4] or match[7] or ""
        value = float(match[1] + power.replace("d", "e").replace("D", "e"))
    elif match := _FRACTION.fullmatch(words):
        value = int(match[1]) / int(match[2])
    elif re.fullmatch(r"[-+]?(nan|inf|infinity)", words, re.IGNORECASE):
        value = float(words)
    else:
        comma = re.fullmatch(r"[-+]?\d*,\d+(\(\d*\)?)?", words)
        remedy = "write a point, not a comma" if comma else "give a number"
        message = f"{where} has the value {shown('?' if text is None else text or '.')}"
        raise BadCifError(f"{message}; {remedy}")
    if not isfinite(value):
        raise NotFiniteError(f"{where} has the value {shown(text)}; it must be finite")
    return value


def coordinate(text: str | None, where: str) -> float:
    """A fractional coordinate; ``0.3333`` and ``0.16667`` without uncertainty are whole sixths.

    Raises:
        BadCifError, NotFiniteError: as :func:`number`.
    """
    value = number(text, where)
    match = _NUMBER.fullmatch((text or "").strip())
    if match is None or any(match.groups()[3:]):
        return value
    decimals = len(match[2] or match[3] or "")
    if decimals < _LEAST_DECIMALS:
        return value
    whole, part = divmod(value, 1)
    for sixth in _SIXTHS:
        if abs(part - sixth) < 10.0**-decimals:  # rounded or cut off
            return whole + sixth
    return value
