"""Full crystal graphs: undirected multigraphs with periodic images kept, and their line graphs.

The edges are those of jarvis-tools and alignn. Each neighbour relation stands as two directed
bonds, one either way; where only one of two sites counts the other among its nearest, both bonds
are there. A bond between a site and an image of itself stands twice in each direction, since the
peers' canonical form does not fold ``image`` and ``-image`` of the same site together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import GraphFailedError
from crystext.model.graphs.arrays import GraphArrays, offsets, ranges
from crystext.model.graphs.neighbors import nearest, within_radius

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymatgen.core import Structure

    from crystext.model.graphs.neighbors import Floats, Integers, Pairs

NEIGHBORS = 12
HIGHEST = 103  # atomic number; the peers' table of atom features ends at 100, see `elements`
_TOUCHING = 0.1  # angstrom


def crystal_graphs(
    structures: Iterable[Structure],
    *,
    neighbors: int = NEIGHBORS,
    cutoff: float | None = None,
    angles: bool = True,
) -> GraphArrays:
    """Builds the full graphs of some crystals, side by side.

    Args:
        structures: ordered structures, lattices in angstrom; sites keep their order.
        neighbors: how many nearest neighbours each site gets, with the whole last shell.
        cutoff: in angstrom; with it every neighbour up to this distance is a bond instead.
        angles: whether to build the line graph as well.

    Raises:
        GraphFailedError: a structure is disordered, has sites on one another, or no neighbours.
    """
    cells = [_cell(structure) for structure in structures]
    pairs = [
        nearest(lattice, coords, neighbors)
        if cutoff is None
        else within_radius(lattice, coords, cutoff)
        for lattice, coords, _ in cells
    ]
    atom_ptr = offsets([len(coords) for _, coords, _ in cells])
    graphs = _bonds(cells, pairs, atom_ptr)
    return with_angles(graphs) if angles else graphs


def _cell(structure: Structure) -> tuple[Floats, Floats, Integers]:
    """Lattice, Cartesian coordinates and atomic numbers of a structure."""
    if not structure.is_ordered:
        raise GraphFailedError("a site holds several elements or is partly empty: order it first")
    lattice = np.ascontiguousarray(structure.lattice.matrix, dtype=np.float64)
    coords = np.ascontiguousarray(structure.cart_coords, dtype=np.float64)
    numbers = np.array([getattr(site.specie, "Z", 0) for site in structure], dtype=np.int64)
    if numbers.size == 0:
        raise GraphFailedError("the structure has no sites")
    if numbers.min() < 1 or numbers.max() > HIGHEST:
        raise GraphFailedError(f"only elements 1 to {HIGHEST} have features")
    return lattice, coords, numbers


def _bonds(
    cells: Sequence[tuple[Floats, Floats, Integers]], pairs: Sequence[Pairs], atom_ptr: Integers
) -> GraphArrays:
    """Both directions of every pair, once, sorted by crystal, target, source and image."""
    sizes = [len(one.source) for one in pairs]
    crystal = np.repeat(np.arange(len(pairs)), sizes)
    shift = atom_ptr[crystal]
    source = np.concatenate([one.source for one in pairs]) + shift
    target = np.concatenate([one.target for one in pairs]) + shift
    image = np.concatenate([one.image for one in pairs])

    # One row for each pair and one for its reverse, then each row once. A bond of a site with its
    # own image has its reverse among the pairs already, and stands twice, as for the peers.
    source, target = np.concatenate([source, target]), np.concatenate([target, source])
    image = np.concatenate([image, -image])
    rows = _unique_rows(source, target, image)
    rows = np.sort(np.concatenate([rows, rows[source[rows] == target[rows]]]))
    source, target, image = source[rows], target[rows], image[rows]
    order = np.lexsort((image[:, 2], image[:, 1], image[:, 0], source, target))
    source, target, image = source[order], target[order], image[order]

    coords = np.concatenate([one[1] for one in cells])
    lattice = np.stack([one[0] for one in cells])
    of_atom = np.repeat(np.arange(len(cells)), np.diff(atom_ptr))
    of_bond = of_atom[target]
    # (x_t - x_s) + image . lattice: the reverse bond is the exact negative, digit by digit
    vector = (coords[target] - coords[source]) + np.einsum(
        "bi,bij->bj", image.astype(np.float64), lattice[of_bond]
    )
    distance = np.sqrt(np.einsum("bi,bi->b", vector, vector))
    if distance.size and distance.min() < _TOUCHING:
        raise GraphFailedError(f"two sites lie {distance.min():.3g} angstrom apart")
    bond_ptr = np.searchsorted(of_bond, np.arange(len(cells) + 1))
    return GraphArrays.full(
        lattice=lattice,
        atom_ptr=atom_ptr,
        bond_ptr=bond_ptr,
        element=np.concatenate([one[2] for one in cells]),
        source=source - atom_ptr[of_bond],
        target=target - atom_ptr[of_bond],
        distance=distance,
        vector=vector,
        image=image,
    )


def _unique_rows(source: Integers, target: Integers, image: Integers) -> Integers:
    """Index of one representative of each distinct (source, target, image)."""
    if not len(source):
        return np.empty(0, dtype=np.int64)
    span = int(np.abs(image).max()) * 2 + 1
    shifted = image + span // 2
    key = (shifted[:, 0] * span + shifted[:, 1]) * span + shifted[:, 2]
    atoms = int(max(source.max(), target.max())) + 1
    return np.unique((source * atoms + target) * span**3 + key, return_index=True)[1]


def with_angles(graphs: GraphArrays) -> GraphArrays:
    """The same graphs with the line graph: nodes are bonds, edges are pairs that meet in an atom.

    Bond a, from u to v, and bond b, from v to w, give one edge from a to b with the cosine of the
    angle at v; b may be the reverse of a, with cosine 1, as in DGL's ``line_graph`` that the peers
    use. Edges are sorted by target bond.
    """
    bond_shift = np.repeat(graphs.bond_ptr[:-1], np.diff(graphs.bond_ptr))
    atom_shift = np.repeat(graphs.atom_ptr[:-1], np.diff(graphs.bond_ptr))
    into = np.searchsorted(
        graphs.target + atom_shift, np.arange(graphs.atom_ptr[-1] + 1)
    )  # bonds are sorted by target
    start, stop = into[graphs.source + atom_shift], into[graphs.source + atom_shift + 1]
    angle_target = np.repeat(np.arange(len(start)), stop - start)
    angle_source = ranges(start, stop)
    direction = graphs.vector / graphs.distance[:, None]
    cosine = -np.einsum("ai,ai->a", direction[angle_source], direction[angle_target])
    shift = bond_shift[angle_target]
    ptr = offsets(stop - start)
    return graphs.with_line_graph(
        angle_ptr=ptr[graphs.bond_ptr],
        source=angle_source - shift,
        target=angle_target - shift,
        cosine=np.clip(cosine, -1.0, 1.0),
    )
