"""Coordination equals pymatgen's CrystalNN: weights of coordination numbers, and neighbours."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest
from pymatgen.analysis.local_env import CrystalNN
from pymatgen.core import Lattice, Structure

from crystext.description.arrays import ArrayStructure
from crystext.description.neighbors import coordinations
from crystext.errors import NeighborsFailedError
from tests.description.crystals import random_conventional


@cache
def peer() -> CrystalNN:
    return CrystalNN()


def first_of_each_orbit(cell: Structure) -> list[int]:
    from crystext.description.orbits import site_orbits

    return site_orbits(ArrayStructure.of(cell), 0.01).first_sites


def assert_equal(cell: Structure, sites: list[int] | None = None) -> None:
    sites = first_of_each_orbit(cell) if sites is None else sites
    for site, found in zip(sites, coordinations(ArrayStructure.of(cell), sites), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = peer().get_nn_data(cell, site)
        assert set(found.weights) == set(data.cn_weights)
        for number, weight in data.cn_weights.items():
            assert found.weights[number] == pytest.approx(weight, abs=1e-9)
        theirs = data.cn_nninfo.get(found.number, [])
        keys = sorted((n["site_index"], *(int(x) for x in n["image"])) for n in theirs)
        number = found.number
        both = zip(found.indices[:number].tolist(), found.images[:number].tolist(), strict=True)
        assert sorted((i, *image) for i, image in both) == keys


@pytest.mark.parametrize("number", range(40))
def test_equal_crystal_nn(number):
    assert_equal(random_conventional(40, seed=3, max_sites=20)[number])


@pytest.mark.parametrize(
    ("species", "what"),
    [
        (["Na+", "Cl-"], "ionic radii"),
        (["Fe2.5+", "O2.5-"], "between two tabulated states"),
        (["Ti7+", "N7-"], "mean radius of the cation and anion"),
        (["Na0+", "Cl0+"], "neutral species"),
        (["Na+", "Cl"], "one with a state"),
        (["Ne", "Xe"], "noble gases, without an electronegativity"),
        (["He", "O2-"], "noble gas and an ion"),
        (["D", "Cl"], "deuterium"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_equal_crystal_nn_for_every_kind_of_radius(species, what):
    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), species, [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    assert_equal(cell, [0, 4])


@pytest.mark.parametrize("vacuum", [12.0, 18.0, 25.0])
def test_slabs_need_a_wider_sphere(vacuum):
    layer = Structure(
        Lattice.hexagonal(3.19, 3.13 + vacuum),
        ["Mo", "S", "S"],
        [
            [1 / 3, 2 / 3, 0.5],
            [2 / 3, 1 / 3, 0.5 + 1.565 / (3.13 + vacuum)],
            [2 / 3, 1 / 3, 0.5 - 1.565 / (3.13 + vacuum)],
        ],
    )
    assert_equal(layer, [0, 1, 2])


def test_one_atom_in_a_long_cell():
    assert_equal(Structure(Lattice.orthorhombic(3.0, 3.0, 14.0), ["Fe"], [[0, 0, 0]]), [0])


def test_coordination_numbers_have_probability_one():
    for cell in random_conventional(10, seed=4):
        for found in coordinations(ArrayStructure.of(cell), range(len(cell))):
            assert sum(found.weights.values()) == pytest.approx(1.0, abs=1e-12)
            lengths = np.linalg.norm(found.vectors, axis=1)
            assert len(found.indices) == len(found.images) == len(lengths)
            assert lengths.min(initial=1.0) > 0


def test_a_site_far_from_all_others_is_named():
    cell = Structure(Lattice.cubic(5.0), ["Fe"], [[0, 0, 0]])
    import crystext.description.neighbors as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "voronoi_faces", _never_closed)
        with pytest.raises(NeighborsFailedError, match=r"site 0 \(Fe\)"):
            coordinations(ArrayStructure.of(cell), [0])


def _never_closed(_points):
    from crystext.description.voronoi import OpenCellError

    raise OpenCellError("open")
