"""Ids of rows and failures together are unique, whatever inputs are called."""

import json
import zipfile
from dataclasses import replace

import pytest
from click.testing import CliRunner

import crystext
from crystext.cli import cli
from crystext.corpus.reader import load_corpus
from crystext.crystal import Failure
from crystext.pipelines.build.chunks import chunks_of
from crystext.pipelines.build.corpus import build_corpus
from crystext.pipelines.sources import registry, single
from crystext.reading import iter_unread
from tests.pipelines.samples import GAP, copper, sample, unreadable

POSCAR = "Cu\n1.0\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n"
ATOMS = {
    "lattice_mat": [[4, 0, 0], [0, 4, 0], [0, 0, 4]],
    "elements": ["Cu"],
    "coords": [[0, 0, 0]],
    "cartesian": False,
}

NAMES = [
    (["A", "A#2", "A"], ["A", "A#2", "A#3"], "..x"),
    (["A", "A", "A#2"], ["A", "A#3", "A#2"], ".x."),
    (["A", "A", "A", "A#2", "A"], ["A", "A#3", "A#4", "A#2", "A#5"], ".xx.x"),
    (["A#2", "A", "A#2", "A"], ["A#2", "A", "A#2#2", "A#3"], "..xx"),
    (["A", "A", "A#3", "A"], ["A", "A#2", "A#3", "A#4"], ".x.x"),
]
"""As inputs are called; as their rows and failures are; and which are failures."""


def outcomes(found):
    failed = "".join("x" if isinstance(one, Failure) else "." for one in found)
    assert all(one.error.crystal_id == one.id for one in found if isinstance(one, Failure))
    return [one.id for one in found], failed


def named(name):
    return replace(copper(), id=name)


@pytest.mark.parametrize(("names", "ids", "failed"), NAMES)
def test_inputs_of_a_corpus(names, ids, failed):
    """Those that come again are failures behind the others, whose ids are known then."""
    (chunk,) = chunks_of(map(named, names), [GAP])
    found = [item.failure or item for item in chunk.items]
    pairs = list(zip(ids, failed, strict=True))
    rows, failures = ([one for one, mark in pairs if mark == kind] for kind in ".x")
    assert outcomes(found)[1] == "." * len(rows) + "x" * len(failures)
    assert [one.id for one in found[: len(rows)]] == rows
    assert {one.id for one in found[len(rows) :]} == set(failures)


def test_failures_of_a_source_have_ids_of_their_own():
    inputs = [named("A"), unreadable("A"), unreadable("B"), named("B"), unreadable("A#2")]
    (chunk,) = chunks_of(inputs, [GAP])
    found = [item.failure or item for item in chunk.items]
    assert outcomes(found) == (["A", "B", "A#2", "A#3", "B#2"], ".xxxx")
    assert [one.error.code for one in found[1:]] == [*["empty-file"] * 3, "duplicate-id"]


def test_chunks_are_full_and_what_comes_again_is_last():
    chunks = list(chunks_of(map(named, ["A", "A", "B", "A", "A#2", "C"]), [GAP], size=2))
    ids = [[item.id for item in chunk.items] for chunk in chunks]
    assert ids == [["A", "B"], ["A#2", "C"], ["A#3", "A#4"]]


def test_a_built_corpus_names_every_row_and_failure_once(tmp_path):
    inputs = [named(name) for name in ("A", "A#2", "A")]
    build_corpus(sample(inputs), tmp_path / "out", progress=False)
    corpus = load_corpus(tmp_path / "out")
    assert corpus.table(["id"])["id"].to_pylist() == ["A", "A#2"]
    (failure,) = corpus.failures().to_pylist()
    assert (failure["id"], failure["code"]) == ("A#3", "duplicate-id")
    assert failure["message"].startswith("A came before in this input")


@pytest.mark.parametrize(("names", "ids", "failed"), NAMES)
def test_rows_of_a_table_and_entries_of_a_database(names, ids, failed, tmp_path):
    table, database = tmp_path / "table.jsonl", tmp_path / "database.json.zip"
    rows = [{"id": name, "poscar": POSCAR} for name in names]
    table.write_text("\n".join(map(json.dumps, rows)))
    with zipfile.ZipFile(database, "w") as archive:
        archive.writestr("a.json", json.dumps([{"jid": name, "atoms": ATOMS} for name in names]))
    for source, file in (("files", table), ("jarvis", database)):
        found = list(registry.get(source).crystals(from_file=file))
        assert outcomes(found) == (ids, failed)


@pytest.mark.parametrize(("names", "ids", "failed"), NAMES)
def test_structures_of_one_file(names, ids, failed, tmp_path):
    """All are read; none takes the name of another."""
    rows = [{"id": name, "structure": ATOMS} for name in names]
    (tmp_path / "a.json").write_text(json.dumps(rows))
    found = list(iter_unread([tmp_path]))
    assert [one.id for one in found if not isinstance(one, Failure)] == ids


def test_an_id_with_spaces_that_comes_again_is_a_failure(tmp_path):
    file = tmp_path / "database.json.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", json.dumps([{"jid": " A ", "atoms": ATOMS}] * 2))
    assert outcomes(list(registry.get("jarvis").crystals(from_file=file))) == (["A", "A#2"], ".x")


def test_structures_of_folders_and_zips(tmp_path):
    for name in ("A.vasp", "A.poscar", "A#2.vasp", "b/c.vasp"):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("no crystal" if name == "A.vasp" else POSCAR)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for file in sorted((tmp_path / "in").rglob("*.*")):
            archive.write(file, file.relative_to(tmp_path / "in"))
    ids = ["A#2", "A", "A#3", "b/c"]
    for found in (
        iter_unread([tmp_path / "in"]),
        registry.get("files").crystals(from_file=tmp_path / "in.zip"),
    ):
        assert [one.id for one in found] == ids


def test_names_in_databases_and_files_of_a_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(single, "crystals_named", lambda name: crystext.mini([name]))
    (tmp_path / "mp-22862.vasp").write_text(POSCAR)
    asked = ["mp-22862", "mp-22862.vasp", "mp-22862"]
    lines = CliRunner().invoke(cli, ["describe", *asked, "--jsonl"]).stdout.splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert ids == ["mp-22862", "mp-22862#2", "mp-22862#3"]
