"""Fingerprints of sites and of structures: order parameters weighted by coordination number.

The features are matminer's ``CrystalNNFingerprint`` with the ``ops`` preset: for every coordination
number up to 24 its probability, then each order parameter times that probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystext.description.order_parameters import MOTIFS, Shell, order_parameters

if TYPE_CHECKING:
    from crystext.description.bonding import BondedCell
    from crystext.description.neighbors import Coordination

Floats = NDArray[np.float64]
_LARGEST = 24
_UNLIKELY = 0.4  # the smallest order parameter that names a geometry

FEATURES: tuple[tuple[str, int], ...] = tuple(
    (name, number)
    for number in range(1, _LARGEST + 1)
    for name in ("wt", *(motif for motif, _ in MOTIFS.get(number, ())))
)
_START = {number: FEATURES.index(("wt", number)) for number in range(1, _LARGEST + 1)}
_NAMELESS = {"wt", "sgl_bd", "q2", "q4", "q6"}
NAMED_GEOMETRIES = ("single-bond", *(name for name, _ in FEATURES if name not in _NAMELESS))
"""What geometries of 1 to 12 neighbours are called, but for Steinhardt's parameters."""
CONNECTED_GEOMETRIES = (
    *("tetrahedral", "octahedral", "trigonal pyramidal", "square pyramidal"),
    *("trigonal bipyramidal", "pentagonal pyramidal", "hexagonal pyramidal"),
    *("pentagonal bipyramidal", "hexagonal bipyramidal", "cuboctahedral"),
)
"""Those that form polyhedra."""
_IS_WEIGHT = np.array([name == "wt" for name, _ in FEATURES])


def site_fingerprint(coordination: Coordination) -> Floats:
    """The fingerprint of one site, (61,), in the order of ``FEATURES``."""
    values = np.zeros(len(FEATURES))
    likely = {n: weight for n, weight in coordination.weights.items() if weight and n in _START}
    largest = max((n for n in likely if n in MOTIFS), default=0)
    shell = Shell.of(coordination.vectors[:largest])
    for number, weight in likely.items():
        start = _START[number]
        parameters = order_parameters(shell, number)
        values[start] = weight
        values[start + 1 : start + 1 + len(parameters)] = weight * parameters
    return values


def site_fingerprints(cell: BondedCell) -> dict[int, Floats]:
    """Fingerprints by first site of an orbit."""
    return {site: site_fingerprint(c) for site, c in cell.coordination.items()}


def structure_fingerprint(cell: BondedCell, by_orbit: dict[int, Floats]) -> Floats:
    """Mean and standard deviation of every feature over all sites, alternating, (122,)."""
    values = np.array([by_orbit[first] for first in cell.orbits.of_site.tolist()])
    return np.column_stack([values.mean(axis=0), values.std(axis=0)]).ravel()


def site_geometry(fingerprint: Floats) -> tuple[str, float]:
    """The geometry that a fingerprint names, and its order parameter.

    Where no order parameter reaches 0.4 the geometry is the likeliest coordination number.
    """
    likeliest = int(np.where(_IS_WEIGHT, 0.0, fingerprint).argmax())
    if fingerprint[likeliest] < _UNLIKELY:
        return f"{FEATURES[int(fingerprint.argmax())][1]}-coordinate", 1.0
    name = FEATURES[likeliest][0]
    return ("single-bond" if name == "sgl_bd" else name), float(fingerprint[likeliest])
