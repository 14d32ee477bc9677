"""Edges of jarvis-tools and alignn, and what differs from ours: only whole shells may."""

from __future__ import annotations

import sys
import types
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from crystext.model.graphs.arrays import GraphArrays
    from crystext.model.graphs.cells import Cell

NEIGHBORS, CUTOFF = 12, 8.0
TIE = 1e-4  # angstrom


def jarvis_atoms(cell: Cell) -> Any:
    """The cell as jarvis-tools' atoms, which both peers read."""
    from jarvis.core.atoms import Atoms
    from pymatgen.core import Element

    return Atoms(
        lattice_mat=cell.lattice,
        coords=cell.frac_coords,
        elements=[Element.from_Z(z).symbol for z in cell.numbers.tolist()],
        cartesian=False,
    )


@cache
def jarvis_graphs() -> types.ModuleType:
    """``jarvis.core.graphs``, also where DGL, which its edges do not need, is missing."""
    try:
        from dgl import DGLGraph  # noqa: F401
    except (ImportError, OSError):
        stub: Any = types.ModuleType("dgl")
        stub.DGLGraph = object
        sys.modules["dgl"] = stub
        try:
            import jarvis.core.graphs as found
        finally:
            del sys.modules["dgl"]
        return found
    import jarvis.core.graphs as found

    return found


def jarvis_bonds(atoms: Any) -> tuple[Any, Any, Any]:
    """Source, target and vector of the bonds of jarvis-tools, as tensors."""
    graphs = jarvis_graphs()
    edges = graphs.nearest_neighbor_edges(
        atoms, cutoff=CUTOFF, max_neighbors=NEIGHBORS, use_canonize=True
    )
    return graphs.build_undirected_edgedata(atoms, edges)


def alignn_bonds(atoms: Any) -> tuple[Any, Any, Any]:
    """Source, target and vector of the bonds of alignn, as tensors."""
    from alignn.graphs import build_undirected_edgedata, nearest_neighbor_edges

    edges, _ = nearest_neighbor_edges(
        atoms, cutoff=CUTOFF, max_neighbors=NEIGHBORS, use_canonize=True
    )
    return build_undirected_edgedata(atoms, edges)[:3]


def alignn_angles(bonds: tuple[Any, Any, Any], n_atoms: int) -> tuple[Any, Any, Any]:
    """Source bond, target bond and cosine of alignn's line graph, as tensors."""
    from alignn.torch_graph_builder import _line_graph_edges, torch_bond_cosines

    source, target, vector = bonds
    first, second = _line_graph_edges(source, target, n_atoms)
    return first, second, torch_bond_cosines(vector[first], vector[second])


def jarvis_features(atoms: Any) -> Any:
    """(A, 92) CGCNN features, as both peers look them up."""
    from jarvis.core.specie import get_node_attributes

    return np.array([list(get_node_attributes(one, "cgcnn")) for one in atoms.elements])


def bond_keys(cell: Cell, bonds: tuple[Any, Any, Any]) -> list[tuple[int, ...]]:
    """(source, target, image) of each bond; the image is what the vector says."""
    source, target, vector = (np.asarray(one) for one in bonds)
    between = cell.coords[target] - cell.coords[source]
    image = np.linalg.solve(cell.lattice.T, (vector - between).T).T
    whole = np.rint(image)
    assert np.abs(image - whole).max() < 1e-3
    columns = np.column_stack([source, target, whole]).astype(int)
    return [tuple(row) for row in columns.tolist()]


def our_bonds(graphs: GraphArrays) -> tuple[Any, Any, Any]:
    """Source, target and vector of the bonds of one crystal."""
    return graphs.source, graphs.target, graphs.vector


@dataclass(frozen=True)
class Difference:
    """What one crystal's graphs differ in.

    Attributes:
        verdict: ``equal``, ``ties`` or ``other``.
        ours: bonds that we have and the peer has not, with multiplicity.
        theirs: the other way round.
    """

    verdict: str
    ours: int
    theirs: int


def compare(cell: Cell, graphs: GraphArrays, bonds: tuple[Any, Any, Any]) -> Difference:
    """Compares multisets of bonds; extra ones must lie in the last shell of one of their atoms."""
    ours = Counter(bond_keys(cell, our_bonds(graphs)))
    theirs = Counter(bond_keys(cell, bonds))
    more, less = ours - theirs, theirs - ours
    verdict = "equal" if ours == theirs else "other"
    if more and not less:
        last = _last_shell(cell)
        tied = all(
            min(abs(_length(cell, key) - last[key[end]]) for end in (0, 1)) <= TIE for key in more
        )
        verdict = "ties" if tied else "other"
    return Difference(verdict, more.total(), less.total())


def _length(cell: Cell, key: tuple[int, ...]) -> float:
    source, target, *image = key
    between = cell.frac_coords[target] - cell.frac_coords[source] + np.array(image)
    return float(np.linalg.norm(between @ cell.lattice))


def _last_shell(cell: Cell) -> list[float]:
    """Distance of each site's 12th neighbour, by brute force over enough images."""
    heights = 1 / np.linalg.norm(np.linalg.inv(cell.lattice), axis=0)
    reach = 8.0
    while True:
        most = np.ceil(reach / heights).astype(int) + 1
        axes = [np.arange(-one, one + 1) for one in most]
        images = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 3) @ cell.lattice
        found = []
        for one in cell.coords:
            apart = (cell.coords - one)[:, None] + images[None]
            distance = np.sort(np.linalg.norm(apart, axis=-1).ravel())
            found.append(float(distance[NEIGHBORS]))  # the first is the site itself
        if max(found) <= reach:
            return found
        reach *= 1.5
