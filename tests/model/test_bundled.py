"""The networks of the package: what they say, and when they say that they do not know."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from click.testing import CliRunner
from pymatgen.core import Lattice, Structure

import crystext
from crystext.cli import cli
from crystext.errors import UsageError
from crystext.files import read_json
from crystext.model import load
from crystext.model.bundled import ENSEMBLE, PROPERTIES, WEIGHTS
from crystext.model.bundled.build import MEMBERS, member_splits

ROOT = Path(__file__).parents[2]
MOST_BYTES = 8_000_000


@pytest.fixture(scope="module")
def packaged():
    return load(device="cpu")


def test_they_are_small():
    assert sum(one.stat().st_size for one in WEIGHTS.rglob("*") if one.is_file()) <= MOST_BYTES


@pytest.mark.parametrize("name", PROPERTIES)
def test_the_error_on_the_test_set_is_what_is_written(packaged, name):
    """Predicted again from the CIFs of the official test set."""
    corpus = crystext.load_corpus("mini")
    table = corpus.targets(name)["test"]
    ids, true = table["id"].to_pylist(), table["target"].to_numpy().astype(float)
    found = load(properties=[name], device="cpu").predict(crystext.mini(ids))
    by_id = {one.id: one for one in found}
    values = np.array([by_id[one].value for one in ids])
    if name.endswith("modulus"):
        true, values = np.log10(true), np.log10(values)
    words = read_json(WEIGHTS / name / ENSEMBLE)
    assert words["members"] == MEMBERS
    assert np.abs(values - true).mean() == pytest.approx(words["test"]["mae"], rel=1e-3)
    assert words["test"]["mae"] < words["member_mae"][1]
    doubtful = [one for one in found if any("disagree" in note for note in one.notes)]
    assert 0.03 <= len(doubtful) / len(found) <= 0.07


def test_nobody_learnt_from_a_test_crystal():
    corpus = crystext.load_corpus("mini")
    for name in PROPERTIES:
        splits = member_splits(corpus, name)
        tested = set(corpus.targets(name)["test"]["id"].to_pylist())
        chosen = [set(one["validation"]) for one in splits]
        for one, own in zip(splits, chosen, strict=True):
            assert not tested & (set(one["train"]) | own)
            assert not set(one["train"]) & own
        assert sum(map(len, chosen)) == len(set().union(*chosen))  # each chooses with its own part


def test_rock_salt(packaged):
    found = {one.property: one for one in packaged.predict([ROOT / "examples" / "halite.cif"])}
    assert list(found) == list(PROPERTIES)
    assert found["formation_energy_per_atom"].value == pytest.approx(-2.1, abs=0.2)  # eV/atom
    assert found["bulk_modulus"].value == pytest.approx(24, rel=0.3)  # GPa
    assert all(one.spread > 0 for one in found.values())
    assert not found["formation_energy_per_atom"].notes


def test_what_was_never_learnt_is_said(packaged):
    far = Structure(Lattice.cubic(9), ["Po"], [[0, 0, 0]])
    notes = {note for one in packaged.predict([far]) for note in one.notes}
    assert any("holds Po" in one for one in notes)
    assert any("cubic angstrom an atom" in one for one in notes)


def test_other_properties_are_refused_by_name():
    with pytest.raises(UsageError, match="no network for 'colour'; it has formation_energy"):
        load(properties=["colour"])


def test_one_failure_stands_for_all_properties(packaged):
    found = packaged.predict(["nowhere.cif", ROOT / "examples" / "halite.cif"])
    assert len(found) == 1 + len(PROPERTIES)
    assert found[0].error.code == "unreadable-file"


def test_the_command(tmp_path):
    args = ["predict", str(ROOT / "examples" / "halite.cif"), "--property", "band_gap"]
    shown = CliRunner().invoke(cli, args)
    assert shown.exit_code == 0
    assert shown.stdout.split()[:2] == ["halite", "NaCl"]
    assert " ± " in shown.stdout
    listed = CliRunner().invoke(cli, [*args[:2], "--csv"]).stdout.splitlines()
    assert listed[0] == "id,formula,property,value,spread,unit"
    assert [line.split(",")[2] for line in listed[1:]] == list(PROPERTIES)


def test_a_fresh_process_answers_without_a_network(tmp_path):
    started = time.perf_counter()
    code = "from crystext.cli import main; main()"
    args = [sys.executable, "-P", "-c", code, "predict", str(ROOT / "examples" / "halite.cif")]
    found = subprocess.run(args, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.count("NaCl") == len(PROPERTIES)
    assert time.perf_counter() - started < 120  # not a measurement: it does not hang
