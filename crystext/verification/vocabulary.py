"""The words in which crystals are described, beside robocrystallographer's sentences."""

from __future__ import annotations

from functools import cache

from crystext.description.elements import SYMBOLS
from crystext.description.fingerprints import CONNECTED_GEOMETRIES, NAMED_GEOMETRIES
from crystext.description.words import polyhedra

__all__ = [
    "ANIONS",
    "DIMENSIONS",
    "FORMS",
    "GEOMETRIES",
    "PROPERTIES",
    "SHAPES",
    "SYMBOLS",
    "UNKNOWN_FORMS",
    "WORDS_OF_UNITS",
    "element_names",
]

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
    for form in (
        *(polyhedra(geometry), polyhedra(geometry, 1)),
        *((f"{polyhedra(geometry)[:-1]}on",) if geometry.endswith("hedral") else ()),
    )
}
"""Every word for a polyhedron, in the singular and the plural, with its plural."""
FORMS = {
    "bent": ("bent 120 degrees", "bent 150 degrees", "L-shaped", "water-like"),
    "square planar": ("square co-planar",),
    "square-planar": ("square co-planar",),
    "trigonal-planar": ("trigonal planar",),
    "see-saw": ("see-saw-like", "rectangular see-saw-like"),
    "cubic": ("body-centered cubic",),
    "body-centred cubic": ("body-centered cubic",),
}
"""Other words for geometries, each with those that it may stand for."""
UNKNOWN_FORMS = (
    *("trigonal prismatic", "square antiprismatic", "icosahedral", "dodecahedral", "prismatic"),
    *("antiprismatic", "pyramidal", "bipyramidal", "planar", "icosahedra", "dodecahedra"),
    *("prisms", "antiprisms", "pyramids", "bipyramids", "polyhedra", "cubes", "rhombohedral"),
    *("face-centered", "face-centred", "body-centered", "body-centred", "close-packed"),
)
"""Words of shape that are understood nowhere, so that a text with them is read in part."""
PROPERTIES = (
    *("band gap", "bandgap", "density", "formation energy", "energy", "bulk modulus", "modulus"),
    *("shear modulus", "moduli", "hardness", "hard", "conductivity", "conductor", "conducting"),
    *("semiconductor", "semiconducting", "insulator", "insulating", "metal", "metallic"),
    *("superconductor", "superconducting", "magnetic", "magnet", "ferromagnetic", "ferromagnet"),
    *("antiferromagnetic", "antiferromagnet", "ferrimagnetic", "paramagnetic", "diamagnetic"),
    *("magnetization", "magnetic moment", "ferroelectric", "piezoelectric", "thermoelectric"),
    *("dielectric", "melting point", "volume", "lattice parameter", "lattice parameters"),
    *("lattice constant", "lattice constants", "stable", "metastable", "unstable", "stability"),
    *("refractive index", "transparent", "bond length", "bond lengths", "bond distance"),
    *("bond distances", "bond angle", "bond angles", "tilt angle", "tilt angles", "vacancy"),
    *("vacancies", "oxidation state", "oxidation states", "valence", "charge", "centrosymmetric"),
    *("chiral", "polar", "ionic", "covalent", "molecular", "chains", "layers", "sheets", "ribbons"),
)
"""Words for what a claim could be about, and mostly none is read of."""
WORDS_OF_UNITS = (
    *("eV", "meV", "keV", "GPa", "MPa", "kPa", "Pa", "K", "°C", "°", "degrees", "degree", "Å3"),
    *("Å³", "Å", "A", "angstroms", "angstrom", "ångström", "nm", "pm", "%", "g/cm3", "g/cm³"),
    *("kg/m3", "kJ/mol", "kcal/mol", "J", "T", "μB", "µB", "V", "S/cm", "W/mK", "neighbours"),
    *("neighbors", "neighbour", "neighbor", "atoms", "sites", "electrons", "formula units"),
    *("ligands", "bonds"),
)
"""What a number is of."""


@cache
def element_names() -> dict[str, str]:
    """English names of the elements, in lower case, with their symbols."""
    from pymatgen.core import Element

    names = {Element(one).long_name.lower(): one for one in SYMBOLS}
    return names | {"aluminium": "Al", "caesium": "Cs", "sulphur": "S"}
