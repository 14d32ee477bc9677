"""Numbers of a cell as text: rounded once, never ``-0.0``, never a coordinate of 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymatgen.core import Lattice


def coordinates(values: Iterable[float], digits: int) -> list[str]:
    """Fractional coordinates within the cell; what rounds to 1 is 0, the same place.

    >>> coordinates([0.99999, -0.25, 1 / 3], 2)
    ['0.00', '0.75', '0.33']
    """
    return [f"{round(float(value) % 1, digits) % 1:.{digits}f}" for value in values]


def number(value: float, digits: int) -> str:
    """A number with so many decimals.

    >>> number(-0.001, 1), number(120.0000001, 0)
    ('0.0', '120')
    """
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def parameters(lattice: Lattice, lengths: int, angles: int) -> list[str]:
    """a, b, c in angstrom and alpha, beta, gamma in degrees, with so many decimals each."""
    values = lattice.parameters
    edges = [number(value, lengths) for value in values[:3]]
    return edges + [number(value, angles) for value in values[3:]]
