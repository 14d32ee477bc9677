"""Facts of sites for the atoms of graphs: a row for each class of atoms, in the graph's order.

Each atom of a cell is one site of the crystal's description (:mod:`crystext.features.places`). A
row of a quotient graph stands for several atoms; where these are different sites, as atoms may be
that the network cannot tell apart and the describer can, the row is their mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crystext.features.places import sites_of_atoms
from crystext.features.site_facts import WIDTH, site_vectors
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import atom_classes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from crystext.model.graphs.cells import Cell
    from crystext.model.graphs.settings import GraphSettings


class AtomRows(NamedTuple):
    """The atoms of one crystal's graph.

    Attributes:
        element: (A,), atomic number of each class.
        atoms: (A,), how many there are in the class.
        site: (A, :data:`~crystext.features.site_facts.WIDTH`), their sites' facts.
        sites: (A,), how many different sites of the description are in the class.
    """

    element: NDArray[np.int64]
    atoms: NDArray[np.int64]
    site: NDArray[np.float32]
    sites: NDArray[np.int64]


def atom_rows(
    cell: Cell,
    structure: Structure,
    condensed: Mapping[str, Any],
    describer: Mapping[str, Any],
    graphs: GraphSettings,
) -> AtomRows:
    """The facts of the sites that the atoms of a crystal's graph are.

    Args:
        cell: of which the graph is built.
        structure: the same crystal with its atoms in the same order.
        condensed: of its description.
        describer: settings of the describer, its ``symprec`` included.
        graphs: how the graph is built.

    Raises:
        SitesNotFoundError: the description does not fit the structure, or leaves a doubt.
        SymmetryFailedError: the structure has no symmetry at the describer's tolerance.
        GraphFailedError: it has no graph.
    """
    keys, vectors = site_vectors(condensed)
    row = {key: place for place, key in enumerate(keys)}
    of_atom = np.array([row[key] for key in sites_of_atoms(structure, condensed, describer)])
    classes = _classes(cell, graphs)
    _, first, count = np.unique(classes, return_index=True, return_counts=True)
    total = np.zeros((len(count), WIDTH))
    np.add.at(total, classes, vectors[of_atom])
    pairs = np.unique(np.stack([classes, of_atom]), axis=1)
    return AtomRows(
        element=cell.numbers[first],
        atoms=count,
        site=(total / count[:, None]).astype(np.float32),
        sites=np.bincount(pairs[0], minlength=len(count)),
    )


def _classes(cell: Cell, settings: GraphSettings) -> NDArray[np.int64]:
    """(n,): the row of the crystal's graph that each atom is in."""
    if not settings.quotient:
        return np.arange(len(cell.numbers))
    full = crystal_graphs([cell], **settings.search)
    return atom_classes(full, tolerance=settings.tolerance)
