"""Names, units and meanings of the features, and the number of their version."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from crystext.provenance import digest

VERSION = 1
"""Changes with any name, order or meaning of a feature, so that what was learnt is not mixed."""


@dataclass(frozen=True)
class Feature:
    """One number of a crystal.

    Attributes:
        name: a word with underscores.
        unit: empty for pure numbers.
        meaning: in a few words.
        scale: a typical size, by which a network's input is divided.
        may_lack: whether there are crystals without it, where it is NaN.
    """

    name: str
    unit: str
    meaning: str
    scale: float = 1.0
    may_lack: bool = False


def schema_digest(features: tuple[Feature, ...]) -> str:
    """SHA-256 of version, names, units, scales and meanings, 16 hexadecimal digits."""
    return digest({"version": VERSION, "features": [asdict(one) for one in features]})
