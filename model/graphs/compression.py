"""How much smaller quotient graphs are than full ones, by crystal system."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.model.graphs.arrays import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crystext.model.graphs.arrays import GraphArrays


class Compression(NamedTuple):
    """Of some crystals.

    Attributes:
        name: the crystal system, or ``all``.
        crystals: how many.
        full: atoms, bonds and angles of the full graphs.
        classes: of the quotient graphs.
        median: of the ratios of the crystals; NaN where there is nothing to fold.
    """

    name: str
    crystals: int
    full: dict[str, int]
    classes: dict[str, int]
    median: dict[str, float]

    @property
    def ratio(self) -> dict[str, float]:
        """Of the sums; NaN where there is nothing to fold."""
        return {
            kind: self.full[kind] / self.classes[kind] if self.classes[kind] else float("nan")
            for kind in KINDS
        }


def compression(graphs: GraphArrays, systems: Sequence[str]) -> list[Compression]:
    """One line for each crystal system that occurs, and one for all crystals.

    Args:
        graphs: full graphs or quotients.
        systems: the crystal system of each.
    """
    full = {kind: graphs.counts()[f"{kind}s"].astype(np.int64) for kind in KINDS}
    classes = {kind: np.diff(getattr(graphs, f"{kind}_ptr")) for kind in KINDS}
    system = np.array(systems, dtype=object)
    groups = {name: system == name for name in CRYSTAL_SYSTEMS if name in set(systems)}
    groups["all"] = np.ones(len(graphs), dtype=bool)
    return [
        Compression(
            name=name,
            crystals=int(here.sum()),
            full={kind: int(full[kind][here].sum()) for kind in KINDS},
            classes={kind: int(classes[kind][here].sum()) for kind in KINDS},
            median={kind: _median(full[kind][here], classes[kind][here]) for kind in KINDS},
        )
        for name, here in groups.items()
    ]


def _median(full: np.ndarray, classes: np.ndarray) -> float:
    some = classes > 0
    return float(np.median(full[some] / classes[some])) if some.any() else float("nan")
