"""Full crystal graphs: undirected multigraphs with periodic images kept, and their line graphs.

The edges are those of jarvis-tools and alignn. Each neighbour relation stands as two directed
bonds, one either way; where only one of two sites counts the other among its nearest, both bonds
are there. One thing is mended: in the peers' graphs a bond between a site and an image of itself
stands twice in each direction, for their canonical form does not fold ``image`` and ``-image`` of
the same site together, so that the same crystal in a larger cell, where that bond joins two sites,
is another graph. Here it stands once; ``doubled_images`` gives the peers' graphs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import GraphFailedError
from crystext.model.graphs.arrays import GraphArrays, offsets, ranges
from crystext.model.graphs.cells import Cell, cell_of
from crystext.model.graphs.neighbors import nearest, within_radius

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymatgen.core import Structure

    from crystext.model.graphs.neighbors import Integers, Pairs

NEIGHBORS = 12
_TOUCHING = 0.1  # angstrom


def crystal_graphs(
    crystals: Iterable[Structure | Cell],
    *,
    neighbors: int = NEIGHBORS,
    cutoff: float | None = None,
    angles: bool = True,
    doubled_images: bool = False,
) -> GraphArrays:
    """Builds the full graphs of some crystals, side by side.

    Args:
        crystals: ordered structures or their cells; sites keep their order.
        neighbors: how many nearest neighbours each site gets, with the whole last shell.
        cutoff: in angstrom; with it every neighbour up to this distance is a bond instead.
        angles: whether to build the line graph as well.
        doubled_images: whether a bond of a site with an image of itself stands twice, as in
            jarvis-tools and alignn; what a network says then depends on the choice of cell.

    Raises:
        GraphFailedError: a structure is disordered, has sites on one another, or a site without
            neighbours.
    """
    cells = [one if isinstance(one, Cell) else cell_of(one) for one in crystals]
    pairs = [_pairs(cell, neighbors, cutoff) for cell in cells]
    atom_ptr = offsets([len(cell.numbers) for cell in cells])
    graphs = _bonds(cells, pairs, atom_ptr, doubled=doubled_images)
    return with_angles(graphs) if angles else graphs


def _pairs(cell: Cell, neighbors: int, cutoff: float | None) -> Pairs:
    """The neighbours of each site of one crystal, by either rule."""
    if cutoff is None:
        return nearest(cell.lattice, cell.coords, neighbors)
    found = within_radius(cell.lattice, cell.coords, cutoff)
    alone = np.setdiff1d(np.arange(len(cell.numbers)), found.source)
    if alone.size:
        raise GraphFailedError(
            f"site {alone[0]} has no neighbour within {cutoff:g} angstrom; take a larger radius"
        )
    return found


def _bonds(
    cells: Sequence[Cell], pairs: Sequence[Pairs], atom_ptr: Integers, *, doubled: bool
) -> GraphArrays:
    """Both directions of every pair, once, sorted by crystal, target, source and image."""
    sizes = [len(one.source) for one in pairs]
    crystal = np.repeat(np.arange(len(pairs)), sizes)
    shift = atom_ptr[crystal]
    source = np.concatenate([one.source for one in pairs]) + shift
    target = np.concatenate([one.target for one in pairs]) + shift
    image = np.concatenate([one.image for one in pairs])

    # One row for each pair and one for its reverse, then each row once; a bond of a site with its
    # own image has its reverse among the pairs already.
    source, target = np.concatenate([source, target]), np.concatenate([target, source])
    image = np.concatenate([image, -image])
    rows = _unique_rows(target, source, image)
    if doubled:
        rows = np.repeat(rows, 1 + (source[rows] == target[rows]))
    source, target, image = source[rows], target[rows], image[rows]

    coords = np.concatenate([one.coords for one in cells])
    lattice = np.stack([one.lattice for one in cells])
    of_atom = np.repeat(np.arange(len(cells)), np.diff(atom_ptr))
    of_bond = of_atom[target]
    # (x_t - x_s) + image . lattice: the reverse bond is the exact negative, digit by digit
    vector = coords.take(target, axis=0) - coords.take(source, axis=0)
    for axis in range(3):
        vector += image[:, axis, None] * lattice[:, axis].take(of_bond, axis=0)
    distance = np.sqrt(np.einsum("bi,bi->b", vector, vector))
    if distance.size and distance.min() < _TOUCHING:
        raise GraphFailedError(f"two sites lie {distance.min():.3g} angstrom apart")
    bond_ptr = np.searchsorted(of_bond, np.arange(len(cells) + 1))
    nothing = np.empty(0, dtype=np.int64)
    return GraphArrays(
        lattice=lattice,
        atom_ptr=atom_ptr,
        bond_ptr=bond_ptr,
        angle_ptr=np.zeros(len(atom_ptr), dtype=np.int64),
        element=np.concatenate([one.numbers for one in cells]),
        atom_count=np.ones(len(coords), dtype=np.int64),
        source=source - atom_ptr[of_bond],
        target=target - atom_ptr[of_bond],
        distance=distance,
        bond_count=np.ones(len(source), dtype=np.int64),
        angle_source=nothing,
        angle_target=nothing,
        cosine=np.empty(0),
        angle_count=nothing,
        vector=vector,
        image=image,
    )


def _unique_rows(target: Integers, source: Integers, image: Integers) -> Integers:
    """Index of one representative of each distinct row, sorted by target, source and image."""
    if not len(source):
        return np.empty(0, dtype=np.int64)
    span = int(np.abs(image).max()) * 2 + 1
    shifted = image + span // 2
    key = (shifted[:, 0] * span + shifted[:, 1]) * span + shifted[:, 2]
    atoms = int(max(source.max(), target.max())) + 1
    return np.unique((target * atoms + source) * span**3 + key, return_index=True)[1]


def with_angles(graphs: GraphArrays) -> GraphArrays:
    """The same graphs with the line graph: nodes are bonds, edges are pairs that meet in an atom.

    Bond a, from u to v, and bond b, from v to w, give one edge from a to b with the cosine of the
    angle at v; b may be the reverse of a, with cosine 1. All that is as in DGL's ``line_graph``,
    which the peers use, but for one: where a joins a site with its own image, b may be a itself,
    with cosine -1, for in a larger cell these are two bonds in a row. DGL leaves that edge out;
    alignn's graphs without DGL have it too. Edges are sorted by target bond.
    """
    assert graphs.vector is not None, "a quotient graph has its angles"
    sizes = np.diff(graphs.bond_ptr)
    atom_shift = np.repeat(graphs.atom_ptr[:-1], sizes)
    into = np.searchsorted(
        graphs.target + atom_shift, np.arange(graphs.atom_ptr[-1] + 1)
    )  # bonds are sorted by target
    start, stop = into[graphs.source + atom_shift], into[graphs.source + atom_shift + 1]
    degree = stop - start
    first = np.repeat(graphs.bond_ptr[:-1], sizes)  # of the crystal's bonds
    angle_source = ranges(start, stop)
    # Column by column: several times as fast as rows of three
    cosine = np.zeros(len(angle_source))
    for part in (graphs.vector / graphs.distance[:, None]).T:
        along = np.ascontiguousarray(part)
        product = along.take(angle_source)
        product *= np.repeat(along, degree)
        cosine -= product
    return replace(
        graphs,
        angle_ptr=offsets(degree)[graphs.bond_ptr],
        angle_source=angle_source - np.repeat(first, degree),
        angle_target=np.repeat(np.arange(len(degree)) - first, degree),
        cosine=np.clip(cosine, -1.0, 1.0, out=cosine),
        angle_count=np.ones(len(angle_source), dtype=np.int64),
    )
