"""The smallest ordered cell that keeps the composition, and the best arrangement in it.

The cell is the smallest of 1, 2, 3, 4, 6 or 8 primitive cells in which every share of every kind
of site is a whole number within 0.02 (else within 0.04, else within 0.065; the phrase names the
largest difference). Of the sublattices of that size the most compact ones are tried. Arrangements are compared
by their Ewald energy where the charges are given, or can be guessed from the composition as
``--oxidation guess`` does; atoms of one element keep apart otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.disorder.alternatives import Alternatives, marks_of, shares_of, take_apart
from crystext.disorder.arrange import Bound, Found, Problem, arrangement
from crystext.disorder.cells import Cells, compact_supercells
from crystext.disorder.majority import bound_of, rounded
from crystext.disorder.wording import formula, molecule, shortened
from crystext.errors import CannotOrderError, OxidationGuessFailedError, OxidationGuessTooLongError

if TYPE_CHECKING:
    from pymatgen.core import Structure

SIZES = (1, 2, 3, 4, 6, 8)
"""Volumes of the supercells that are tried, in primitive cells."""
TOLERANCES = (0.02, 0.04, 0.065)
"""Largest difference between a share and the ordered cell's; the wider where no cell is so good."""
MAX_SITES = 500
_SHAPES = 3
_FEW_PLACES = 60  # with more, only the most compact shape is tried
_FOLD = 0.01  # angstrom
_SAME = 1e-5  # eV a primitive cell


@dataclass(frozen=True)
class _Plan:
    """A size with the numbers of units that it holds, and their largest deviation."""

    size: int
    counts: dict[tuple, dict[tuple, int]]
    deviation: float


def order(structure: Structure, max_sites: int | None = None) -> tuple[Structure, str]:
    """Orders a disordered crystal.

    Args:
        structure: the disordered crystal.
        max_sites: the most sites that the supercell may have, 500 where not given.

    Returns:
        The ordered crystal and what was done.

    Raises:
        CannotOrderError: it takes more sites, or exclusions leave no arrangement.
    """
    alternatives = take_apart(_folded(structure))
    limit = MAX_SITES if max_sites is None else max_sites
    plans = _plans(alternatives, limit)
    failure: CannotOrderError | None = None
    for plan in plans:
        try:
            cells, found, charged = _best(alternatives, plan)
        except CannotOrderError as error:
            failure = failure or error
            continue
        return _built(cells, found), _phrase(alternatives, plan, found, charged=charged)
    assert failure is not None
    raise failure


def _folded(structure: Structure) -> Structure:
    """The primitive cell with sites in a fixed order; as given where there are disorder groups."""
    from pymatgen.core import Structure as NewStructure

    from crystext.description.lattice_symmetry import primitive_cell

    marks = marks_of(structure)
    if any(marks.group):
        return structure
    keys = [(marks.rank[i][2], marks.listed[i]) for i in range(len(structure))]
    kinds = sorted(set(keys))
    numbers = {key: number for number, key in enumerate(kinds)}
    start = sorted(range(len(structure)), key=lambda i: (numbers[keys[i]], marks.rank[i]))
    lattice, coords, found = primitive_cell(
        structure.lattice.matrix,
        structure.frac_coords[start],
        np.array([numbers[keys[i]] for i in start]),
        _FOLD,
    )
    shares = {numbers[keys[i]]: shares_of(structure, i) for i in range(len(structure))}
    places = [tuple(row) for row in np.round(coords % 1, 3) % 1 + 0.0]
    sites = sorted(range(len(found)), key=lambda i: (found[i], places[i]))
    return NewStructure(
        lattice,
        [shares[int(found[i])] for i in sites],
        coords[sites],
        site_properties={"listed_atom": [int(found[i]) for i in sites]},
    )


def _plans(alternatives: Alternatives, limit: int) -> list[_Plan]:
    """Sizes worth trying: within the tolerance, the smallest first; else the nearest first."""
    pools: dict[tuple, list[list[int]]] = {}
    for members in alternatives.places().values():
        pools.setdefault(alternatives.units[members[0]].pool, []).append(members)
    n_sites = len(alternatives.structure)
    plans = []
    for size in SIZES:
        if size * n_sites > limit and size > 1:
            break
        counts, deviation = {}, 0.0
        for pool, places in pools.items():
            shares: dict[tuple, float] = {}
            for members in places:
                for number in members:
                    unit = alternatives.units[number]
                    shares[unit.family] = shares.get(unit.family, 0) + unit.occupancy / len(places)
            n_places = size * len(places)
            counts[pool] = rounded(shares, n_places)
            for family, share in shares.items():
                deviation = max(deviation, abs(counts[pool][family] / n_places - share))
        plans.append(_Plan(size, counts, round(deviation, 6)))
    for tolerance in TOLERANCES:
        good = [plan for plan in plans if plan.deviation <= tolerance]
        if good:
            return good
    unit = alternatives.units[0]
    tried = plans[-1].size
    message = (
        f"{formula([unit])} at site {unit.sites[0] + 1}: no cell of up to {tried} times "
        f"{n_sites} sites keeps the shares within {TOLERANCES[-1]} and below {limit} sites; "
        "raise the limit of sites, or order the structure yourself"
    )
    raise CannotOrderError(message)


