"""What is known of elements: electronegativities, asked for quietly, radii and valences."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import UnknownElementDataError

if TYPE_CHECKING:
    from pymatgen.core import Element, Species

SHORTEST, SHORTEST_WITH_HYDROGEN = 0.95, 0.6
"""Angstrom; no bond is shorter. The shortest are 1.10 (N2) and 0.74 (H2)."""

_NONMETALS = "H; He; B; C; N; O; F; Ne; Si; P; S; Cl; Ar; Ge; As; Se; Br; Kr; Sb; Te; I; Xe; At; Rn"

_SINGLE_BONDS = """
H 0.32; He 0.46; Li 1.33; Be 1.02; B 0.85; C 0.75; N 0.71; O 0.63; F 0.64; Ne 0.67; Na 1.55;
Mg 1.39; Al 1.26; Si 1.16; P 1.11; S 1.03; Cl 0.99; Ar 0.96; K 1.96; Ca 1.71; Sc 1.48; Ti 1.36;
V 1.34; Cr 1.22; Mn 1.19; Fe 1.16; Co 1.11; Ni 1.10; Cu 1.12; Zn 1.18; Ga 1.24; Ge 1.21;
As 1.21; Se 1.16; Br 1.14; Kr 1.17; Rb 2.10; Sr 1.85; Y 1.63; Zr 1.54; Nb 1.47; Mo 1.38;
Tc 1.28; Ru 1.25; Rh 1.25; Pd 1.20; Ag 1.28; Cd 1.36; In 1.42; Sn 1.40; Sb 1.40; Te 1.36;
I 1.33; Xe 1.31; Cs 2.32; Ba 1.96; La 1.80; Ce 1.63; Pr 1.76; Nd 1.74; Pm 1.73; Sm 1.72;
Eu 1.68; Gd 1.69; Tb 1.68; Dy 1.67; Ho 1.66; Er 1.65; Tm 1.64; Yb 1.70; Lu 1.62; Hf 1.52;
Ta 1.46; W 1.37; Re 1.31; Os 1.29; Ir 1.22; Pt 1.23; Au 1.24; Hg 1.33; Tl 1.44; Pb 1.44;
Bi 1.51; Po 1.45; At 1.47; Rn 1.42; Fr 2.23; Ra 2.01; Ac 1.86; Th 1.75; Pa 1.69; U 1.70;
Np 1.71; Pu 1.72; Am 1.66; Cm 1.66; Bk 1.68; Cf 1.68; Es 1.65; Fm 1.67; Md 1.73; No 1.76;
Lr 1.61; Rf 1.57; Db 1.49; Sg 1.43; Bh 1.41; Hs 1.34; Mt 1.29; Ds 1.28; Rg 1.21; Cn 1.22;
Nh 1.36; Fl 1.43; Mc 1.62; Lv 1.75; Ts 1.65; Og 1.57
"""

SYMBOLS = tuple(item.split()[0] for item in _SINGLE_BONDS.split(";"))[:103]
"""Of the elements up to lawrencium, by atomic number."""

_VALENCES = """
H 0.38 0.89 2.2; Li 1 0.97 2.3; Be 0.81 1.47 3.0; B 0.79 1.6 7.5; C 0.78 2 7.0;
N 0.72 2.61 5.3; O 0.63 3.15 3.2; F 0.58 3.98 1.5; Na 1.36 1.01 1.9; Mg 1.21 1.23 3.3;
Al 1.13 1.47 4.0; Si 1.12 1.58 7.5; P 1.09 1.96 7.4; S 1.03 2.35 6.6; Cl 0.99 2.74 6.1;
K 1.73 0.91 2.4; Ca 1.5 1.04 3.6; Sc 1.34 1.2 3.7; Ti 1.27 1.32 5.0; V 1.21 1.45 5.1;
Cr 1.16 1.56 6.7; Mn 1.17 1.6 5.9; Fe 1.16 1.64 7.3; Co 1.09 1.7 5.9; Ni 1.04 1.75 3.9;
Cu 0.87 1.75 1.6; Zn 1.07 1.66 2.5; Ga 1.14 1.82 3.1; Ge 1.21 1.51 7.3; As 1.21 2.23 6.6;
Se 1.18 2.51 5.7; Br 1.13 2.58 3.7; Rb 1.84 0.89 2.1; Sr 1.66 0.99 2.6; Y 1.52 1.11 6.3;
Zr 1.43 1.22 5.6; Nb 1.4 1.23 5.8; Mo 1.37 1.3 6.8; Ru 1.21 1.42 5.5; Rh 1.18 1.54 5.1;
Pd 1.11 1.35 3.4; Ag 1.12 1.42 2.4; Cd 1.28 1.46 3.2; In 1.34 1.49 3.0; Sn 1.37 1.72 4.8;
Sb 1.41 1.72 8.9; Te 1.4 2.72 8.2; I 1.33 2.38 7.4; Cs 2.05 0.86 1.7; Ba 1.88 0.97 5.6;
La 1.71 1.08 3.7; Ce 1.68 1.08 5.4; Pr 1.66 1.07 3.6; Nd 1.64 1.07 4.9; Sm 1.61 1.07 3.6;
Eu 1.62 1.01 3.1; Gd 1.58 1.11 5.6; Tb 1.56 1.1 4.3; Dy 1.54 1.1 4.6; Ho 1.53 1.1 3.9;
Er 1.51 1.11 4.7; Tm 1.5 1.11 4.3; Yb 1.49 1.06 4.1; Lu 1.47 1.14 3.9; Hf 1.42 1.23 5.1;
Ta 1.39 1.33 5.9; W 1.38 1.4 7.4; Re 1.37 1.46 7.7; Ir 1.37 1.55 8.0; Hg 1.32 1.44 2.2;
Tl 1.62 1.44 4.7; Pb 1.53 1.55 4.7; Bi 1.54 1.67 6.8; Th 1.7 1.11 6.1; U 1.59 1.22 8.1
"""


class Valence(NamedTuple):
    """What the bond valences of an element are calculated and judged by.

    Attributes:
        size: r of O'Keeffe and Brese, in angstrom.
        softness: c of O'Keeffe and Brese, near the electronegativity.
        most: the largest sum of bond valences in the mini corpus, as
            :func:`crystext.description.plausibility.contact_notes` counts them.
    """

    size: float
    softness: float
    most: float


@cache
def nonmetals() -> frozenset[str]:
    """Symbols of the elements that are no metals; metalloids count among them."""
    return frozenset(item.strip() for item in _items(_NONMETALS))


@cache
def single_bond_radii() -> dict[str, float]:
    """Covalent radii for single bonds in angstrom, of every element by symbol.

    P. Pyykko and M. Atsumi, Chem. Eur. J. 15, 186 (2009). Noble gases and heavy elements, too.
    """
    return {name: float(radius) for name, radius in map(str.split, _items(_SINGLE_BONDS))}


@cache
def valences() -> dict[str, Valence]:
    """What is known of the valence of 75 elements, by symbol.

    The first two numbers are those of M. O'Keeffe and N. E. Brese, J. Am. Chem. Soc. 113, 3226
    (1991). The third is ours; ``tests/description/test_plausibility.py`` calculates it anew.
    """
    rows = map(str.split, _items(_VALENCES))
    return {name: Valence(*map(float, numbers)) for name, *numbers in rows}


def _items(table: str) -> list[str]:
    return [item for item in table.replace("\n", " ").split(";") if item.strip()]


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
