"""The records that cross every stage: a crystal, or why there is none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.errors import CrystextError

_HASH_DECIMALS = 6


@dataclass(frozen=True)
class Crystal:
    """One crystal.

    Attributes:
        id: unique within its source, for example ``mp-149``.
        structure: the structure as the source gives it.
        source: name of the source, for example ``mini``.
        properties: the source's properties by column name, ``None`` where absent.
        notes: what was mended or doubtful while reading, one line each.
        disorder: what was done to order a disordered crystal, ``None`` for an ordered one.
    """

    id: str
    structure: Structure
    source: str = "files"
    properties: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    disorder: str | None = None


@dataclass(frozen=True)
class Failure:
    """An input that gave no crystal, in the place where its crystal would have stood.

    Attributes:
        id: the id that the crystal would have had.
        error: why there is none.
    """

    id: str
    error: CrystextError


def structure_hash(structure: Structure) -> str:
    """SHA-256 of lattice, species and coordinates, as given.

    Sites count in their order and the lattice in its orientation; labels and other properties do
    not. Coordinates are wrapped into the cell, and numbers rounded to 6 decimals, so 0.9999999 is
    0 and a structure hashes the same after pymatgen's JSON. It tells whether a structure is the
    one that a row of a corpus was made from; a CIF, also that row's own, hashes to the same only
    where it lost nothing: it holds no orientation and eight decimals, and pymatgen writes its
    sites by element.

    Args:
        structure: lattice in angstrom.

    Returns:
        64 hexadecimal digits.
    """
    import numpy as np

    lattice = np.round(structure.lattice.matrix, _HASH_DECIMALS) + 0.0  # + 0.0 turns -0 into 0
    coords = np.mod(np.round(np.mod(structure.frac_coords, 1), _HASH_DECIMALS), 1) + 0.0
    lines = [" ".join(f"{value:.{_HASH_DECIMALS}f}" for value in row) for row in lattice]
    for site, row in zip(structure, coords, strict=True):
        species_here = sorted(
            f"{species.symbol} {getattr(species, 'oxi_state', None) or 0:g} "
            f"{getattr(species, 'spin', None) or 0:g} {amount:.{_HASH_DECIMALS}f}"
            for species, amount in site.species.items()
        )
        lines.append(" ".join([*species_here, *(f"{value:.{_HASH_DECIMALS}f}" for value in row)]))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
