"""From a property's values to what a network learns, and back: logarithm, standard score, class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import BadTargetsError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MODULI = ("bulk_modulus", "shear_modulus")
_SKEWED = (
    *("elastic_anisotropy", "dielectric_constant", "dielectric_constant_electronic"),
    "piezoelectric_modulus",
)
"""Positive properties of mini whose greatest values are a hundred times the median."""
_MP_SOURCES = ("mini", "mp", "mp-api")


@dataclass(frozen=True)
class Scaling:
    """Standard scores of values or of their logarithms to base 10.

    Attributes:
        log10: whether the logarithm is taken first.
        mean: of the training set, after the logarithm.
        deviation: standard deviation of the same.
        classes: whether values are 0 and 1, and the network's output is the logit of 1.
    """

    log10: bool
    mean: float
    deviation: float
    classes: bool = False

    @classmethod
    def of_classes(cls, labels: NDArray[np.float64]) -> Scaling:
        """Of a training set's labels (n,), 0 and 1.

        Raises:
            BadTargetsError: all are the same.
        """
        if (labels == labels[0]).all():
            side = "above" if labels[0] else "not above"
            raise BadTargetsError(
                f"all {len(labels)} crystals to learn from are {side} the threshold; choose another"
            )
        return cls(log10=False, mean=0.0, deviation=1.0, classes=True)

    def to_dict(self) -> dict[str, Any]:
        """As it is saved; runs that learn values have no word of classes."""
        told = dict(vars(self))
        if not self.classes:
            del told["classes"]
        return told

    @classmethod
    def of(
        cls,
        values: NDArray[np.float64],
        *,
        log10: bool,
        ids: Sequence[str],
        standardise: bool = True,
    ) -> Scaling:
        """Fits the scaling to the training set.

        Args:
            values: (n,), in the property's unit.
            log10: whether to take the logarithm first.
            ids: (n,), to name those that cannot be learnt.
            standardise: without, the values are learnt as they are.

        Raises:
            BadTargetsError: there are fewer than 2 values, they are all equal, or one has no
                logarithm.
        """
        if log10 and (values <= 0).any():
            first = int(np.argmax(values <= 0))
            raise BadTargetsError(
                f"{shown(float(values[first]))} of {ids[first]} has no logarithm; leave it out or "
                "use --transform none"
            )
        learnt = np.log10(values) if log10 else values
        deviation = float(learnt.std()) if len(learnt) > 1 else 0.0
        if not deviation > 0:
            raise BadTargetsError(f"{len(learnt)} equal targets teach nothing; choose another")
        if not standardise:
            return cls(log10=log10, mean=0.0, deviation=1.0)
        return cls(log10=log10, mean=float(learnt.mean()), deviation=deviation)

    def learnt(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """In the unit of errors: the property's own, or its logarithm."""
        return np.log10(values) if self.log10 else values

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the network learns, of values in the property's unit."""
        return (self.learnt(values) - self.mean) / self.deviation

    def predicted(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values in the unit of errors, of the network's output; of classes the probability."""
        if self.classes:
            return np.exp(-np.logaddexp(0.0, -scores))
        return scores * self.deviation + self.mean

    def values(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values in the property's unit, of the network's output."""
        predicted = self.predicted(scores)
        return 10.0**predicted if self.log10 else predicted


def takes_log10(property_name: str, source: str, transform: str) -> bool:
    """Whether a property is learnt as its logarithm.

    ``auto`` takes the logarithm of the Materials Project's moduli, as GATGNN, CrysMMNet and
    Matbench do, and of mini's other properties that vary over decades. JARVIS' moduli are learnt
    in GPa.
    """
    if transform != "auto":
        return transform == "log10"
    if source == "mini" and property_name in _SKEWED:
        return True
    return property_name in _MODULI and source in _MP_SOURCES


PROBABILITY = "probability"
"""Unit of what a network says of classes."""


def error_unit(unit: str | None, *, log10: bool) -> str:
    """Unit of the errors, for example ``eV/atom`` or ``log10(GPa)``."""
    if not log10:
        return unit or ""
    return f"log10({unit})" if unit else "log10"
