"""Every option of robocrys, alone and in random combinations, beside patched upstream.

Run ``python -m tests.upstream.options --combinations 200 --seed 0``, or ``python -m
tests.upstream.verify --options 200``. Upstream condenses once for each combination of the
condenser's options, which takes seconds, and words the result under several combinations of the
describer's.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDENSER: dict[str, tuple[Any, ...]] = {
    "use_conventional_cell": (True, False),
    "mineral_matcher": (None, False),
    "use_symmetry_equivalent_sites": (False, True),
    "symprec": (0.01, 0.1, 0.001),
    "simplify_molecules": (True, False),
    "use_iupac_formula": (True, False),
    "use_common_formulas": (True, False),
}
"""Options and their values, robocrys' default first."""
DESCRIBER: dict[str, tuple[Any, ...]] = {
    "describe_mineral": (True, False),
    "describe_component_makeup": (True, False),
    "describe_components": (True, False),
    "describe_symmetry_labels": (True, False),
    "describe_oxidation_states": (True, False),
    "describe_bond_lengths": (True, False),
    "bond_length_decimal_places": (2, 0, 1, 3),
    "distorted_tol": (0.6, 0.0, 0.9, 2.0),
    "only_describe_cation_polyhedra_connectivity": (True, False),
    "only_describe_bonds_once": (True, False),
    "fmt": ("raw", "unicode", "latex", "html"),
}
TOLERANCE = 2e-3
"""Of angstrom, degrees and order parameters in condensed data; the texts must be equal."""
WORDINGS = 5  # combinations of the describer's options for one of the condenser's


@dataclass(frozen=True)
class Outcome:
    """One crystal under one combination.

    Attributes:
        id: of the crystal.
        options: that were not at their default.
        difference: ``None`` where both sides are equal.
        ours: CPU seconds of ours; 0 where the data were condensed already.
        theirs: of patched upstream.
    """

    id: str
    options: dict[str, Any]
    difference: str | None
    ours: float = 0.0
    theirs: float = 0.0


