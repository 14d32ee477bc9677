"""The cells that a crystal is written in: the primitive one, and the standard one by orbits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crystext.description.arrays import ArrayStructure
from crystext.description.canonical import canonical_structure, canonical_symmetry
from crystext.description.symmetry import find_symmetry

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.description.symmetry import Symmetry


class WyckoffOrbit(NamedTuple):
    """Sites of the standard cell that symmetry makes one.

    Attributes:
        symbol: element.
        multiplicity: sites of the orbit in the standard cell.
        letter: Wyckoff letter.
        coords: (3,), fractional, of the site that is least of them.
    """

    symbol: str
    multiplicity: int
    letter: str
    coords: np.ndarray


@dataclass(frozen=True)
class Cells:
    """A crystal of elements, and what its texts are made of.

    Attributes:
        structure: sites of one element each.
        canonical: whether cell, origin and order of sites are chosen anew, so that the text
            depends on the crystal alone.
        symprec: symmetry tolerance in angstrom.
    """

    structure: Structure
    canonical: bool = True
    symprec: float = 0.01

    @classmethod
    def of(cls, structure: Structure, *, canonical: bool, symprec: float) -> Cells:
        """The cells of an ordered structure; charges, spins and labels are left out."""
        from pymatgen.core import Structure

        elements = [site.specie.symbol for site in structure]
        plain = Structure(structure.lattice, elements, structure.frac_coords)
        return cls(plain, canonical, symprec)

    @cached_property
    def sites(self) -> Structure:
        """What the texts without symmetry list: the canonical primitive cell, or that given."""
        if self.canonical:
            return canonical_structure(self.structure, self.symprec)
        return self.structure

    @cached_property
    def symmetry(self) -> Symmetry:
        """The symmetry of the crystal.

        Raises:
            SymmetryFailedError: none is found.
        """
        if self.canonical:
            return canonical_symmetry(self.structure, self.symprec)
        return find_symmetry(ArrayStructure.of(self.structure), self.symprec)

    @cached_property
    def orbits(self) -> list[WyckoffOrbit]:
        """The orbits of the standard cell, by atomic number, then letter."""
        found = self.symmetry.dataset
        standard = self.symmetry.standard
        # The letters are those of the input's sites; both cells point to the same primitive sites
        places: dict[int, int] = {}
        for site, place in enumerate(found.mapping_to_primitive):
            places.setdefault(int(place), site)
        inputs = [places[int(place)] for place in found.std_mapping_to_primitive]
        coords = np.round(standard.frac_coords % 1, 9) % 1
        of_orbit: dict[tuple, list[int]] = {}
        for site, given in enumerate(inputs):
            orbit = int(found.crystallographic_orbits[given])
            symbol = standard.distinct[standard.kinds[site]].symbol
            of_orbit.setdefault((symbol, found.wyckoffs[given], orbit), []).append(site)
        orbits = []
        for (symbol, letter, _), members in of_orbit.items():
            least = min(members, key=lambda site: tuple(coords[site]))
            orbits.append(WyckoffOrbit(symbol, len(members), letter, coords[least]))
        return sorted(orbits, key=_rank)


def _rank(orbit: WyckoffOrbit) -> tuple:
    from pymatgen.core import Element

    return Element(orbit.symbol).Z, orbit.letter, tuple(orbit.coords)
