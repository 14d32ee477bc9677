"""Molecules as graphs of bonded atoms, and the names of those that robocrys' database holds.

Which entries have a name, and why, says ``build_molecules.py``, which makes the table. A molecule
has an entry's name where both graphs are the same: equal elements and bonds, each hydrogen an atom,
whatever the order of the bonds. That is decided exactly, atom by atom.
"""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from crystext.description.smiles import Smiles, read_smiles

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = "molecules.tsv.gz"
SATURATED = "s"  # the mark of a saturated molecule in the table; others have "u"


@dataclass(frozen=True)
class MoleculeGraph:
    """A molecule of n atoms.

    Attributes:
        elements: (n,), symbols.
        neighbors: (n,), the atoms to which each is bonded.
    """

    elements: tuple[str, ...]
    neighbors: tuple[frozenset[int], ...]

    @classmethod
    def of(cls, elements: Iterable[str], bonds: Iterable[tuple[int, int]]) -> MoleculeGraph:
        """A graph from symbols and pairs of bonded atoms."""
        symbols = tuple(elements)
        neighbors: list[set[int]] = [set() for _ in symbols]
        for i, j in bonds:
            neighbors[i].add(j)
            neighbors[j].add(i)
        return cls(symbols, tuple(map(frozenset, neighbors)))

    @classmethod
    def of_smiles(cls, smiles: Smiles) -> MoleculeGraph:
        """A graph in which every hydrogen is an atom."""
        symbols = list(smiles.symbols)
        bonds = [(i, j) for i, j, _ in smiles.bonds]
        for i, count in enumerate(smiles.hydrogens):
            bonds += [(i, len(symbols) + k) for k in range(count)]
            symbols += ["H"] * count
        return cls.of(symbols, bonds)

    @property
    def formula(self) -> str:
        """Elements in alphabetical order, each with its number, for example ``C1O2``."""
        return "".join(f"{symbol}{n}" for symbol, n in sorted(Counter(self.elements).items()))

    @cached_property
    def kinds(self) -> tuple[int, ...]:
        """(n,), kinds of atoms by colour refinement: element, then neighbours until none splits.

        The numbers follow from the graph alone: the same graph in another order of atoms has the
        same kinds. Equal kinds do not prove that two graphs are the same.
        """
        kinds = _ranks(self.elements)
        while True:
            around = [tuple(sorted(kinds[j] for j in near)) for near in self.neighbors]
            finer = _ranks(list(zip(kinds, around, strict=True)))
            if max(finer) == max(kinds):
                return tuple(kinds)
            kinds = finer

    def same_as(self, other: MoleculeGraph) -> bool:
        """Whether atoms can be paired so that elements and bonds agree."""
        return sorted(self.atoms) == sorted(other.atoms) and _pairs(self, other)

    @cached_property
    def atoms(self) -> tuple[tuple[str, int, int], ...]:
        """(n,), element, number of neighbours and kind of each atom."""
        sizes = map(len, self.neighbors)
        return tuple(zip(self.elements, sizes, self.kinds, strict=True))


def _ranks(values: Iterable) -> list[int]:
    values = list(values)
    rank = {value: i for i, value in enumerate(sorted(set(values)))}
    return [rank[value] for value in values]


def _pairs(one: MoleculeGraph, two: MoleculeGraph) -> bool:
    """Searches a pairing of the atoms of two connected graphs that have the same atoms.

    Atoms of ``one`` are taken along its bonds, so that each but the first has a neighbour that is
    paired already; a pairing that leads nowhere is undone.
    """
    order, parents = [0], {0: 0}
    for atom in order:  # the list grows while it is walked
        for near in sorted(one.neighbors[atom]):
            if near not in parents:
                parents[near] = atom
                order.append(near)
    if len(order) < len(one.elements):
        raise ValueError(f"{one.formula} is in pieces; a molecule is bonded throughout")
    partner: dict[int, int] = {}

    def candidates(place: int) -> list[int]:
        atom = order[place]
        near = two.neighbors[partner[parents[atom]]] if place else range(len(two.atoms))
        taken = set(partner.values())
        bound = {partner[i] for i in one.neighbors[atom] if i in partner}
        return [
            i
            for i in sorted(near)
            if two.atoms[i] == one.atoms[atom]
            and i not in taken
            and two.neighbors[i] & taken == bound
        ]

    left = [candidates(0)]
    while left:
        place = len(left) - 1
        partner.pop(order[place], None)
        if not left[-1]:
            left.pop()
            continue
        partner[order[place]] = left[-1].pop(0)
        if len(partner) == len(order):
            return True
        left.append(candidates(place + 1))
    return False


@dataclass(frozen=True)
class KnownMolecule:
    """An entry of the table.

    Attributes:
        name: in lower case.
        saturated: whether the graph leaves no choice: it is a neutral molecule, and never an ion.
    """

    name: str
    saturated: bool


def known_molecule(graph: MoleculeGraph) -> KnownMolecule | None:
    """The entry of the table with the same graph; ``None`` if there is none."""
    for smiles, saturated, name in _entries(graph.formula):
        if MoleculeGraph.of_smiles(read_smiles(smiles)).same_as(graph):
            return KnownMolecule(name, saturated == SATURATED)
    return None


def _entries(formula: str) -> list[tuple[str, str, str]]:
    """SMILES, mark and name of all entries with a formula."""
    line = _table().get(formula.encode(), b"").decode()
    fields = line.split("\t") if line else []
    return list(zip(fields[::3], fields[1::3], fields[2::3], strict=True))


@cache
def _table() -> dict[bytes, bytes]:
    """SMILES, mark and name of all molecules of a formula; read once a process."""
    lines = gzip.decompress((files("crystext") / "data" / TABLE).read_bytes()).splitlines()
    parts = (line.partition(b"\t") for line in lines)
    return {formula: molecules for formula, _, molecules in parts}
