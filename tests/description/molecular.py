"""Molecular crystals from published cells, for the tests of names and components."""

from __future__ import annotations

from functools import cache

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
