"""Draws mini crystals by a seed, stratified by the size of the conventional cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import spglib

from crystext.embedded import mini_table

SYMPREC = 0.01
UPPER_BOUNDS = (4, 10, 20, 50)
STRATA = ("1-4", "5-10", "11-20", "21-50", "over 50")


def conventional_sizes() -> dict[str, int]:
    """Number of sites in the conventional cell of every mini crystal."""
    sizes = {}
    for row in mini_table().select(["id", "lattice", "frac_coords", "numbers"]).to_pylist():
        lattice = np.reshape(row["lattice"], (3, 3))
        cell: Any = (lattice, np.reshape(row["frac_coords"], (-1, 3)), row["numbers"])
        found = spglib.get_symmetry_dataset(cell, symprec=SYMPREC)
        assert found is not None, row["id"]
        sizes[row["id"]] = len(found.std_types)
    return sizes


def stratum(size: int) -> str:
    """The size class that a conventional cell belongs to."""
    return STRATA[sum(size > bound for bound in UPPER_BOUNDS)]


def draw(n: int, seed: int = 0) -> list[tuple[str, str]]:
    """Draws ``n`` crystals and returns (id, stratum) pairs.

    A stratum's share goes with the square root of its size: between equal shares, which would
    spend most of the time on the few largest cells, and proportional ones, which would hardly
    see them. Every beginning of the list is stratified alike.
    """
    rng = np.random.default_rng(seed)
    pools: dict[str, list[str]] = {name: [] for name in STRATA}
    for crystal_id, size in conventional_sizes().items():
        pools[stratum(size)].append(crystal_id)
    order = []
    for name, pool in pools.items():
        step = len(pool) ** -0.5
        order += [
            (step * (i + 0.5), pool[j], name) for i, j in enumerate(rng.permutation(len(pool)))
        ]
    return [(crystal_id, name) for _, crystal_id, name in sorted(order)[:n]]
