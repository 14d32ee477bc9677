"""What is known of elements: electronegativities, asked for quietly, and covalent radii."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from crystext.errors import UnknownElementDataError

if TYPE_CHECKING:
    from pymatgen.core import Element, Species

_HEAVY_RADII = {
    "Bk": 1.68,
    "Cf": 1.68,
    "Es": 1.65,
    "Fm": 1.67,
    "Md": 1.73,
    "No": 1.76,
    "Lr": 1.61,
}
"""Single-bond covalent radii in angstrom of Pyykko and Atsumi, Chem. Eur. J. 15, 186 (2009).

They go on where those of Cordero et al., Dalton Trans. 2832 (2008), which pymatgen has, end with
curium (1.69; 1.66 in this set). Beyond lawrencium the series by which IUPAC orders the elements of
a formula ends as well, and no crystal is known.
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
    radius = CovalentRadius.radius.get(symbol) or species.atomic_radius or _HEAVY_RADII.get(symbol)
    if radius is None:
        msg = (
            f"{symbol} (element {species.Z}) has no known radius, so its bonds cannot be told; "
            "elements up to Lr (103) can be described: check the symbol, or leave it out"
        )
        raise UnknownElementDataError(msg)
    return float(radius)
