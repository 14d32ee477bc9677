"""Which site of a description each atom of the crystal's cell is.

A description speaks of another cell than it was given: canonical, then conventional, its symmetry
made exact. That cell and its orbits are computed again as the describer does; the labels in the
condensed dictionary say which orbits a site stands for. An atom of the given cell is the orbit
whose surroundings are its own: distances to atoms of each element do not depend on the cell.
Whatever does not agree (elements, labels, bond lengths, numbers of atoms) is an error, never a
guess.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.description.arrays import ArrayStructure
from crystext.description.neighbors import spheres
from crystext.description.notation import parse_species
from crystext.description.record import numbered
from crystext.errors import SitesNotFoundError
from crystext.features.symmetry import multiplicities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pymatgen.core import Structure

_REACHES = (6.0, 10.0)  # angstrom; the second where the first leaves a doubt
_LEAST_TOLERANCE = 0.05  # angstrom; what making symmetry exact moves
_PER_SYMPREC = 4.0
_DOUBT = 2.0  # times the best; another site as near is a doubt
_LEAST_DOUBT = 1e-3  # angstrom
_BOND = 0.03  # angstrom; sites that are described as one differ by up to 0.01


class _Described(NamedTuple):
    """The cell that is described.

    Attributes:
        cell: n sites.
        keys: (n,), key of each site in the condensed dictionary.
        firsts: one site of each orbit.
    """

    cell: ArrayStructure
    keys: list[int]
    firsts: list[int]


def sites_of_atoms(
    structure: Structure, condensed: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[str]:
    """The site that each atom of a structure is, by its key in the condensed dictionary.

    Args:
        structure: n atoms, in any cell; ordered.
        condensed: of its description.
        settings: of the describer: ``symprec`` in angstrom, ``canonical``, ``oxidation`` and
            ``use_conventional_cell``, with the describer's defaults.

    Raises:
        SitesNotFoundError: the description does not fit the structure, or leaves a doubt.
        SymmetryFailedError: the structure has no symmetry at this tolerance.
    """
    symprec = settings["symprec"]
    if settings.get("oxidation") == "guess":
        from crystext.description.oxidation import guess_oxidation_states

        structure = guess_oxidation_states(structure)
    described = _described(structure, numbered(condensed), settings)
    given = ArrayStructure.of(structure)
    tolerance = max(_LEAST_TOLERANCE, _PER_SYMPREC * symprec)
    found: list[int | None] = [None] * len(given)
    for reach in _REACHES:
        open_ = [atom for atom, key in enumerate(found) if key is None]
        for atom, key in zip(
            open_, _matched(given, open_, described, reach, tolerance), strict=True
        ):
            found[atom] = key
        if None not in found:
            break
    else:
        lost = found.index(None)
        raise SitesNotFoundError(
            f"two different sites could be atom {lost} ({given.species[lost]})"
        )
    keys = [key for key in found if key is not None]
    _check_numbers(Counter(keys), Counter(described.keys), "the structure")
    return list(map(str, keys))


def _described(
    structure: Structure, condensed: Mapping[str, Any], settings: Mapping[str, Any]
) -> _Described:
    """The described cell, computed again."""
    from crystext.description.canonical import canonical_symmetry
    from crystext.description.orbits import conventional_cell, given_cell
    from crystext.description.symmetry import find_symmetry

    symprec = settings["symprec"]
    if settings.get("canonical", False):
        symmetry = canonical_symmetry(structure, symprec)
    else:
        symmetry = find_symmetry(ArrayStructure.of(structure), symprec)
    if settings.get("use_conventional_cell", True):
        cell, orbits = conventional_cell(symmetry, symprec)
    else:
        cell, _, orbits = given_cell(symmetry, symprec)
    by_label: dict[tuple[str, int], int] = {}
    for key, site in condensed["sites"].items():
        symbol = parse_species(site["element"]).symbol
        for label in site["sym_labels"]:
            if by_label.setdefault((symbol, label), key) != key:
                raise SitesNotFoundError(f"{symbol}({label}) is described as two different sites")
    keys: dict[int, int] = {}
    labels: Counter[str] = Counter()
    for first in orbits.first_sites:
        symbol = cell.species[first].symbol
        labels[symbol] += 1
        if (symbol, labels[symbol]) not in by_label:
            raise SitesNotFoundError(f"{symbol}({labels[symbol]}) is not described")
        keys[first] = by_label[symbol, labels[symbol]]
    if len(keys) != len(by_label):
        raise SitesNotFoundError(f"{len(by_label)} sites are described, and {len(keys)} are there")
    found = _Described(cell, [keys[one] for one in orbits.of_site.tolist()], orbits.first_sites)
    _check_numbers(Counter(found.keys), Counter(multiplicities(condensed)), "the cell described")
    _check_bonds(found, condensed)
    return found


def _check_numbers(found: Counter[int], told: Counter[int], where: str) -> None:
    """Whether the same sites make up the same shares of the atoms."""
    n, of = sum(found.values()), sum(told.values())
    if any(found[key] * of != told[key] * n for key in found.keys() | told.keys()):
        raise SitesNotFoundError(f"sites have other numbers of atoms in {where} than described")


def _check_bonds(found: _Described, condensed: Mapping[str, Any]) -> None:
    """Whether each orbit has neighbours at the lengths that its site's bonds have."""
    told = condensed["distances"]
    longest = max((d for one in told.values() for part in one.values() for d in part), default=0.0)
    shells = spheres(found.cell, found.firsts, longest + _BOND)
    for first, (indices, _, vectors) in zip(found.firsts, shells, strict=True):
        here = np.linalg.norm(vectors, axis=1)
        symbols = np.array([found.cell.species[i].symbol for i in indices.tolist()])
        for other, lengths in told.get(found.keys[first], {}).items():
            symbol = parse_species(condensed["sites"][other]["element"]).symbol
            miss = np.abs(here[symbols == symbol][:, None] - np.array(lengths))
            if not len(miss) or miss.min(axis=0).max() > _BOND:
                raise SitesNotFoundError(
                    f"site {found.keys[first]} has no bond to {symbol} as told"
                )


