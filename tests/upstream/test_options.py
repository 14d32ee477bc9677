"""Options beside patched upstream: a small sample here, hundreds by ``verify --options 200``."""

from __future__ import annotations

import pytest

from crystext import mini
from tests.upstream import options

pytest.importorskip("openbabel")  # names of molecules by another route
CELL = "mp-22862"  # halite, two sites: fast, and its conventional cell has eight


@pytest.mark.parametrize(
    "condenser",
    [
        {"use_conventional_cell": False, "mineral_matcher": False},
        {"use_symmetry_equivalent_sites": True, "use_iupac_formula": False},
    ],
)
def test_options_give_what_upstream_gives(condenser):
    (crystal,) = mini([CELL])
    crystal = type(crystal)(id=CELL, structure=crystal.structure.copy())
    crystal.structure.add_oxidation_state_by_element({"Na": 1, "Cl": -1})
    wordings = list(options.alone(options.DESCRIBER))
    found = list(options.compare(crystal, condenser, wordings))
    assert len(found) == 1 + len(wordings)
    assert [one.difference for one in found] == [None] * len(found)


def test_a_difference_is_found():
    ours = {"a": [1.0, 2.0], "b": {0: "x"}, "c": None}
    assert options.unlike(ours, {"a": [2.0, 1.0], "b": {0: "x"}, "c": None}) is None
    for name, other in (("a", [1.0, 2.1]), ("b", {0: "y"}), ("b", {1: "x"}), ("c", 0)):
        assert options.unlike(ours, ours | {name: other})


def test_every_option_of_upstream_is_compared():
    from inspect import signature

    from robocrys import StructureCondenser, StructureDescriber

    left_out = {"near_neighbors", "return_parts"}  # an object; how the answer is packed
    for kind, table in (
        (StructureCondenser, options.CONDENSER),
        (StructureDescriber, options.DESCRIBER),
    ):
        arguments = signature(kind).parameters
        assert set(arguments) - set(table) <= left_out
        assert all(arguments[name].default == values[0] for name, values in table.items())


def test_combinations_are_drawn_by_the_seed():
    drawn = [list(options.combinations(60, 1, 3)) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert {name for one, _ in drawn[0] for name in one} == set(options.CONDENSER)
    assert drawn[0] != list(options.combinations(60, 1, 4))


def test_random_wordings_of_random_data():
    import numpy as np

    from crystext.robocrys import StructureDescriber
    from tests.description.condensed_samples import random_condensed
    from tests.upstream.repairs import Repairs
    from tests.upstream.running import word_upstream

    rng, repairs, said = np.random.default_rng(0), Repairs(), set()
    for seed in range(120):
        condensed = random_condensed(seed)
        wording = options.drawn(options.DESCRIBER, rng)
        ours = StructureDescriber(return_parts=True, **wording).describe(condensed)
        assert ours == word_upstream(condensed, repairs, **wording), (seed, wording)
        said.update(wording)
    assert said == set(options.DESCRIBER)
