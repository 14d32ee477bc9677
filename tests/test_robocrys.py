"""The drop-in module: robocrys' signatures and methods, and emmet-core's use of them."""

from __future__ import annotations

import inspect
import warnings

import pytest

from crystext import mini, robocrys

ID = "mp-22862"


@pytest.fixture(scope="module")
def structure():
    return next(mini([ID])).structure


@pytest.fixture(scope="module")
def condensed(structure):
    return robocrys.StructureCondenser().condense_structure(structure)


def test_signatures_and_public_methods_are_upstreams():
    import robocrys as upstream

    for name in ("StructureCondenser", "StructureDescriber"):
        ours, theirs = getattr(robocrys, name), getattr(upstream, name)
        for method in (one for one in vars(theirs) if one == "__init__" or one[0] != "_"):
            mine, other = (inspect.signature(getattr(one, method)) for one in (ours, theirs))
            assert list(mine.parameters) == list(other.parameters), method
            for argument in other.parameters.values():
                assert mine.parameters[argument.name].default == argument.default


@pytest.fixture
def repaired():
    from tests.upstream.repairs import Repairs

    with Repairs().active():
        yield


@pytest.mark.usefixtures("repaired")
def test_methods_give_upstreams_sentences(condensed):
    from robocrys import StructureDescriber

    for options in ({}, {"describe_symmetry_labels": False, "fmt": "html", "return_parts": True}):
        ours, theirs = robocrys.StructureDescriber(**options), StructureDescriber(**options)
        assert ours.describe(condensed) == theirs.describe(condensed)
        for method in (
            "get_mineral_description",
            "get_component_makeup_summary",
            "get_all_component_descriptions",
        ):
            assert getattr(ours, method)() == getattr(theirs, method)()
        site = next(iter(condensed["sites"]))
        assert ours.get_site_description(site) == theirs.get_site_description(site)
        assert ours.get_octahedral_tilt_description(site) == theirs.get_octahedral_tilt_description(
            site
        )
        for single in (True, False):
            one, two = (x.get_component_description(0, single) for x in (ours, theirs))
            assert one == two
        to = condensed["sites"][site]["nn"][:1]
        for one in (ours, theirs):
            one.only_describe_bonds_once = False
            one.describe(condensed)
        assert ours.get_bond_length_description(site, to) == theirs.get_bond_length_description(
            site, to
        )


def test_attributes_may_be_changed(condensed):
    describer = robocrys.StructureDescriber()
    with pytest.raises(AttributeError, match="call describe"):
        describer.get_mineral_description()
    assert "bond length" in describer.describe(condensed)
    describer.describe_bond_lengths = describer.describe_mineral = False
    assert not {"bond length", "space group"} & set(describer.describe(condensed))
    describer.return_parts = True
    assert list(describer.describe(condensed)) == ["component_makeup", "components"]


def test_default_objects_are_ours_and_others_upstreams(structure, condensed, monkeypatch):
    from pymatgen.core.local_env import CrystalNN, MinimumDistanceNN
    from robocrys.condense.mineral import MineralMatcher

    matcher = MineralMatcher()
    with warnings.catch_warnings():
        warnings.simplefilter("error", robocrys.FallbackWarning)
        for options in ({"near_neighbors": CrystalNN()}, {"mineral_matcher": matcher}):
            assert robocrys.StructureCondenser(**options).condense_structure(structure) == condensed
        none = robocrys.StructureCondenser(mineral_matcher=False).condense_structure(structure)
        assert none["mineral"]["type"] is None
    robocrys._say_once.cache_clear()
    asked = []
    monkeypatch.setattr(
        "robocrys.StructureCondenser.condense_structure", lambda self, _: asked.append(self) or {}
    )
    other = robocrys.StructureCondenser(near_neighbors=MinimumDistanceNN(), symprec=0.1)
    with pytest.warns(robocrys.FallbackWarning, match="near_neighbors"):
        other.condense_structure(structure)
    with warnings.catch_warnings():
        warnings.simplefilter("error", robocrys.FallbackWarning)
        other.condense_structure(structure)  # said once
    assert isinstance(asked[0].near_neighbors, MinimumDistanceNN)
    assert asked[0].symprec == 0.1


def test_what_fails_is_a_value_error_as_upstreams():
    from pymatgen.core import Lattice, Structure

    flat = Structure(Lattice.cubic(3), ["Na", "Na"], [[0, 0, 0], [0, 0, 0]])
    with pytest.raises(ValueError, match="no symmetry found"):
        robocrys.StructureCondenser().condense_structure(flat)


def test_emmet_core_uses_ours(structure, monkeypatch):
    document = pytest.importorskip("emmet.core.robocrys")
    featurization = pytest.importorskip("emmet.core.featurization")
    calls = []

    class Condenser(robocrys.StructureCondenser):
        def condense_structure(self, structure):
            calls.append(self.symprec)
            if len(calls) == 1:
                raise ValueError("as without a space group, of which emmet tries another tolerance")
            return super().condense_structure(structure)

    monkeypatch.setattr(featurization, "StructureCondenser", Condenser)
    monkeypatch.setattr(featurization, "StructureDescriber", robocrys.StructureDescriber)
    found = document.RobocrystallogapherDoc.from_structure(structure, material_id=ID)
    assert calls == [0.01, 0.1]
    assert found.description.startswith("NaCl is Halite, Rock Salt structured")
    assert found.condensed_structure.spg_symbol == "Fm-3m"
