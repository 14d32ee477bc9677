"""The most occupied alternative of everything that is disordered.

1. Of the groups of an assembly, the one with the highest occupancy (the first listed of equal
   ones), in every image. It competes with the share of the whole assembly.
2. Of the elements on a site, the one with the largest share (of equal ones, the first by symbol).
3. Places that exclude one another (split positions) hold as many atoms as their occupancies add up
   to, rounded, the most occupied first, and of equal ones those of one symmetry operation.
4. A place that excludes no other is filled from an occupancy of one half on.
5. Exact ties of equivalent places are shared out among them, as far apart as can be: one half of a
   site that occurs four times is two atoms.
6. Half hydrogens go where every atom has the number of hydrogens that the occupancies say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crystext.disorder.arrange import Bound, Problem, arrangement
from crystext.disorder.fragments import NONMETALS
from crystext.disorder.pieces import joined
from crystext.disorder.supercell import UNIT_CELL, Supercell

if TYPE_CHECKING:
    from crystext.disorder.units import Alternatives, Unit

_TIE = 0.005
_HALF = 0.5
_MAX_STEPS = 20_000


@dataclass
class _Place:
    """What competes for one place: its best unit, and the share of all of them."""

    key: tuple
    best: int
    share: float
    tied: bool


def majority(alternatives: Alternatives) -> tuple[set[int], list[str]]:
    """Chooses the units that stay.

    Returns:
        Their indexes, and remarks about ties.

    Raises:
        CannotOrderError: hydrogens fit in no way, or the search is too long.
    """
    places = _places(alternatives)
    conflicts = _conflicts(alternatives, {place.best for place in places})
    chosen: set[int] = set()
    tied: dict[tuple, list[_Place]] = defaultdict(list)
    hydrogens: list[_Place] = []
    for component in _components(places, conflicts):
        units = alternatives.units
        hydrogens += [place for place in component if units[place.best].is_hydrogen]
        if len(component) > 1:
            chosen |= _packed(alternatives, component, conflicts)
        elif component[0].best in conflicts[component[0].best]:
            continue  # it excludes its own image in the next cell
        elif component[0].tied or abs(component[0].share - _HALF) <= _TIE:
            tied[units[component[0].best].pool].append(component[0])
        elif component[0].share >= _HALF:
            chosen.add(component[0].best)
    shared, remarks = _share_out(alternatives, tied, chosen)
    chosen |= shared
    return _with_hydrogens(alternatives, chosen, hydrogens, remarks)


def _winners(alternatives: Alternatives) -> dict[tuple, tuple[str, float]]:
    """Group and total occupancy of each cluster."""
    shares: dict[tuple, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for unit in alternatives.units:  # in the order of listing
        if unit.cluster:
            shares[unit.cluster][unit.group].append(unit.occupancy)
    winners = {}
    for cluster, groups in shares.items():
        means = {group: sum(found) / len(found) for group, found in groups.items()}
        most = max(means.values())
        winner = next(group for group, mean in means.items() if mean >= most - _TIE)
        winners[cluster] = (winner, min(1.0, sum(means.values())))
    return winners


def _places(alternatives: Alternatives) -> list[_Place]:
    """The places, each with its best unit, in their order."""
    winners = _winners(alternatives)
    result = []
    for key, members in sorted(alternatives.places().items()):
        units = [alternatives.units[number] for number in members]
        cluster = units[0].cluster
        if cluster:
            group, share = winners[cluster]
            found = [n for n, unit in zip(members, units, strict=True) if unit.group == group]
            if found:
                result.append(_Place(key, found[0], share, tied=False))
            continue
        most = max(unit.occupancy for unit in units)
        equal = [n for n, unit in zip(members, units, strict=True) if unit.occupancy >= most - _TIE]
        best = min(equal, key=lambda n: str(alternatives.units[n].species[0]))
        share = sum(unit.occupancy for unit in units)
        result.append(_Place(key, best, min(1.0, share), tied=len(equal) > 1))
    return result


def _conflicts(alternatives: Alternatives, best: set[int]) -> dict[int, set[int]]:
    """Among the best units of all places; one that conflicts with itself can never be there."""
    found: dict[int, set[int]] = {number: set() for number in best}
    for first, second, _ in alternatives.conflicts:
        if first in best and second in best:
            found[first].add(second)
            found[second].add(first)
    return found


def _components(places: list[_Place], conflicts: dict[int, set[int]]) -> list[list[_Place]]:
    """Places that exclude one another, directly or through others; lists in order of places."""
    by_unit = {place.best: place for place in places}
    links = [(one, other) for one, others in conflicts.items() for other in others]
    return [[by_unit[number] for number in piece] for piece in joined(by_unit, links)]


def _packed(
    alternatives: Alternatives, component: list[_Place], conflicts: dict[int, set[int]]
) -> set[int]:
    """As many units as the shares add up to, or as fit: the most occupied first.

    No family gets more than its own shares add up to, rounded up.
    """
    wanted = int(sum(place.share for place in component) + _HALF + _TIE)
    most: dict[tuple, float] = defaultdict(float)
    for place in component:
        most[alternatives.units[place.best].pool] += place.share
    order = sorted(component, key=lambda place: (-round(place.share / (2 * _TIE)), place.key))
    free = [place for place in order if place.best not in conflicts[place.best]]
    numbers = [place.best for place in free]
    pools = [alternatives.units[number].pool for number in numbers]
    limits = {pool: -int(-(total - _TIE * 2) // 1) for pool, total in most.items()}
    best: list[int] = []
    stack: list[tuple[int, list[int]]] = [(0, [])]
    for _ in range(_MAX_STEPS):
        if not stack or len(best) >= wanted:
            break
        start, taken = stack.pop()
        if len(taken) > len(best):
            best = taken
        if start == len(numbers) or len(taken) + len(numbers) - start <= len(best):
            continue
        stack.append((start + 1, taken))  # tried after the branch that takes it
        room = sum(pools[index] == pools[start] for index in taken) < limits[pools[start]]
        if room and not conflicts[numbers[start]] & {numbers[index] for index in taken}:
            stack.append((start + 1, [*taken, start]))
    return {numbers[index] for index in best}


def _share_out(
    alternatives: Alternatives, tied: dict[tuple, list[_Place]], chosen: set[int]
) -> tuple[set[int], list[str]]:
    """Fills places where nothing has a majority: by number where there are several."""
    supercell = Supercell(alternatives, UNIT_CELL)
    taken: set[int] = set()
    places: list[tuple[int, ...]] = []
    pools: list[tuple] = []
    counts: dict[tuple, dict[tuple, int]] = {}
    groups = alternatives.places()
    pieces = [alternatives.units[number] for number in sorted(chosen)]
    operations = {
        unit.place[0] for unit in pieces if len(unit.sites) > 1 and unit.pool[0] == "part"
    }
    for pool, found in sorted(tied.items()):
        n_places = len(found)
        shares = {
            alternatives.units[n].family: alternatives.units[n].occupancy
            for n in groups[found[0].key]
        }
        first = alternatives.units[found[0].best]
        if n_places == 1 or first.cluster:
            taken |= {place.best for place in found}
            continue
        counts[pool] = rounded(shares, n_places)
        if operations and all(species.symbol in NONMETALS for species in first.species):
            # what no exclusion ties to its molecule goes by the molecule's operation
            order = sorted(found, key=lambda p: (p.key[0] not in operations, p.key))
            del order[sum(counts.pop(pool).values()) :]
            taken |= {place.best for place in order}
            continue
        for place in found:
            places.append(tuple(groups[place.key]))
            pools.append(pool)
    if places:
        problem = Problem(supercell, places, pools, counts, frozenset(chosen | taken), ())
        taken |= arrangement(problem).units
    remarks = ["equal shares divided among equivalent sites"] if places else []
    return taken, remarks


def rounded(shares: dict[tuple, float], n_places: int) -> dict[tuple, int]:
    """Whole numbers of units for shares of equivalent places, by largest remainder.

    Args:
        shares: of each family, adding up to 1 at most.
        n_places: how many places there are.

    Returns:
        Counts that add up to the rounded total; of equal remainders the first family wins.
    """
    exact = {family: share * n_places for family, share in shares.items()}
    counts = {family: int(value + 1e-6) for family, value in exact.items()}
    total = min(n_places, int(sum(exact.values()) + _HALF + 1e-6))
    order = sorted(exact, key=lambda family: (-round(exact[family] - counts[family], 4), family))
    for family in order[: max(0, total - sum(counts.values()))]:
        counts[family] += 1
    return counts


def _with_hydrogens(
    alternatives: Alternatives, chosen: set[int], places: list[_Place], remarks: list[str]
) -> tuple[set[int], list[str]]:
    """Arranges half hydrogens anew where an atom would have too many or too few."""
    moving = {place.best for place in places}
    bounds = []
    wrong = False
    for parent in alternatives.parents:
        numbers = [unit for unit, _ in parent.hydrogens]
        if parent.unit >= 0 and parent.unit not in chosen:
            continue
        bound = bound_of(parent.expected)
        wrong |= not bound[0] <= sum(n in chosen for n in numbers) <= bound[1]
        if moving & set(numbers):
            bounds.append(Bound(tuple(numbers), *bound))
    if not wrong or not moving:
        return chosen, remarks
    units = [alternatives.units[place.best] for place in places]
    pools: dict[tuple, list[Unit]] = defaultdict(list)
    for unit in units:
        pools[unit.pool].append(unit)
    counts = {
        pool: rounded({members[0].family: members[0].occupancy}, len(members))
        for pool, members in pools.items()
    }
    problem = Problem(
        Supercell(alternatives, UNIT_CELL),
        [(place.best,) for place in places],
        [unit.pool for unit in units],
        counts,
        frozenset(chosen - moving),
        tuple(bounds),
    )
    found = arrangement(problem).units
    return (chosen - moving) | found, [*remarks, "half hydrogens arranged"]


def bound_of(expected: float) -> tuple[int, int]:
    """Least and largest number of hydrogens for a mean number; exact where that is whole."""
    return int(expected + 0.05), -int(-(expected - 0.05) // 1)