def alone(table: dict[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Each other value of each option, all else at its default."""
    yield {}
    for name, values in table.items():
        for value in values[1:]:
            yield {name: value}


def drawn(table: dict[str, tuple[Any, ...]], rng: np.random.Generator) -> dict[str, Any]:
    """A random combination; every option is off its default in half of the draws."""
    found = {}
    for name, values in table.items():
        if rng.random() < 0.5:
            found[name] = values[1 + int(rng.integers(len(values) - 1))]
    return found


def unlike(ours: Any, theirs: Any, place: str = "") -> str | None:
    """Where condensed data differ: keys, kinds and values, but for numpy's types and list order."""
    theirs = theirs.item() if isinstance(theirs, np.generic) else theirs
    if isinstance(theirs, dict):
        keys = {k.item() if isinstance(k, np.generic) else k: k for k in theirs}
        if not isinstance(ours, dict) or set(ours) != set(keys):
            return f"{place}: {ours!r:.80} | {theirs!r:.80}"
        found = (unlike(ours[k], theirs[keys[k]], f"{place}.{k}") for k in ours)
        return next(filter(None, found), None)
    if isinstance(theirs, (list, tuple)):
        if type(ours) is not type(theirs) or len(ours) != len(theirs):
            return f"{place}: {ours!r:.80} | {theirs!r:.80}"
        if "vdw" not in place and "orientation" not in place:
            ours, theirs = sorted(ours), sorted(theirs)
        pairs = zip(ours, theirs, strict=True)
        return next(filter(None, (unlike(a, b, f"{place}[]") for a, b in pairs)), None)
    if isinstance(theirs, float) and isinstance(ours, float):
        return (
            None if math.isclose(ours, theirs, abs_tol=TOLERANCE) else f"{place}: {ours} | {theirs}"
        )
    same = ours == theirs and (type(ours) is type(theirs) or not isinstance(ours, (bool, str)))
    return None if same else f"{place}: {ours!r} | {theirs!r}"


def compare(
    crystal: Any, condenser: dict[str, Any], describers: list[dict[str, Any]]
) -> Iterator[Outcome]:
    """One crystal condensed once on each side, then worded under several combinations."""
    from crystext.robocrys import StructureCondenser, StructureDescriber
    from tests.upstream.repairs import Repairs
    from tests.upstream.running import condense_upstream, word_upstream

    repairs, start = Repairs(), time.process_time()
    theirs = _tried(lambda: condense_upstream(crystal.structure, repairs, **condenser))
    middle = time.process_time()
    ours = _tried(lambda: StructureCondenser(**condenser).condense_structure(crystal.structure))
    end = time.process_time()
    if isinstance(ours, str) or isinstance(theirs, str):
        both = isinstance(ours, str) and isinstance(theirs, str)
        difference = None if both else f"ours: {ours!r:.200} | upstream: {theirs!r:.200}"
        yield Outcome(crystal.id, condenser, difference, end - middle, middle - start)
        return
    difference = unlike(ours, theirs)
    yield Outcome(crystal.id, condenser, difference, end - middle, middle - start)
    for options in describers:
        one = _tried(lambda o=options: StructureDescriber(return_parts=True, **o).describe(ours))
        two = _tried(lambda o=options: word_upstream(theirs, repairs, **o))
        both = isinstance(one, str) and isinstance(two, str)
        difference = None if both or one == two else f"{one!r} | {two!r}"
        yield Outcome(crystal.id, condenser | options, difference)


def _tried(work: Any) -> Any:
    """What the work gives, or its error in words."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (upstream fails in any way)
        return f"{type(error).__name__}: {error}"


def combinations(
    number: int, crystals: int, seed: int
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The condenser's options, each as often as there are crystals, and the describer's to each.

    Args:
        number: of random combinations, at least.
        crystals: for each combination of the condenser's.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    condensers = [*alone(CONDENSER)]
    condensers += [drawn(CONDENSER, rng) for _ in range(number // WORDINGS - len(condensers))]
    singles = [*alone(DESCRIBER)]
    for place, condenser in enumerate(condensers):
        for _ in range(crystals):
            describers = [drawn(DESCRIBER, rng) for _ in range(WORDINGS)]
            describers += singles if not condenser else singles[place % len(singles) :][:1]
            yield condenser, describers


def jobs(number: int, crystals: int, seed: int) -> Iterator[tuple[str, dict, list[dict]]]:
    """Crystal, the condenser's options and the describer's; crystals of every size in turn."""
    from tests.upstream.sample import draw

    pairs = list(combinations(number, crystals, seed))
    for (name, _), pair in zip(draw(len(pairs), seed), pairs, strict=True):
        yield name, *pair


def run(number: int, crystals: int, seed: int, workers: int = 1) -> list[Outcome]:
    """All comparisons of :func:`jobs`, in their order."""
    from joblib import Parallel, delayed

    found = Parallel(n_jobs=workers)(delayed(_job)(*one) for one in jobs(number, crystals, seed))
    return [one for part in found for one in part]


def _job(name: str, condenser: dict, describers: list[dict]) -> list[Outcome]:
    from crystext import Crystal, mini
    from crystext.description.oxidation import guess_oxidation_states

    (crystal,) = mini([name])
    if sum(map(ord, name)) % 2:  # half of them with oxidation states, where some can be guessed
        crystal = Crystal(id=name, structure=guess_oxidation_states(crystal.structure))
    return list(compare(crystal, condenser, describers))


def report(outcomes: list[Outcome]) -> str:
    """How many were compared, how fast, and every difference."""
    timed = [one for one in outcomes if one.theirs]
    ours, theirs = (sum(getattr(one, side) for one in timed) for side in ("ours", "theirs"))
    different = [one for one in outcomes if one.difference]
    lines = [
        f"comparisons: {len(outcomes)}",
        f"crystals: {len({one.id for one in outcomes})}",
        f"combinations: {len({repr(sorted(one.options.items())) for one in outcomes})}",
        f"condensing, ours: {ours:.1f} s",
        f"condensing, patched upstream: {theirs:.1f} s, {theirs / max(ours, 1e-9):.0f} times",
        f"Unexplained differences: {len(different)}",
    ]
    lines += [f"  {one.id} {one.options}: {one.difference}" for one in different]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.upstream.options", description=__doc__)
    parser.add_argument("--combinations", type=int, default=200)
    parser.add_argument("--crystals", type=int, default=2, help="for each of the condenser's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(argv)
    found = run(options.combinations, options.crystals, options.seed, options.workers)
    sys.stdout.write(report(found) + "\n")
    return int(any(one.difference for one in found))


if __name__ == "__main__":
    sys.exit(main())
