"""Whether what was chosen is a crystal that chemistry knows, and still the one that was given.

Tolerances: the share of every element among the atoms changes by at most 0.1; an element that is
lost altogether without another one in its place had a share of 0.005 at most.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crystext.disorder.contacts import bond_length, least
from crystext.disorder.fragments import NONMETALS
from crystext.disorder.marks import shares_of
from crystext.errors import PartialOccupancyError

if TYPE_CHECKING:
    from crystext.disorder.units import Alternatives

MOST_CHANGED, MOST_REPLACED = 0.1, 0.2
"""Largest change of an element's share of all atoms; the second among elements of one charge."""
MOST_LOST = 0.005
"""Largest share of an element that may be lost with nothing in its place."""
_CENTRES = frozenset(["B", "C", "Si", "P", "S"])  # atoms that others are bonded to
_ROUNDING = 1e-6
_REMEDY = "try --disorder order, or order the structure yourself"


def amounts_before(alternatives: Alternatives) -> dict[str, float]:
    """Atoms of each element in the cell, as the occupancies say."""
    amounts: dict[str, float] = defaultdict(float)
    for species in alternatives.fixed.values():
        amounts[species.symbol] += 1
    structure = alternatives.structure
    for site in {site for unit in alternatives.units for site in unit.sites}:
        for species, share in shares_of(structure, site).items():
            amounts[species.symbol] += share
    return dict(amounts)


def amounts_after(alternatives: Alternatives, chosen: set[int]) -> dict[str, int]:
    """Atoms of each element in the cell that were chosen."""
    amounts: dict[str, int] = defaultdict(int)
    for species in alternatives.fixed.values():
        amounts[species.symbol] += 1
    for number in chosen:
        for species in alternatives.units[number].species:
            amounts[species.symbol] += 1
    return dict(amounts)


def change(before: dict[str, float], after: dict[str, int]) -> tuple[float, str]:
    """The largest change of an element's share of all atoms, and that element."""
    total, new = sum(before.values()), sum(after.values())
    changes = [
        (round(abs(after.get(symbol, 0) / max(new, 1) - amount / total), 6), symbol)
        for symbol, amount in sorted(before.items())
    ]
    largest = max(value for value, _ in changes)
    return largest, next(symbol for value, symbol in changes if value == largest)


def check_whole(alternatives: Alternatives, chosen: set[int]) -> None:
    """Refuses a choice of units that is no whole crystal.

    Raises:
        PartialOccupancyError: atoms overlap, an atom has lost or gained a hydrogen, a hydrogen has
            lost its atom, or the composition is another one.
    """
    _check_molecules(alternatives, chosen)
    _check_hydrogens(alternatives, chosen)
    _check_composition(alternatives, chosen)


def _check_molecules(alternatives: Alternatives, chosen: set[int]) -> None:
    """Refuses atoms that overlap, and part-time nonmetals that have lost all their neighbours."""
    there = {
        site: species.symbol
        for number in chosen
        for site, species in zip(
            alternatives.units[number].sites, alternatives.units[number].species, strict=True
        )
    }
    free = {site for site, symbol in there.items() if symbol in NONMETALS}
    there |= {site: species.symbol for site, species in alternatives.fixed.items()}
    lonely: dict[int, bool] = {}
    for first, second, _, distance in zip(*alternatives.pairs, strict=True):
        one, other = int(first), int(second)
        if one not in there:
            continue
        if other in there and distance < least(there[one], there[other]):
            message = (
                f"{there[one]} at site {one + 1} and {there[other]} at site {other + 1} would both "
                f"stay, {distance:.2f} Å apart"
            )
            raise PartialOccupancyError(f"{message}; {_REMEDY}")
        symbols = {species.symbol for species in alternatives.structure[other].species}
        if one in free and any(
            {there[one], symbol} & _CENTRES
            and symbol in NONMETALS
            and least(there[one], symbol) < distance < bond_length(there[one], symbol)
            for symbol in symbols
        ):
            lonely[one] = lonely.get(one, True) and other not in there
    if any(lonely.values()):
        site = min(site for site, value in lonely.items() if value)
        message = f"{there[site]} at site {site + 1} would lose all atoms that it is bonded to"
        raise PartialOccupancyError(f"{message}; {_REMEDY}")


