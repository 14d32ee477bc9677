"""Names, units and meanings of the features, and the number of their version."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VERSION = 1
"""Changes with any name, order or meaning of a feature, so that what was learnt is not mixed."""
_LARGEST = 10.0  # of a network's input


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


def width_of(features: Sequence[Feature]) -> int:
    """Entries of a vector of :func:`vectors_of`."""
    return len(features) + sum(one.may_lack for one in features)


def vectors_of(values: NDArray[np.float64], features: Sequence[Feature]) -> NDArray[np.float32]:
    """Features as a network reads them: finite, of order one.

    Args:
        values: (n, features).
        features: what the columns are.

    Returns:
        (n, features and those that may lack): each divided by its scale and held within 10, 0
        where it lacks; then 1 for each that is there.
    """
    scales = np.array([one.scale for one in features])
    lacking = np.array([one.may_lack for one in features])
    scaled = np.clip(values / scales, -_LARGEST, _LARGEST)
    there = np.isfinite(scaled)
    found = [np.where(there, scaled, 0.0), there[:, lacking].astype(float)]
    return np.concatenate(found, axis=1).astype(np.float32)
