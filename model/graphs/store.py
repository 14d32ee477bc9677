"""A graph store: the graphs of a corpus in a folder, as flat arrays mapped into memory.

Needs numpy and pyarrow alone; :mod:`crystext.model.graphs.build` makes one.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from crystext.errors import BadStoreError
from crystext.model.graphs.arrays import ROWS_OF, GraphArrays
from crystext.model.graphs.settings import GraphSettings
from crystext.model.stored import Store

STORED_AS = {
    "lattice": np.dtype("<f8"),
    "element": np.dtype("u1"),
    **dict.fromkeys(("distance", "cosine", "vector"), np.dtype("<f4")),
    **dict.fromkeys(
        ("atom_count", "source", "target", "bond_count", "angle_source", "angle_target"),
        np.dtype("<i4"),
    ),
    **dict.fromkeys(("angle_count", "image"), np.dtype("<i4")),
}
"""Types on disk: float32 keeps distances to 1e-6 angstrom and cosines to 1e-7."""
WIDTHS = {"lattice": (3, 3), "vector": (3,), "image": (3,)}
"""Shapes of a row, where it is no single number."""
PTRS = {kind: f"{kind}_ptr" for kind in ("atom", "bond", "angle")}
ONLY_FULL = ("vector", "image")


class GraphStore(Store):
    """The graphs of a corpus."""

    KIND = "graphs"
    MADE_BY = "crystext graphs CORPUS"

    @property
    def settings(self) -> GraphSettings:
        """How the graphs were built; a setting without effect has its default."""
        return GraphSettings.from_identity(self.manifest["settings"]["graphs"])

    def arrays(self) -> GraphArrays:
        """All graphs, mapped into memory; row i is the crystal ``ids[i]``.

        Raises:
            BadStoreError: a file is damaged.
        """
        return self._arrays

    @cached_property
    def _arrays(self) -> GraphArrays:
        found = {ptr: np.asarray(self.array(ptr)) for ptr in PTRS.values()}
        rows = {kind: int(found[ptr][-1]) for kind, ptr in PTRS.items()}
        lengths = {"lattice": len(self)} | {name: rows[kind] for name, kind in ROWS_OF.items()}
        for name, length in lengths.items():
            if self.settings.quotient and name in ONLY_FULL:
                continue
            array = self.array(name)
            if array.dtype != STORED_AS[name] or array.shape != (length, *WIDTHS.get(name, ())):
                raise BadStoreError(
                    f"{name}.npy of {self.path} is {array.dtype} {array.shape}, which does not fit "
                    "the other files; make the store again"
                )
            found[name] = array
        return GraphArrays(**found)
