"""Internal coordinates of the sites of the primitive cell, taken as a molecule.

The form of MatText, written by pymatgen. Bonds across cells are not seen, and the lattice is not
written, so that no crystal can be made of it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.representations.decimals import number

if TYPE_CHECKING:
    from crystext.representations.cell import Cells


def write(cells: Cells, digits: int) -> str:
    """A line a site: element, then distance, angle and dihedral, each after the site it is to.

    Args:
        cells: the crystal.
        digits: decimals of distances; angles are whole degrees.
    """
    from pymatgen.core import Molecule

    structure = cells.sites
    molecule = Molecule([site.specie for site in structure], structure.cart_coords)
    lines, values = [], {}
    for line in molecule.get_zmatrix().splitlines():
        name, is_value, value = line.partition("=")
        if is_value:
            values[name] = number(float(value), digits if name.startswith("B") else 0)
        elif line.strip():
            lines.append(line.split())
    return "\n".join(" ".join(values.get(word, word) for word in line) for line in lines)
