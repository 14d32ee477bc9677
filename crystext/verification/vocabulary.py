"""The words in which crystals are described, beside robocrystallographer's sentences."""

from __future__ import annotations

from functools import cache

from crystext.description.words import polyhedra

SYMBOLS = (
    *("H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl"),
    *("Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As"),
    *(
        "Se",
        "Br",
        "Kr",
        "Rb",
        "Sr",
        "Y",
        "Zr",
        "Nb",
        "Mo",
        "Tc",
        "Ru",
        "Rh",
        "Pd",
        "Ag",
        "Cd",
        "In",
    ),
    *(
        "Sn",
        "Sb",
        "Te",
        "I",
        "Xe",
        "Cs",
        "Ba",
        "La",
        "Ce",
        "Pr",
        "Nd",
        "Pm",
        "Sm",
        "Eu",
        "Gd",
        "Tb",
    ),
    *(
        "Dy",
        "Ho",
        "Er",
        "Tm",
        "Yb",
        "Lu",
        "Hf",
        "Ta",
        "W",
        "Re",
        "Os",
        "Ir",
        "Pt",
        "Au",
        "Hg",
        "Tl",
    ),
    *(
        "Pb",
        "Bi",
        "Po",
        "At",
        "Rn",
        "Fr",
        "Ra",
        "Ac",
        "Th",
        "Pa",
        "U",
        "Np",
        "Pu",
        "Am",
        "Cm",
        "Bk",
    ),
    *("Cf", "Es", "Fm", "Md", "No", "Lr"),
)
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
    *("single-bond", "L-shaped", "water-like", "bent 120 degrees", "bent 150 degrees", "linear"),
    *("trigonal planar", "trigonal non-coplanar", "T-shaped", "tetrahedral", "square co-planar"),
    *("rectangular see-saw-like", "see-saw-like", "trigonal pyramidal", "pentagonal planar"),
    *("square pyramidal", "trigonal bipyramidal", "hexagonal planar", "octahedral"),
    *("pentagonal pyramidal", "hexagonal pyramidal", "pentagonal bipyramidal"),
    *("body-centered cubic", "hexagonal bipyramidal", "q2", "q4", "q6", "cuboctahedral"),
    *("distorted q6", "linear", *(f"{number}-coordinate" for number in range(1, 33))),
)
"""What a site's geometry may be called (:mod:`crystext.description.order_parameters`)."""
_FORMING = (
    *("octahedral", "tetrahedral", "cuboctahedral", "trigonal pyramidal", "square pyramidal"),
    *("trigonal bipyramidal", "pentagonal pyramidal", "hexagonal pyramidal"),
    *("pentagonal bipyramidal", "hexagonal bipyramidal"),
)
SHAPES = {
    form: polyhedra(geometry)
    for geometry in _FORMING
    for form in (polyhedra(geometry), polyhedra(geometry, 1))
}
"""Every word for a polyhedron, in the singular and the plural, with its plural."""


@cache
def element_names() -> dict[str, str]:
    """English names of the elements, in lower case, with their symbols."""
    from pymatgen.core import Element

    names = {Element(one).long_name.lower(): one for one in SYMBOLS}
    return names | {"aluminium": "Al", "caesium": "Cs", "sulphur": "S"}