def _check_hydrogens(alternatives: Alternatives, chosen: set[int]) -> None:
    structure = alternatives.structure
    for parent in alternatives.parents:
        here = sum(unit in chosen for unit, _ in parent.hydrogens)
        name = f"{structure[parent.site].species.elements[0].symbol} at site {parent.site + 1}"
        if parent.unit >= 0 and parent.unit not in chosen:
            if here:
                message = f"{name} would be left out, but not its hydrogen"
                raise PartialOccupancyError(f"{message}; {_REMEDY}")
        elif abs(here - parent.expected) >= 1:
            message = f"{name} would have {here} hydrogens where the occupancies say"
            raise PartialOccupancyError(f"{message} {parent.expected:.3g}; {_REMEDY}")


def _check_composition(alternatives: Alternatives, chosen: set[int]) -> None:
    before, after = amounts_before(alternatives), amounts_after(alternatives, chosen)
    if not after:
        raise PartialOccupancyError(f"no atom has an occupancy of one half; {_REMEDY}")
    total = sum(before.values())
    for symbol, amount in sorted(before.items()):
        lost = symbol not in after and amount / total > MOST_LOST
        if lost and not _replaced(alternatives, chosen, symbol):
            message = f"all {symbol} would be left out ({_words(alternatives, symbol)})"
            raise PartialOccupancyError(f"{message}; {_REMEDY}")
    largest, symbol = change(before, after)
    limit = MOST_REPLACED if _of_one_charge(alternatives, symbol) else MOST_CHANGED
    if largest > limit + _ROUNDING:
        share, new = before[symbol] / total, after.get(symbol, 0) / sum(after.values())
        message = (
            f"{symbol} would become {new:.2f} of the atoms instead of {share:.2f} "
            f"({_words(alternatives, symbol)})"
        )
        raise PartialOccupancyError(f"{message}; {_REMEDY}")


def _of_one_charge(alternatives: Alternatives, symbol: str) -> bool:
    """Whether all elements that share sites with one have a common charge, or all are metals."""
    from pymatgen.core import Element

    elements = {species.symbol for species in alternatives.fixed.values()}
    sharing: set[str] = set()
    for members in alternatives.places().values():
        units = [alternatives.units[number] for number in members]
        here = {species.symbol for unit in units for species in unit.species}
        elements |= here
        if symbol in here:
            sharing |= here
            if any(len(unit.sites) > 1 for unit in units):
                return False
    if all(Element(name).is_metal for name in elements):
        return True
    states = [set(Element(name).common_oxidation_states) for name in sharing]
    return len(sharing) > 1 and bool(set.intersection(*states))


def _replaced(alternatives: Alternatives, chosen: set[int], symbol: str) -> bool:
    """Whether something else stays at one of an element's places."""
    for members in alternatives.places().values():
        units = [alternatives.units[number] for number in members]
        if any(species.symbol == symbol for unit in units for species in unit.species) and (
            chosen & set(members)
        ):
            return True
    return False


def _words(alternatives: Alternatives, symbol: str) -> str:
    """The first part-time site of an element, or the first part-time one at all."""
    structure = alternatives.structure
    sites = sorted({site for unit in alternatives.units for site in unit.sites})
    having = (s for s in sites if any(kind.symbol == symbol for kind in structure[s].species))
    site = next(having, sites[0])
    shares = shares_of(structure, site)
    text = "/".join(f"{species.symbol}{share:.4g}" for species, share in shares.items())
    return f"{text} at site {site + 1}"
