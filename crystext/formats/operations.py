"""Symmetry operations as a file lists them: read, and checked to be a group that keeps a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import BadSymmetryError, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STRAINED = 0.01
"""A metric that is off by this much does not quite fit the operations …"""
WRONG = 0.06
"""… and by this much belongs to another crystal system."""
MAX_OPERATIONS = 2_000
"""The most that a list may have; 192 are the most of a space group in a conventional cell."""
_IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)  # its key
_TERM = re.compile(r"([+-]?)(?:(\d+(?:\.\d*)?|\.\d+)(?:/(\d+))?\*?)?([xyz]?)")
_GRID = 48  # translations are compared as multiples of 1/48 where they are such
_SNAP = 2e-3  # a decimal translation such as 0.333 or 0.6667 is the fraction nearest to it
_COLLAPSE = 1e-3  # translations nearer than this are one


@dataclass(frozen=True, eq=False)
class Operations:
    """A group of symmetry operations in fractional coordinates, the identity first.

    Attributes:
        rotations: shape (n, 3, 3), integers.
        translations: shape (n, 3), each from 0 to 1.
    """

    rotations: NDArray[np.int64]
    translations: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rotations)

    @cached_property
    def keys(self) -> frozenset[tuple[int, ...]]:
        """What tells the operations of two groups apart, whatever their order."""
        return frozenset(_keys(self.rotations, self.translations))

    def number(self, matrix: NDArray[np.float64] | None = None) -> int | None:
        """The number of the space-group type, ``None`` where spglib finds none.

        Args:
            matrix: lattice vectors as rows, for operations in the axes of a primitive cell.
        """
        import spglib

        kind = spglib.get_spacegroup_type_from_symmetry(
            self.rotations.astype("intc"), self.translations, lattice=matrix
        )
        return None if kind is None else int(kind.number)

    def strain(self, matrix: NDArray[np.float64]) -> float:
        """How far the cell's metric is from what the operations ask of it, relative.

        Args:
            matrix: lattice vectors as rows, angstrom.

        Returns:
            The largest change of an entry of the metric tensor under an operation, divided by the
            product of the two lengths; 0.01 is about half a degree or half a percent.
        """
        metric = matrix @ matrix.T
        lengths = np.sqrt(np.diag(metric))
        moved = np.einsum("nij,ik,nkl->njl", self.rotations, metric, self.rotations)
        return float(np.abs((moved - metric) / np.outer(lengths, lengths)).max())


def listed(texts: Sequence[str], name: str) -> Operations:
    """The group that a file lists, in its order; operations listed twice count once.

    Args:
        texts: such as ``-x,y+1/2,-z+1/2``.
        name: of the data block, for messages.

    Raises:
        BadSymmetryError: one is no operation of a crystal, or they are no group.
    """
    if len(texts) > MAX_OPERATIONS:
        message = f"{name} lists {len(texts)} symmetry operations"
        raise BadSymmetryError(f"{message}; the limit is {MAX_OPERATIONS}, use a smaller cell")
    group = as_listed(texts, name)
    group = _unique(group.rotations, group.translations)
    keys = _keys(group.rotations, group.translations)
    if _IDENTITY not in keys:
        raise BadSymmetryError(f"{name} does not list the identity x,y,z; add it")
    if missing := _missing(group):
        message = f"the {len(group)} symmetry operations of {name} are no group: {missing} is not"
        raise BadSymmetryError(f"{message} among them; list all of them")
    first = keys.index(_IDENTITY)
    order = [first, *(i for i in range(len(group)) if i != first)]
    return Operations(group.rotations[order], group.translations[order])


def centred(base: Sequence[str], centring: Sequence[str], name: str) -> Operations:
    """The group of operations and centring translations that are listed apart.

    Raises:
        BadSymmetryError: as :func:`listed`.
    """
    group = product(as_listed(base, name), as_listed(centring, name))
    pairs = zip(group.rotations, group.translations, strict=True)
    return listed([written(rotation, shift) for rotation, shift in pairs], name)


def product(one: Operations, other: Operations) -> Operations:
    """All products of two lists, for operations and centring translations listed apart."""
    rotations = np.einsum("aij,bjk->abik", one.rotations, other.rotations)
    moved = np.einsum("aij,bj->abi", one.rotations, other.translations)
    moved = moved + one.translations[:, None]
    return _unique(rotations.reshape(-1, 3, 3), moved.reshape(-1, 3))


def as_listed(texts: Sequence[str], name: str) -> Operations:
    """A list that need be no group alone, in its order.

    Raises:
        BadSymmetryError: one is no operation of a crystal.
    """
    pairs = [_operation(text, name) for text in texts]
    return Operations(np.array([one for one, _ in pairs]), np.array([one for _, one in pairs]))


def strain_notes(group: Operations, matrix: NDArray[np.float64], name: str, what: str) -> list[str]:
    """A note where operations do not quite keep a cell.

    Args:
        group: the operations.
        matrix: lattice vectors as rows, angstrom.
        name: of the data block or file, for messages.
        what: how messages call the operations.

    Raises:
        BadSymmetryError: they do not keep it at all.
    """
    strain = group.strain(matrix)
    if strain < STRAINED:
        return []
    if strain > WRONG:
        message = f"{what} of {name} do not keep its cell: lengths or angles are off"
        raise BadSymmetryError(f"{message} by {strain:.0%}; correct the cell or the operations")
    return [f"{what} do not quite keep the cell: lengths or angles are off by {strain:.1%}"]


def _operation(text: str, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """One operation: a rotation, shape (3, 3), and a translation, shape (3,), from 0 to 1.

    Raises:
        BadSymmetryError: it is none, or its determinant is not 1 or -1.
    """
    parts = re.sub(r"\s", "", text).lower().strip("'\"()").split(",")
    try:
        rows = [_row(part) for part in parts]
        rotation = np.array([row for row, _ in rows], dtype=np.int64).reshape(3, 3)
        translation = np.array([shift for _, shift in rows])
    except (ValueError, ZeroDivisionError, OverflowError):
        message = f"{shown(text)} of {name} is no symmetry operation"
        raise BadSymmetryError(f"{message}; write it like -x,y+1/2,-z") from None
    determinant = round(float(np.linalg.det(rotation)))
    if abs(determinant) != 1:
        message = f"the operation {shown(text)} of {name} has the determinant {determinant}"
        raise BadSymmetryError(f"{message}; a symmetry operation has 1 or -1, correct it")
    return rotation, _wrapped(translation)


def _row(text: str) -> tuple[list[int], float]:
    coefficients, shift = [0, 0, 0], Fraction(0)
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None or match.end() == at or (at and not match[1]):
            raise ValueError
        at = match.end()
        sign = -1 if match[1] == "-" else 1
        value = Fraction(match[2] or 1) / int(match[3] or 1)
        if match[4]:
            if value.denominator != 1 or value > _GRID:
                raise ValueError
            coefficients["xyz".index(match[4])] += sign * int(value)
        elif match[2]:
            exact = match[3] or "." not in match[2]
            shift += sign * (value if exact else _fraction(value))
        else:
            raise ValueError  # a sign alone
    if not text:
        raise ValueError
    return coefficients, float(shift % 1)


def _fraction(value: Fraction) -> Fraction:
    """The fraction of a small denominator that a decimal stands for."""
    near = value.limit_denominator(12)
    return near if abs(near - value) < _SNAP else value


def _wrapped(translation: NDArray[np.float64]) -> NDArray[np.float64]:
    wrapped = np.mod(translation, 1)
    grid = np.round(wrapped * _GRID)
    wrapped = np.where(np.abs(wrapped * _GRID - grid) < 1e-6, grid / _GRID, wrapped)
    return np.where(wrapped > 1 - _COLLAPSE / 2, 0.0, wrapped)


def _keys(rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> list[tuple[int, ...]]:
    steps = round(1 / _COLLAPSE)
    grid = np.mod(np.round(np.mod(translations, 1) * steps), steps).astype(int)
    rows = np.concatenate([rotations.reshape(-1, 9), grid], axis=1)
    return [tuple(row) for row in rows.tolist()]


def _unique(rotations: NDArray[np.int64], translations: NDArray[np.float64]) -> Operations:
    translations = _wrapped(translations)
    first: dict[tuple[int, ...], int] = {}
    for at, key in enumerate(_keys(rotations, translations)):
        first.setdefault(key, at)
    kept = list(first.values())
    return Operations(rotations[kept], translations[kept])


def _missing(group: Operations) -> str | None:
    """A product of two operations that is not among them; ``None`` for a group.

    Each operation that those before do not generate is multiplied with all: a group of n needs
    at most log2(n) of them.
    """
    keys = _keys(group.rotations, group.translations)
    places = dict(zip(keys, range(len(keys)), strict=True))
    reached: set[tuple[int, ...]] = {_IDENTITY}
    generators: list[int] = []
    for at, key in enumerate(keys):
        if key in reached:
            continue
        products = product(group, _some(group, [at]))
        found = _keys(products.rotations, products.translations)
        for one, other in enumerate(found):
            if other not in places:
                return written(products.rotations[one], products.translations[one])
        generators.append(at)
        reached = _generated(reached, generators, group, places)
    return None


def _generated(
    reached: set[tuple[int, ...]],
    generators: list[int],
    group: Operations,
    places: dict[tuple[int, ...], int],
) -> set[tuple[int, ...]]:
    """What the generators make of what was reached before."""
    front = reached
    while front:
        products = product(_some(group, [places[key] for key in front]), _some(group, generators))
        front = set(_keys(products.rotations, products.translations)) - reached
        reached = reached | front
    return reached


def _some(group: Operations, places: list[int]) -> Operations:
    return Operations(group.rotations[places], group.translations[places])


def written(rotation: NDArray[np.int64], translation: NDArray[np.float64]) -> str:
    """An operation as a text such as ``-x,y+1/2,-z``."""
    parts = []
    for row, shift in zip(rotation.tolist(), translation.tolist(), strict=True):
        terms = [
            f"{'-' if factor < 0 else '+'}{abs(factor) if abs(factor) != 1 else ''}{axis}"
            for factor, axis in zip(row, "xyz", strict=True)
            if factor
        ]
        fraction = Fraction(shift).limit_denominator(_GRID)
        parts.append(("".join(terms) + (f"+{fraction}" if fraction else "")).removeprefix("+"))
    return ",".join(parts)
