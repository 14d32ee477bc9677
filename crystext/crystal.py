"""The records that cross every stage: a crystal, or why there is none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.errors import CrystextError

_HASH_DECIMALS, _CIF_DECIMALS = 6, 8


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        """One short line: id, formula of the cell, sites; a structure alone fills a screen."""
        formula = getattr(self.structure, "formula", None) or type(self.structure).__name__
        sites = f", {len(self.structure)} sites" if hasattr(self.structure, "sites") else ""
        return f"Crystal({self.id!r}: {formula}{sites})"


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
    """SHA-256 of cell, species and coordinates, as given: what the CIF of a corpus keeps.

    The lattice counts by its six parameters and sites in any order, as a CIF has no orientation and
    its reader sorts sites; mirror images differ, labels and other properties do not count.
    Coordinates are wrapped into the cell. Numbers are rounded to the 8 decimals of a CIF and then
    to 6, so 0.9999999 is 0, and a structure hashes the same after pymatgen's JSON and after the CIF
    of its row. Another cell or origin of the same crystal has another hash.

    Args:
        structure: lattice in angstrom.

    Returns:
        64 hexadecimal digits.
    """
    cell = " ".join(str(_millionths(value)) for value in structure.lattice.parameters)
    lines = []
    words: dict[tuple, str] = {}
    for site in right_handed(structure):
        items = tuple(site.species.items())
        here = words.get(items)
        if here is None:
            here = words[items] = " ".join(
                sorted(
                    f"{species.symbol} {getattr(species, 'oxi_state', None) or 0:g} "
                    f"{getattr(species, 'spin', None) or 0:g} {amount:.{_HASH_DECIMALS}f}"
                    for species, amount in items
                )
            )
        x, y, z = (_millionths(value) % 10**_HASH_DECIMALS for value in site.frac_coords.tolist())
        lines.append(f"{here} {x} {y} {z}")
    return hashlib.sha256("\n".join([cell, *sorted(lines)]).encode()).hexdigest()


def right_handed(structure: Structure) -> Structure:
    """The same crystal on right-handed axes, which a CIF has: lengths and angles do not tell.

    Args:
        structure: on any axes.

    Returns:
        The structure itself, or one whose three axes and coordinates have the other sign.
    """
    from pymatgen.core import Lattice, Structure

    from crystext.description.vectors import determinant

    if determinant(structure.lattice.matrix) > 0:
        return structure
    return Structure(
        Lattice(-structure.lattice.matrix),
        structure.species_and_occu,
        -structure.frac_coords,
        labels=structure.labels,
        site_properties=structure.site_properties,
    )


def _millionths(value: float) -> int:
    """A number in units of its sixth decimal, as it stands in a CIF: rounded to the eighth first.

    Whole numbers, for what is halfway would else be rounded by the noise of the last bit.
    """
    return (int(f"{value:.{_CIF_DECIMALS}f}".replace(".", "")) + 50) // 100
