"""The words in which crystals are described, beside robocrystallographer's sentences."""

from __future__ import annotations

import re
from functools import cache

from crystext.description.elements import SYMBOLS
from crystext.description.fingerprints import CONNECTED_GEOMETRIES, NAMED_GEOMETRIES
from crystext.description.words import polyhedra

__all__ = [
    "ANIONS",
    "COMMON_NAMES",
    "DIMENSIONS",
    "GEOMETRIES",
    "OTHER_FORMS",
    "PROPERTIES",
    "SHAPES",
    "SYMBOLS",
    "compound_of",
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
    for form in (polyhedra(geometry), polyhedra(geometry, 1))
}
"""Every word for a polyhedron, in the singular and the plural, with its plural."""


@cache
def element_names() -> dict[str, str]:
    """English names of the elements, in lower case, with their symbols."""
    from pymatgen.core import Element

    names = {Element(one).long_name.lower(): one for one in SYMBOLS}
    return names | {"aluminium": "Al", "caesium": "Cs", "sulphur": "S"}


COMMON_NAMES = {
    "alumina": "Al2O3", "silica": "SiO2", "titania": "TiO2", "zirconia": "ZrO2", "magnesia": "MgO",
    "ceria": "CeO2", "hafnia": "HfO2", "yttria": "Y2O3", "beryllia": "BeO",
}  # fmt: skip
"""Formulas of compounds that have a name of their own."""
OTHER_FORMS: dict[str, object] = {
    "bent": ("bent 120 degrees", "bent 150 degrees", "L-shaped", "water-like"),
    "square planar": ("square co-planar",),
    "square-planar": ("square co-planar",),
    "trigonal-planar": ("trigonal planar",),
    "see-saw": ("see-saw-like", "rectangular see-saw-like"),
    "seesaw": ("see-saw-like", "rectangular see-saw-like"),
    "body-centred cubic": ("body-centered cubic",),
}
"""Other words for geometries, each with those that it may stand for."""
PROPERTIES = (
    *("band gap", "bandgap", "density", "bulk modulus", "shear modulus", "formation energy"),
    *("lattice parameter", "lattice parameters", "lattice constant", "lattice constants"),
    *("cell volume", "magnetic moment", "conductivity", "metallic", "semiconductor", "insulator"),
    *("insulating", "magnetic", "ferromagnetic", "antiferromagnetic", "superconductor"),
    *("superconducting", "stable", "unstable", "metastable", "isolated", "molecular", "binary"),
    *("ternary", "quaternary", "trigonal prismatic", "prismatic", "antiprismatic", "pyramidal"),
    *("planar", "icosahedral", "icosahedra", "dodecahedral", "dodecahedra", "prisms", "antiprisms"),
    *("rhombohedral", "face-centered", "face-centred", "body-centered", "body-centred"),
    *("close-packed", "close packed", "vacancy", "vacancies", "oxidation state", "centrosymmetric"),
    *("chiral", "polar", "ferroelectric", "piezoelectric", "equal", "tilted", "distorted"),
)
"""Words that say something of a crystal, of which no claim is read."""
_OXO = {
    "alumin": "Al", "antimon": "Sb", "arsen": "As", "bismuth": "Bi", "bor": "B", "brom": "Br",
    "carbon": "C", "chlor": "Cl", "chrom": "Cr", "cobalt": "Co", "cupr": "Cu", "ferr": "Fe",
    "gall": "Ga", "german": "Ge", "hafn": "Hf", "iod": "I", "irid": "Ir", "mangan": "Mn",
    "molybd": "Mo", "nickel": "Ni", "niob": "Nb", "nitr": "N", "osm": "Os", "phosph": "P",
    "plumb": "Pb", "rhen": "Re", "rhod": "Rh", "ruthen": "Ru", "selen": "Se", "silic": "Si",
    "stann": "Sn", "sulf": "S", "tantal": "Ta", "tellur": "Te", "titan": "Ti", "tungst": "W",
    "uran": "U", "vanad": "V", "wolfram": "W", "zinc": "Zn", "zircon": "Zr",
}  # fmt: skip
_ITES = ("antimon", "arsen", "chrom", "cobalt", "ferr", "mangan", "nitr", "phosph", "selen", "sulf")
_COMPOUNDS = {"hydroxide": "OH", "hydrate": "OH", "cyanide": "CN", "carbonitride": "CN"}
_COMPOUNDS |= {"borohydride": "BH", "ammonium": "NH", "imide": "NH", "amide": "NH"}
_OXOANION = re.compile(
    rf"(?:pyro|ortho|meta|per|hypo|di|tri|poly|hydrogen|bi)?(?:({'|'.join(_OXO)})ate"
    rf"|({'|'.join(_ITES)})ite)s?"
)


def compound_of(word: str) -> tuple[str, ...]:
    """The elements of an anion of several, by its name; none for other words.

    >>> compound_of("titanates"), compound_of("hydroxide"), compound_of("oxychlorides")
    (('Ti', 'O'), ('O', 'H'), ('O', 'Cl'))
    """
    plain = word.lower()
    one = plain.removesuffix("s")
    if one in _COMPOUNDS:
        return tuple(_COMPOUNDS[one])
    if one == "oxyhydroxide":
        return ("O", "H")
    if one.startswith("oxy") and one.removeprefix("oxy") in ANIONS:
        return ("O", ANIONS[one.removeprefix("oxy")])
    found = _OXOANION.fullmatch(plain)
    return (_OXO[found[1] or found[2]], "O") if found else ()
