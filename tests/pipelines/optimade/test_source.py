"""A corpus by OPTIMADE: columns, licence, a pinned snapshot; the texts are those of mini."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from benchmarks.optimade_entries import entry_of
from crystext.corpus.reader import load_corpus
from crystext.crystal import Failure
from crystext.embedded import mini
from crystext.errors import (
    ApiFailedError,
    BadSnapshotError,
    OtherBuildError,
    OutputTakenError,
    UnknownIdError,
    UsageError,
)
from crystext.pipelines.build.chunks import chunks_of
from crystext.pipelines.build.corpus import BuildSettings, build_corpus
from crystext.pipelines.optimade.structures import input_of
from crystext.pipelines.optimade.transport import Manners
from crystext.pipelines.sources.registry import get
from tests.pipelines.optimade.server import Api, serving

build = partial(build_corpus, progress=False)
QUICK = Manners(retries=1, nobody=0, backoff=0.001, timeout=5.0)
TEXTS = ["id", "text", "global_text", "local_text", "fields_text", "structure_hash"]


@pytest.fixture
def source():
    return replace(get("optimade"), manners=QUICK)


def snapshot_folder(cache):
    (record,) = (cache / "optimade").rglob("snapshot.json")
    return record.parent


@pytest.fixture(scope="module")
def built(entries, tmp_path_factory):
    """A corpus of all of them, built once: its folder, the cache, and the server's address."""
    folder = tmp_path_factory.mktemp("built")
    page = "https://creativecommons.org/licenses/by/4.0/"
    with pytest.MonkeyPatch.context() as patch, serving(Api(list(entries))) as running:
        patch.setenv("CRYSTEXT_CACHE", str(folder / "cache"))
        running.info = {"license": {"href": page}}
        asked = {"provider": running.base, "filter": "nsites>=1"}
        build(get("optimade"), folder / "corpus", options=asked)
    return folder / "corpus", folder / "cache", running.base


# ------------------------------------------------------------------------------- what it gives


def test_the_texts_are_those_of_mini(built, tmp_path, entries):
    ids = tuple(one["id"] for one in entries)
    build(get("mini"), tmp_path / "mini", settings=BuildSettings(ids=ids))
    served, ours = load_corpus(built[0]), load_corpus(tmp_path / "mini")
    assert served.table(TEXTS).equals(ours.table(TEXTS))


def test_columns_have_the_types_units_and_words_of_the_database(built):
    corpus = load_corpus(built[0])
    table = corpus.table(["_exmpl_gap", "_exmpl_direct", "_exmpl_spins"])
    gap, direct, spins = (table.schema.field(name) for name in table.column_names)
    assert [str(one.type) for one in (gap, direct, spins)] == ["double", "bool", "int64"]
    assert gap.metadata == {b"unit": b"eV", b"description": b"Band gap, PBE."}
    assert b"unit" not in spins.metadata
    assert table["_exmpl_gap"].to_pylist() == [n / 2 if n != 2 else None for n in range(10)]
    assert table["_exmpl_spins"].to_pylist() == list(range(10))
    assert not {"_exmpl_words", "_exmpl_matrix", "nsites"} & set(corpus.table().column_names)


def test_the_manifest_names_what_was_read(built, entries):
    corpus, cache, base = built
    told = load_corpus(corpus).manifest["source"]
    assert (told["licence"], told["url"]) == ("CC-BY-4.0", base)
    assert told["options"] == {"provider": base, "filter": "nsites>=1"}
    assert told["expected"] == len(entries)
    assert told["sha256"] == told["snapshot"]["digest"]
    assert told["snapshot"]["api_version"] == "1.2.0"
    assert told["title"] == "Example provider, through OPTIMADE"
    record = json.loads((snapshot_folder(cache) / "snapshot.json").read_text())
    assert record["digest"] == told["sha256"]
    lines = (snapshot_folder(cache) / "entries.tsv").read_text().splitlines()
    assert [json.loads(line.split("\t")[0]) for line in lines] == [one["id"] for one in entries]
    assert {json.loads(line.split("\t")[1]) for line in lines} == {"2026-01-02T03:04:05Z"}
    card = (corpus / "README.md").read_text()
    assert "Example provider" in card
    assert f"--provider {base}" in card
    assert "10.1038/s41597-021-00974-z" in card


