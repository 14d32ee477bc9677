"""The primitive cell of a disordered crystal, its sites in an order of its own.

Lattice translations such as a centring carry an atom made by one symmetry operation into one made
by another. Of all the copies of an atom the folded cell keeps the first operation, so that the
atoms of one molecule still have one operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.disorder.contacts import nearest_images
from crystext.disorder.marks import bins_of, marks_of, shares_of
from crystext.disorder.supercell import reduced

if TYPE_CHECKING:
    from pymatgen.core import Structure

_TOLERANCE = 0.01
"""Angstrom; copies in a file with four decimals agree within it."""


def folded(structure: Structure) -> Structure:
    """The primitive cell; the cell as given where there are disorder groups.

    Returns:
        A crystal with the site properties ``listed_atom`` and ``operation``, where sites alike by
        symmetry have one ``listed_atom``.
    """
    from pymatgen.core import Structure as NewStructure

    from crystext.description.lattice_symmetry import primitive_cell

    marks = marks_of(structure)
    if any(marks.group):
        return structure
    keys = [(marks.rank[i][2], marks.listed[i]) for i in range(len(structure))]
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    start = sorted(range(len(structure)), key=lambda i: (numbers[keys[i]], marks.rank[i]))
    kinds = np.array([numbers[keys[i]] for i in start])
    old = structure.frac_coords[start]
    lattice, coords, found = primitive_cell(structure.lattice.matrix, old, kinds, _TOLERANCE)
    new = reduced(structure.lattice.matrix, lattice @ np.linalg.inv(structure.lattice.matrix))
    new = new @ structure.lattice.matrix
    coords, lattice = coords @ lattice @ np.linalg.inv(new), new
    operations = _first_operations(
        lattice,
        (old @ structure.lattice.matrix @ np.linalg.inv(lattice), kinds),
        (coords, found),
        np.array([marks.operation[i] for i in start]),
    )
    shares = {numbers[keys[i]]: shares_of(structure, i) for i in range(len(structure))}
    places = bins_of(coords)
    sites = sorted(range(len(found)), key=lambda i: (found[i], operations[i], places[i]))
    return NewStructure(
        lattice,
        [shares[int(found[i])] for i in sites],
        coords[sites],
        site_properties={
            "listed_atom": [int(found[i]) for i in sites],
            "operation": [operations[i] for i in sites],
        },
    )


def _first_operations(
    lattice: np.ndarray,
    given: tuple[np.ndarray, np.ndarray],
    primitive: tuple[np.ndarray, np.ndarray],
    operations: np.ndarray,
) -> list[int]:
    """The least operation of the copies of each site.

    Args:
        lattice: of the primitive cell, (3, 3), angstrom.
        given: coordinates (N, 3) in that cell and kinds (N,) of all copies.
        primitive: coordinates (n, 3) and kinds (n,) of the primitive cell.
        operations: of all copies, (N,).
    """
    result = [0] * len(primitive[1])
    for kind in np.unique(given[1]):
        copies = np.flatnonzero(given[1] == kind)
        sites = np.flatnonzero(primitive[1] == kind)
        distances, _ = nearest_images(lattice, primitive[0][sites], given[0][copies])
        nearest = np.argmin(distances, axis=0)
        for number, site in enumerate(sites):
            result[site] = int(operations[copies[nearest == number]].min())
    return result