def _matched(
    given: ArrayStructure, atoms: list[int], described: _Described, reach: float, tolerance: float
) -> list[int | None]:
    """The key of each of some atoms; ``None`` where two sites are as near."""
    cell, firsts = described.cell, described.firsts
    theirs = [cell.species[one].symbol for one in firsts]
    keys = np.array([described.keys[one] for one in firsts])
    symbols = sorted(set(theirs))
    mine = [given.species[one].symbol for one in atoms]
    if strange := set(mine) - set(symbols):
        raise SitesNotFoundError(f"{min(strange)} is not described")
    here, there = (
        _surroundings(structure, sites, symbols, reach)
        for structure, sites in ((given, atoms), (cell, firsts))
    )
    width = max(here.shape[2], there.shape[2])
    here, there = (
        np.pad(one, ((0, 0), (0, 0), (0, width - one.shape[2])), constant_values=reach)
        for one in (here, there)
    )
    found: list[int | None] = []
    for row, symbol in zip(here, mine, strict=True):
        alike = np.flatnonzero([one == symbol for one in theirs])
        miss = np.abs(there[alike] - row).max(axis=(1, 2))
        best = int(miss.argmin())
        if miss[best] > tolerance:
            raise SitesNotFoundError(
                f"no site of {symbol} has surroundings nearer than {miss[best]:.3f} angstrom to "
                "an atom's"
            )
        others = miss[keys[alike] != keys[alike][best]]
        doubtful = others.size and others.min() <= max(_DOUBT * miss[best], _LEAST_DOUBT)
        found.append(None if doubtful else int(keys[alike][best]))
    return found


def _surroundings(
    structure: ArrayStructure, sites: list[int], symbols: list[str], reach: float
) -> NDArray[np.float64]:
    """(sites, elements, k), ascending: distances within reach, filled with the reach itself."""
    column = {symbol: place for place, symbol in enumerate(symbols)}
    of_atom = np.array([column[one.symbol] for one in structure.species])
    rows = []
    for indices, _, vectors in spheres(structure, sites, reach):
        lengths, elements = np.linalg.norm(vectors, axis=1), of_atom[indices]
        rows.append([np.sort(lengths[elements == one]) for one in range(len(symbols))])
    most = max((len(one) for row in rows for one in row), default=0)
    found = np.full((len(sites), len(symbols), most), reach)
    for place, row in enumerate(rows):
        for one, lengths in enumerate(row):
            found[place, one, : len(lengths)] = lengths
    return found
