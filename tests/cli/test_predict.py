"""``crystext predict`` with a small run; the values themselves are tested in ``tests/model``."""

import csv
import io
import json
from contextlib import closing

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("transformers")

from crystext.cli import cli
from crystext.errors import NoRunError, TimeLimitError
from crystext.formats.parsed import Part
from crystext.model import load
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from crystext.unread import UnreadCrystal
from tests.fakes import ENDLESS
from tests.model.tiny_runs import Runs

POSCAR = "{0}\n1.0\n4 0 0\n0 4 0\n0 0 4\n{0}\n1\nDirect\n0 0 0\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def run(runs):
    return runs("cgcnn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crystals")
    for name in ("Cu", "Fe", "Ni"):
        (folder / f"{name}.vasp").write_text(POSCAR.format(name))
    return folder


@pytest.fixture(scope="module")
def values(run, folder):
    found = load(run, device="cpu").predict(sorted(folder.iterdir()))
    return {one.id: one.value for one in found}


def predict(run, *args, **options):
    return CliRunner().invoke(cli, ["predict", str(run), *map(str, args)], **options)


def test_a_line_for_each_crystal(run, folder, values):
    result = predict(run, folder)
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines == [[name, name, f"{value:#.6g}", "GPa"] for name, value in values.items()]
    assert len(values) == 3


def test_inputs_that_fail_are_named_and_the_others_stay(run, folder, values):
    mixed = folder.parent / "mixed.vasp"
    mixed.write_text("no crystal\n")
    result = predict(run, folder / "Ni.vasp", mixed, folder / "Cu.vasp", "--csv")
    assert result.exit_code == 1
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["id"] for row in rows] == ["Ni", "Cu"]
    assert [float(row["value"]) for row in rows] == [
        pytest.approx(values[name], rel=1e-5) for name in ("Ni", "Cu")
    ]
    assert set(rows[0]) == {"id", "formula", "property", "value", "unit"}
    assert "crystext: [truncated-file] mixed: " in result.stderr


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_json(run, folder, values, form):
    result = predict(run, folder, form, "--batch-size", 2, "--limit", 2)
    text = result.stdout
    found = json.loads(text) if form == "--json" else [json.loads(x) for x in text.splitlines()]
    assert [one["id"] for one in found] == ["Cu", "Fe"]
    assert [one["value"] for one in found] == [
        pytest.approx(values[name], rel=1e-5) for name in ("Cu", "Fe")
    ]
    assert {(one["property"], one["unit"]) for one in found} == {("bulk_modulus", "GPa")}


def test_ids_are_escaped_where_people_read_them(run, folder, tmp_path):
    path = tmp_path / "red\x1b[31m.vasp"
    path.write_text((folder / "Cu.vasp").read_text())
    assert predict(run, path).stdout.startswith(r"red\x1b[31m ")
    assert json.loads(predict(run, path, "--jsonl").stdout)["id"] == "red\x1b[31m"
    assert "\x1b" not in predict(run, path, "--jsonl").stdout
    (row,) = csv.DictReader(io.StringIO(predict(run, path, "--csv").stdout))
    assert row["id"] == "red\x1b[31m"


def test_reading_is_under_the_time_limit(run, folder, values, monkeypatch):
    """Also of a network that reads no text: a file is read by the child."""
    read = []
    monkeypatch.setattr(UnreadCrystal, "read", lambda *_, **__: read.append(1))
    found = predict(run, folder / "Cu.vasp", "--timeout", 600)
    assert found.stdout.split()[:2] == ["Cu", "Cu"]
    assert read == []
    endless = UnreadCrystal("endless", Part("cif", ENDLESS))
    salt = UnreadCrystal("Cu", Part("poscar", POSCAR.format("Cu")))
    settings = {"disorder": "refuse"}
    factory = "tests.fakes:reader_with_endless_cif"
    with closing(LimitedDescriber(settings, 6, factory=factory)) as describer:
        describer.start()
        with pytest.raises(TimeLimitError):
            describer.describe(endless)
        crystal, description = describer.describe(salt)
    assert (crystal.id, description) == ("Cu", None)


