"""Facts of one site: what a description says of it, as numbers, for the atoms that it stands for.

:mod:`crystext.features.sites` sums up all sites of a crystal; here each inequivalent site has a row
of its own, so that a network can give it to the atoms that the sentence is about. Which these are
is found by :mod:`crystext.features.places`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.record import numbered
from crystext.features.elements import element_table
from crystext.features.schema import Feature, schema_digest, vectors_of, width_of
from crystext.features.sites import (
    ELECTRONEGATIVITY,
    GEOMETRIES,
    LINKS,
    RADIUS,
    anions,
    element_of,
    spread,
    spread_features,
)
from crystext.features.symmetry import multiplicities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_SOFTNESS = 0.37  # angstrom; of bond valences, Brown and Altermatt (1985)

_lacking = partial(Feature, may_lack=True)

FEATURES = (
    *(
        Feature(f"geometry_{one.replace(' ', '_').replace('-', '_')}", "", f"1 if it is {one}")
        for one in GEOMETRIES
    ),
    Feature("geometry_other", "", "1 if the geometry has no name"),
    Feature("likeness", "", "likeness to the geometry", 0.7),
    Feature("coordination", "", "bonded neighbours", 6.0),
    *spread_features("bond_length", "angstrom", "length of its bonds", 2.5),
    *spread_features("bond_ratio", "", "length of its bonds over the sum of atomic radii", 1.0),
    *spread_features("bond_polarity", "Pauling", "electronegativity of neighbours less its own", 1),
    Feature("bond_sum", "", "sum over bonds of exp((radii - length) / 0.37 angstrom)", 4.0),
    Feature("neighbour_elements", "", "different elements among its neighbours"),
    Feature("neighbours_alike", "", "share of neighbours of its own element"),
    Feature("anion", "", "1 if it is an anion"),
    Feature("share", "", "share of the crystal's atoms that it stands for", 0.5),
    Feature("sites_of_element", "", "inequivalent sites of its element", 2.0),
    Feature("dimensionality", "", "of the component that it is in", 3.0),
    Feature("polyhedron", "", "1 if it is the centre of a polyhedron"),
    *(Feature(f"links_{one}", "", f"{one}-sharing neighbours", 6.0) for one in LINKS),
    *(
        _lacking(f"link_distance_{one}", "angstrom", f"mean over {one} sharing", 3.5)
        for one in LINKS
    ),
    *(_lacking(f"angle_{one}", "degree", f"mean angle of {one} sharing", 100.0) for one in LINKS),
    *spread_features("corner_angle", "degree", "angles at shared corners", 120.0)[1:],
    _lacking("neighbours_coordination", "", "mean coordination number of its neighbours", 6.0),
    _lacking("neighbours_likeness", "", "mean likeness of its neighbours", 0.7),
    _lacking("neighbours_bond_length", "angstrom", "mean length of its neighbours' bonds", 2.5),
    _lacking("neighbours_polyhedra", "", "share of neighbours that centre a polyhedron"),
)
"""Facts of a site, in their order."""
NAMES = tuple(one.name for one in FEATURES)
DIGEST = schema_digest(FEATURES)
WIDTH = width_of(FEATURES)
"""Entries of a vector of :func:`site_vectors`."""


def site_facts(condensed: Mapping[str, Any]) -> tuple[list[str], NDArray[np.float64]]:
    """The facts of each inequivalent site.

    Args:
        condensed: robocrys' dictionary, also as read from JSON.

    Returns:
        The sites' keys as text, n of them, and (n, features) of :data:`FEATURES`; NaN where a site
        has no such thing, such as an angle at shared corners.
    """
    condensed = numbered(condensed)
    sites, distances = condensed["sites"], condensed["distances"]
    counts = multiplicities(condensed)
    total = sum(counts.values())
    anion = dict(zip(sites, anions(sites).tolist(), strict=True))
    of_element: dict[int, int] = defaultdict(int)
    for one in sites.values():
        of_element[element_of(one)] += 1
    dimensionality = _dimensionalities(condensed)
    rows = [
        [
            *_geometry(one),
            *_bonds(element_of(one), distances.get(key, {}), sites),
            *_neighbours(one, sites),
            anion[key],
            counts[key] / total,
            of_element[element_of(one)],
            dimensionality.get(key, math.nan),
            one["poly_formula"] is not None,
            *(len(one["nnn"].get(kind, ())) for kind in LINKS),
            *_links(condensed["nnn_distances"].get(key, {}), condensed["angles"].get(key, {})),
            *_second(one, sites, distances),
        ]
        for key, one in sites.items()
    ]
    return list(map(str, sites)), np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))


def site_vectors(condensed: Mapping[str, Any]) -> tuple[list[str], NDArray[np.float32]]:
    """Keys of the sites and (n, :data:`WIDTH`), facts as a network reads them."""
    keys, values = site_facts(condensed)
    return keys, vectors_of(values, FEATURES)


def _geometry(site: Mapping[str, Any]) -> list[float]:
    kind = site["geometry"]["type"]
    named = [float(kind == one) for one in GEOMETRIES]
    return [*named, float(kind not in GEOMETRIES), site["geometry"]["likeness"], len(site["nn"])]


def _bonds(
    own: int, lengths: Mapping[int, Sequence[float]], sites: Mapping[int, Mapping[str, Any]]
) -> list[float]:
    """Of an element and its bonds' lengths by neighbouring site."""
    values = element_table().values
    length: list[float] = []
    radii: list[float] = []
    polarity: list[float] = []
    for other, found in lengths.items():
        neighbour = element_of(sites[other])
        length += found
        radii += [values[own, RADIUS] + values[neighbour, RADIUS]] * len(found)
        gap = values[neighbour, ELECTRONEGATIVITY] - values[own, ELECTRONEGATIVITY]
        polarity += [gap] * len(found)
    bonds, sums = np.array(length), np.array(radii)
    one = np.ones(len(bonds))
    return [
        *spread(bonds, one),
        *spread(bonds / sums, one),
        *spread(np.array(polarity), one),
        float(np.exp((sums - bonds) / _SOFTNESS).sum()),
    ]


