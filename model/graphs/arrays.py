"""Graphs of many crystals as flat arrays: what is stored, gathered into batches and trained on.

Full graphs and quotient graphs have the same form. A row stands for a class of atoms, bonds or
angles that no invariant network can tell apart, and ``*_count`` says how many of the full graph it
stands for; in a full graph every count is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    Number = TypeVar("Number", bound=np.generic)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
KINDS = ("atom", "bond", "angle")


@dataclass(frozen=True)
class GraphArrays:
    """Graphs of n crystals with A atoms, B bonds and T angles (classes of them) in all.

    Bonds are sorted by target atom and angles by target bond; indices count from the crystal's
    own first atom or bond.

    Attributes:
        lattice: (n, 3, 3), lattice vectors as rows, in angstrom.
        atom_ptr: (n + 1,), where each crystal's atoms begin; likewise ``bond_ptr``, ``angle_ptr``.
        element: (A,), atomic number.
        atom_count: (A,), atoms of the cell in the class.
        source: (B,), atom a bond starts from.
        target: (B,), atom it points to, which receives its messages.
        distance: (B,), in angstrom; the mean of the class.
        bond_count: (B,), bonds of the cell in the class.
        angle_source: (T,), bond u to v.
        angle_target: (T,), bond v to w, which receives the messages.
        cosine: (T,), of the angle between v to u and v to w; the mean of the class.
        angle_count: (T,), angles of the cell in the class.
        vector: (B, 3), from source to target, in angstrom; full graphs only.
        image: (B, 3), lattice translation of the target; full graphs only.
    """

    lattice: Floats
    atom_ptr: Integers
    bond_ptr: Integers
    angle_ptr: Integers
    element: Integers
    atom_count: Integers
    source: Integers
    target: Integers
    distance: Floats
    bond_count: Integers
    angle_source: Integers
    angle_target: Integers
    cosine: Floats
    angle_count: Integers
    vector: Floats | None = None
    image: Integers | None = None

    def __len__(self) -> int:
        return len(self.atom_ptr) - 1

    def counts(self) -> dict[str, Integers]:
        """(n,) each: atoms, bonds and angles of the full graphs, which a quotient keeps."""
        return {
            "atoms": np.add.reduceat(self.atom_count, self.atom_ptr[:-1]),
            "bonds": segment_sum(self.bond_count, self.bond_ptr),
            "angles": segment_sum(self.angle_count, self.angle_ptr),
        }

    def take(self, indices: Sequence[int] | Integers) -> GraphArrays:
        """The graphs of some crystals, in the order asked for."""
        chosen = np.asarray(indices, dtype=np.int64)
        ptrs: dict[str, Any] = {}
        rows: dict[str, Integers] = {}
        for kind in KINDS:
            ptr = getattr(self, f"{kind}_ptr")
            rows[kind] = ranges(ptr[chosen], ptr[chosen + 1])
            ptrs[f"{kind}_ptr"] = offsets(ptr[chosen + 1] - ptr[chosen])
        picked: dict[str, Any] = {
            name: value[rows[kind]]
            for name, kind in ROWS_OF.items()
            if (value := getattr(self, name)) is not None
        }
        return GraphArrays(lattice=self.lattice[chosen], **ptrs, **picked)

    @classmethod
    def concatenate(cls, parts: Sequence[GraphArrays]) -> GraphArrays:
        """The crystals of several sets, one after the other."""
        joined: dict[str, Any] = {
            f"{kind}_ptr": offsets(
                np.concatenate([np.diff(getattr(part, f"{kind}_ptr")) for part in parts])
            )
            for kind in KINDS
        }
        for name in ("lattice", *ROWS_OF):
            values = [getattr(part, name) for part in parts]
            if all(value is not None for value in values):
                joined[name] = np.concatenate(values)
        return cls(**joined)


ROWS_OF = {
    **dict.fromkeys(("element", "atom_count"), "atom"),
    **dict.fromkeys(("source", "target", "distance", "bond_count", "vector", "image"), "bond"),
    **dict.fromkeys(("angle_source", "angle_target", "cosine", "angle_count"), "angle"),
}
"""Of which kind the rows of each array are: atom, bond or angle."""


def offsets(sizes: Sequence[int] | Integers) -> Integers:
    """(n + 1,): where each of n pieces begins, and where the last one ends."""
    ptr = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=ptr[1:])
    return ptr


def ranges(start: Integers, stop: Integers) -> Integers:
    """``start[0] … stop[0] - 1, start[1] … stop[1] - 1`` and so on, as one array."""
    sizes = stop - start
    ptr = offsets(sizes)
    return np.arange(ptr[-1]) + np.repeat(start - ptr[:-1], sizes)


def segment_sum(values: NDArray[Number], ptr: Integers) -> NDArray[Number]:
    """(n,): sum over each piece, 0 for an empty one."""
    total = np.concatenate([np.zeros(1, dtype=values.dtype), np.cumsum(values)])
    return total[ptr[1:]] - total[ptr[:-1]]
