"""Compares our text with that of patched upstream for crystals that no database holds.

Mini crystals, altered: atoms moved, one atom taken out or added, elements exchanged, cells
strained. Run ``python -m tests.upstream.altered --n 70 --seed 77``; upstream takes seconds a
crystal. Exits with 1 if any text differs, with each difference named.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import numpy as np
from pymatgen.core import Element

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymatgen.core import Structure

    from crystext.crystal import Crystal

_MOST_SITES, _NEAREST = 40, 1.0  # sites; Å between an added atom and the others
_ELEMENTS = [Element.from_Z(number).symbol for number in range(1, 93)]


def _moved(structure: Structure, rng: np.random.Generator) -> None:
    for site in range(len(structure)):
        step = rng.normal(size=3)
        length = rng.choice([0.03, 0.3])  # Å
        structure.translate_sites([site], step / np.linalg.norm(step) * length, frac_coords=False)


def _less(structure: Structure, rng: np.random.Generator) -> None:
    if len(structure) == 1:
        structure.make_supercell([1, 1, 2])
    structure.remove_sites([int(rng.integers(len(structure)))])


def _more(structure: Structure, rng: np.random.Generator) -> None:
    structure.append(str(rng.choice(["H", "Li", "O"])), rng.random(3))
    if structure.distance_matrix[-1][:-1].min() < _NEAREST:
        structure.remove_sites([len(structure) - 1])


def _exchanged(structure: Structure, rng: np.random.Generator) -> None:
    names = sorted({site.specie.symbol for site in structure})
    others = map(str, rng.choice(_ELEMENTS, len(names)))
    structure.replace_species(dict(zip(names, others, strict=True)))


def _strained(structure: Structure, rng: np.random.Generator) -> None:
    structure.apply_strain(rng.uniform(-0.1, 0.15, 3))


CHANGES: dict[str, Callable[[Structure, np.random.Generator], None]] = {
    "moved": _moved,
    "less": _less,
    "more": _more,
    "exchanged": _exchanged,
    "strained": _strained,
}


def altered(n: int, seed: int) -> Iterator[tuple[Crystal, str]]:
    """Crystals that are no mini crystals any more, each with the name of its change."""
    from crystext import mini
    from crystext.crystal import Crystal
    from tests.upstream.sample import draw

    rng = np.random.default_rng(seed)
    crystals = mini([crystal_id for crystal_id, _ in draw(3 * n, seed)])
    small = (one for one in crystals if len(one.structure) <= _MOST_SITES)
    for crystal, _ in zip(small, range(n), strict=False):
        change = str(rng.choice(list(CHANGES)))
        structure = crystal.structure.copy()
        CHANGES[change](structure, rng)
        yield Crystal(f"{crystal.id}-{change}", structure), change


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    from tests.upstream.repairs import REPAIRS
    from tests.upstream.verify import compare, report

    parser = argparse.ArgumentParser(prog="python -m tests.upstream.altered", description=__doc__)
    parser.add_argument("--n", type=int, default=70, help="crystals to alter")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw and the changes")
    options = parser.parse_args(argv)
    results = []
    for crystal, change in altered(options.n, options.seed):
        results.append(compare(crystal, change, style="raw", folder=None, unpatched=False))
        sys.stderr.write(f"{len(results)} of {options.n}: {crystal.id}\n")
    sys.stdout.write(report(results, REPAIRS) + "\n")
    return int(any(one.difference is not None for one in results))


if __name__ == "__main__":
    sys.exit(main())
