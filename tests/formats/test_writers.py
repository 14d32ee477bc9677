"""CIFs by pymatgen, ASE and gemmi, in settings of all kinds, keep a crystal's canonical text."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from benchmarks.cif_writers import by_ase, by_gemmi, by_pymatgen, without_operations, written
from benchmarks.round_trip import same_text, sample, trips
from crystext import mini
from crystext.reading import read_text

SAMPLES = {"pymatgen": 6, "ase": 6, "gemmi": 9}
SAME = {"same", "same as written"}


def _wrong(ids, writer):
    faults = []
    for crystal_id, way, outcome, said in trips(ids, writer):
        two_origins = way == "symmetrised, no operations" and outcome != "differs"
        if outcome not in SAME and not two_origins:
            faults.append(f"{crystal_id}, {way}: {outcome}: {said}")
    return faults


@pytest.mark.parametrize("writer", SAMPLES)
def test_a_sample_keeps_its_text(writer):
    pytest.importorskip("ase")
    assert not _wrong(sample(SAMPLES[writer], start=7), writer)


@pytest.mark.parametrize("writer", SAMPLES)
def test_what_programs_write_gives_no_notes(writer):
    """A note on every file of pymatgen's would be a false alarm."""
    pytest.importorskip("ase")
    noted = [
        f"{crystal_id}, {way}: {said}"
        for crystal_id, way, _, said in trips(sample(2, start=3), writer)
        if said and "no operations" not in way and "not refined" not in way
    ]
    assert not noted


# ----------------------------------------------------------------------------- the tests' own tools


def test_the_ways_of_writing():
    (rutile,) = mini(["mp-856"])  # SnO2
    assert len(by_pymatgen(rutile.structure)) == 5
    pytest.importorskip("ase")
    assert len(by_ase(rutile.structure)) == 3
    assert len(by_gemmi(rutile.structure)) == 3  # P4_2/mnm has one setting
    silicon = next(mini(["mp-149"])).structure
    assert any(":2" in text for text in by_gemmi(silicon).values())
    for text in written(silicon, "pymatgen").values():
        bare = without_operations(text)
        assert "_xyz" not in bare
        assert "_cell_length_a" in bare
        assert "_atom_site_fract_x" in bare


def test_other_settings_are_what_gemmi_says():
    """The same crystal in two settings, expanded by gemmi, has the same distances."""
    silicon = next(mini(["mp-149"])).structure
    found = set()
    for text in by_gemmi(silicon).values():
        small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(text).sole_block())
        sites = small.get_all_unit_cell_sites()
        matrix = np.array(small.cell.orth.mat.tolist()).T
        steps = np.array([site.fract.tolist() for site in sites])
        steps = steps[1:] - steps[0]
        nearest = np.linalg.norm((steps - np.round(steps)) @ matrix, axis=1).min()
        found.add((len(sites), round(float(nearest), 4)))
    assert found == {(8, 2.368)}


def test_sameness_sees_a_difference():
    silicon, germanium = mini(["mp-149", "mp-32"])
    assert same_text(silicon, silicon)
    assert not same_text(silicon, germanium)
    (read,) = read_text(by_pymatgen(silicon.structure)["P 1"], fmt="cif")
    assert same_text(silicon, read)
    moved = read.structure.copy()
    moved.translate_sites([0], [0.01, 0, 0])
    (other,) = read_text(by_pymatgen(moved)["P 1"], fmt="cif")
    assert not same_text(silicon, other)
