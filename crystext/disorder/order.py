"""The smallest ordered cell that keeps the composition, and the best arrangement in it.

The cell is the smallest of 1, 2, 3, 4, 5, 6 or 8 primitive cells in which every share of every kind
of site is a whole number within 0.02 (else within 0.04, else within 0.065; the phrase names the
largest difference). Of the sublattices of that size the most compact ones are tried. Arrangements
are compared by their Ewald energy where the charges are given, or can be guessed from the
composition as ``--oxidation guess`` does; atoms of one element keep apart otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.elements import SHORTEST
from crystext.disorder.alternatives import take_apart
from crystext.disorder.arrange import Bound, Found, Problem, arrangement
from crystext.disorder.contacts import least
from crystext.disorder.folding import folded
from crystext.disorder.majority import bound_of, rounded
from crystext.disorder.supercell import Supercell, compact_supercells
from crystext.disorder.wording import formula, molecule, shortened
from crystext.errors import CannotOrderError, OxidationGuessFailedError, OxidationGuessTooLongError

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.disorder.units import Alternatives

SIZES = (1, 2, 3, 4, 5, 6, 8)
"""Volumes of the supercells that are tried, in primitive cells."""
TOLERANCES = (0.02, 0.04, 0.065)
"""Largest difference between a share and the ordered cell's; the wider where no cell is so good."""
MAX_SITES = 500
_SHAPES = 3
_MOST_SIZES = 3  # tried where exclusions leave no arrangement
_FEW_PLACES = 60  # with more, only the most compact shape is tried
_DECIMALS = 10
_SAME = 1e-5  # eV a primitive cell


@dataclass(frozen=True)
class _Plan:
    """A size, the numbers of units that it holds, their largest deviation and a unit with it."""

    size: int
    counts: dict[tuple, dict[tuple, int]]
    deviation: float
    worst: int


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
    alternatives = take_apart(folded(structure))
    limit = MAX_SITES if max_sites is None else max_sites
    plans = _plans(alternatives, limit)
    good = _good(plans)
    if not good:
        merged = _merged(alternatives)
        good = _good(_plans(merged, limit))
        if not good:
            raise _no_cell(alternatives, plans, limit)
        alternatives = merged
    failure: CannotOrderError | None = None
    for plan in good[:_MOST_SIZES]:
        try:
            supercell, found, charged = _best(alternatives, plan)
        except CannotOrderError as error:
            failure = failure or error
            continue
        built = _built(supercell, found)
        _check_sound(built)
        return built, _phrase(alternatives, plan, found, charged=charged)
    assert failure is not None
    raise failure


def _plans(alternatives: Alternatives, limit: int) -> list[_Plan]:
    """All sizes within the limit of sites, the smallest first."""
    sizes = [size for size in SIZES if size == 1 or size * len(alternatives.structure) <= limit]
    return [_plan(alternatives, size) for size in sizes]


def _good(plans: list[_Plan]) -> list[_Plan]:
    """Those worth trying; none where no size is within the tolerances."""
    for tolerance in TOLERANCES:
        if good := [plan for plan in plans if plan.deviation <= tolerance]:
            return good
    return []


def _plan(alternatives: Alternatives, size: int) -> _Plan:
    """Whole numbers of units for one size."""
    counts, deviation, worst = {}, 0.0, 0
    for pool, places in alternatives.pools().items():
        shares: dict[tuple, float] = {}
        for number in (number for members in places for number in members):
            unit = alternatives.units[number]
            shares[unit.family] = shares.get(unit.family, 0) + unit.occupancy / len(places)
        n_places = size * len(places)
        counts[pool] = rounded(shares, n_places)
        for family, share in shares.items():
            differs = round(abs(counts[pool][family] / n_places - share), 6)
            if differs > deviation:
                deviation, worst = differs, places[0][0]
    return _Plan(size, counts, deviation, worst)


def _merged(alternatives: Alternatives) -> Alternatives:
    """The same crystal, sites with the same shares taken as alike whatever the symmetry says."""
    units = [
        replace(unit, pool=("site", *unit.pool[2:]), family=("site", *unit.family[2:]))
        if unit.pool[0] == "site"
        else unit
        for unit in alternatives.units
    ]
    return replace(alternatives, units=tuple(units))


