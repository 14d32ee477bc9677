"""Molecular crystals from published cells, for the tests of names and components."""

from __future__ import annotations

from functools import cache

import numpy as np
from pymatgen.core import Lattice, Structure


@cache
def carbon_dioxide() -> Structure:
    """Dry ice, Pa-3 (Simon and Peters, Acta Cryst. B36, 2750 (1980))."""
    return Structure.from_spacegroup(
        "Pa-3", Lattice.cubic(5.624), ["C", "O"], [[0, 0, 0], [0.1185, 0.1185, 0.1185]]
    )


@cache
def ammonia() -> Structure:
    """Solid ammonia, P2_13 (Hewat and Riekel, Acta Cryst. A35, 569 (1979))."""
    return Structure.from_spacegroup(
        "P2_13", Lattice.cubic(5.1305), ["N", "H"], [[0.2107] * 3, [0.3689, 0.2671, 0.1159]]
    )


@cache
def methane() -> Structure:
    """Methane with its molecules ordered, in a face-centred cell of 5.9 angstrom, F-43m."""
    x = 1.09 / 3**0.5 / 5.9
    return Structure.from_spacegroup(
        "F-43m", Lattice.cubic(5.9), ["C", "H"], [[0, 0, 0], [x, x, x]]
    )


@cache
def disilane_like() -> Structure:
    """A molecule that no database holds: a linear chain of silicon and xenon, far apart."""
    return Structure(
        Lattice.cubic(9.0), ["Si", "Se", "Te"], [[0, 0, 0], [0, 0, 2.1 / 9], [0, 0, -2.4 / 9]]
    )


def boxed(symbols: list[str], coords: list[list[float]], edge: float = 9.0) -> Structure:
    """One molecule, Cartesian coordinates in angstrom, alone in a cubic cell."""
    centred = np.array(coords) - np.mean(coords, axis=0) + 0.5 * edge
    return Structure(Lattice.cubic(edge), symbols, centred, coords_are_cartesian=True)


def from_ase(name: str, edge: float = 9.0) -> Structure:
    """A molecule of ASE's G2 set (experimental or MP2 geometries) in a box."""
    from ase.build import molecule

    atoms = molecule(name)
    return boxed(atoms.get_chemical_symbols(), atoms.positions.tolist(), edge)


def diatomic(symbol: str, length: float, other: str | None = None) -> Structure:
    """Two atoms at a distance in angstrom."""
    return boxed([symbol, other or symbol], [[0, 0, 0], [0, 0, length]])


def urea() -> Structure:
    """Urea, planar (Sklar, Senko and Post, Acta Cryst. 14, 716 (1961))."""
    half = [
        ("N", 1.14, -0.60), ("H", 1.99, -0.09), ("H", 1.14, -1.61)
    ]  # fmt: skip
    sides = [(symbol, sign * x, z) for sign in (1, -1) for symbol, x, z in half]
    atoms = [("C", 0.0, 0.0), ("O", 0.0, 1.26), *sides]
    return boxed([a[0] for a in atoms], [[x, 0.0, z] for _, x, z in atoms])


def sulfur_hexafluoride() -> Structure:
    """SF6 with S-F bonds of 1.56 angstrom."""
    ends = [
        [s * 1.56 if i == axis else 0.0 for i in range(3)] for axis in range(3) for s in (1, -1)
    ]
    return boxed(["S", *"FFFFFF"], [[0.0, 0.0, 0.0], *ends])


def white_phosphorus() -> Structure:
    """P4, a tetrahedron with edges of 2.21 angstrom."""
    a = 2.21 / 8**0.5
    return boxed(["P"] * 4, [[a, a, a], [a, -a, -a], [-a, a, -a], [-a, -a, a]], 10.0)


def crown_sulfur() -> Structure:
    """S8, a crown with bonds of 2.05 angstrom."""
    angles = np.arange(8) * np.pi / 4
    height = 0.5 * (-1.0) ** np.arange(8)
    radius = (2.05**2 - 1.0) ** 0.5 / (2 * np.sin(np.pi / 8))
    coords = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), height])
    return boxed(["S"] * 8, coords.tolist(), 12.0)
