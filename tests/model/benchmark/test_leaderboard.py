"""Contributions to the JARVIS leaderboard: their files, and what its own scoring says of them."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from crystext.errors import UsageError
from crystext.model.benchmark.splits import SplitPlan
from crystext.model.benchmark.submissions.leaderboard import write_leaderboard
from crystext.model.benchmark.submissions.runs import Submitter, candidates
from crystext.model.benchmark.suite import Row
from crystext.pipelines.leaderboard import targets
from crystext.pipelines.splits import official
from tests.model.benchmark import made

WHEEL = "CRYSTEXT_LEADERBOARD_WHEEL"
TEAM = Submitter.parse("Test team, a@example.org, https://example.org")
E_FORM = "AI-SinglePropertyPrediction-formation_energy_peratom-dft_3d-test-mae.csv.zip"
SCORE = """
import json, sys
from jarvis_leaderboard import rebuild
found = {one: rebuild.get_metric_value(one)["res"] for one in sys.argv[1:]}
problems = [
    rebuild.check_metadata_json_exists(), rebuild.check_metadata_info_exists(),
    rebuild.check_run_sh_exists(), rebuild.check_at_least_one_csv_zip_exists(),
    rebuild.check_json_zip_exists_for_csv_zip(),
]
print(json.dumps([found, list(map(list, problems)), rebuild.errors]))
"""


def corpus(source="jarvis"):
    about = {"name": source, "version": "2021.8.18"}
    return SimpleNamespace(manifest={"name": f"{source}-text", "source": about})


def runs(out, ids, true, predicted=None, *, name="formation_energy_peratom", seeds=1, **row):
    predicted = true + 0.1 if predicted is None else predicted
    return [
        made.run(
            out, f"{name}-{seed}-{row.get('model', 'cgcnn')}-{row.get('text', '')}", ids=ids,
            true=true, predicted=predicted + 0.01 * seed, property=name, seed=seed,
            **{"model": "cgcnn", "validation_mae": 1.0 - 0.1 * seed} | row,
        )
        for seed in range(seeds)
    ]  # fmt: skip


def write(out, rows, *, source="jarvis", plan=None, submitter=TEAM):
    return write_leaderboard(
        out, rows, plan=plan or SplitPlan(), corpus=corpus(source), submitter=submitter,
        command=["crystext", "benchmark", "--suite", "table1", "--set", "a=b c"],
    )  # fmt: skip


def read(path):
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        assert name == path.name.removesuffix(".zip")
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


@pytest.fixture(scope="module")
def ids():
    return list(official("dft_3d_formation_energy_peratom").ids["test"])


@pytest.fixture(scope="module")
def true(ids):
    return np.random.default_rng(0).normal(size=len(ids))


def test_a_contribution_is_three_files(ids, true, tmp_path):
    shuffled = np.random.default_rng(1).permutation(len(ids))
    rows = runs(tmp_path, [ids[i] for i in shuffled], true[shuffled])
    assert write(tmp_path, rows) == [
        "JARVIS leaderboard: leaderboard/cgcnn holds formation_energy_peratom."
    ]
    folder = tmp_path / "leaderboard" / "cgcnn"
    assert {one.name for one in folder.iterdir()} == {E_FORM, "metadata.json", "run.sh"}
    table = read(folder / E_FORM)
    assert [row["id"] for row in table] == ids
    np.testing.assert_allclose([float(row["target"]) for row in table], true)
    np.testing.assert_allclose([float(row["prediction"]) for row in table], true + 0.1)
    about = json.loads((folder / "metadata.json").read_text())
    assert about["team_name"] == "Test team"
    assert about["author_email"] == "a@example.org"
    assert about["time_taken_seconds"] == 12.5
    assert about["hardware_used"] == "Test CPU"
    assert "torch 2.13.0" in about["software_used"]
    script = (folder / "run.sh").read_text()
    assert script.startswith("#!/bin/bash\n")
    assert "crystext benchmark --suite table1 --set 'a=b c'" in script


def test_the_same_predictions_are_the_same_bytes(ids, true, tmp_path):
    rows = runs(tmp_path, ids, true)
    write(tmp_path, rows)
    path = tmp_path / "leaderboard" / "cgcnn" / E_FORM
    first = path.read_bytes()
    write(tmp_path, rows)
    assert path.read_bytes() == first


def test_the_seed_is_chosen_on_validation(ids, true, tmp_path):
    rows = runs(tmp_path, ids, true, seeds=3)
    write(tmp_path, rows)
    table = read(tmp_path / "leaderboard" / "cgcnn" / E_FORM)
    assert float(table[0]["prediction"]) == pytest.approx(true[0] + 0.12)
    about = json.loads((tmp_path / "leaderboard" / "cgcnn" / "metadata.json").read_text())
    assert "formation_energy_peratom seed 2" in about["notes"]


def test_a_seed_with_a_failed_fold_is_no_candidate():
    common = {"model": "cgcnn", "text": "", "property": "p"}
    rows = [
        common | {"seed": 0, "failure": None, "validation_mae": 2.0},
        common | {"seed": 1, "failure": None, "validation_mae": 0.1},
        common | {"seed": 1, "failure": "x: y", "validation_mae": None},
    ]
    assert candidates(rows) == {Row("cgcnn"): {"p": [rows[0]]}}
    assert candidates(rows[1:]) == {}


def test_controls_are_no_models(ids, true, tmp_path):
    rows = runs(tmp_path, ids, true, model="crysmmnet", text="shuffled")
    rows += runs(tmp_path, ids, true, model="crysmmnet", text="global")
    write(tmp_path, rows)
    found = [one.name for one in (tmp_path / "leaderboard").iterdir()]
    assert found == ["crysmmnet-global"]


def test_a_part_of_the_test_set_is_not_enough(ids, true, tmp_path):
    (said,) = write(tmp_path, runs(tmp_path, ids[:-3], true[:-3]))
    assert "5,569 of the 5,572 test crystals of dft_3d_formation_energy_peratom" in said
    assert not (tmp_path / "leaderboard").exists()


def test_mini_is_a_part_of_megnet(tmp_path):
    ids = list(official("megnet_e_form").ids["test"])[:362]
    rows = runs(tmp_path, ids, np.arange(362.0), name="formation_energy_per_atom")
    (said,) = write(tmp_path, rows, source="mini")
    assert "362 of the 4,239 test crystals of megnet_e_form" in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"plan": SplitPlan("folds")}, "official split, and this is 5 folds"),
        ({"plan": SplitPlan(train=0.2)}, "20% of train"),
        ({"source": "oqmd"}, "no benchmark"),
        ({"source": "mp"}, "no benchmark"),
    ],
)
def test_why_nothing_was_written(ids, true, tmp_path, change, reason):
    (said,) = write(tmp_path, runs(tmp_path, ids, true), **change)
    assert said.startswith("JARVIS leaderboard: nothing written; ")
    assert reason in said


def test_the_published_protocol_is_never_submitted(ids, true, tmp_path):
    (said,) = write(tmp_path, runs(tmp_path, ids, true, protocol="published"))
    assert "chooses on the test set" in said


def test_who_submits():
    assert Submitter.parse(None).missing
    assert not TEAM.missing
    for words in ("team", "team,nobody,url", "a,b@c"):
        with pytest.raises(UsageError, match="TEAM,EMAIL,URL"):
            Submitter.parse(words)


# ------------------------------------------------------------------ the leaderboard's own scoring


@pytest.fixture(scope="module")
def leaderboard(tmp_path_factory):
    """The package out of its wheel, with a folder for contributions, as in its repository."""
    if not (wheel := os.environ.get(WHEEL)):
        pytest.skip(f"the wheel of jarvis-leaderboard is not in {WHEEL}")
    for name in ("jarvis", "pandas", "plotly", "sklearn"):
        if find_spec(name) is None:
            pytest.skip(f"its scoring imports {name}, which is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "jarvis_leaderboard" / "contributions").mkdir()
    return folder


def score(folder, paths):
    done = subprocess.run(
        [sys.executable, "-c", SCORE, *map(str, paths)], capture_output=True, text=True, check=True,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)},
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def contribution(leaderboard, tmp_path_factory):
    """The mean of the training targets for every official test crystal; no network is involved."""
    out = tmp_path_factory.mktemp("mean")
    ours = {}
    for source, name, benchmark in (
        ("jarvis", "formation_energy_peratom", "dft_3d_formation_energy_peratom"),
        ("jarvis", "bulk_modulus_kv", "dft_3d_bulk_modulus_kv"),
        ("mp", "band_gap", "megnet_gappbe"),
    ):
        truth = targets(benchmark, Path(os.environ[WHEEL]))
        ids = list(truth["test"])
        true = np.array([truth["test"][one] for one in ids])
        mean = np.full(len(ids), np.mean(list(truth["train"].values())))
        rows = runs(out, ids, true, mean, name=name, model=f"mean-{source}")
        ours |= {name: rows[0]["mae"]}
        (said,) = write(out, rows, source=source)
        assert f"holds {name}" in said
        for folder in (out / "leaderboard").iterdir():
            target = leaderboard / "jarvis_leaderboard" / "contributions" / folder.name
            target.mkdir(exist_ok=True)
            for file in folder.iterdir():
                (target / file.name).write_bytes(file.read_bytes())
    return ours


def test_the_leaderboard_scores_as_we_do(leaderboard, contribution):
    files = sorted((leaderboard / "jarvis_leaderboard" / "contributions").glob("*/*.csv.zip"))
    assert len(files) == 3
    found, problems, errors = score(leaderboard, files)
    assert problems == [[]] * 5
    assert errors == []
    theirs = {Path(path).name.split("-")[2]: value for path, value in found.items()}
    theirs["band_gap"] = theirs.pop("gappbe")
    assert theirs == {name: pytest.approx(value, abs=6e-5) for name, value in contribution.items()}


def test_what_is_not_filled_in_is_not_accepted(leaderboard, contribution, tmp_path):
    ids = list(official("megnet_e_form").ids["test"])
    rows = runs(tmp_path, ids, np.arange(float(len(ids))), name="formation_energy_per_atom")
    (said,) = write(tmp_path, rows, source="mp", submitter=Submitter())
    assert "fill in team, email and URL first" in said
    target = leaderboard / "jarvis_leaderboard" / "contributions" / "unfilled"
    (tmp_path / "leaderboard" / "cgcnn").rename(target)
    try:
        _, problems, _ = score(leaderboard, [])
    finally:
        target.rename(tmp_path / "away")
    assert [Path(one).parent.name for one in problems[1]] == ["unfilled"]
