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
        return np.all(sizes < np.array(self), axis=1)


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
        # the row after the last one is a crystal of no atoms
        self._begin = {kind: torch.cat([one, one[-1:]]) for kind, one in table.begin.items()}
        identity = torch.eye(3, dtype=table.dtype, device=table.device)
        self._lattice = torch.cat([table.lattice, identity[None]])

    def batch(
        self,
        indices: torch.Tensor,
        room: Room,
        *,
        angles: bool = True,
        sites: torch.Tensor | None = None,
    ) -> GraphBatch:
        """The graphs of some crystals, and one crystal more, which holds what fills the room.

        Args:
            indices: (C,), rows of the table, on its device; :attr:`nobody` for none. Or (G, C), of
                G batches that lie one after the other, each filled up by itself.
            room: at least one row more of each kind than the crystals of a batch have.
            angles: whether the network reads them; without, the batch has none.
            sites: (A, width) or (G, A, width), facts of the sites of the table's atoms.

        Returns:
            A batch of C + 1 crystals, or G times as many. What comes out for a batch's last one, or
            for ``nobody``, is finite and without meaning.
        """
        indices = indices.view(-1, indices.shape[-1])
        atoms = self._picked("atom", indices, room.atom, ("element", "atom_count"))
        bonds = self._picked(
            "bond", indices, room.bond, ("source", "target", "distance", "bond_count")
        )
        source = self._ends(bonds, "source", atoms)
        target = self._ends(bonds, "target", atoms)
        names = ("angle_source", "angle_target", "cosine", "angle_count")
        if angles:
            lines = self._picked("angle", indices, room.angle, names)
            from_bond = self._ends(lines, "angle_source", bonds)
            onto_bond = self._ends(lines, "angle_target", bonds)
            of_lines = {name: lines.values[name] for name in ("cosine", "angle_count")}
        else:
            of_lines = {name: self.table.rows[name][:0] for name in ("cosine", "angle_count")}
            from_bond = onto_bond = indices.new_zeros(0)
        atom_count, bond_count, angle_count = (
            one.to(self.table.dtype)
            for one in (
                atoms.values["atom_count"],
                bonds.values["bond_count"],
                of_lines["angle_count"],
            )
        )
        groups, n = indices.shape
        nobody = indices.new_full((groups, 1), self.nobody)
        first = torch.arange(groups, device=indices.device)[:, None] * (n + 1)
        return GraphBatch(
            n_crystals=groups * (n + 1),
            crystal=(atoms.crystal + first).flatten(),
            lattice=self._lattice[torch.cat([indices, nobody], dim=1).flatten()],
            element=atoms.values["element"].long(),
            atom_count=atom_count,
            source=source,
            target=target,
            distance=bonds.values["distance"],
            bond_count=bond_count,
            bond_share=bond_count / atom_count[target].clamp(min=1),
            angle_source=from_bond,
            angle_target=onto_bond,
            cosine=of_lines["cosine"],
            angle_count=angle_count,
            angle_share=angle_count / bond_count[onto_bond].clamp(min=1),
            groups=groups,
            padded=True,
            site=None if sites is None else _of_groups(sites, atoms.row, groups),
        )

    def _picked(self, kind: str, indices: torch.Tensor, rows: int, names: Sequence[str]) -> _Picked:
        """Rows of one kind, filled up with rows that count nothing."""
        first = self._begin[kind][indices]
        size = self._begin[kind][indices + 1] - first
        end = size.cumsum(1)
        place = torch.arange(rows, device=indices.device).expand(len(indices), rows).contiguous()
        crystal = torch.searchsorted(end, place, right=True)
        real = crystal < indices.shape[1]
        within = crystal.clamp(max=indices.shape[1] - 1)
        begin = end - size
        row = torch.where(real, place + (first - begin).gather(1, within), 0).flatten()
        values = {name: self.table.rows[name].index_select(0, row) for name in names}
        for name in names:
            if name.endswith("count"):
                values[name] = torch.where(real.flatten(), values[name], 0)
        return _Picked(row, values, real, within, begin, crystal)

    def _ends(self, of: _Picked, name: str, to: _Picked) -> torch.Tensor:
        """Indices over the whole batch; what fills it points to the last row of its group."""
        groups, rows = to.real.shape
        index = of.values[name].view(groups, -1).long() + to.begin.gather(1, of.within)
        index = torch.where(of.real, index, rows - 1)
        return (index + torch.arange(groups, device=index.device)[:, None] * rows).flatten()


class _Picked(NamedTuple):
    """Rows of G batches of one shape.

    Attributes:
        row: (G rows,), of the table.
        values: (G rows,) by name, as in the table.
        real: (G, rows), whether a crystal has the row.
        within: (G, rows), the crystal that has it, or the last one.
        begin: (G, C), where each crystal's rows begin in its batch.
        crystal: (G, rows), the crystal, or C.
    """

    row: torch.Tensor
    values: dict[str, torch.Tensor]
    real: torch.Tensor
    within: torch.Tensor
    begin: torch.Tensor
    crystal: torch.Tensor


def _of_groups(values: torch.Tensor, row: torch.Tensor, groups: int) -> torch.Tensor:
    """(G rows, width): the rows of each group in values of its own, or in those of all."""
    if values.dim() > 2:
        first = torch.arange(groups, device=row.device)[:, None] * values.shape[1]
        row = (row.view(groups, -1) + first).flatten()
    return values.reshape(-1, values.shape[-1]).index_select(0, row)
