"""Faces of one atom's Voronoi cell, from the convex hull of the inverted neighbours.

The cell of an atom at the origin is the intersection of the half-spaces x.p <= |p|^2/2 over its
neighbours p. Inversion p -> p/|p|^2 turns that into a convex hull: hull vertices are the cell's
faces, hull facets the cell's vertices. One hull of a hundred points costs a fraction of the full
tessellation of the same points, of which all cells but one would be thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from crystext.description.vectors import cross, lengths

Floats = NDArray[np.float64]
_OPEN = 1e-10  # a facet this close to the origin is a cell vertex 5e9 angstrom away: none
_SAME_VERTEX = 6  # decimals of an angstrom to which two vertices are told apart


class OpenCellError(ValueError):
    """The neighbours do not close the cell; a larger sphere of neighbours is needed."""


@dataclass(frozen=True)
class Faces:
    """Faces of a Voronoi cell.

    Attributes:
        neighbors: (n,), index of the neighbour behind each face.
        solid_angles: (n,), in steradian.
        areas: (n,), in square angstrom.
    """

    neighbors: NDArray[np.int64]
    solid_angles: Floats
    areas: Floats


def voronoi_faces(points: Floats) -> Faces:
    """Computes the Voronoi cell of an atom at the origin.

    Args:
        points: (n, 3), positions of the neighbours relative to the atom, in angstrom.

    Returns:
        The faces, in order of neighbour index.

    Raises:
        OpenCellError: the cell is not bounded by these neighbours.
    """
    inverted, hull, vertices = _inverted_hull(points)

    # Every hull edge lies between two facets: it is the common edge of two faces of the cell,
    # and runs between the two cell vertices that the facets stand for.
    simplices, across = hull.simplices, hull.neighbors
    facets = np.arange(len(simplices))
    first, second, here, there = [], [], [], []
    for opposite in range(3):
        once = facets < across[:, opposite]
        first.append(simplices[once, (opposite + 1) % 3])
        second.append(simplices[once, (opposite + 2) % 3])
        here.append(facets[once])
        there.append(across[once, opposite])
    a, b = np.concatenate(first), np.concatenate(second)
    start, end = vertices[np.concatenate(here)], vertices[np.concatenate(there)]
    face = np.concatenate([a, b])
    start, end = np.concatenate([start, start]), np.concatenate([end, end])
    foot = 0.5 * points[face]
    # The triangle from the face's foot point counts negatively where the foot lies beyond the edge.
    beyond = np.einsum("ix,ix->i", foot, inverted[np.concatenate([b, a])]) > 0.5
    sign = np.where(beyond, -1.0, 1.0)
    area = 0.5 * lengths(cross(start - foot, end - foot))
    angle = _triangle_solid_angle(foot, start, end)
    n = len(points)
    used = np.flatnonzero(np.bincount(simplices.ravel(), minlength=n))
    solid_angles: Floats = np.asarray(np.bincount(face, sign * angle, minlength=n), np.float64)
    areas: Floats = np.asarray(np.bincount(face, sign * area, minlength=n), np.float64)
    return Faces(used, solid_angles[used], areas[used])


def cell_vertices(points: Floats) -> Floats:
    """Vertices of the Voronoi cell of an atom at the origin, each once.

    Args:
        points: (n, 3), positions of the neighbours relative to the atom, in angstrom.

    Returns:
        (m, 3), in angstrom.

    Raises:
        OpenCellError: the cell is not bounded by these neighbours.
    """
    vertices = _inverted_hull(points)[2]
    return vertices[np.unique(np.round(vertices, _SAME_VERTEX), axis=0, return_index=True)[1]]


def _inverted_hull(points: Floats) -> tuple[Floats, ConvexHull, Floats]:
    """The inverted points, their hull, and the cell vertex that each facet stands for."""
    inverted = points / np.einsum("ix,ix->i", points, points)[:, None]
    try:
        hull = ConvexHull(inverted)
    except (QhullError, ValueError) as error:
        msg = "the neighbours lie in a plane or are too few"
        raise OpenCellError(msg) from error
    offsets = hull.equations[:, 3]
    if offsets.max() > -_OPEN:
        msg = "the neighbours lie on one side of the atom"
        raise OpenCellError(msg)
    return inverted, hull, hull.equations[:, :3] / (-2.0 * offsets[:, None])


def _triangle_solid_angle(a: Floats, b: Floats, c: Floats) -> Floats:
    """Solid angles of triangles seen from the origin (van Oosterom and Strackee, 1983)."""
    la, lb, lc = (np.sqrt(np.einsum("ix,ix->i", v, v)) for v in (a, b, c))
    volume = np.abs(np.einsum("ix,ix->i", a, cross(b, c)))
    base = (
        la * lb * lc
        + lc * np.einsum("ix,ix->i", a, b)
        + lb * np.einsum("ix,ix->i", a, c)
        + la * np.einsum("ix,ix->i", b, c)
    )
    return 2.0 * np.arctan2(volume, base)