def _neighbours(site: Mapping[str, Any], sites: Mapping[int, Mapping[str, Any]]) -> list[float]:
    own = element_of(site)
    elements = [element_of(sites[other]) for other in site["nn"]]
    return [len(set(elements)), elements.count(own) / max(len(elements), 1)]


def _links(
    distances: Mapping[int, Mapping[str, Sequence[float]]],
    angles: Mapping[int, Mapping[str, Sequence[float]]],
) -> list[float]:
    """Mean distances and angles to polyhedra by what is shared, and the spread at corners."""
    found = {}
    for name, by_site in (("distance", distances), ("angle", angles)):
        for kind in LINKS:
            parts = [by_kind.get(kind, ()) for by_kind in by_site.values()]
            found[name, kind] = np.array([value for part in parts for value in part], dtype=float)
    means = [float(one.mean()) if len(one) else math.nan for one in found.values()]
    corners = found["angle", "corner"]
    return [*means, *spread(corners, np.ones(len(corners)))[1:]]


def _second(
    site: Mapping[str, Any],
    sites: Mapping[int, Mapping[str, Any]],
    distances: Mapping[int, Mapping[int, Sequence[float]]],
) -> list[float]:
    """Means over the site's neighbours of what they are."""
    rows = []
    for key in site["nn"]:
        one = sites[key]
        lengths = [value for part in distances.get(key, {}).values() for value in part]
        length = sum(lengths) / len(lengths) if lengths else math.nan
        polyhedron = float(one["poly_formula"] is not None)
        rows.append([len(one["nn"]), one["geometry"]["likeness"], length, polyhedron])
    return np.mean(rows, axis=0).tolist() if rows else [math.nan] * 4


def _dimensionalities(condensed: Mapping[str, Any]) -> dict[int, float]:
    """Of each site the highest dimensionality of a component that it is in."""
    found: dict[int, float] = {}
    for component in condensed["components"].values():
        for key in component["sites"]:
            found[key] = max(found.get(key, 0.0), float(component["dimensionality"]))
    return found
