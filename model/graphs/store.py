"""A graph store: the graphs of a corpus in a folder, as flat arrays mapped into memory.

Needs numpy and pyarrow alone; :mod:`crystext.model.graphs.build` makes one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.graphs.arrays import ROWS_OF, GraphArrays
from crystext.model.graphs.settings import GraphSettings
from crystext.model.stores.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

STORED_AS = {
    "lattice": np.dtype(("<f8", (3, 3))),
    "element": np.dtype("u1"),
    **dict.fromkeys(("distance", "cosine"), np.dtype("<f4")),
    **dict.fromkeys(
        ("atom_count", "source", "target", "bond_count", "angle_source", "angle_target"),
        np.dtype("<i4"),
    ),
    "angle_count": np.dtype("<i4"),
    "vector": np.dtype(("<f4", (3,))),
    "image": np.dtype(("<i4", (3,))),
    **dict.fromkeys(("atom_ptr", "bond_ptr", "angle_ptr"), np.dtype("<i8")),
}
"""Types and shapes of a row on disk: float32 keeps distances to 1e-6 angstrom, cosines to 1e-7."""
BEGINS_OF = {"atom_ptr": "element", "bond_ptr": "distance", "angle_ptr": "cosine"}
"""The arrays that say where each crystal's rows begin, and of which other array."""
ONLY_FULL = ("vector", "image")


class GraphStore(Store):
    """The graphs of a corpus; what is written into their arrays stays in memory."""

    KIND, MADE_BY, CACHED_IN = "graphs", "crystext graphs CORPUS", "graphs"
    PACKAGES, MODE, OFFSETS = ("numpy", "pymatgen"), "c", BEGINS_OF

    @classmethod
    def types(cls, settings: Mapping[str, Any]) -> dict[str, np.dtype]:
        """Type and shape of a row of each array of a store with these settings, by name."""
        left_out = ONLY_FULL if settings["graphs"]["quotient"] else ()
        return {name: row for name, row in STORED_AS.items() if name not in left_out}

    @property
    def settings(self) -> GraphSettings:
        """How the graphs were built; a setting without effect has its default."""
        return GraphSettings.from_dict(self.manifest["settings"]["graphs"])

    def arrays(self) -> GraphArrays:
        """All graphs, mapped into memory; row i is the crystal ``ids[i]``.

        Raises:
            BadStoreError: a file is damaged, or does not fit the others.
        """
        return self._arrays

    @cached_property
    def _arrays(self) -> GraphArrays:
        types = self.types(self.manifest["settings"])
        found = {ptr: np.asarray(self.array(ptr, types[ptr], len(self) + 1)) for ptr in BEGINS_OF}
        rows = {ptr.removesuffix("_ptr"): int(array[-1]) for ptr, array in found.items()}
        for name in types.keys() - found.keys():
            length = rows[ROWS_OF[name]] if name in ROWS_OF else len(self)
            found[name] = self.array(name, types[name], length)
        return GraphArrays(**found)
