"""What a reader says about each site: disorder groups, listed atoms, operations, and shares."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pymatgen.core import Structure

FULL = 1 - 1e-3
"""An occupancy from here on is rounding, and read as 1."""
_LEAST_SHARE = 1e-4
_BINS, _OFFSET = 1000, 0.25  # multiples of 1/48 lie well inside their bins


@dataclass(frozen=True)
class Marks:
    """What the reader says about each site, absent properties filled in.

    Attributes:
        assembly: empty for none.
        group: empty for none.
        listed: index of the listed atom, or of the symmetry orbit where the reader does not say.
        operation: index of the operation that made the site, 0 where the reader does not say.
        rank: a sort key for each site.
    """

    assembly: tuple[str, ...]
    group: tuple[str, ...]
    listed: tuple[Any, ...]
    operation: tuple[int, ...]
    rank: tuple[tuple, ...]


def shares_of(structure: Structure, index: int) -> dict[Any, float]:
    """Species of a site with their shares: isotopes of hydrogen as one, rounding of 1 mended."""
    from pymatgen.core import Element, Species

    amounts: dict[Any, float] = defaultdict(float)
    for species, amount in structure[index].species.items():
        charge = getattr(species, "oxi_state", None)
        plain = species
        if species.Z == 1:
            plain = Element("H") if charge is None else Species("H", charge)
        elif isinstance(species, Species) and charge is None:
            plain = Element(species.symbol)
        if amount >= _LEAST_SHARE:
            amounts[plain] += amount
    total = sum(amounts.values())
    if total > 1 or (len(amounts) == 1 and total >= FULL):
        amounts = {species: amount / total for species, amount in amounts.items()}
    return dict(sorted(amounts.items(), key=lambda item: (item[0].symbol, str(item[0]))))


def marks_of(structure: Structure) -> Marks:
    """The disorder marks of all sites; groups ``.``, ``?`` and ``0`` are none."""
    properties, n_sites = structure.site_properties, len(structure)

    def column(name: str, missing: Any) -> list[Any]:
        values = properties.get(name) or [missing] * n_sites
        return [missing if value is None else value for value in values]

    group = [str(value).strip() for value in column("disorder_group", "")]
    group = ["" if value in {".", "?", "0", "+0", "-0"} else value for value in group]
    assembly = [str(value).strip() for value in column("disorder_assembly", "")]
    assembly = ["" if value in {".", "?"} else value for value in assembly]
    listed = column("listed_atom", -1)
    operation = [int(value) for value in column("operation", 0)]
    if min(listed) < 0:
        listed = [-1] * n_sites
    places = bins_of(structure.frac_coords)
    text = [
        "/".join(f"{species}{amount:.4f}" for species, amount in shares_of(structure, i).items())
        for i in range(n_sites)
    ]
    order = list(zip(operation, listed, text, places, strict=True))
    if len(set(listed)) in {1, n_sites}:  # not known, or every atom listed: P1
        listed = _orbits(structure, [*zip(text, group, assembly, strict=True)], order)
    return Marks(tuple(assembly), tuple(group), tuple(listed), tuple(operation), tuple(order))


def bins_of(frac: np.ndarray) -> list[tuple[int, ...]]:
    """A sort key for each row of fractional coordinates (n, 3) that noise does not change."""
    numbers = np.floor(frac % 1 * _BINS + _OFFSET).astype(int) % _BINS
    return [tuple(row) for row in numbers.tolist()]


def _orbits(structure: Structure, kinds: list[tuple], order: list[tuple]) -> list[int]:
    """Orbits of the disordered crystal's symmetry, numbered by their first site in ``order``."""
    import spglib

    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    lattice, frac = structure.lattice.matrix.tolist(), structure.frac_coords.tolist()
    cell = (lattice, frac, [numbers[kind] + 1 for kind in kinds])
    try:
        found = spglib.get_symmetry_dataset(cell, 0.01)
    except spglib.SpglibError:
        found = None
    orbits = [numbers[kind] for kind in kinds] if found is None else list(found.equivalent_atoms)
    firsts: dict[int, int] = {}
    for site in sorted(range(len(kinds)), key=order.__getitem__):
        firsts.setdefault(int(orbits[site]), len(firsts))
    return [firsts[int(orbit)] for orbit in orbits]