def _best(alternatives: Alternatives, plan: _Plan) -> tuple[Cells, Found, bool]:
    """The best arrangement over the most compact shapes of one size."""
    charges = _charges(alternatives, plan)
    shapes = _SHAPES if plan.size * len(alternatives.places()) <= _FEW_PLACES else 1
    best: tuple[Cells, Found] | None = None
    failure: CannotOrderError | None = None
    for matrix in compact_supercells(alternatives.structure.lattice.matrix, plan.size, shapes):
        cells = Cells(alternatives, matrix)
        problem = Problem(
            cells,
            [members for _, members in cells.places],
            [pool for pool, _ in cells.places],
            plan.counts,
            frozenset(),
            _bounds(cells),
        )
        try:
            found = arrangement(problem, charges)
        except CannotOrderError as error:
            failure = failure or error
            continue
        if best is None or found.energy < best[1].energy - _SAME * plan.size:
            best = (cells, found)
    if best is None:
        assert failure is not None
        raise failure
    return *best, charges is not None


def _bounds(cells: Cells) -> tuple[Bound, ...]:
    """Hydrogens of each atom, in every cell."""
    n_units = len(cells.alternatives.units)
    bounds = []
    for cell in range(cells.size):
        for parent in cells.alternatives.parents:
            least, most = bound_of(parent.expected)
            units = tuple(cells.moved(unit, cell, shift) for unit, shift in parent.hydrogens)
            number = -1 if parent.unit < 0 else cell * n_units + parent.unit
            bounds.append(Bound(units, least, most, number))
    return tuple(bounds)


def _charges(alternatives: Alternatives, plan: _Plan) -> dict[Any, float] | None:
    """Charges of the species: as given, else guessed from the ordered composition, else None."""
    amounts: dict[Any, int] = {}
    for species in alternatives.fixed.values():
        amounts[species] = amounts.get(species, 0) + plan.size
    families = {unit.family: unit for unit in alternatives.units}
    for counts in plan.counts.values():
        for family, count in counts.items():
            for species in families[family].species:
                amounts[species] = amounts.get(species, 0) + count
    given = {species: getattr(species, "oxi_state", None) for species in amounts}
    if any(charge is not None for charge in given.values()):
        charges = {species: float(charge or 0) for species, charge in given.items()}
    else:
        charges = _guessed({species: count for species, count in amounts.items() if count})
    mixed = {round(charges.get(s, 0.0), 6) for unit in alternatives.units for s in unit.species}
    return charges if mixed - {0.0} else None


def _guessed(amounts: dict[Any, int]) -> dict[Any, float]:
    """Guessed charges by species; empty where the guess fails or would be too long."""
    from math import gcd

    from pymatgen.core import Lattice
    from pymatgen.core import Structure as NewStructure

    from crystext.description.oxidation import guess_oxidation_states

    parts = gcd(*amounts.values())
    species = [kind for kind in sorted(amounts, key=str) for _ in range(amounts[kind] // parts)]
    # the guess looks at the composition alone
    places = [(number / len(species), 0, 0) for number in range(len(species))]
    try:
        guess = guess_oxidation_states(NewStructure(Lattice.cubic(10), species, places))
    except (OxidationGuessFailedError, OxidationGuessTooLongError):
        return {}
    states = {site.specie.symbol: float(site.specie.oxi_state or 0) for site in guess}
    return {kind: states[kind.symbol] for kind in amounts}


def _built(cells: Cells, found: Found) -> Structure:
    """The ordered crystal: sites in the order of the disordered one, then cell by cell."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as NewStructure

    atoms = [(site, n, species, frac) for n, (site, species, frac) in enumerate(
        cells.fixed_atoms()
    )]
    for number in sorted(found.units):
        atoms += [(site, number, species, frac) for site, species, frac in cells.atoms(number)]
    atoms.sort(key=lambda atom: atom[:2])
    inverse = np.linalg.inv(cells.matrix)
    coords = [frac @ inverse % 1 for _, _, _, frac in atoms]
    return NewStructure(Lattice(cells.lattice), [species for _, _, species, _ in atoms], coords)


def _phrase(alternatives: Alternatives, plan: _Plan, found: Found, *, charged: bool) -> str:
    pools: dict[tuple, list[list[int]]] = {}
    for members in alternatives.places().values():
        pools.setdefault(alternatives.units[members[0]].pool, []).append(members)
    items = []
    for pool, places in pools.items():
        units = [alternatives.units[number] for number in places[0]]
        number = plan.size * len(places)
        if pool[0] == "group":
            text = "/".join(f"group {u.group} {u.occupancy:.3g}" for u in units)
            items.append(f"{text} in {number} image{'s'[: number > 1]}")
            continue
        counts = [
            f"{plan.counts[pool][unit.family]} {molecule(unit)}"
            for unit in units
            if plan.counts[pool][unit.family]
        ]
        place = "place" if len(units[0].sites) > 1 else "site"
        sites = f"{number} {place}{'s'[: number > 1]}"
        items.append(f"{formula(units)} at {sites} as {' and '.join(counts) or 'empty'}")
    kept = "composition kept"
    if plan.deviation > 5e-4:
        kept = f"shares within {plan.deviation:.3f}"
    how = "lowest Ewald energy" if charged else "like atoms apart"
    how += f" of {found.listed} arrangements" if found.complete else " found by exchange"
    times = f"{plan.size} primitive cells" if plan.size > 1 else "1 primitive cell"
    if any(unit.group for unit in alternatives.units):
        times = f"{plan.size} cell{'s'[: plan.size > 1]}"
    return shortened(f"order: {times}; ", items, [kept, how])
