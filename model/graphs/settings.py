"""How graphs are built: everything that decides a graph store's arrays."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from crystext.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_NEIGHBORS = 200
_FURTHEST = 50.0  # angstrom; some 25,000 neighbours a site
_LOOSEST = 0.1


@dataclass(frozen=True)
class GraphSettings:
    """Settings of a graph store.

    Attributes:
        neighbors: how many nearest neighbours each site gets, with the whole last shell.
        cutoff: in angstrom; with it every neighbour up to this distance is a bond instead.
        angles: whether to build line graphs.
        quotient: whether to fold what symmetry makes equal; without it vectors and images are kept.
        tolerance: how far distances, in angstrom, and cosines of a class may differ.
        doubled_images: whether bonds of a site with its own image stand twice, as for the peers,
            see :mod:`crystext.model.graphs.crystal_graph`.

    Raises:
        UsageError: a value is not allowed.
    """

    neighbors: int = 12
    cutoff: float | None = None
    angles: bool = True
    quotient: bool = True
    tolerance: float = 1e-3
    doubled_images: bool = False

    def __post_init__(self) -> None:
        """Checks the values."""
        if not 1 <= self.neighbors <= _MOST_NEIGHBORS:
            raise UsageError(f"neighbors is {self.neighbors}; give 1 to {_MOST_NEIGHBORS}")
        if self.cutoff is not None and not 0 < self.cutoff <= _FURTHEST:
            raise UsageError(f"the radius is {self.cutoff}; give up to {_FURTHEST:g} angstrom")
        if not (math.isfinite(self.tolerance) and 0 <= self.tolerance <= _LOOSEST):
            raise UsageError(f"the tolerance is {self.tolerance}; give 0 to {_LOOSEST:g}")

    def identity(self) -> dict[str, Any]:
        """What decides the arrays, for the digest: a setting that has no effect is ``None``."""
        told = asdict(self)
        if self.cutoff is not None:
            told["neighbors"] = None
        if not self.quotient:
            told["tolerance"] = None
        return told

    @classmethod
    def from_identity(cls, told: Mapping[str, Any]) -> Self:
        """The settings that :meth:`identity` wrote; one without effect has its default."""
        return cls(**{k: value for k, value in told.items() if value is not None or k == "cutoff"})
