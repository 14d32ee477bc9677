"""What stands in the picture of a cell: atoms, sticks and edges, in angstrom about its centre.

The rules are those of the report page (``report/assets/crystal.js``): an atom near a face is drawn
on the opposite one too; sticks join near neighbours; a stick that leaves the cell ends half-way.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.report.structures import Drawn

_NEAR = 1.15  # sticks join an atom to neighbours within this times its shortest distance,
_REACH = 1.4  # and within this times the sum of covalent radii
_LEAST = 0.1  # angstrom; nearer is the atom itself
_FACE = 0.02  # fractional; an atom this near to a face is drawn on the opposite one too
_MOST_STUBS = 30  # atoms; in larger pictures no stick leaves the cell
_SHORT = 3.2  # angstrom; across a shorter edge the second neighbours count
_STEPS = 10_000  # of a fractional coordinate
_ISOTOPES = {"D": "H", "T": "H"}
_ENTRY = re.compile(r"\b([A-Z][a-z]?) [A-Z][a-z]+ ([0-9a-f]{6}) (\d+) \d+ \d+")
"""Symbol, colour and radius in the report page's table of elements."""


class Looks(NamedTuple):
    """How an element is drawn.

    Attributes:
        colour: ``#rrggbb``, Jmol's.
        radius: covalent radius in angstrom, of Cordero et al., doi:10.1039/b801115j.
    """

    colour: str
    radius: float


UNKNOWN = Looks("#888888", 1.6)


class Atom(NamedTuple):
    """A ball: symbol, place (3,) in angstrom."""

    symbol: str
    place: np.ndarray


class Stick(NamedTuple):
    """A line between two atoms' places; only the first half is drawn if it is not whole."""

    symbols: tuple[str, str]
    start: np.ndarray
    end: np.ndarray
    whole: bool


class Scene(NamedTuple):
    """The picture in space.

    Attributes:
        lattice: rows are the vectors, angstrom, (3, 3).
        atoms: balls.
        sticks: lines to neighbours.
        edges: of the cell, (12, 2, 3).
    """

    lattice: np.ndarray
    atoms: list[Atom]
    sticks: list[Stick]
    edges: np.ndarray


def scene_of(drawn: Drawn) -> Scene:
    """The atoms of a cell with those on its faces, their sticks and the edges, centred."""
    lattice = lattice_of(drawn.cell)
    runs = re.findall(r"([A-Za-z]+)(\d+)", drawn.sites)
    symbols = [symbol for symbol, many in runs for _ in range(int(many))]
    fracs = np.array(drawn.coords, dtype=float).reshape(-1, 3) / _STEPS
    centre = lattice.sum(axis=0) / 2
    placed = {
        (i, shift): (fracs[i] + shift) @ lattice - centre
        for i in range(len(symbols))
        for shift in _shifts(fracs[i])
    }
    atoms = [Atom(symbols[i], place) for (i, _), place in placed.items()]
    sticks = list(_sticks(symbols, fracs, lattice, placed))
    return Scene(lattice, atoms, sticks, _edges(lattice) - centre)


def lattice_of(cell: list[float]) -> np.ndarray:
    """Lattice vectors as rows, a along x and b in the xy plane; angstrom, from degrees."""
    a, b, c = cell[:3]
    cos_a, cos_b, cos_g = np.cos(np.radians(cell[3:]))
    sin_g = np.sin(np.radians(cell[5]))
    x, y = c * cos_b, c * (cos_a - cos_b * cos_g) / sin_g
    z = np.sqrt(max(0.0, c * c - x * x - y * y))
    return np.array([[a, 0, 0], [b * cos_g, b * sin_g, 0], [x, y, z]])


def _shifts(frac: np.ndarray) -> Iterator[tuple[int, ...]]:
    """The cells in whose place an atom is drawn: its own, and across a face that it lies on."""
    spans = [(-1, 0) if x > 1 - _FACE else (0, 1) if x < _FACE else (0,) for x in frac]
    yield from product(*spans)


def _sticks(
    symbols: list[str],
    fracs: np.ndarray,
    lattice: np.ndarray,
    placed: dict[tuple[int, tuple[int, ...]], np.ndarray],
) -> Iterator[Stick]:
    centre = lattice.sum(axis=0) / 2
    crowded = len(symbols) > _MOST_STUBS
    near = _neighbours(symbols, fracs, lattice)
    for (i, shift), start in placed.items():
        for j, image in near[i]:
            there = tuple(int(s + t) for s, t in zip(shift, image, strict=True))
            end = placed.get((j, there))
            if end is not None and (i, shift) > (j, there):
                continue  # drawn from the other end
            if end is None and (crowded or any(shift)):
                continue
            whole = end is not None
            goal = (fracs[j] + there) @ lattice - centre if end is None else end
            yield Stick((symbols[i], symbols[j]), start, goal, whole)


def _neighbours(
    symbols: list[str], fracs: np.ndarray, lattice: np.ndarray
) -> list[list[tuple[int, tuple[int, ...]]]]:
    """For each atom its near neighbours: their number and the cell that they stand in."""
    reach = [2 if np.linalg.norm(vector) < _SHORT else 1 for vector in lattice]
    images = list(product(*(range(-n, n + 1) for n in reach)))
    places = fracs @ lattice
    radii = np.array([looks(symbol).radius for symbol in symbols])
    limit = _REACH * (radii[:, None] + radii)
    n = len(symbols)
    distances = np.empty((len(images), n, n))
    for k, image in enumerate(images):
        steps = places[None, :, :] + np.array(image) @ lattice - places[:, None, :]
        distances[k] = np.sqrt((steps**2).sum(axis=-1))
    good = (distances >= _LEAST) & (distances <= limit)
    least = np.where(good, distances, np.inf).min(axis=(0, 2))
    good &= distances <= _NEAR * np.maximum(least[:, None], least[None, :])
    near: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in symbols]
    for k, i, j in np.argwhere(good):
        near[i].append((int(j), images[k]))
    return near


def _edges(lattice: np.ndarray) -> np.ndarray:
    """The twelve edges of the cell, its origin in a corner; (12, 2, 3), angstrom."""
    ends = []
    for axis in range(3):
        for others in product((0, 1), repeat=2):
            start = np.insert(np.array(others), axis, 0)
            end = start.copy()
            end[axis] = 1
            ends.append([start @ lattice, end @ lattice])
    return np.array(ends, dtype=float)


def looks(symbol: str) -> Looks:
    """How an element is drawn; deuterium as hydrogen, what is unknown in grey."""
    return _table().get(_ISOTOPES.get(symbol, symbol), UNKNOWN)


@cache
def _table() -> dict[str, Looks]:
    text = (files("crystext.report") / "assets" / "elements.js").read_text(encoding="utf-8")
    return {
        symbol: Looks(f"#{colour}", int(radius) / 100)
        for symbol, colour, radius in _ENTRY.findall(text)
    }
