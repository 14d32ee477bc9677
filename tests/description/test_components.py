"""Components equal pymatgen's and robocrys': extent, orientation, formula, count, stacking."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from pymatgen.analysis.dimensionality import get_structure_components
from pymatgen.analysis.local_env import CrystalNN
from robocrys.condense.component import (
    get_component_formula,
    get_formula_from_components,
    get_structure_inequiv_components,
    get_vdw_heterostructure_information,
)

from crystext.description.components import (
    _Span,
    find_components,
    formula_from_components,
    heterostructure,
    unique_components,
)
from tests.description.crystals import bonded_cell, conventional

# Frameworks; sheets along several directions; ribbons; molecules; mixtures of them.
IDS = (
    *("mp-107", "mp-1564", "mp-10351"),  # frameworks, with others and molecules among them
    *("mp-2793", "mp-11", "mp-625521", "mp-27484", "mp-3664"),  # sheets
    *("mp-19", "mp-29196", "mp-19990", "mp-764285"),  # ribbons
    *("mp-111", "mp-23156", "mp-638590", "mp-582819"),  # molecules, noble gas
)


@cache
def both(crystal_id):
    structure = conventional(crystal_id)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = CrystalNN().get_bonded_structure(structure)
        theirs = get_structure_components(
            graph, inc_orientation=True, inc_site_ids=True, inc_molecule_graph=False
        )
    cell = bonded_cell(structure)
    return cell, find_components(cell), theirs


@pytest.mark.parametrize("crystal_id", IDS)
def test_extent_and_orientation_equal_pymatgen(crystal_id):
    _, ours, theirs = both(crystal_id)
    assert len(ours) == len(theirs)
    by_sites = {frozenset(one["site_ids"]): one for one in theirs}
    for component in ours:
        other = by_sites[frozenset(component.site_ids)]
        assert component.dimensionality == other["dimensionality"]
        assert component.formula == get_component_formula(other)
        if component.orientation is None:
            assert other["orientation"] is None
        else:
            same = np.array(other["orientation"], dtype=float)
            mine = np.array(component.orientation, dtype=float)
            assert np.allclose(mine, same) or np.allclose(mine, -same)


@pytest.mark.parametrize("crystal_id", IDS)
def test_different_components_equal_robocrys(crystal_id):
    cell, ours, theirs = both(crystal_id)
    unique = unique_components(ours, cell)
    expected = get_structure_inequiv_components(theirs)
    assert sorted((c.count, c.formula, c.dimensionality) for c in unique) == sorted(
        (c["count"], get_component_formula(c), c["dimensionality"]) for c in expected
    )
    assert sum(c.count for c in unique) == len(ours)


@pytest.mark.parametrize("crystal_id", IDS)
def test_formula_and_stacking_equal_robocrys(crystal_id):
    cell, ours, theirs = both(crystal_id)
    assert formula_from_components(ours) == get_formula_from_components(
        theirs, use_common_formulas=True
    )
    if not any(c.dimensionality == 2 for c in ours):
        assert heterostructure(ours, cell) is None
        return
    try:
        expected = get_vdw_heterostructure_information(theirs)
    except ValueError:
        expected = None
    assert heterostructure(ours, cell) == expected


def test_the_sample_holds_every_extent():
    extents = {c.dimensionality for i in IDS for c in both(i)[1]}
    assert extents == {0, 1, 2, 3}


def test_rank_equals_numpy():
    rng = np.random.default_rng(0)
    for _ in range(300):
        images = [tuple(image) for image in rng.integers(-2, 3, size=(6, 3)).tolist()]
        span = _Span()
        for image in images:
            span.add(image)
        differences = np.array(images) - np.array(images[0])
        assert span.rank == np.linalg.matrix_rank(differences)


def test_sheets_in_several_orientations_have_no_stacking_and_fail_upstream():
    cell, ours, theirs = both("mp-2793")
    turned = replace(ours[0], orientation=(0, 0, 1))
    assert ours[0].orientation != turned.orientation
    assert heterostructure([*ours, turned], cell) is None
    crossed = [*theirs, theirs[0] | {"orientation": (0, 0, 1)}]
    with pytest.raises(ValueError, match="same orientation"):
        get_vdw_heterostructure_information(crossed)
