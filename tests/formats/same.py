"""Whether two readings of a file are one structure, and what a format reads of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.formats import registry

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.formats.parsed import Parsed


def assert_same(ours: Structure, theirs: Structure, tolerance: float = 1e-6) -> None:
    """The same vectors, species and positions modulo the lattice, in the same order."""
    assert len(ours) == len(theirs)
    assert ours.lattice.matrix == pytest_approx(theirs.lattice.matrix, tolerance)
    assert [str(one.species) for one in ours] == [str(one.species) for one in theirs]
    steps = ours.frac_coords - theirs.frac_coords
    steps -= np.round(steps)
    assert np.abs(steps).max() < tolerance


def pytest_approx(value: np.ndarray, tolerance: float) -> object:
    import pytest

    return pytest.approx(value, abs=tolerance)


def assert_equivalent(ours: Structure, theirs: Structure, tolerance: float = 1e-3) -> None:
    """The same crystal: the same atoms within a distance, whatever their order and the axes.

    Args:
        ours: compared by lengths and angles, and by sorted distances between all sites.
        theirs: the other reading.
        tolerance: angstrom.
    """
    assert ours.composition == theirs.composition
    assert ours.lattice.parameters == pytest_approx(np.array(theirs.lattice.parameters), tolerance)
    for one, other in ((ours, theirs), (theirs, ours)):
        distances = one.lattice.get_all_distances(one.frac_coords, other.frac_coords)
        kinds = np.array([[a.species == b.species for b in other] for a in one])
        assert np.where(kinds, distances, np.inf).min(axis=1).max() < tolerance


def read_all(text: str, fmt: str) -> list[Parsed]:
    return [registry.read(part) for part in registry.split(text, fmt)]


def read_one(text: str, fmt: str) -> Parsed:
    (only,) = read_all(text, fmt)
    return only
