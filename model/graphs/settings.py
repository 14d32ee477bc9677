"""How graphs are built: everything that decides a graph store's arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from crystext.settings import BaseSettings, check_number, check_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_NEIGHBORS = 200
_NEAREST, _FURTHEST = 1e-3, 50.0  # angstrom; the latter has some 25,000 neighbours a site
_LOOSEST = 0.1


@dataclass(frozen=True)
class GraphSettings(BaseSettings):
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
        check_whole("neighbors", self.neighbors, most=_MOST_NEIGHBORS)
        if self.cutoff is not None:
            check_number("cutoff", self.cutoff, _NEAREST, _FURTHEST, "angstrom")
        check_number("tolerance", self.tolerance, 0, _LOOSEST)

    @property
    def search(self) -> dict[str, Any]:
        """The options of :func:`~crystext.model.graphs.crystal_graph.crystal_graphs`."""
        names = ("neighbors", "cutoff", "angles", "doubled_images")
        return {name: getattr(self, name) for name in names}

    def to_dict(self) -> dict[str, Any]:
        """What decides the arrays, for the digest: a setting that has no effect is ``None``."""
        told = super().to_dict()
        if self.cutoff is not None:
            told["neighbors"] = None
        if not self.quotient:
            told["tolerance"] = None
        return told

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The settings that :meth:`to_dict` wrote; one without effect has its default."""
        return cls(**{k: value for k, value in told.items() if value is not None or k == "cutoff"})
