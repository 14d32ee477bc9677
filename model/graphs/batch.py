"""Batches of crystal graphs as tensors, and the table on the device that they are gathered from.

A table holds the flat arrays of :class:`~crystext.model.graphs.arrays.GraphArrays` as tensors. A
batch is gathered by index, with no Python per crystal, on the device where the table lies.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from crystext.model.graphs.arrays import KINDS, ROWS_OF

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.model.graphs.arrays import GraphArrays


@dataclass(frozen=True)
class GraphBatch:
    """C crystals side by side, with A classes of atoms, B of bonds, and T of angles in all.

    Indices count over the whole batch; bonds are sorted by target and angles by target bond. In
    full graphs every count and every share is 1.

    Attributes:
        n_crystals: C.
        crystal: (A,), the crystal of each atom.
        lattice: (C, 3, 3), in angstrom.
        element: (A,), atomic number.
        atom_count: (A,), atoms of the cell that the row stands for.
        source: (B,), the atom that a bond starts from.
        target: (B,), the atom that receives its messages.
        distance: (B,), in angstrom.
        bond_count: (B,), bonds of the cell that the row stands for.
        bond_share: (B,), how many of them arrive at one atom of the target's class.
        angle_source: (T,), bond u to v.
        angle_target: (T,), bond v to w, which receives the messages.
        cosine: (T,).
        angle_count: (T,), angles of the cell that the row stands for.
        angle_share: (T,), how many of them arrive at one bond of the target's class.
        groups: G networks that read a part each, one after the other and of equal numbers of rows.
        padded: whether all batches have this shape, so nothing may depend on their numbers.
        site: (A, width), facts of the sites that the atoms are, where the network reads them; NaN
            where a crystal has none.
    """

    n_crystals: int
    crystal: torch.Tensor
    lattice: torch.Tensor
    element: torch.Tensor
    atom_count: torch.Tensor
    source: torch.Tensor
    target: torch.Tensor
    distance: torch.Tensor
    bond_count: torch.Tensor
    bond_share: torch.Tensor
    angle_source: torch.Tensor
    angle_target: torch.Tensor
    cosine: torch.Tensor
    angle_count: torch.Tensor
    angle_share: torch.Tensor
    groups: int = 1
    padded: bool = False
    site: torch.Tensor | None = None

    def joined(self, values: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
        """(n + m,) of (n,) and (m,): more rows after a batch's, in each group."""
        parts = [one.view(self.groups, -1) for one in (values, more)]
        return torch.cat(parts, dim=1).flatten()

    def to(self, device: torch.device | str) -> GraphBatch:
        """The same batch on another device."""
        moved: dict[str, Any] = {
            one.name: value.to(device)
            for one in fields(self)
            if isinstance(value := getattr(self, one.name), torch.Tensor)
        }
        return replace(self, **moved)


class GraphTable:
    """The graphs of many crystals, resident on a device.

    Args:
        arrays: the graphs.
        device: where the tensors lie and batches are gathered.
        dtype: of distances, cosines, counts and lattices.
        sites: (A, width), facts of the atoms' sites in the order of the arrays, if they are read.

    Attributes:
        begin: (n + 1,) by kind of rows: where each crystal's begin.
        rows: by name, as in :class:`~crystext.model.graphs.arrays.GraphArrays`.
        lattice: (n, 3, 3), in angstrom.
    """

    def __init__(
        self,
        arrays: GraphArrays,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        sites: NDArray[np.float32] | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.dtype = dtype
        self.begin = {
            kind: torch.as_tensor(getattr(arrays, f"{kind}_ptr"), device=device) for kind in KINDS
        }
        self.rows = {
            name: _tensor(getattr(arrays, name), device, dtype)
            for name in ROWS_OF
            if name not in {"vector", "image"}
        }
        self.lattice = _tensor(arrays.lattice, device, dtype)
        self._sites = None if sites is None else _tensor(np.array(sites), device, dtype)
        self._sizes = {kind: np.diff(getattr(arrays, f"{kind}_ptr")) for kind in KINDS}

    def __len__(self) -> int:
        return len(self.lattice)

    @property
    def has_angles(self) -> bool:
        """Whether the graphs come with their line graphs."""
        return len(self.rows["cosine"]) > 0

    def sizes(self, kind: str) -> torch.Tensor:
        """(n,), on the CPU: rows of each crystal; ``kind`` is atom, bond or angle."""
        return torch.from_numpy(self._sizes[kind])

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        tensors = [*self.begin.values(), *self.rows.values(), self.lattice]
        sites = 0 if self._sites is None else self._sites.nbytes
        return sum(one.nbytes for one in tensors) + sites

    def batch(self, indices: torch.Tensor, *, angles: bool = True) -> GraphBatch:
        """Gathers the graphs of some crystals.

        Args:
            indices: (C,), rows of the table, in the order of the batch; on the CPU, where it is
                known how many rows they have, so that a GPU need not be asked.
            angles: whether the network reads them; without, the batch has none.
        """
        asked = indices.cpu().numpy()
        indices = indices.to(self.device)
        rows, shift = {}, {}
        for kind in KINDS if angles else KINDS[:2]:
            ptr = self.begin[kind]
            size = ptr[indices + 1] - ptr[indices]
            begin = size.cumsum(0) - size
            rows_here = int(self._sizes[kind][asked].sum())
            crystal = torch.repeat_interleave(size, output_size=rows_here)
            here = torch.arange(len(crystal), device=self.device)
            rows[kind] = here + (ptr[indices] - begin)[crystal]
            shift[kind] = (begin, crystal)

        def picked(name: str) -> torch.Tensor:
            kind = ROWS_OF[name]
            return self.rows[name][rows[kind]] if kind in rows else self.rows[name][:0]

        of_atom, of_bond = shift["atom"][1], shift["bond"][1]
        atom_begin, bond_begin = shift["atom"][0], shift["bond"][0]
        source = picked("source").long() + atom_begin[of_bond]
        target = picked("target").long() + atom_begin[of_bond]
        atom_count = picked("atom_count").to(self.dtype)
        bond_count = picked("bond_count").to(self.dtype)
        angle_count = picked("angle_count").to(self.dtype)
        bond_shift = bond_begin[shift["angle"][1]] if angles else bond_begin[:0]
        angle_target = picked("angle_target").long() + bond_shift
        return GraphBatch(
            n_crystals=len(indices),
            crystal=of_atom,
            lattice=self.lattice[indices],
            element=picked("element").long(),
            atom_count=atom_count,
            source=source,
            target=target,
            distance=picked("distance"),
            bond_count=bond_count,
            bond_share=bond_count / atom_count[target],
            angle_source=picked("angle_source").long() + bond_shift,
            angle_target=angle_target,
            cosine=picked("cosine"),
            angle_count=angle_count,
            angle_share=angle_count / bond_count[angle_target],
            site=None if self._sites is None else self._sites[rows["atom"]],
        )


def _tensor(array: object, device: torch.device | str, dtype: torch.dtype) -> torch.Tensor:
    tensor = torch.as_tensor(array, device=device)
    return tensor.to(dtype) if tensor.is_floating_point() else tensor.to(torch.int32)
