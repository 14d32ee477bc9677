"""Features of sites and bonds: geometries, coordination, lengths, polyhedra and their links."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.description.notation import parse_species
from crystext.features.elements import element_table
from crystext.features.schema import Feature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

GEOMETRIES = (
    *("single-bond", "linear", "bent 120 degrees", "bent 150 degrees", "water-like", "L-shaped"),
    *("trigonal planar", "trigonal non-coplanar", "T-shaped", "tetrahedral", "square co-planar"),
    *("rectangular see-saw-like", "see-saw-like", "trigonal pyramidal", "trigonal bipyramidal"),
    *("square pyramidal", "pentagonal planar", "pentagonal pyramidal", "octahedral"),
    *("hexagonal planar", "hexagonal pyramidal", "pentagonal bipyramidal", "hexagonal bipyramidal"),
    *("body-centered cubic", "cuboctahedral"),
)
"""Those that have a name; others are told by their coordination number alone."""
LINKS = ("corner", "edge", "face")
ELECTRONEGATIVITY, RADIUS = 0, 5  # columns of the table of elements
_ANION = 2.0  # Pauling; where all are below, there are no anions

_SPREAD = ("mean", "deviation", "min", "max")


def spread_features(
    name: str, unit: str, what: str, scale: float, *, may_lack: bool = True
) -> list:
    """The features that :func:`spread` gives the values of."""
    return [Feature(f"{name}_{one}", unit, f"{what}: {one}", scale, may_lack) for one in _SPREAD]


FEATURES = (
    *(
        Feature(f"geometry_{one.replace(' ', '_').replace('-', '_')}", "", f"share of {one} atoms")
        for one in GEOMETRIES
    ),
    Feature("geometry_other", "", "share of atoms without a named geometry"),
    Feature("n_sites", "", "inequivalent sites, base 2 logarithm", 2.0),
    *spread_features("likeness", "", "likeness to the geometry, over atoms", 0.7, may_lack=False),
    *spread_features("coordination", "", "coordination number, over atoms", 6.0, may_lack=False),
    Feature("cation_coordination", "", "mean over atoms that are no anions", 6.0),
    Feature("anion_coordination", "", "mean over anions", 4.0, may_lack=True),
    *spread_features("bond_length", "angstrom", "length of bonds", 2.5),
    *spread_features("bond_ratio", "", "length of bonds over the sum of atomic radii", 1.0),
    *spread_features(
        "bond_polarity", "Pauling", "difference of electronegativity along bonds", 1.0
    ),
    Feature("bond_length_polar", "angstrom", "mean from an anion to another", 2.3, may_lack=True),
    Feature("bond_length_anions", "angstrom", "mean between anions", 2.3, may_lack=True),
    Feature("bond_length_cations", "angstrom", "mean between no anions", 2.9, may_lack=True),
    Feature("bond_density", "angstrom^-1", "mean over atoms of coordination over length^3", 0.4),
    *(Feature(f"links_{one}", "", f"{one}-sharing neighbours an atom", 6.0) for one in LINKS),
    Feature("polyhedra", "", "share of atoms at the centre of a polyhedron"),
    *spread_features("angle", "degree", "angles between sharing polyhedra", 100.0),
    *spread_features("corner_angle", "degree", "angles at shared corners", 120.0),
    *(
        Feature(f"link_distance_{one}", "angstrom", f"mean over {one} sharing", 3.5, may_lack=True)
        for one in LINKS
    ),
)


def site_features(condensed: Mapping[str, Any], counts: Mapping[int, int]) -> list[float]:
    """The values of :data:`FEATURES`; ``counts`` are of the atoms that each site stands for."""
    sites = condensed["sites"]
    weight = np.array([counts[key] for key in sites], dtype=float)
    weight /= weight.sum()
    share = dict.fromkeys((*GEOMETRIES, ""), 0.0)
    for one, part in zip(sites.values(), weight, strict=True):
        kind = one["geometry"]["type"]
        share[kind if kind in share else ""] += part
    likeness = np.array([one["geometry"]["likeness"] for one in sites.values()])
    coordination = np.array([len(one["nn"]) for one in sites.values()], dtype=float)
    anion, of_site = anions(sites), dict(zip(sites, weight, strict=True))
    links = {
        kind: sum(
            part * len(one["nnn"].get(kind, ()))
            for one, part in zip(sites.values(), weight, strict=True)
        )
        for kind in LINKS
    }
    polyhedra = sum(
        part
        for one, part in zip(sites.values(), weight, strict=True)
        if one["poly_formula"] is not None
    )
    return [
        *share.values(),
        math.log2(len(sites)),
        *spread(likeness, weight),
        *spread(coordination, weight),
        mean(coordination[~anion], weight[~anion]),
        mean(coordination[anion], weight[anion]),
        *_bonds(condensed, of_site, anion),
        *links.values(),
        polyhedra,
        *_angles(condensed, of_site),
    ]


def spread(values: NDArray[np.float64], weight: NDArray[np.float64]) -> list[float]:
    """Weighted mean and standard deviation, least and greatest; NaN of nothing."""
    if not len(values):
        return [math.nan] * 4
    weight = weight / weight.sum()
    mean = float(weight @ values)
    deviation = math.sqrt(max(float(weight @ (values - mean) ** 2), 0.0))
    return [mean, deviation, float(values.min()), float(values.max())]


def mean(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Weighted mean; NaN of nothing."""
    return float(np.average(values, weights=weight)) if len(values) else math.nan