def _no_cell(alternatives: Alternatives, plans: list[_Plan], limit: int) -> CannotOrderError:
    n_sites = len(alternatives.structure)
    nearest = min(plans, key=lambda plan: plan.deviation)
    unit = alternatives.units[nearest.worst]
    place = [other for other in alternatives.units if other.place == unit.place]
    times = f"up to {plans[-1].size} times " if len(plans) > 1 else ""
    return CannotOrderError(
        f"{formula(place)} is {nearest.deviation:.2f} from whole atoms in a cell of {times}"
        f"{n_sites} sites, and larger ones are not tried (the limit is {limit} sites); "
        "raise the limit of sites, or order the structure yourself"
    )


def _best(alternatives: Alternatives, plan: _Plan) -> tuple[Supercell, Found, bool]:
    """The best arrangement over the most compact shapes of one size."""
    charges = _charges(alternatives, plan)
    shapes = _SHAPES if plan.size * len(alternatives.places()) <= _FEW_PLACES else 1
    best: tuple[Supercell, Found] | None = None
    failure: CannotOrderError | None = None
    for matrix in compact_supercells(alternatives.structure.lattice.matrix, plan.size, shapes):
        supercell = Supercell(alternatives, matrix)
        problem = Problem(
            supercell,
            [members for _, members in supercell.places],
            [pool for pool, _ in supercell.places],
            plan.counts,
            frozenset(),
            _bounds(supercell),
        )
        try:
            found = arrangement(problem, charges)
        except CannotOrderError as error:
            failure = failure or error
            continue
        if best is None or found.energy < best[1].energy - _SAME * plan.size:
            best = (supercell, found)
    if best is None:
        assert failure is not None
        raise failure
    return *best, charges is not None


def _bounds(supercell: Supercell) -> tuple[Bound, ...]:
    """Hydrogens of each atom, in every cell."""
    n_units = len(supercell.alternatives.units)
    bounds = []
    for cell in range(supercell.size):
        for parent in supercell.alternatives.parents:
            least, most = bound_of(parent.expected)
            units = tuple(supercell.moved(unit, cell, shift) for unit, shift in parent.hydrogens)
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
    elif {"C", "H"} <= {species.symbol for species in amounts}:
        return None  # charges mean little in molecules, and their guess is long
    else:
        charges = _guessed({species: count for species, count in amounts.items() if count})
    mixed = {round(charges.get(s, 0.0), 6) for unit in alternatives.units for s in unit.species}
    return charges if mixed - {0.0} else None


def _guessed(amounts: dict[Any, int]) -> dict[Any, float]:
    """Guessed charges by species; empty where the guess fails or would be too long."""
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


def _built(supercell: Supercell, found: Found) -> Structure:
    """The ordered crystal: sites in the order of the disordered one, then cell by cell."""
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as NewStructure

    atoms = [
        (site, n, species, frac) for n, (site, species, frac) in enumerate(supercell.fixed_atoms())
    ]
    for number in sorted(found.units):
        atoms += [(site, number, species, frac) for site, species, frac in supercell.atoms(number)]
    atoms.sort(key=lambda atom: atom[:2])
    inverse = np.linalg.inv(supercell.matrix)
    # rounded, since the last bits differ from processor to processor
    coords = [np.round(frac @ inverse, _DECIMALS) % 1 for _, _, _, frac in atoms]
    lattice = Lattice(np.round(supercell.lattice, _DECIMALS) + 0.0)
    return NewStructure(lattice, [species for _, _, species, _ in atoms], coords)


def _check_sound(structure: Structure) -> None:
    """Refuses a result without atoms, or in which a part-time atom lies on another one."""
    if not len(structure):
        raise CannotOrderError("the shares leave no atom; order the structure yourself")
    first, second, _, distances = structure.get_neighbor_list(SHORTEST)
    for one, other, distance in zip(first, second, distances, strict=True):
        symbols = [structure[int(k)].specie.symbol for k in sorted((one, other))]
        if distance < least(*symbols):
            message = f"{symbols[0]} and {symbols[1]} would be {distance:.2f} Å apart"
            raise CannotOrderError(f"{message}; order the structure yourself")


def _phrase(alternatives: Alternatives, plan: _Plan, found: Found, *, charged: bool) -> str:
    items = []
    for pool, places in alternatives.pools().items():
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
