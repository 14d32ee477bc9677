"""Whether what a CIF says of its space group elsewhere fits the operations that were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.formats.cif.symbols import of_hall, of_number, of_symbol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crystext.formats.cif.symmetry import Candidate, Statements
    from crystext.formats.operations import Operations

_GRID = 24  # origins are compared at multiples of 1/24 of the cell
_SAME = 2e-3


@dataclass(frozen=True, eq=False)
class Statement:
    """One thing that the file says of its space group.

    Attributes:
        text: for messages.
        source: as :class:`~crystext.formats.cif.symmetry.Candidate`'s.
        groups: the operations that it may stand for.
    """

    text: str
    source: str
    groups: tuple[Operations, ...]


def contradicting(
    taken: Candidate, said: Statements, matrix: NDArray[np.float64]
) -> list[Statement]:
    """The statements that do not fit the group that was taken.

    Args:
        taken: the group.
        said: what the file says.
        matrix: lattice vectors as rows, angstrom.
    """
    return [
        statement
        for statement in _statements(said)
        if statement.source != taken.source and not _fits(taken.operations, statement, matrix)
    ]


def _statements(said: Statements) -> list[Statement]:
    found = []
    if said.hall and (group := of_hall(said.hall)) is not None:
        found.append(Statement(f"Hall symbol {said.hall}", "Hall symbol", (group,)))
    if said.symbol and (settings := of_symbol(said.symbol)):
        groups = tuple(one.operations for one in settings)
        found.append(Statement(f"space group {said.symbol}", "symbol", groups))
    if said.number is not None:
        groups = (of_number(said.number)[0].operations,)
        found.append(Statement(f"space group no. {said.number}", "number", groups))
    return found


def _fits(taken: Operations, statement: Statement, matrix: NDArray[np.float64]) -> bool:
    if any(group.keys == taken.keys for group in statement.groups):
        return True
    number = taken.number(matrix)
    if number is None:
        return True  # in axes that spglib does not know, nothing can be said
    if all(group.number() != number for group in statement.groups):
        return False
    # a number names neither axes nor cell, as symbols do
    return statement.source == "number" or any(
        same_but_for_origin(taken, group) for group in statement.groups
    )


def same_but_for_origin(one: Operations, other: Operations) -> bool:
    """Whether a shift of the origin by multiples of 1/24 turns one group into the other."""
    if len(one) != len(other):
        return False
    shifts = np.stack(np.meshgrid(*[np.arange(_GRID) / _GRID] * 3, indexing="ij"), axis=-1)
    shifts = shifts.reshape(-1, 3)
    _, firsts = np.unique(one.rotations, axis=0, return_index=True)
    for at in firsts:
        rotation, translation = one.rotations[at], one.translations[at]
        same = [np.array_equal(rotation, its) for its in other.rotations]
        if not any(same):
            return False
        # x -> R x + t becomes x -> R x + t + (R - 1) s where the origin moves by s
        moved = translation + shifts @ (rotation - np.eye(3)).T
        steps = moved[:, None] - other.translations[same][None]
        near = (np.abs(steps - np.round(steps)) < _SAME).all(axis=-1).any(axis=-1)
        shifts = shifts[near]
        if not len(shifts):
            return False
    return True
