"""What is known of elements: electronegativities, asked for quietly, and covalent radii."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from crystext.description.element_tables import single_bond_radii
from crystext.errors import UnknownElementDataError

if TYPE_CHECKING:
    from pymatgen.core import Element, Species

_FIRST_HEAVY, _LAST_HEAVY = 97, 103
"""Berkelium to lawrencium: pymatgen's radii (Cordero et al., Dalton Trans. 2832 (2008)) end before.

Those of Pyykko and Atsumi go on; for curium the two have 1.69 and 1.66 angstrom. After lawrencium
the series ends by which IUPAC orders the elements of a formula, and no crystal is known.
"""


@cache
def know_electronegativities() -> None:
    """Looks up every electronegativity, so that pymatgen does not warn of those that are missing.

    Pymatgen keeps what it has looked up and warns only the first time (helium, neon, argon and
    some others have none; NaN stands for it), wherever that may be: reading, sorting, bonding. No
    warning filter outlives this function.
    """
    from pymatgen.core import Element

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="No Pauling electronegativity")
        for element in Element:
            _ = element.X


def covalent_radius(species: Element | Species) -> float:
    """Covalent radius in angstrom.

    Raises:
        UnknownElementDataError: none is known.
    """
    from pymatgen.core.molecule_structure_comparator import CovalentRadius

    symbol = species.symbol
    radius = CovalentRadius.radius.get(symbol) or species.atomic_radius
    if radius is None and _FIRST_HEAVY <= species.Z <= _LAST_HEAVY:
        radius = single_bond_radii()[symbol]
    if radius is None:
        msg = (
            f"{symbol} (element {species.Z}) has no known radius, so its bonds cannot be told; "
            "elements up to Lr (103) can be described: check the symbol, or leave it out"
        )
        raise UnknownElementDataError(msg)
    return float(radius)