@pytest.mark.parametrize(
    ("info", "licence", "words"),
    [
        ({}, "", "the provider states none"),
        ({"available_licenses": ["CC0-1.0"]}, "CC0-1.0", "as its API states"),
        ({"available_licenses": ["CC0-1.0", "MIT"]}, "", "offers CC0-1.0, MIT"),
        ({"license": "https://example.com/terms"}, "", "refers to https://example.com/terms"),
    ],
)
def test_licences(api, source, info, licence, words):
    api.info = info
    one = source.configured(provider=api.base)
    assert one.licence == licence
    assert words in one.licence_note


def test_ids_come_in_their_order(api, source, entries):
    names = [entries[n]["id"] for n in (7, 1, 4, 1)]
    found = list(source.crystals(provider=api.base, ids=names))
    assert [one.id for one in found] == [names[0], names[1], names[2]]
    assert [one.id for one in source.crystals(provider=api.base, ids=names, limit=2)] == names[:2]
    for _ in range(2):  # what is not there may be there tomorrow: it is asked for again
        number = len(api.pages)
        with pytest.raises(UnknownIdError, match=r"'none' is not in 127\.0\.0\.1"):
            source.crystals(provider=api.base, ids=[names[0], "none"])
        assert len(api.pages) == number + 1
    with pytest.raises(UsageError, match="either --filter or --ids"):
        source.crystals(provider=api.base, ids=names, filter="nsites>=1")


def test_counting_asks_for_one_structure(api, source):
    assert source.count(provider=api.base, filter="nsites>=1") == 10
    assert source.count(provider=api.base, filter="nsites>=1", limit=4) == 4
    assert all(asked["page_limit"] == "1" for path, asked in api.asked if path == "structures")


# -------------------------------------------------------------------------- the pinned snapshot


def test_a_build_is_repeated_without_the_server(built, source, tmp_path, entries):
    corpus, cache, _ = built
    first = load_corpus(corpus).manifest
    kept = tmp_path / "kept"
    shutil.copytree(snapshot_folder(cache), kept)
    again = build(source, tmp_path / "c", options={"from_file": kept})
    assert again["content_digest"] == first["content_digest"]
    assert again["source"]["snapshot"] == first["source"]["snapshot"]
    few = {"from_file": kept, "limit": 2}
    assert [one.id for one in source.crystals(**few)] == [one["id"] for one in entries[:2]]
    chosen = source.crystals(from_file=kept, ids=[entries[6]["id"], entries[2]["id"]])
    assert [one.id for one in chosen] == [entries[6]["id"], entries[2]["id"]]
    with pytest.raises(UsageError, match="leave out --provider"):
        source.configured(from_file=kept, provider="oqmd")
    with pytest.raises(BadSnapshotError, match="no finished snapshot"):
        source.configured(from_file=tmp_path)


def test_the_cache_serves_where_the_server_is_gone(built, source, monkeypatch):
    corpus, cache, base = built
    monkeypatch.setenv("CRYSTEXT_CACHE", str(cache))
    ready = source.ready(provider=base, filter="nsites>=1")
    told = load_corpus(corpus).manifest["source"]
    assert ready.to_dict()["snapshot"] == told["snapshot"]
    assert (ready.pinned, ready.version) == (told["sha256"], told["version"])
    with pytest.raises(ApiFailedError, match=r"127\.0\.0\.1 cannot be reached"):
        source.ready(provider=base, filter="nsites>=1", refresh=True)


