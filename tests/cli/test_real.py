"""The command as it is typed, with the real describer, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
MINI = ("--db", "mini", "--limit", "8")


def run(*args, seed="0", **options):
    return subprocess.run(
        [sys.executable, "-m", "crystext", *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONHASHSEED": seed},
        **options,
    )


@pytest.fixture(scope="module")
def alone():
    return run("describe", *MINI, "--json").stdout


def test_every_example_is_described():
    result = run("describe", EXAMPLES)
    assert result.returncode == 0
    assert (EXAMPLES / "README.md").exists()
    assert result.stderr == ""  # what tells of a folder is no structure, and nobody expects one
    assert "NaCl is Halite, Rock Salt structured" in result.stdout
    assert [block.split("\n")[0] for block in result.stdout.split("\n\n")] == [
        "POSCAR.molybdenite",
        "barium_titanate",
        "halite",
        "rutile",
    ]


def test_json_holds_what_the_record_holds(alone):
    found = json.loads(alone)
    assert len(found) == 8
    assert {"id", "text", "global_text", "local_text", "condensed", "formula"} <= set(found[0])


@pytest.mark.parametrize("how", [["--workers", "2"], ["--timeout", "60"]])
def test_same_bytes_in_other_processes(alone, how):
    result = run("describe", *MINI, "--json", *how, seed="7")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == alone


def test_the_time_limit_is_named():
    result = run("describe", EXAMPLES / "rutile.cif", "--timeout", "0.001")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("crystext: [time-limit] rutile: ended after 0.001 s")
    assert result.stderr.count("\n") == 1


def test_too_many_sites_are_refused_in_workers_too():
    result = run("describe", EXAMPLES / "rutile.cif", "--max-sites", "1", "--workers", "2")
    assert result.returncode == 1
    assert result.stderr.startswith("crystext: [too-many-sites] rutile: ")


def test_sections_of_our_own_text_are_its_parts(alone):
    for item in json.loads(alone)[:3]:
        parts = json.loads(run("sections", "-", "--json", input=item["text"]).stdout)
        assert parts == {"global": item["global_text"], "local": item["local_text"]}
