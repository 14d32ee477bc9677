"""The best arrangement of a given number of atoms on given places, by a search of fixed length.

All arrangements that obey the exclusions are listed where they are few, and the one of lowest
energy wins, the first one of equal ones. Where they are many, the first one is improved by
exchanging two places at a time, the best exchange first, until none helps. Lengths are counted in
steps, never in seconds, so that the result is the same on every machine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.disorder.energies import Energies, energies
from crystext.errors import CannotOrderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.disorder.supercell import Supercell

MAX_STEPS = 100_000
"""Of the list of arrangements; about a second."""
MAX_LISTED = 20_000
MAX_EXCHANGES = 500
_SAME = 1e-6  # eV; energies closer than this are equal
_CHUNK = 2_000


class Bound(NamedTuple):
    """How many of some units must be there.

    Attributes:
        units: numbers in the supercell.
        least: inclusive.
        most: inclusive.
        parent: the unit without which there must be none; -1 where it is always there.
    """

    units: tuple[int, ...]
    least: int
    most: int
    parent: int = -1


@dataclass(frozen=True)
class Problem:
    """What to arrange.

    Attributes:
        supercell: the supercell.
        places: the units that may stand on each place, at most one at a time.
        pools: of each place; the places of one pool may exchange what stands on them.
        counts: how many units of each family each pool must hold.
        taken: units that are there already.
        bounds: further conditions.
    """

    supercell: Supercell
    places: list[tuple[int, ...]]
    pools: list[tuple]
    counts: dict[tuple, dict[tuple, int]]
    taken: frozenset[int]
    bounds: tuple[Bound, ...]

    @cached_property
    def home(self) -> dict[int, int]:
        """The place on which each unit may stand."""
        return {n: i for i, place in enumerate(self.places) for n in place}


class Found(NamedTuple):
    """An arrangement.

    Attributes:
        units: those of the places that are there.
        energy: eV a supercell; compare within one composition alone.
        listed: how many arrangements were listed.
        complete: whether these were all.
    """

    units: set[int]
    energy: float
    listed: int
    complete: bool


def arrangement(problem: Problem, charges: dict[Any, float] | None = None) -> Found:
    """Finds the arrangement of lowest energy, by the charges of species where they are known.

    Raises:
        CannotOrderError: none obeys the exclusions, or none is found in ``MAX_STEPS`` steps.
    """
    search = _Search(problem)
    states = list(islice(search.states(), 1 if _many(problem) else None))
    if not states:
        why = "no arrangement obeys the exclusions"
        if not search.complete:
            why = f"no arrangement was found in {MAX_STEPS} steps"
        raise CannotOrderError(f"{why}; order the structure yourself")
    values = energies(problem.supercell, problem.places, charges)
    table = np.array(states, dtype=np.int8)
    found = [values.of(table[start : start + _CHUNK]) for start in range(0, len(table), _CHUNK)]
    lowest = np.concatenate(found)
    best = int(np.flatnonzero(lowest <= lowest.min() + _SAME)[0])
    state, energy = table[best].astype(int), float(lowest[best])
    if not search.complete:
        state = _improved(problem, state, values)
        energy = float(values.of(state[None])[0])
    units = {place[k - 1] for place, k in zip(problem.places, state, strict=True) if k}
    return Found(units, energy, len(states), search.complete)


def _many(problem: Problem) -> bool:
    """Whether nothing but numbers limits the arrangements, and they are too many to list."""
    places, home = problem.places, problem.home
    bound = any(n in home for bound in problem.bounds for n in bound.units)
    if bound or any(problem.supercell.conflicts[n] - set(places[i]) for n, i in home.items()):
        return False
    ways = 1
    for pool, counts in problem.counts.items():
        left = problem.pools.count(pool)
        for count in counts.values():
            ways *= comb(left, count)
            left -= count
    return ways > MAX_LISTED


class _Search:
    """Lists arrangements place by place, giving up on a branch as soon as it must fail."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.complete = problem, False
        supercell = problem.supercell
        self.order = _order(problem)
        blocked = {n for unit in problem.taken for n in supercell.conflicts[unit]}
        self.options = [
            [
                (k, n)
                for k, n in enumerate(place, start=1)
                if n not in blocked and n not in supercell.conflicts[n]
            ]
            for place in problem.places
        ]
        self.left = {
            (pool, family): count
            for pool, counts in problem.counts.items()
            for family, count in counts.items()
        }
        self.cliques = _cliques(problem)
        self.slack: dict[tuple, int] = {}
        for pool, counts in problem.counts.items():
            members = {self.cliques[i] for i, p in enumerate(problem.pools) if p == pool}
            self.slack[pool] = len(members) - sum(counts.values())
        self.open = Counter(self.cliques)
        self.filled: set[int] = set()
        self.on: set[int] = set(problem.taken)
        self.bounds: dict[int, list[int]] = defaultdict(list)
        self.parents: dict[int, list[int]] = defaultdict(list)
        for number, bound in enumerate(problem.bounds):
            for unit in bound.units:
                self.bounds[unit].append(number)
            self.parents[bound.parent].append(number)
        self.undecided = [sum(n in problem.home for n in bound.units) for bound in problem.bounds]
        self.gone: set[int] = set()

    def states(self) -> Iterator[tuple[int, ...]]:
        """All arrangements, as the option on each place; sets ``complete`` at the end."""
        n_places, order = len(self.order), self.order
        state = [0] * n_places
        stack: list[Iterator[tuple[int, int]]] = [self._choices(order[0])] if order else []
        undo: list[tuple[int, int, bool]] = []
        steps = listed = 0
        while stack:
            steps += 1
            if steps > MAX_STEPS or listed >= MAX_LISTED:
                return
            if len(undo) == len(stack):
                self._take_back(*undo.pop())
            choice = next(stack[-1], None)
            if choice is None:
                stack.pop()
                continue
            place = order[len(stack) - 1]
            state[place] = choice[0]
            last = self._put(place, choice[1])
            undo.append((place, choice[1], last))
            if not self._possible(place):
                continue
            if len(stack) == n_places:
                listed += 1
                yield tuple(state)
            else:
                stack.append(self._choices(order[len(stack)]))
        self.complete = True

    def _choices(self, place: int) -> Iterator[tuple[int, int]]:
        """What may stand on a place now: options with their units, the empty place (0, -1) last."""
        supercell, pool = self.problem.supercell, self.problem.pools[place]
        found = [
            (option, number)
            for option, number in self.options[place]
            if self.left.get((pool, supercell.unit(number).family), 0) > 0
            and not supercell.conflicts[number] & self.on
        ]
        return iter([*found, (0, -1)])

    def _put(self, place: int, number: int) -> bool:
        """Decides a place; tells whether its clique then stays empty for good."""
        pool, clique = self.problem.pools[place], self.cliques[place]
        self.open[clique] -= 1
        if number >= 0:
            self.on.add(number)
            self.filled.add(clique)
            self.left[pool, self.problem.supercell.unit(number).family] -= 1
        last = self.open[clique] == 0 and clique not in self.filled
        self.slack[pool] -= last
        for unit in self.problem.places[place]:
            if unit != number:
                self.gone.add(unit)
            for bound in self.bounds.get(unit, ()):
                self.undecided[bound] -= 1
        return last

    def _take_back(self, place: int, number: int, last: bool) -> None:
        pool, clique = self.problem.pools[place], self.cliques[place]
        self.slack[pool] += last
        self.open[clique] += 1
        if number >= 0:
            self.on.discard(number)
            self.filled.discard(clique)
            self.left[pool, self.problem.supercell.unit(number).family] += 1
        for unit in self.problem.places[place]:
            self.gone.discard(unit)
            for bound in self.bounds.get(unit, ()):
                self.undecided[bound] += 1

    def _possible(self, place: int) -> bool:
        """Whether what was decided last leaves a way on."""
        if self.slack[self.problem.pools[place]] < 0:
            return False
        for unit in self.problem.places[place]:
            for number in {*self.bounds.get(unit, ()), *self.parents.get(unit, ())}:
                bound = self.problem.bounds[number]
                here = sum(n in self.on for n in bound.units)
                if here > (0 if bound.parent in self.gone else bound.most):
                    return False
                there = bound.parent < 0 or bound.parent in self.on
                if there and here + self.undecided[number] < bound.least:
                    return False
        return True