def element_of(site: Mapping[str, Any]) -> int:
    """Atomic number of a site's element, which may carry an oxidation state and a spin."""
    return element_table().number[parse_species(site["element"]).symbol]


def anions(sites: Mapping[int, Mapping[str, Any]]) -> NDArray[np.bool_]:
    """Sites of elements at least as electronegative as hydrogen that others are below."""
    values = element_table().values
    chi = np.array([values[element_of(one), ELECTRONEGATIVITY] for one in sites.values()])
    return (chi >= _ANION) & (chi > chi.min() + 1e-9)


def _bonds(
    condensed: Mapping[str, Any], weight: Mapping[int, float], anion: NDArray[np.bool_]
) -> list[float]:
    values, sites = element_table().values, condensed["sites"]
    of_site = {key: values[element_of(one)] for key, one in sites.items()}
    is_anion = dict(zip(sites, anion.tolist(), strict=True))
    lengths, ratios, polar, parts, kinds = [], [], [], [], []
    density = 0.0
    for key, others in condensed["distances"].items():
        first = of_site[key]
        for other, found in others.items():
            second = of_site[other]
            radii = first[RADIUS] + second[RADIUS]
            gap = abs(first[ELECTRONEGATIVITY] - second[ELECTRONEGATIVITY])
            for length in found:
                lengths.append(length)
                ratios.append(length / radii)
                polar.append(gap)
                parts.append(weight[key])
                kinds.append(is_anion[key] + is_anion[other])
                density += weight[key] / length**3
    length, part = np.array(lengths), np.array(parts)
    kind = np.array(kinds, dtype=int)
    by_kind = [mean(length[kind == k], part[kind == k]) for k in (1, 2, 0)]
    return [
        *spread(length, part),
        *spread(np.array(ratios), part),
        *spread(np.array(polar), part),
        *by_kind,
        density,
    ]


def _angles(condensed: Mapping[str, Any], weight: Mapping[int, float]) -> list[float]:
    angles, distances = (_by_link(condensed[name], weight) for name in ("angles", "nnn_distances"))
    return [
        *spread(*angles[""]),
        *spread(*angles["corner"]),
        *(mean(*distances[kind]) for kind in LINKS),
    ]


def _by_link(
    table: Mapping[int, Mapping[int, Mapping[str, Sequence[float]]]], weight: Mapping[int, float]
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Values between sites with a shared neighbour, and their weights, by link and ("") all."""
    found: dict[str, tuple[list, list]] = {kind: ([], []) for kind in ("", *LINKS)}
    for site, others in table.items():
        for kinds in others.values():
            for kind, values in kinds.items():
                for key in ("", kind):
                    found[key][0].extend(values)
                    found[key][1].extend([weight[site]] * len(values))
    return {kind: (np.array(values), np.array(parts)) for kind, (values, parts) in found.items()}
