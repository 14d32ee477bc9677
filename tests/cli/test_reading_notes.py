"""What reading has to say reaches people, and hostile inputs end within their limits."""

import json
import os
import random
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli
from crystext.errors import TimeLimitError
from crystext.formats.parsed import Part
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from crystext.unread import UnreadCrystal
from tests.fakes import ENDLESS
from tests.formats.cif_makers import HALITE
from tests.reading_samples import CIF, P1

AMMONIUM = HALITE.text(
    atoms=("N1 N 0 0 0", "Cl1 Cl 0.5 0.5 0.5"), formula="Cl H4 N", z=4, cell=(6.5,) * 3 + (90,) * 3
)
MIXED = HALITE.text(
    atoms=("K1 K 0 0 0 0.7", "Na1 Na 0 0 0 0.3", "Cl1 Cl 0.5 0.5 0.5 1"),
    formula="Cl K0.7 Na0.3",
    columns=("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy"),
)


def run(*args):
    return CliRunner().invoke(cli, [str(arg) for arg in args])


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_notes_stand_on_standard_error_one_line_a_crystal(file):
    result = run("describe", file("ammonium.cif", AMMONIUM), file("salt.cif", P1))
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystext: [note] ammonium: ")
    assert "H4" in line
    assert "note" not in result.stdout


def test_quiet_leaves_them_out_but_not_the_failures(file, tmp_path):
    good, bad = file("ammonium.cif", AMMONIUM), file("bad.cif", CIF.replace("2.959", "?"))
    (tmp_path / "notes.txt").write_text("hello")
    result = run("describe", tmp_path, "--quiet")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("crystext: [bad-cif] bad: ")
    assert run("describe", good, "-q").stderr == ""
    assert bad.exists()


def test_files_left_out_are_named_a_line_each(file, tmp_path):
    file("salt.cif", P1)
    (tmp_path / "deep").mkdir()
    file("deep/log.txt", "x")
    file("INCAR", "x")
    file(".hidden", "x")
    result = run("describe", tmp_path)
    assert result.exit_code == 0
    first, second, last = result.stderr.splitlines()
    assert first.startswith(f"crystext: [note] {tmp_path}/INCAR: left out")
    assert second.startswith(f"crystext: [note] {tmp_path}/deep/log.txt: left out")
    assert last.startswith(f"crystext: [note] {tmp_path}: 1 hidden file is left out; name such a")
    assert "see crystext formats" in last
    assert run("describe", tmp_path, "--quiet").stderr == ""


def test_of_many_files_left_out_the_first_ten_are_named(file, tmp_path):
    file("salt.cif", P1)
    for number in range(13):
        file(f"log{number:02}.txt", "x")
    lines = run("describe", tmp_path).stderr.splitlines()
    assert [line.split("/")[-1].split(":")[0] for line in lines[:-1]] == [
        f"log{number:02}.txt" for number in range(10)
    ]
    assert "and 3 more files were left out" in lines[-1]


def test_disorder_is_said_in_text_record_and_on_standard_error(file):
    path = file("mixed.cif", MIXED)
    refused = run("describe", path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "[partial-occupancy]" in refused.stderr
    assert "--disorder majority or order" in refused.stderr
    result = run("describe", path, "--disorder", "majority", "--json")
    (found,) = json.loads(result.stdout)
    assert found["formula"] == "KCl"
    assert found["disorder"].startswith("majority: K0.7/Na0.3")
    first = f"This describes an ordered form of a disordered crystal ({found['disorder']})."
    assert found["text"].startswith(first)
    assert found["global_text"].startswith(first)
    assert found["text"] == f"{found['global_text']} {found['local_text']}"
    assert found["disorder"] in result.stderr


def test_the_sections_of_an_ordered_form_are_told_apart(file):
    from crystext.description.sections import split_text

    description = crystext.describe(file("mixed.cif", MIXED), disorder="majority")
    assert split_text(description.text) == (description.global_text, description.local_text)


def test_a_corpus_says_what_was_ordered_and_how_many_rows_carry_notes(file, tmp_path):
    (tmp_path / "in").mkdir()
    file("in/mixed.cif", MIXED)
    file("in/ammonium.cif", AMMONIUM)
    file("in/salt.cif", P1)
    out = tmp_path / "corpus"
    result = run("build-corpus", "--db", "files", "--input", tmp_path / "in", "--out", out,
                 "--disorder", "majority")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "[note] 1 row carries notes" in result.stderr
    corpus = crystext.load_corpus(out)
    done = {row["id"]: row["disorder"] for row in corpus}
    assert done["salt"] is None
    assert done["mixed"].startswith("majority: ")
    assert corpus.row("mixed")["elements"] == ["Cl", "K"]
    assert corpus.manifest["counts"]["noted"] == 1
    assert corpus.manifest["settings"]["disorder"] == "majority"
    checked = run("check", out)
    assert checked.exit_code == 0, checked.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_refused_by_name(tmp_path):
    os.mkfifo(tmp_path / "pipe.cif")
    result = run("describe", tmp_path / "pipe.cif", "/dev/zero", "/dev/null")
    assert result.exit_code == 1
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [
        "[unreadable-file] pipe",
        "[unreadable-file] zero",
        "[unreadable-file] null",
    ]
    assert "is a pipe" in result.stderr
    assert "is a device" in result.stderr


def many_sites(n):
    rng = random.Random(0)
    rows = tuple(
        f"C{i} C {rng.random():.4f} {rng.random():.4f} {rng.random():.4f}" for i in range(n)
    )
    return HALITE.text(atoms=rows, cell=(160.0,) * 3 + (90,) * 3, formula=None, z=None)


def test_sites_times_operations_are_counted_before_they_are_made(file):
    path = file("large.cif", many_sites(1000))
    assert path.stat().st_size < 40_000
    result = run("describe", path, "--max-sites", "500")
    assert "[too-many-sites] large: 'data_made' has 19" in result.stderr
    assert "the limit is 500" in result.stderr


def test_reading_is_under_the_time_limit():
    """A reader that never comes back is ended with its crystal, and the next one is described."""
    endless = UnreadCrystal("endless", Part("cif", ENDLESS))
    salt = UnreadCrystal("salt", Part("cif", P1))
    with closing(
        LimitedDescriber({}, 5, factory="tests.fakes:describer_with_endless_reader")
    ) as describer:
        describer.start()
        with pytest.raises(TimeLimitError):
            describer.describe(endless)
        assert describer.describe(salt).formula == "NaCl"


def test_what_the_page_shows_is_what_is_written(monkeypatch):
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    shown = (root / "docs/reference/formats.md").read_text(encoding="utf-8")
    for command in (
        ["tests/data/contradiction.cif"],
        ["tests/data/spinel.cif", "--disorder", "majority", "--section", "global"],
    ):
        result = run("describe", *command)
        text = f"$ crystext describe {' '.join(command)}\n{result.stdout}{result.stderr}```"
        assert text in shown
