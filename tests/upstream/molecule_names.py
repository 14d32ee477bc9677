"""Names of molecules by another route than ours: Open Babel's SMILES reader, networkx, electrons.

The rule is that of ``crystext/description/build_molecules.py`` and ``molecules.py``; nothing of
theirs is used. Open Babel reads the database's SMILES strings, networkx compares the graphs, and an
atom is closed where its electrons pair up.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
from pymatgen.core import Element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymatgen.core.graphs import MoleculeGraph

_ATOM = re.compile(r"\[([A-Z][a-z]?)|(Cl|Br|[BCNOPSFI])")
_CONFIGURED = re.compile(r"[^A-Za-z0-9][0-9]*[a-z]?'*[RSEZ][,)]")
_PARTICLES = ("deuteri", "tritio", "protio")


@dataclass(frozen=True)
class Entry:
    """One SMILES string of the database as Open Babel reads it, hydrogens included."""

    graph: nx.Graph
    closed: bool
    saturated: bool
    rank: tuple[int, int]


@cache
def database() -> dict[str, dict[str, str]]:
    """robocrys' database, without the seconds that importing robocrys takes."""
    (folder,) = find_spec("robocrys").submodule_search_locations
    with gzip.open(Path(folder) / "condense" / "molecule_db.json.gz") as stream:
        return json.load(stream)


@cache
def _by_heavy_atoms() -> dict[tuple, list[str]]:
    found = defaultdict(list)
    for smiles in database():
        if "." not in smiles:
            symbols = [one or two for one, two in _ATOM.findall(smiles)]
            found[_counted(symbols)].append(smiles)
    return found


def _counted(symbols: Iterable[str]) -> tuple:
    return tuple(sorted(Counter(one for one in symbols if one != "H").items()))


@cache
def entry(smiles: str) -> Entry:
    """Open Babel's view of a SMILES string."""
    from openbabel import openbabel

    molecule, reader = openbabel.OBMol(), openbabel.OBConversion()
    reader.SetInFormat("smi")
    if not reader.ReadString(molecule, smiles):
        raise ValueError(f"Open Babel cannot read {smiles!r}")
    molecule.AddHydrogens()
    graph = nx.Graph()
    charges, closed, raised, lowest = [], True, 0, True
    for atom in openbabel.OBMolAtomIter(molecule):
        element = Element.from_Z(atom.GetAtomicNum())
        graph.add_node(atom.GetIdx(), element=element.symbol)
        charges.append(atom.GetFormalCharge())
        valence = atom.GetTotalValence()
        closed &= _paired(element, charges[-1], valence)
        least = _least(_electrons(element))
        raised += valence > least
        lowest &= valence == least
    orders = []
    for bond in openbabel.OBMolBondIter(molecule):
        graph.add_edge(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        orders.append(bond.GetBondOrder())
    pair = sorted(element for _, element in graph.nodes(data="element"))
    equal = len(pair) == 2 and pair[0] == pair[1]
    saturated = set(orders) == {1} and not any(charges) and lowest and not equal
    closed &= sum(charges) == 0
    return Entry(graph, closed, saturated, (sum(map(bool, charges)), raised))


def _electrons(element: Element) -> int:
    """Valence electrons of hydrogen and p-block elements; 0 of others."""
    if element.symbol == "H":
        return 1
    return element.group - 10 if element.block == "p" else 0


def _least(electrons: int) -> int:
    """Bonds that complete an octet, or use up the electrons."""
    return min(electrons, 8 - electrons)


def _paired(element: Element, charge: int, bonds: int) -> bool:
    """Whether electrons that bind nothing form pairs, with an octet where there is no more room."""
    own = _electrons(element)
    if own == 0 or element.symbol in {"He", "Ne"}:
        return False
    electrons = own - charge
    if own > 1 and not 3 <= electrons <= 8:
        return False
    left = electrons - bonds
    roomy = element.row > 2
    least = _least(electrons)
    return left >= 0 and left % 2 == 0 and (bonds >= least if roomy else bonds == least)


def plain_name(names: dict[str, str]) -> str | None:
    """The preferred name that states no isotope and no configuration."""
    for key in ("name_traditional", "name_iupac"):
        name = names.get(key)
        if name and not _says_too_much(name):
            return name.lower()
    return None


def _says_too_much(name: str) -> bool:
    if any(particle in name for particle in _PARTICLES) or _CONFIGURED.search(f"({name})"):
        return True
    words = (word for word in _elements() if word in name)
    return any(re.search(rf"{word}-[0-9]+([^0-9,-]|$)", name) for word in words)


@cache
def _elements() -> list[str]:
    return [Element.from_Z(z).long_name.lower() for z in range(1, 119)]


def find(graph: MoleculeGraph) -> tuple[str, bool] | None:
    """Name, and whether it is saturated, of the entry with the same graph as pymatgen's."""
    ours = nx.Graph()
    for i, site in enumerate(graph.molecule):
        ours.add_node(i, element=site.specie.symbol)
    ours.add_edges_from((i, j) for i, j, *_ in graph.graph.edges)
    found = []
    for smiles in _by_heavy_atoms().get(_counted(dict(ours.nodes(data="element")).values()), ()):
        name, known = plain_name(database()[smiles]), entry(smiles)
        if name and known.closed and nx.faster_could_be_isomorphic(ours, known.graph):
            same = nx.is_isomorphic(ours, known.graph, lambda a, b: a["element"] == b["element"])
            if same:
                found.append((*known.rank, len(name), name, smiles, known.saturated))
    if not found:
        return None
    best = min(found)
    return best[3], best[5]


def name_of(graph: MoleculeGraph, components: list[dict[str, Any]]) -> str | None:
    """The name of a zero-dimensional component.

    Args:
        graph: of the component.
        components: all of the crystal, as pymatgen's ``get_structure_components`` gives them.
    """
    if len(graph.molecule) == 1:
        return _element(graph).long_name.lower()
    found = find(graph)
    if found is None:
        return None
    name, saturated = found
    return name if saturated or all(map(_neutral, components)) else None


def _neutral(component: dict[str, Any]) -> bool:
    if component["dimensionality"]:
        return False
    graph = component["molecule_graph"]
    return _element(graph).is_noble_gas if len(graph.molecule) == 1 else find(graph) is not None


def _element(graph: MoleculeGraph) -> Element:
    return Element(graph.molecule[0].specie.symbol)
