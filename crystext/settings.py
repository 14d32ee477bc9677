"""What all settings have in common: checked when they are made, written out, digested."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from crystext.description.record import plain
from crystext.errors import UsageError, shown
from crystext.provenance import digest
from crystext.suggestions import hint

if TYPE_CHECKING:
    from collections.abc import Collection


class BaseSettings:
    """Base of frozen dataclasses that decide a result.

    Subclasses check their values in ``__post_init__`` with :func:`check_choice`,
    :func:`check_whole` and :func:`check_number`.
    """

    def to_dict(self) -> dict[str, Any]:
        """What decides the result, as plain values."""
        return plain(asdict(self))  # type: ignore[call-overload]  # subclasses are dataclasses

    def digest(self) -> str:
        """SHA-256 of :meth:`to_dict`, 16 hexadecimal digits."""
        return digest(self.to_dict())


def check_choice(name: str, value: object, allowed: Collection[str]) -> None:
    """Refuses a value that is not one of a few.

    Raises:
        UsageError: it is none of them; the message lists them.
    """
    if value not in allowed:
        meant = hint(value, allowed)
        message = f"{name} {shown(value)} is not known; {meant}choose one of {', '.join(allowed)}"
        raise UsageError(message)


def check_whole(name: str, value: object, least: int = 1, most: float = math.inf) -> None:
    """Refuses what is no whole number within bounds, numpy's included.

    ``None`` is left to the caller.

    Raises:
        UsageError: it is none.
    """
    number = plain(value)
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        ends = f"from {least:,} on" if most == math.inf else f"from {least:,} to {most:,}"
        raise UsageError(f"{name} {shown(value)} is no whole number {ends}")


def check_number(name: str, value: object, least: float, most: float, unit: str = "") -> None:
    """Refuses what is no number from ``least`` to ``most``, both allowed, numpy's included.

    Raises:
        UsageError: it is none.
    """
    number = plain(value)
    if (
        not isinstance(number, int | float)
        or isinstance(number, bool)
        or not least <= number <= most
    ):
        ends = f"from {least:g} to {most:g}{f' {unit}' if unit else ''}"
        raise UsageError(f"{name} {shown(value)} is no number {ends}")
