"""Notes on what no chemist would believe of a crystal: contacts too short, atoms too crowded.

A wrong coordinate gives a crystal that can be described like any other. It shows in four ways: two
atoms nearer than any bond, an atom whose bonds add up to more valence than it has, one with more
neighbours than fit around it, or no two atoms near enough for a bond. All limits stand well beyond
what occurs in the mini corpus of 6,277 crystals, two of which are noted: hydrogen and nitrogen as
single atoms. An unremarkable crystal may still be wrong.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystext.description.elements import (
    SHORTEST,
    SHORTEST_WITH_HYDROGEN,
    nonmetals,
    single_bond_radii,
    valences,
)
from crystext.description.notation import parse_species
from crystext.description.vectors import determinant, plane_distances

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pymatgen.core import Structure

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SHORTEST_METALLIC, SHORTEST_OTHER, SHORTEST_RELATIVE_WITH_HYDROGEN = 0.65, 0.70, 0.62
"""In sums of radii; the shortest of the mini corpus are 0.72 (Rb-Rb) and 0.76 (U-O)."""
CROWDING = 1.25
"""How far a sum of bond valences may exceed the largest in the mini corpus."""
_REACH = 3.0  # angstrom; a bond valence adds little beyond
_NOBLE_GASES = frozenset({"He", "Ne", "Ar", "Kr", "Xe", "Rn"})
_LONELY = 1.4  # sums of radii; the nearest atoms of the mini corpus are at most 1.28 apart
_ISOLATED = 6.0  # angstrom; the nearest atoms of caesium are 5.3 apart
_MOST_VOLUME = 1e5  # cubic angstrom; a molecule in a large box has some thousands an atom
_SOFTNESS = 0.37  # angstrom; Brown and Altermatt, Acta Cryst. B41, 244 (1985)
_SELF = 1e-8  # angstrom
_MOST_NOTES = 3
_MANY_IMAGES = 1000


def contact_notes(structure: Structure) -> tuple[str, ...]:
    """Contacts shorter than any bond, else atoms with too much valence, or all too far apart.

    Args:
        structure: an ordered structure in any cell. Atoms may not lie on top of one another.

    Returns:
        One line each, sites counted from 1. Of equal contacts the first is named.
    """
    volume = abs(determinant(structure.lattice.matrix)) / len(structure)
    if volume > _MOST_VOLUME:
        return (f"the cell has {volume:.2g} Å³ an atom; check the unit of the lattice",)
    symbols = [next(iter(site.species)).symbol for site in structure]
    pairs = _pairs(structure)
    if not len(pairs.distances):
        return _loneliness(structure, symbols)
    kinds = list(dict.fromkeys(symbols))
    of_site = np.array([kinds.index(symbol) for symbol in symbols])
    limits, lengths = _tables(tuple(kinds))
    here, there = of_site[pairs.first], of_site[pairs.second]
    short = pairs.distances < limits[here, there]
    if short.any():
        return _several(
            _contacts(symbols, pairs.first[short], pairs.second[short], pairs.distances[short])
        )
    valence = np.exp((lengths[here, there] - pairs.distances) / _SOFTNESS)
    if "H" in kinds:  # diffraction sees hydrogen too near to its partner
        hydrogen = kinds.index("H")
        bonded = (here == hydrogen) | (there == hydrogen)
        valence[bonded] = np.minimum(valence[bonded], 1.0)
    sums: Floats = np.bincount(pairs.first, valence, minlength=len(symbols)).astype(np.float64)
    return _several(_crowded(symbols, sums))


def _loneliness(structure: Structure, symbols: Sequence[str]) -> tuple[str, ...]:
    """A note where no two atoms are near enough for a bond, as in half of a unit cell."""
    pairs = _pairs(structure, _ISOLATED)
    if not len(pairs.distances):
        return (f"no two atoms are nearer than {_ISOLATED:g} Å; check the unit of the lattice",)
    if set(symbols) <= _NOBLE_GASES:
        return ()
    radii = np.array([single_bond_radii()[symbol] for symbol in symbols])
    ratios = pairs.distances / (radii[pairs.first] + radii[pairs.second])
    nearest = int(np.argmin(np.round(ratios, 6)))
    if ratios[nearest] < _LONELY:
        return ()
    one, other = symbols[pairs.first[nearest]], symbols[pairs.second[nearest]]
    text = f"no two atoms are near enough for a bond: {one} and {other} are"
    text += f" {pairs.distances[nearest]:.2f} Å apart"
    return (f"{text}; check symmetry and the unit of the lattice",)


class _Pairs(NamedTuple):
    """Atoms (n,) and those near them (n,), as sites, and their distances (n,) in angstrom."""

    first: Integers
    second: Integers
    distances: Floats


def _pairs(structure: Structure, reach: float = _REACH) -> _Pairs:
    """All pairs of atoms that may matter, each from both ends, the nearest first."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    matrix = np.ascontiguousarray(structure.lattice.matrix, dtype=float)
    heights = plane_distances(matrix)
    if np.prod(2 * reach / heights + 1) > _MANY_IMAGES:  # a very oblique cell
        from crystext.description.lattice_symmetry import reduced_bases

        matrix = np.ascontiguousarray(reduced_bases(matrix)[0] @ matrix)
    wrapped = np.mod(structure.frac_coords, 1) @ structure.lattice.matrix  # near one another
    positions = np.ascontiguousarray(wrapped)
    first, second, _, distances = find_points_in_spheres(
        all_coords=positions,
        center_coords=positions,
        r=reach,
        pbc=np.ones(3, dtype=np.int64),
        lattice=matrix,
        tol=_SELF,
    )
    order = np.lexsort((second, first, np.round(distances, 6)))
    order = order[distances[order] > _SELF]
    return _Pairs(first[order], second[order], distances[order])


