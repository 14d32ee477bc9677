import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.errors import CfidFailedError, MissingExtraError, OtherStoreError, UsageError
from crystext.model.baselines import cfid as module
from crystext.model.baselines.cfid import N_FEATURES, CfidStore, build_cfid, cfid
from crystext.model.baselines.cfid_distributions import _cutoffs, _neighbors, distributions
from crystext.model.graphs.cells import cell_of

pytest.importorskip("jarvis")
IDS = ["mp-11", "mp-11299"]  # no bonds in a line, whose dihedrals are noise for jarvis-tools
ANGLES = slice(920, 1278)


def theirs(structure):
    from jarvis.ai.descriptors.cfid import CFID
    from jarvis.core.atoms import pmg_to_atoms

    return CFID(pmg_to_atoms(structure)).get_comp_descp()


@pytest.mark.parametrize("crystal_id", IDS)
def test_descriptors_are_jarvis_tools(crystal_id):
    (crystal,) = crystext.mini([crystal_id])
    ours = cfid(cell_of(crystal.structure))
    assert ours.shape == (N_FEATURES,)
    assert ours[ANGLES].any()
    np.testing.assert_allclose(ours, theirs(crystal.structure), rtol=1e-9, atol=1e-9)


def test_bonds_in_a_line_have_no_dihedral_angle():
    chain = Structure(Lattice.orthorhombic(9, 9, 2), ["C"], [[0, 0, 0]])
    assert not distributions(chain.lattice.matrix, chain.frac_coords)["ddf"].any()


def test_more_neighbours_than_there_is_room_for():
    # 511 other atoms in a supercell of 10.4 angstrom, of which jarvis-tools drops some
    from jarvis.analysis.structure.neighbors import NeighborsAnalysis
    from jarvis.core.atoms import pmg_to_atoms

    diamond = Structure.from_spacegroup("Fd-3m", Lattice.cubic(2.6), ["C"], [[0, 0, 0]])
    analysis = NeighborsAnalysis(pmg_to_atoms(diamond), rcut1=1.0, rcut2=1.0)
    found = analysis.nbor_list(rcut=10.0, c_size=10.0)
    ours = _neighbors(diamond.lattice.matrix, diamond.frac_coords, 10.0, 10.0)
    assert found["nn"].max() == 500
    np.testing.assert_array_equal(np.diff(ours.ptr), found["nn"])
    np.testing.assert_allclose(
        np.sort(ours.distance), np.sort(found["dist"][found["dist"] > 0]), atol=1e-9
    )


def test_cutoffs_lie_between_shells():
    rdf = np.zeros(100)
    rdf[[20, 21, 30, 40, 41, 60]] = 1  # 2.1 to 2.2, 3.1, 4.1 to 4.2, 6.1 angstrom
    np.testing.assert_allclose(_cutoffs(rdf), (2.65, 3.6))
    only = np.zeros(100)
    only[[20, 21]] = 1
    np.testing.assert_allclose(_cutoffs(only), (2.1, 2.1))


def test_a_store_has_a_row_or_a_failure_for_every_crystal(tmp_path):
    unknown = Structure(Lattice.cubic(3.0), ["Lr"], [[0, 0, 0]])
    far = Structure(Lattice.cubic(30.0), ["Si"], [[0, 0, 0]])
    crystals = [*crystext.mini(IDS), crystext.Crystal("lr", unknown), crystext.Crystal("far", far)]
    store = build_cfid(crystals, tmp_path / "cfid")
    assert store.ids == IDS
    assert store.features.shape == (2, N_FEATURES)
    for place, crystal in enumerate(crystext.mini(IDS)):
        np.testing.assert_allclose(store.features[place], cfid(cell_of(crystal.structure)), 1e-6)
    codes = [(one["id"], one["code"]) for one in store.failures()]
    assert codes == [("lr", "cfid-failed"), ("far", "cfid-failed")]


def test_a_store_is_opened_again_or_refused(tmp_path, monkeypatch):
    made = build_cfid("mini", tmp_path / "cfid", limit=3, workers=1)
    monkeypatch.setattr(module, "cfid", None)
    assert build_cfid("mini", tmp_path / "cfid", limit=3).digest == made.digest
    with pytest.raises(OtherStoreError, match="limit"):
        build_cfid("mini", tmp_path / "cfid", limit=2)
    with pytest.raises(UsageError, match="0 workers"):
        build_cfid("mini", workers=0)
    assert CfidStore.open(made.path).ids == made.ids


def test_an_interrupted_store_goes_on_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    unknown = Structure(Lattice.cubic(3.0), ["Lr"], [[0, 0, 0]])
    failing = [crystext.Crystal(one, unknown) for one in ("lr", "lr2")]
    crystals = [failing[0], *crystext.mini(IDS), failing[1], *crystext.mini(["mp-23"])]
    whole = build_cfid(crystals, tmp_path / "whole")
    calls = []

    def interrupted(cell):
        calls.append(cell)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return cfid(cell)

    with monkeypatch.context() as patched:
        patched.setattr(module, "cfid", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build_cfid(crystals, tmp_path / "cfid")
    again = build_cfid(crystals, tmp_path / "cfid")
    assert again.manifest["files"] == whole.manifest["files"]
    assert [one["id"] for one in again.failures()] == ["lr", "lr2"]


def test_without_jarvis_tools_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "jarvis.core.specie", None)
    with pytest.raises(MissingExtraError, match=r"\[jarvis\]"):
        build_cfid("mini")


def test_no_data_of_an_element_is_named():
    cell = cell_of(Structure(Lattice.cubic(3.0), ["Lr"], [[0, 0, 0]]))
    with pytest.raises(CfidFailedError, match="no CFID data of Lr"):
        cfid(cell)
