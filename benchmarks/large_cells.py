"""Large cells, dense and with vacuum, of up to 2,000 sites: what a description of each costs.

Run ``python -m benchmarks.large_cells [--most 2000] [--limit SECONDS]``. The table is Markdown: CPU
time (``time.process_time``) of one description, canonical and as given, each in a fresh process
that has described a small crystal before; cells that take longer than the limit are said to.
Crystals of many atoms are made by ASE (nanotubes, slabs, molecules) or are supercells whose atoms
are moved at random, so that no symmetry and no smaller cell helps.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.describe import THREADS, machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from ase import Atoms

PROGRAM = """
import sys, time, warnings
warnings.simplefilter("ignore")
from benchmarks.large_cells import CELLS
from crystext import Describer, mini
describer = Describer(canonical=sys.argv[2] == "canonical", max_sites=None)
describer.describe(next(mini(["mp-22862"])))
atoms = CELLS[sys.argv[1]]()
start = time.process_time()
describer.describe(atoms)
print(time.process_time() - start)
"""


def rattled(name: str, repeat: int, *, structure: str, a: float) -> Atoms:
    """A cubic supercell, each atom moved by about 0.05 angstrom."""
    import numpy as np
    from ase.build import bulk

    atoms = bulk(name, structure, a=a, cubic=True).repeat(repeat)
    atoms.positions += np.random.default_rng(0).normal(0, 0.05, atoms.positions.shape)
    return atoms


def tube(n: int, m: int) -> Atoms:
    """A carbon nanotube in 20 angstrom of vacuum."""
    from ase.build import nanotube

    return boxed(nanotube(n, m), axes=(0, 1))


def slab(size: tuple[int, int, int]) -> Atoms:
    """A slab of copper in 24 angstrom of vacuum."""
    from ase.build import fcc111

    return boxed(fcc111("Cu", size), axes=(2,))


def rattled_slab(size: tuple[int, int, int]) -> Atoms:
    """The same, each atom moved by about 0.05 angstrom."""
    import numpy as np

    atoms = slab(size)
    atoms.positions += np.random.default_rng(0).normal(0, 0.05, atoms.positions.shape)
    return atoms


def water(repeat: int) -> Atoms:
    """Molecules of water on a grid, each atom moved by about 0.01 angstrom."""
    import numpy as np
    from ase.build import molecule

    one = molecule("H2O")
    one.cell = [3.1, 3.1, 3.1]
    one.center()
    atoms = one.repeat(repeat)
    atoms.positions += np.random.default_rng(0).normal(0, 0.01, atoms.positions.shape)
    atoms.pbc = True
    return atoms


def fullerene() -> Atoms:
    """C60 in a box of 30 angstrom."""
    from ase.build import molecule

    atoms = molecule("C60")
    atoms.cell = [30, 30, 30]
    atoms.center()
    atoms.pbc = True
    return atoms


def boxed(atoms: Atoms, axes: tuple[int, ...]) -> Atoms:
    """Atoms with vacuum along some axes, periodic in all."""
    atoms.center(vacuum=10 if len(axes) > 1 else 12, axis=axes)
    atoms.pbc = True
    return atoms


CELLS: dict[str, Callable[[], Atoms]] = {
    "SiC, rattled, 216": lambda: rattled("SiC", 3, structure="zincblende", a=4.36),
    "SiC, rattled, 512": lambda: rattled("SiC", 4, structure="zincblende", a=4.36),
    "SiC, rattled, 1000": lambda: rattled("SiC", 5, structure="zincblende", a=4.36),
    "MgO, rattled, 1000": lambda: rattled("MgO", 5, structure="rocksalt", a=4.21),
    "MgO, rattled, 1728": lambda: rattled("MgO", 6, structure="rocksalt", a=4.21),
    "Al, rattled, 2048": lambda: rattled("Al", 8, structure="fcc", a=4.05),
    "nanotube (7, 3), 316": lambda: tube(7, 3),
    "nanotube (11, 4), 724": lambda: tube(11, 4),
    "nanotube (13, 3), 868": lambda: tube(13, 3),
    "slab, 896": lambda: slab((8, 8, 14)),
    "slab, rattled, 448": lambda: rattled_slab((8, 8, 7)),
    "slab, rattled, 1008": lambda: rattled_slab((12, 12, 7)),
    "C60 in a box, 60": fullerene,
    "water, rattled, 375": lambda: water(5),
    "water, rattled, 1029": lambda: water(7),
}
"""Cells by name, which ends with the number of sites."""


def seconds(name: str, mode: str, limit: float) -> float | None:
    """CPU seconds of one description, ``None`` where it takes longer than the limit."""
    command = [sys.executable, "-c", PROGRAM, name, mode]
    try:
        done = subprocess.run(
            command,
            env=os.environ | THREADS,
            capture_output=True,
            text=True,
            check=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=2048, help="sites of the largest cell")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one description")
    args = parser.parse_args()
    print(f"CPU seconds of one description. {machine()}.\n")
    print("| cell | as given | canonical |\n| --- | ---: | ---: |")
    for name in CELLS:
        if int(name.rpartition(" ")[2]) > args.most:
            continue
        found = [seconds(name, mode, args.limit) for mode in ("as given", "canonical")]
        row = (f"over {args.limit:g}" if one is None else f"{one:.1f}" for one in found)
        print(f"| {name} | {' | '.join(row)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