def test_standard_input(run, folder, values):
    result = predict(run, "-", input=(folder / "Fe.vasp").read_text())
    assert result.stdout.split() == ["stdin", "Fe", f"{values['Fe']:#.6g}", "GPa"]


def test_the_mini_crystals_and_notes(runs):
    result = predict(runs("crystextnet"), "--db", "mini", "--ids", "mp-22862")
    assert result.exit_code == 0
    assert result.stdout.split()[:2] == ["mp-22862", "NaCl"]
    (line,) = [line for line in result.stderr.splitlines() if "[note] mp-22862: " in line]
    assert line.endswith("; the text has over 64 tokens; the rest was not read")


@pytest.mark.parametrize("args", [(), ("a.cif", "--db", "mini"), ("a.cif", "--ids", "mp-1")])
def test_wrong_usage(run, args):
    assert predict(run, *args).exit_code == 2


def test_a_run_where_structures_stand_is_refused(run, folder):
    """Its JSON files were read as structures, and the package's networks gave the values."""
    for args in ((str(folder), str(run)), ("--run", str(run), str(run), str(folder))):
        result = CliRunner().invoke(cli, ["predict", *args])
        assert result.exit_code == 2
        assert f"'{run}' is a run, and stands where structures do; give it first" in result.stderr
        assert result.stdout == ""


def test_several_runs_give_mean_and_spread(runs, run, folder, values):
    """Of logarithms, as these learnt, the geometric mean."""
    other = load(runs("crystextnet"), device="cpu").predict(sorted(folder.iterdir()))
    pairs = [(values[one.id], one.value) for one in other]
    args = ("--run", run, "--run", runs("crystextnet"), folder, "--csv")
    result = CliRunner().invoke(cli, ["predict", *map(str, args)])
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    for row, pair in zip(rows, pairs, strict=True):
        assert float(row["value"]) == pytest.approx((pair[0] * pair[1]) ** 0.5, rel=1e-4)
        assert float(row["spread"]) == pytest.approx(abs(pair[0] - pair[1]) / 2**0.5, rel=1e-3)
    said = CliRunner().invoke(cli, ["predict", *map(str, args[:-1])]).stdout
    assert f"{rows[0]['value'][:3]}" in said
    assert said.count(" ± ") == 3


def test_no_run(folder):
    result = predict("--run", folder, folder / "Cu.vasp")
    assert isinstance(result.exception, NoRunError)
    assert result.stdout == ""


def test_a_note_on_a_crystal_is_said_once_of_all_its_values(tmp_path):
    """Four networks of the package; each says besides what is its own."""
    thin = POSCAR.format("Cu").replace("4", "12")
    (tmp_path / "thin.vasp").write_text(thin)
    result = CliRunner().invoke(cli, ["predict", str(tmp_path / "thin.vasp")])
    assert len(result.stdout.splitlines()) == 4
    lines = [line.partition("thin: ")[2] for line in result.stderr.splitlines()]
    said = [one for line in lines for one in line.split("; ")]
    assert sum("nearer than 6 Å" in one for one in said) == 1
    assert len(lines) > 1
    assert len(said) == len(set(said))


def test_ids_that_a_spreadsheet_would_run_are_told_and_stay_as_they_are(run, tmp_path):
    names = ["=cmd|' !A1", "+a", "-b", "@c", "d=e"]
    for name in names:
        (tmp_path / f"{name}.vasp").write_text(POSCAR.format("Cu"))
    result = predict(run, tmp_path, "--csv")
    assert [row["id"] for row in csv.DictReader(io.StringIO(result.stdout))] == sorted(names)
    (line,) = [one for one in result.stderr.splitlines() if "spreadsheet" in one]
    assert line.startswith("crystext: [note] 4 cells are what a spreadsheet runs as a formula, the")
    assert "the first is '+a': import such columns as text" in line
    assert "spreadsheet" not in predict(run, tmp_path / "d=e.vasp", "--csv").stderr
