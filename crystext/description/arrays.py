"""A crystal as arrays: what describing works on between reading and wording.

Pymatgen's ``Structure`` keeps an object a site, which costs more to read than most of what is
computed from it. Here sites are rows of arrays, and what sits on them stands once a kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.elements import know_electronegativities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Composition, Element, Lattice, Species, Structure


@dataclass(frozen=True)
class ArrayStructure:
    """An ordered crystal of n sites.

    Attributes:
        matrix: (3, 3), lattice vectors as rows, in angstrom.
        frac_coords: (n, 3), fractional coordinates.
        kinds: (n,), index into ``distinct`` of what sits on each site.
        distinct: the different elements, or species with oxidation states and spins.
    """

    matrix: NDArray[np.float64]
    frac_coords: NDArray[np.float64]
    kinds: NDArray[np.int64]
    distinct: tuple[Element | Species, ...]

    @classmethod
    def of(cls, structure: Structure) -> ArrayStructure:
        """Takes over a pymatgen structure; kinds are numbered as they occur.

        Raises:
            AttributeError: a site is shared or partly occupied.
        """
        number: dict[Element | Species, int] = {}
        kinds = [number.setdefault(site.specie, len(number)) for site in structure]
        return cls(
            np.array(structure.lattice.matrix, dtype=float),
            np.array(structure.frac_coords, dtype=float).reshape(-1, 3),
            np.array(kinds, dtype=np.int64),
            tuple(number),
        )

    def __len__(self) -> int:
        return len(self.kinds)

    @cached_property
    def species(self) -> list[Element | Species]:
        """What sits on each site, n of them."""
        return [self.distinct[kind] for kind in self.kinds.tolist()]

    @cached_property
    def lattice(self) -> Lattice:
        """The lattice as pymatgen has it."""
        from pymatgen.core import Lattice

        return Lattice(self.matrix)

    @cached_property
    def cart_coords(self) -> NDArray[np.float64]:
        """(n, 3), in angstrom."""
        return self.frac_coords @ self.matrix

    @cached_property
    def composition(self) -> Composition:
        """How many of each kind, in the order in which the kinds first occur among the sites."""
        from pymatgen.core import Composition

        counts = Counter(self.kinds.tolist())
        return Composition({self.distinct[kind]: float(n) for kind, n in counts.items()})

    @cached_property
    def reduced_formula(self) -> str:
        """The composition's formula as pymatgen writes it."""
        return self.composition.reduced_formula

    def part(self, sites: Sequence[int] | NDArray[np.int64]) -> ArrayStructure:
        """Some of the sites, in the order given, in the same lattice."""
        chosen = np.asarray(sites, dtype=np.int64)
        return ArrayStructure(
            self.matrix, self.frac_coords[chosen], self.kinds[chosen], self.distinct
        )

    def sorted(self) -> ArrayStructure:
        """Sites by electronegativity, then by name: the order of pymatgen's formulas.

        Sites that tie keep their order.
        """
        know_electronegativities()
        keys = [_Order(kind) for kind in self.distinct]
        kinds = self.kinds.tolist()
        return self.part(sorted(range(len(kinds)), key=lambda site: keys[kinds[site]]))

    def to_pymatgen(self) -> Structure:
        """The same as a pymatgen structure."""
        from pymatgen.core import Composition, PeriodicSite, Structure

        made = [Composition({kind: 1.0}) for kind in self.distinct]
        structure = Structure(self.lattice, [], [])
        structure.sites = [
            PeriodicSite(made[kind], frac, self.lattice, skip_checks=True)
            for kind, frac in zip(self.kinds.tolist(), self.frac_coords, strict=True)
        ]
        return structure


class _Order:
    """Compares as pymatgen's sites do, those of elements without an electronegativity too.

    Their NaN is neither less nor more than any number, so that where they end up depends on the
    order before: a sort has to ask the same questions to give the same answer.
    """

    __slots__ = ("name", "x")

    def __init__(self, kind: Element | Species) -> None:
        self.x, self.name = float(kind.X), str(kind)

    def __lt__(self, other: _Order) -> bool:
        if self.x < other.x:
            return True
        if self.x > other.x:
            return False
        return self.name < other.name
