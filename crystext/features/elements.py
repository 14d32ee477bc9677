"""Properties of the elements that features are made of, from pymatgen's table of the elements."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAVIEST = 103


class ElementProperty(NamedTuple):
    """One property of the elements.

    Attributes:
        name: as in the features' names.
        attribute: of :class:`pymatgen.core.Element`.
        unit: of it.
        scale: a typical size.
    """

    name: str
    attribute: str
    unit: str
    scale: float


PROPERTIES = (
    ElementProperty("electronegativity", "X", "Pauling", 2.0),
    ElementProperty("period", "row", "", 4.0),
    ElementProperty("group", "group", "", 10.0),
    ElementProperty("mendeleev_number", "mendeleev_no", "", 50.0),
    ElementProperty("mass", "atomic_mass", "u", 80.0),
    ElementProperty("radius", "atomic_radius", "angstrom", 1.4),
    ElementProperty("electron_affinity", "electron_affinity", "eV", 1.0),
    ElementProperty("ionization_energy", "ionization_energy", "eV", 8.0),
    ElementProperty("melting_point", "melting_point", "K", 1000.0),
    ElementProperty("molar_volume", "molar_volume", "cm3/mol", 15.0),
)
SHELLS = "spdf"


class ElementTable(NamedTuple):
    """Rows by atomic number, from 0, which is unused.

    Attributes:
        values: (104, 10), of :data:`PROPERTIES`; what is not known is the mean of all that is.
        valence: (104, 4), electrons in the outer s, p, d and f shells.
        number: atomic numbers by symbol.
    """

    values: NDArray[np.float64]
    valence: NDArray[np.float64]
    number: dict[str, int]


@cache
def element_table() -> ElementTable:
    """The properties of all elements."""
    from pymatgen.core import Element

    values = np.full((HEAVIEST + 1, len(PROPERTIES)), np.nan)
    valence = np.zeros((HEAVIEST + 1, len(SHELLS)))
    number = {"D": 1, "T": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are not known
        for z in range(1, HEAVIEST + 1):
            element = Element.from_Z(z)
            number[element.symbol] = z
            for column, one in enumerate(PROPERTIES):
                value = getattr(element, one.attribute)
                values[z, column] = np.nan if value is None else float(value)
            valence[z] = _valence(element.full_electronic_structure)
    known = np.nanmean(values, axis=0)
    values = np.where(np.isfinite(values), values, known)
    return ElementTable(values, valence, number)


def _valence(shells: list[tuple[int, str, int]]) -> list[int]:
    """Electrons beyond the last noble gas, full inner d and f shells left out where p is open."""
    outer = max(n for n, _, _ in shells)
    found = dict.fromkeys(SHELLS, 0)
    for n, kind, count in shells:
        inner = {"s": 0, "p": 0, "d": 1, "f": 2}[kind]
        if n == outer - inner:
            found[kind] = count
    return [found[kind] for kind in SHELLS]
