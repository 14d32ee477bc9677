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
        ratio: of the sums to the quotient graphs'; NaN where there is nothing to fold.
        median: of the ratios of the crystals; NaN likewise.
    """

    name: str
    crystals: int
    full: dict[str, int]
    ratio: dict[str, float]
    median: dict[str, float]


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
            ratio={
                kind: _ratio(full[kind][here].sum(), classes[kind][here].sum()) for kind in KINDS
            },
            median={kind: _median(full[kind][here], classes[kind][here]) for kind in KINDS},
        )
        for name, here in groups.items()
    ]


def _ratio(full: int, classes: int) -> float:
    return full / classes if classes else float("nan")


def _median(full: np.ndarray, classes: np.ndarray) -> float:
    some = classes > 0
    return float(np.median(full[some] / classes[some])) if some.any() else float("nan")