def _order(problem: Problem) -> list[int]:
    """Places in the order of decision: those tied by a condition or an exclusion together."""
    supercell, home = problem.supercell, problem.home
    near: list[list[int]] = [[] for _ in problem.places]
    for bound in problem.bounds:
        members = sorted({home[n] for n in (*bound.units, bound.parent) if n in home})
        for place in members:
            near[place] += members
    for i, units in enumerate(problem.places):
        near[i] += sorted(
            {home[o] for n in units for o in supercell.conflicts[n] if o in home} - {i}
        )
    seen: set[int] = set()
    order: list[int] = []
    for start in range(len(problem.places)):
        queue = [start]
        for place in queue:
            if place not in seen:
                seen.add(place)
                order.append(place)
                queue += near[place]
    return order


def _cliques(problem: Problem) -> list[int]:
    """A number for each place: places of one pool with one number all exclude one another."""
    supercell, home = problem.supercell, problem.home
    members: list[list[int]] = []
    numbers: list[int] = []
    for i, place in enumerate(problem.places):
        near = {home[o] for n in place for o in supercell.conflicts[n] if o in home}
        for number in sorted({numbers[other] for other in near if other < i}):
            if problem.pools[members[number][0]] == problem.pools[i] and all(
                all(n in supercell.conflicts[o] for o in problem.places[other] for n in place)
                for other in members[number]
            ):
                break
        else:
            number = len(members)
            members.append([])
        members[number].append(i)
        numbers.append(number)
    return numbers


