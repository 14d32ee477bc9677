"""Disordered crystals of each kind, made by hand."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pymatgen.core import Lattice, Structure

IDENTITY = (np.eye(3), np.zeros(3))
INVERSION = (-np.eye(3), np.zeros(3))
SHIFTED = (np.diag([-1, 1, -1]), np.array([0.5, 0.5, 0.5]))


def marked(lattice, rows, operations=(IDENTITY,)):
    """A cell as the reader makes it.

    Each row is a symbol, a position, an occupancy, an assembly and a group.
    """
    species, coords, properties = [], [], {"listed_atom": [], "operation": []}
    properties |= {"disorder_assembly": [], "disorder_group": [], "label": []}
    for number, (symbol, position, occupancy, assembly, group) in enumerate(rows):
        images = []
        for operation, (rotation, translation) in enumerate(operations):
            image = (rotation @ np.array(position) + translation) % 1
            steps = [(image - other + 0.5) % 1 - 0.5 for other in images]
            if any(np.linalg.norm(lattice.get_cartesian_coords(step)) < 0.05 for step in steps):
                continue
            images.append(image)
            species.append({symbol: occupancy} if isinstance(symbol, str) else symbol)
            coords.append(image)
            properties["listed_atom"].append(number)
            properties["operation"].append(operation)
            properties["disorder_assembly"].append(assembly)
            properties["disorder_group"].append(group)
            properties["label"].append(f"X{number}")
    return Structure(lattice, species, coords, site_properties=properties)


FACES = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]


def alloy(shares, a=3.8):
    return Structure(Lattice.cubic(a), [shares] * 4, FACES)


def rock_salt(cation, anion="O", a=4.2):
    others = np.add(FACES, 0.5) % 1
    return Structure(Lattice.cubic(a), [cation] * 4 + [anion] * 4, [*FACES, *others])


@lru_cache
def _spinel_places():
    """Positions of A, B and O; listing the 192 operations takes half a second."""
    structure = Structure.from_spacegroup(
        "Fd-3m",
        Lattice.cubic(8.08),
        ["Mg", "Al", "O"],
        [[0, 0, 0], [0.625, 0.625, 0.625], [0.3874, 0.3874, 0.3874]],
    )
    symbols = [site.specie.symbol for site in structure]
    return symbols, structure.frac_coords


def spinel(a_site, b_site):
    symbols, coords = _spinel_places()
    species = {"Mg": a_site, "Al": b_site, "O": "O"}
    return Structure(Lattice.cubic(8.08), [species[symbol] for symbol in symbols], coords)


def ice_ih():
    """Hydrogen half on either side of each of the eight bonds of the hexagonal cell."""
    return Structure.from_spacegroup(
        "P6_3/mmc",
        Lattice.hexagonal(4.51, 7.35),
        ["O", {"H": 0.5}, {"H": 0.5}],
        [[1 / 3, 2 / 3, 0.0620], [1 / 3, 2 / 3, 0.1975], [0.4551, 0.9102, 0.0180]],
    )


def split_lithium():
    """Lithium on two half positions 0.6 angstrom apart, between oxide layers."""
    lattice = Lattice.tetragonal(3.0, 6.0)
    return Structure(
        lattice,
        ["O", "F", {"Li": 0.5}, {"Li": 0.5}],
        [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0.35], [0.5, 0.5, 0.45]],
    )


BOX = Lattice.orthorhombic(8, 9, 10)


def turned_molecule(first=0.6, assembly="A"):
    """CH3-CHO-like rows: the methyl's hydrogens and an oxygen in two orientations."""
    rows = [("C", (0.5, 0.5, 0.5), 1, "", "")]
    bond = 1.43
    for group, share, sign in (("1", first, 1), ("2", 1 - first, -1)):
        rows += [
            ("O", (0.5 + sign * bond / 8, 0.5, 0.5), share, assembly, group),
            ("H", (0.5 + sign * 1.75 / 8, 0.5 + 0.9 / 9, 0.5), share, assembly, group),
            ("F", (0.5 - sign * 0.45 / 8, 0.5 + 1.27 / 9, 0.5), share, assembly, group),
        ]
    return marked(BOX, rows, (IDENTITY, SHIFTED))


def about_inversion(group="-1", assembly=""):
    """Chloromethane on an inversion centre, and its image: carbon and chlorine change sides."""
    rows = [
        ("C", (0.5 - 0.8 / 8, 0.5, 0.5), 0.5, assembly, group),
        ("Cl", (0.5 + 0.95 / 8, 0.5, 0.5), 0.5, assembly, group),
        ("H", (0.5 - 1.2 / 8, 0.5 + 1.0 / 9, 0.5), 0.5, assembly, group),
        ("H", (0.5 - 1.2 / 8, 0.5 - 0.5 / 9, 0.5 + 0.87 / 10), 0.5, assembly, group),
        ("H", (0.5 - 1.2 / 8, 0.5 - 0.5 / 9, 0.5 - 0.87 / 10), 0.5, assembly, group),
    ]
    return marked(BOX, rows, (IDENTITY, INVERSION))
