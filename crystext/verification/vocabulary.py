"""The words in which crystals are described, beside robocrystallographer's sentences."""

from __future__ import annotations

from functools import cache

from crystext.description.elements import SYMBOLS
from crystext.description.fingerprints import CONNECTED_GEOMETRIES, NAMED_GEOMETRIES
from crystext.description.words import polyhedra

__all__ = ["ANIONS", "DIMENSIONS", "GEOMETRIES", "SHAPES", "SYMBOLS", "element_names"]

ANIONS = {
    "oxide": "O",
    "sulfide": "S",
    "sulphide": "S",
    "selenide": "Se",
    "telluride": "Te",
    "nitride": "N",
    "phosphide": "P",
    "arsenide": "As",
    "antimonide": "Sb",
    "carbide": "C",
    "silicide": "Si",
    "germanide": "Ge",
    "boride": "B",
    "hydride": "H",
    "fluoride": "F",
    "chloride": "Cl",
    "bromide": "Br",
    "iodide": "I",
}
"""Names of anions, in the singular, each with its element."""
DIMENSIONS = {
    "zero-dimensional": 0,
    "0D": 0,
    "one-dimensional": 1,
    "1D": 1,
    "two-dimensional": 2,
    "2D": 2,
    "layered": 2,
    "three-dimensional": 3,
    "3D": 3,
}
GEOMETRIES = (
    *(*NAMED_GEOMETRIES, "q2", "q4", "q6", "distorted q6"),
    *(f"{number}-coordinate" for number in range(1, 33)),
)
"""What a site's geometry may be called (:mod:`crystext.description.order_parameters`)."""
SHAPES = {
    form: polyhedra(geometry)
    for geometry in CONNECTED_GEOMETRIES
    for form in (polyhedra(geometry), polyhedra(geometry, 1))
}
"""Every word for a polyhedron, in the singular and the plural, with its plural."""


@cache
def element_names() -> dict[str, str]:
    """English names of the elements, in lower case, with their symbols."""
    from pymatgen.core import Element

    names = {Element(one).long_name.lower(): one for one in SYMBOLS}
    return names | {"aluminium": "Al", "caesium": "Cs", "sulphur": "S"}
