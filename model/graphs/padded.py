"""Batches of one shape: what a recorded CUDA graph, or a compiled network, reads over and over.

Crystals differ in size, and so do batches. Here each is filled up to a :class:`Room` with rows that
count nothing: an atom of no crystal, bonds and angles of no share. Sums, means and norms weigh rows
by their counts (:mod:`crystext.model.networks.layers`), so what the real rows give is unchanged,
and nothing of a batch has to be known before it is gathered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from crystext.model.graphs.batch import GraphBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crystext.model.graphs.batch import GraphTable


class Room(NamedTuple):
    """Rows that a batch has room for; one of each kind is never a crystal's.

    Attributes:
        atom: of atoms.
        bond: of bonds.
        angle: of angles.
    """

    atom: int
    bond: int
    angle: int

    @classmethod
    def of(cls, sizes: NDArray[np.int64]) -> Room:
        """For all of some batches.

        Args:
            sizes: (n, 3), atoms, bonds and angles of each.
        """
        return cls(*(int(one) + 1 for one in sizes.max(axis=0)))

    def fits(self, sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(n,), whether batches of (n, 3) rows have room."""
        return (sizes < np.array(self)).all(axis=1)


def batch_sizes(table: GraphTable, batches: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """(n, 3): atoms, bonds and angles of batches, each given by its crystals' rows of the table."""
    each = np.stack([table.sizes(kind).numpy() for kind in Room._fields], axis=1)
    begin = np.cumsum([0, *map(len, batches)])[:-1]
    return np.add.reduceat(each[np.concatenate(batches)], begin, axis=0)


def rooms_for(sizes: NDArray[np.int64], number: int) -> list[Room]:
    """A few rooms, the smallest first; the last has room for every batch.

    Args:
        sizes: (n, 3), of batches.
        number: how many rooms at most; between them the batches are shared out by their largest
            kind of rows.
    """
    largest = int(sizes.sum(axis=0).argmax())
    ends = np.quantile(sizes[:, largest], np.arange(1, number + 1) / number)
    found = [Room.of(sizes[sizes[:, largest] <= end]) for end in ends]
    return [*dict.fromkeys([*found[:-1], Room.of(sizes)])]


class PaddedTable:
    """Gathers batches of a table in one shape, with no question to the device.

    Args:
        table: of graphs.
    """

    def __init__(self, table: GraphTable) -> None:
        self.table = table
        self.nobody = len(table)
        tensors = table.tensors()
        # the row after the last one is a crystal of no atoms
        self._begin = {kind: torch.cat([one, one[-1:]]) for kind, one in tensors.begin.items()}
        self._rows = tensors.rows
        identity = torch.eye(3, dtype=table.dtype, device=table.device)
        self._lattice = torch.cat([tensors.lattice, identity[None]])

    def batch(self, indices: torch.Tensor, room: Room, *, angles: bool = True) -> GraphBatch:
        """The graphs of some crystals, and one crystal more, which holds what fills the room.

        Args:
            indices: (C,), rows of the table, on its device; :attr:`nobody` for none.
            room: at least one row more of each kind than the crystals have.
            angles: whether the network reads them; without, the batch has none.

        Returns:
            A batch of C + 1 crystals. What comes out for the last one, or for ``nobody``, is finite
            and without meaning.
        """
        n, device = len(indices), indices.device
        row: dict[str, torch.Tensor] = {}
        real: dict[str, torch.Tensor] = {}
        owner: dict[str, torch.Tensor] = {}
        begin: dict[str, torch.Tensor] = {}
        for kind in ("atom", "bond", "angle") if angles else ("atom", "bond"):
            ptr, rows = self._begin[kind], getattr(room, kind)
            first = ptr[indices]
            size = ptr[indices + 1] - first
            end = size.cumsum(0)
            place = torch.arange(rows, device=device)
            crystal = torch.searchsorted(end, place, right=True)
            real[kind] = crystal < n
            within = crystal.clamp(max=n - 1)
            begin[kind] = end - size
            row[kind] = torch.where(real[kind], place + (first - begin[kind])[within], 0)
            owner[kind] = within
            if kind == "atom":
                of_atom = crystal
        atoms = self._picked(row["atom"], ("element", "atom_count"))
        bonds = self._picked(row["bond"], ("source", "target", "distance", "bond_count"))
        to_atom = begin["atom"][owner["bond"]]
        last = room.atom - 1
        source = torch.where(real["bond"], bonds["source"].long() + to_atom, last)
        target = torch.where(real["bond"], bonds["target"].long() + to_atom, last)
        atom_count = self._count(atoms["atom_count"], real["atom"])
        bond_count = self._count(bonds["bond_count"], real["bond"])
        chosen = row["angle"] if angles else row["bond"][:0]
        names = ("angle_source", "angle_target", "cosine", "angle_count")
        lines = self._picked(chosen, names)
        if angles:
            to_bond, last = begin["bond"][owner["angle"]], room.bond - 1
            from_bond = torch.where(real["angle"], lines["angle_source"].long() + to_bond, last)
            onto_bond = torch.where(real["angle"], lines["angle_target"].long() + to_bond, last)
            angle_count = self._count(lines["angle_count"], real["angle"])
        else:
            from_bond, onto_bond = lines["angle_source"].long(), lines["angle_target"].long()
            angle_count = lines["angle_count"].to(self.table.dtype)
        nobody = indices.new_full((1,), self.nobody)
        return GraphBatch(
            n_crystals=n + 1,
            crystal=of_atom,
            lattice=self._lattice[torch.cat([indices, nobody])],
            element=atoms["element"].long(),
            atom_count=atom_count,
            source=source,
            target=target,
            distance=bonds["distance"],
            bond_count=bond_count,
            bond_share=bond_count / atom_count[target].clamp(min=1),
            angle_source=from_bond,
            angle_target=onto_bond,
            cosine=lines["cosine"],
            angle_count=angle_count,
            angle_share=angle_count / bond_count[onto_bond].clamp(min=1),
        )

    def _picked(self, row: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
        return {name: self._rows[name].index_select(0, row) for name in names}

    def _count(self, count: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        return torch.where(real, count, 0).to(self.table.dtype)