@lru_cache(maxsize=1024)
def _tables(kinds: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Shortest bonds, and the lengths of bonds of valence one, in angstrom, (kinds, kinds).

    The second is minus infinity where nothing is known, and between metals, whose bonds are no
    matter of valence.
    """
    radii, known = single_bond_radii(), valences()
    shortest = np.empty((len(kinds), len(kinds)))
    lengths = np.full_like(shortest, -np.inf)
    for i, one in enumerate(kinds):
        for j, other in enumerate(kinds):
            total = radii[one] + radii[other]
            if "H" in (one, other):
                limit = max(SHORTEST_WITH_HYDROGEN, SHORTEST_RELATIVE_WITH_HYDROGEN * total)
            elif one in nonmetals() or other in nonmetals():
                limit = max(SHORTEST, SHORTEST_OTHER * total)
            else:
                limit = SHORTEST_METALLIC * total
            shortest[i, j] = limit
            metallic = one not in nonmetals() and other not in nonmetals()
            if one in known and other in known and not metallic:
                (r, c, _), (s, d, _) = known[one], known[other]
                # O'Keeffe and Brese, J. Am. Chem. Soc. 113, 3226 (1991), equation 2
                lengths[i, j] = r + s - r * s * (c**0.5 - d**0.5) ** 2 / (c * r + d * s)
    return shortest, lengths


def _contacts(
    symbols: Sequence[str], first: Integers, second: Integers, distances: Floats
) -> Iterator[str]:
    seen = set()
    for i, j, distance in zip(first.tolist(), second.tolist(), distances.tolist(), strict=True):
        key = (*sorted((symbols[i], symbols[j])), f"{distance:.2f}")
        if i > j or key in seen:
            continue
        seen.add(key)
        if i == j:
            yield (
                f"{symbols[i]} at site {i + 1} and its own image are {distance:.2f} Å apart: "
                "no bond is that short; check the cell"
            )
        else:
            yield (
                f"{symbols[i]} and {symbols[j]} at sites {i + 1} and {j + 1} are {distance:.2f} Å "
                "apart: no bond is that short; check the coordinates"
            )


def _crowded(symbols: Sequence[str], sums: Floats) -> Iterator[str]:
    seen = set()
    for i in np.argsort(-np.round(sums, 6), kind="stable").tolist():
        symbol, total = symbols[i], f"{sums[i]:.1f}"
        known = valences().get(symbol)
        if known is None or sums[i] <= CROWDING * known.most or (symbol, total) in seen:
            continue
        seen.add((symbol, total))
        yield (
            f"{symbol} at site {i + 1} is too crowded: its bonds add up to a valence of {total}, "
            f"and {known.most:.1f} is the most in real crystals; check the coordinates"
        )


def _several(notes: Iterable[str]) -> tuple[str, ...]:
    """The first three notes, and how many more there are."""
    found = list(notes)
    more = len(found) - _MOST_NOTES
    if more <= 0:
        return tuple(found)
    return (*found[:_MOST_NOTES], f"{more} more such notes are left out")


_ELECTRONEGATIVE = ("N", "O", "F", "S", "Cl", "Se", "Br", "Te", "I")
_ELECTROPOSITIVE = ("Li", "Na", "K", "Rb", "Cs", "Be", "Mg", "Ca", "Sr", "Ba")
_MOST_NEIGHBORS = 10
"""Electronegative neighbours that fit around an atom, unless the next table says otherwise.

The mini corpus has 9 at most; fewer or more fit around the elements below.
"""
_NEIGHBORS_BY_SIZE = (
    (3, ("H", "F")),
    (4, ("N", "O")),
    (6, ("Be", "B", "C")),
    (8, ("Al", "Si", "P", "S", "Cl", "Ni", "Ga", "Ge", "As", "Se", "Br", "Rh", "Pd", "Pt", "Au")),
    (14, ("Na", "K", "Rb", "Cs", "Fr", "Ca", "Sr", "Ba", "Ra", "Ag", "Tl", "Pb", "Bi")),
    (14, ("Y", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm")),
    (14, ("Yb", "Lu", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm")),
)
_MOST_AROUND_ANION = 6
"""Neighbours of O and F besides alkali and alkaline-earth metals: 6 in the mini corpus."""


def coordination_notes(condensed: dict[str, Any]) -> tuple[str, ...]:
    """Atoms with more neighbours than fit around them.

    Args:
        condensed: what :meth:`crystext.description.condenser.Condenser.condense` gives, also as
            it comes back from JSON.

    Returns:
        One line each; sites are named by the numbers that they have in the text.
    """
    sites = {int(index): site for index, site in condensed["sites"].items()}
    elements = {index: parse_species(site["element"]).symbol for index, site in sites.items()}
    return _several(
        note
        for index, site in sites.items()
        for note in _too_many(elements[index], site, Counter(elements[i] for i in site["nn"]))
    )


def _too_many(element: str, site: dict[str, Any], around: Counter[str]) -> Iterator[str]:
    name = f"{element}({','.join(map(str, site['sym_labels']))})"
    most = next((n for n, some in _NEIGHBORS_BY_SIZE if element in some), _MOST_NEIGHBORS)
    near = {symbol: n for symbol, n in around.items() if symbol in _ELECTRONEGATIVE}
    if sum(near.values()) <= most and element in ("O", "F"):
        most = _MOST_AROUND_ANION
        near = {symbol: n for symbol, n in around.items() if symbol not in _ELECTROPOSITIVE}
    total = sum(near.values())
    if total > most:
        yield (
            f"{name} has {total} bonded neighbours ({', '.join(near)}), and no more than {most} "
            "fit around it; check the coordinates"
        )