def _improved(problem: Problem, state: np.ndarray, values: Energies) -> np.ndarray:
    """Exchanges what stands on two places of a pool while that lowers the energy."""
    kinds = [
        str((pool, [problem.supercell.unit(n).family for n in place]))
        for pool, place in zip(problem.pools, problem.places, strict=True)
    ]
    pools = np.unique(kinds, return_inverse=True)[1]
    first, second = np.triu_indices(len(state), 1)
    same = pools[first] == pools[second]
    first, second = first[same], second[same]
    rows = np.arange(len(state))
    self_terms = np.diag(values.matrix)
    for _ in range(MAX_EXCHANGES):
        differ = state[first] != state[second]
        one, other = first[differ], second[differ]
        change = np.zeros(len(one))
        charges = values.charges[rows, state]
        for kind, weight in enumerate(values.weights):
            potential = values.matrix @ charges[:, kind]
            if kind == 0:
                potential = potential + values.outside
            step = values.charges[one, state[other], kind] - charges[one, kind]
            back = values.charges[other, state[one], kind] - charges[other, kind]
            change += weight * (
                step * potential[one]
                + back * potential[other]
                + 0.5 * step**2 * self_terms[one]
                + 0.5 * back**2 * self_terms[other]
                + step * back * values.matrix[one, other]
            )
        for pick in np.lexsort((other, one, np.round(change, 6))):
            if change[pick] > -_SAME * 10:
                return state
            new = state.copy()
            new[one[pick]], new[other[pick]] = state[other[pick]], state[one[pick]]
            if _obeys(problem, new, (int(one[pick]), int(other[pick]))):
                state = new
                break
        else:
            return state
    return state


def _obeys(problem: Problem, state: np.ndarray, changed: tuple[int, int]) -> bool:
    """Whether an arrangement obeys exclusions and conditions around the changed places."""
    supercell = problem.supercell
    on = {place[k - 1] for place, k in zip(problem.places, state, strict=True) if k}
    on |= problem.taken
    for place in changed:
        if state[place] and supercell.conflicts[problem.places[place][state[place] - 1]] & on:
            return False
    touched = {n for place in changed for n in problem.places[place]}
    for bound in problem.bounds:
        if touched & {*bound.units, bound.parent}:
            here = sum(n in on for n in bound.units)
            there = bound.parent < 0 or bound.parent in on
            if not (bound.least if there else 0) <= here <= (bound.most if there else 0):
                return False
    return True
