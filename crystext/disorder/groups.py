"""Disorder groups as a CIF writes them: whole pieces of molecules that are there or not.

The CIF core dictionary: atoms of one assembly and one group are there together; the groups of one
assembly exclude each other; group ``.`` is ordered. SHELX writes no assemblies, and a negative
group for a piece that is disordered about a special position, whose symmetry images exclude it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.disorder.contacts import Pairs, bond_length, nearest_images
from crystext.disorder.marks import Marks, shares_of
from crystext.disorder.pieces import hanging_together, joined, shift_of
from crystext.disorder.units import Shift, Unit

if TYPE_CHECKING:
    from pymatgen.core import Structure

_SAME_SHARE = 0.02
_MOST_SHARE = 1.05


def grouped_units(structure: Structure, sites: list[int], marks: Marks, pairs: Pairs) -> list[Unit]:
    """The units of all disorder groups.

    Args:
        structure: the crystal.
        sites: indexes of the sites with a group.
        marks: of all sites.
        pairs: neighbours of those sites.

    Returns:
        One unit for each group of each assembly in each image. The alternatives of one image share
        a place, and are moved by lattice translations until they lie together.
    """
    if not sites:
        return []
    clusters = _clusters(structure, sites, marks, pairs)
    members: dict[tuple, list[int]] = defaultdict(list)
    for site in sorted(sites, key=marks.rank.__getitem__):
        members[clusters[site], marks.operation[site], marks.group[site]].append(site)
    firsts = {
        cluster: min(marks.rank[s] for s in sites if clusters[s] == cluster)
        for cluster in set(clusters.values())
    }
    order = {cluster: n for n, cluster in enumerate(sorted(firsts, key=firsts.__getitem__))}
    images: dict[tuple, list[tuple[str, list[int]]]] = defaultdict(list)
    for (cluster, operation, group), found in members.items():
        for piece in _pieces(structure, found, marks, pairs):
            images[order[cluster], operation].append((group, piece))
    units = []
    for (cluster, operation), alternatives in sorted(images.items()):
        units += _of_image(structure, marks, (cluster, operation), alternatives)
    return units


def _pieces(structure: Structure, sites: list[int], marks: Marks, pairs: Pairs) -> list[list[int]]:
    """Atoms that hang together: all of one operation, or the bonded ones where it is unknown."""
    if len({marks.operation[site] for site in sites}) > 1 or "operation" in (
        structure.site_properties
    ):
        return [sites]
    return joined(sites, _bonds(structure, set(sites), pairs))


def _of_image(
    structure: Structure, marks: Marks, key: tuple, alternatives: list[tuple[str, list[int]]]
) -> list[Unit]:
    """The units of one image, alternatives of one place where no group comes twice."""
    groups = [group for group, _ in alternatives]
    several = len(set(groups)) < len(groups)
    units, home = [], None
    for number, (group, sites) in enumerate(alternatives):
        shifts = hanging_together(structure, sites)
        if home is not None and not several:
            shifts = _moved_near(structure, sites, shifts, home)
        home = home or (sites, shifts)
        species = tuple(_most_of(structure, site) for site in sites)
        shares = [sum(shares_of(structure, site).values()) for site in sites]
        cluster, operation = key
        first = marks.rank[alternatives[0][1][0]]
        place = (operation, first[1], first[2], first[3], 1 + cluster, number * several)
        units.append(
            Unit(
                sites=tuple(sites),
                species=species,
                shifts=tuple(shifts),
                occupancy=min(1.0, float(np.mean(shares))),
                place=place,
                pool=("group", cluster),
                family=("group", cluster, group),
                group=group,
                assembly=marks.assembly[sites[0]],
                cluster=(cluster,),
            )
        )
    return units


def _most_of(structure: Structure, site: int) -> Any:
    """The species of a site with the largest share."""
    shares = shares_of(structure, site)
    return max(shares, key=lambda species: round(shares[species], 6))


def _moved_near(
    structure: Structure,
    sites: list[int],
    shifts: list[Shift],
    home: tuple[list[int], list[Shift]],
) -> list[Shift]:
    """The same piece, moved by one lattice translation to where it comes nearest to another."""
    frac = structure.frac_coords
    here, there = frac[home[0]] + home[1], frac[sites] + shifts
    distances, images = nearest_images(structure.lattice.matrix, here, there)
    nearest = np.unravel_index(int(np.argmin(np.round(distances, 3))), distances.shape)
    return [shift_of(row) for row in np.array(shifts) + images[nearest]]


def _clusters(
    structure: Structure, sites: list[int], marks: Marks, pairs: Pairs
) -> dict[int, tuple]:
    """The cluster of each site, within which groups exclude each other.

    It is the assembly. All groups without assembly form one, as the dictionary has it. Where the
    occupancies of a cluster say that it must be several (they differ within a group without
    assembly, or add up to more than 1), those are told apart by their bonds.
    """
    clusters: dict[int, tuple] = {}
    for assembly in sorted({marks.assembly[site] for site in sites}):
        members = [site for site in sites if marks.assembly[site] == assembly]
        shares: dict[str, list[float]] = defaultdict(list)
        for site in members:
            shares[marks.group[site]].append(sum(shares_of(structure, site).values()))
        uneven = not assembly and any(
            max(found) - min(found) > _SAME_SHARE for found in shares.values()
        )
        total = sum(sum(found) / len(found) for found in shares.values())
        if not uneven and total <= _MOST_SHARE:
            clusters.update(dict.fromkeys(members, (assembly, 0)))
            continue
        links = _bonds(structure, set(members), pairs)
        same: dict[object, int] = {}
        for site in members:  # images of one atom belong to one cluster
            links.append((site, same.setdefault(marks.listed[site], site)))
        for number, piece in enumerate(joined(members, links), start=1):
            clusters.update(dict.fromkeys(piece, (assembly, number)))
    return clusters


def _bonds(structure: Structure, sites: set[int], pairs: Pairs) -> list[tuple[int, int]]:
    """Pairs of given sites within bonding distance."""
    symbols = {site: _most_of(structure, site).symbol for site in sites}
    return [
        (int(first), int(second))
        for first, second, _, distance in zip(*pairs, strict=True)
        if first in sites
        and second in sites
        and distance < bond_length(symbols[int(first)], symbols[int(second)])
    ]