def test_a_changed_snapshot_is_refused(api, source, tmp_path, monkeypatch):
    asked = {"provider": api.base, "filter": "nsites>=1"}
    with monkeypatch.context() as broken:
        broken.setattr(
            "crystext.pipelines.build.journal.Journal.publish",
            lambda _self: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            build(source, tmp_path / "c", options=asked)
    changed = json.loads(json.dumps(api.entries[2]))
    changed["attributes"]["last_modified"] = "2026-06-01T00:00:00Z"
    api.entries[2] = changed
    with pytest.raises(OtherBuildError, match=r"source\.sha256"):
        build(source, tmp_path / "c", options=asked | {"refresh": True}, resume=True)


def test_a_finished_corpus_of_another_snapshot_is_refused(api, source, tmp_path):
    asked = {"provider": api.base, "filter": "nsites>=1"}
    settings = BuildSettings(limit=3)
    build(source, tmp_path / "c", options=asked, settings=settings)
    del api.entries[1]
    build(source, tmp_path / "c", options=asked, settings=settings, resume=True)
    asked["refresh"] = True
    with pytest.raises(OutputTakenError, match=r"snapshot\.digest"):
        build(source, tmp_path / "c", options=asked, settings=settings, resume=True)


def test_a_cut_build_goes_on(api, source, tmp_path, entries):
    asked = {"provider": api.base, "filter": "nsites>=1"}
    api.troubles = [None, 503, 503, None, None, "cut", "cut"]
    for _ in range(2):
        with pytest.raises(ApiFailedError):
            build(source, tmp_path / "c", options=asked)
    assert not (tmp_path / "c").exists()
    found = source.crystals(**asked)
    assert [one.id for one in found] == [one["id"] for one in entries]
    assert api.pages == [0, 3, 3, 3, 6, 9, 9, 9]


def test_an_id_that_comes_twice_is_a_failure(api, source, entries):
    api.entries.insert(4, api.entries[0])
    asked = {"provider": api.base, "filter": "nsites>=1"}
    columns = source.configured(**asked).properties
    (chunk,) = chunks_of(source.crystals(**asked), columns)
    failed = [one.failure for one in chunk.items if one.failure]
    assert len(chunk.items) == len(entries) + 1
    assert [one.error.code for one in failed] == ["duplicate-id"]


# ----------------------------------------------------------------------- structures of all kinds


def changed(entry, **attributes):
    kept = {k: v for k, v in entry["attributes"].items() if attributes.get(k, v) is not None}
    return entry | {"attributes": kept | {k: v for k, v in attributes.items() if v is not None}}


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"lattice_vectors": None}, "zero-volume"),
        ({"lattice_vectors": [[4, 0, 0], [0, 4, 0], [None, None, None]]}, "zero-volume"),
        ({"cartesian_site_positions": None}, "bad-json"),
        ({"species_at_sites": None}, "bad-json"),
        ({"nelements": 5}, "contradiction"),
        ({"chemical_formula_reduced": "Si17U4"}, "contradiction"),
        ({"dimension_types": [1, 1, 7]}, "bad-json"),
        ({"species": [{"name": "Pd", "chemical_symbols": ["X"], "concentration": [1.0]}]},
         "unknown-species"),
    ],
)  # fmt: skip
def test_refused_by_name(entries, attributes, code):
    from crystext import Describer
    from crystext.errors import CrystextError

    with pytest.raises(CrystextError) as raised:
        Describer().describe(input_of(changed(entries[0], **attributes)))
    assert raised.value.code == code
    assert raised.value.crystal_id == entries[0]["id"]


def test_a_surface_is_noted_and_a_share_is_disorder(entries):
    from crystext import Describer

    flat = changed(entries[0], dimension_types=[1, 1, 0], nperiodic_dimensions=2)
    assert any("periodic" in note for note in Describer().describe(input_of(flat)).notes)
    shares = [{"name": "Pd", "chemical_symbols": ["Pd", "vacancy"], "concentration": [0.9, 0.1]}]
    found = Describer(disorder="majority").describe(input_of(changed(entries[0], species=shares)))
    assert found.disorder


@pytest.mark.parametrize("entry", [None, 7, {}, {"id": "a"}, {"id": "", "attributes": {}}])
def test_what_is_no_entry_is_a_failure_in_its_place(entry):
    found = input_of(entry, place="page 2#7")
    assert isinstance(found, Failure)
    assert (found.id, found.error.code) == ("page 2#7", "bad-json")


# --------------------------------------------------------------------------- the reference server


def test_the_reference_server(tmp_path):
    python = os.environ.get("CRYSTEXT_OPTIMADE_PYTHON")
    if python is None:
        pytest.importorskip("optimade.server", reason="optimade[server] is not installed")
        python = sys.executable
    command = [sys.executable, "-m", "benchmarks.optimade_reference", "--python", python]
    run = subprocess.run(
        [*command, "--count", "5", "--workers", "1"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "| text | 5 | 5 |" in run.stdout
    assert "| band_gap | 5 | 5 |" in run.stdout


def test_positions_far_outside_of_the_cell_give_the_same_text(entries):
    from crystext import Describer

    (crystal,) = mini([entries[5]["id"]])
    moved = crystal.structure.copy()
    for site in range(len(moved)):
        moved.translate_sites(site, [3, -2, 7], to_unit_cell=False)
    describer = Describer(canonical=True)
    far = input_of(entry_of(replace(crystal, structure=moved)))
    assert describer.describe(far).text == describer.describe(crystal).text
