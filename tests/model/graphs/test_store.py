import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

import crystext
from crystext.crystal import Failure
from crystext.errors import (
    BadStoreError,
    CannotWriteError,
    EmptyFileError,
    MissingRowError,
    NoStoreError,
    OtherStoreError,
    UsageError,
)
from crystext.model.graphs import build
from crystext.model.graphs.arrays import ROWS_OF
from crystext.model.graphs.build import build_graph_store
from crystext.model.graphs.crystal_graph import crystal_graphs
from crystext.model.graphs.quotient import quotient
from crystext.model.graphs.settings import GraphSettings
from crystext.model.graphs.store import STORED_AS, GraphStore
from crystext.model.stores import writer

LIMIT = 70  # three chunks


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return build_graph_store("mini", tmp_path_factory.mktemp("store") / "graphs", limit=LIMIT)


def structures():
    return [one.structure for one in crystext.mini(LIMIT_IDS)]


LIMIT_IDS = crystext.mini_table()["id"].to_pylist()[:LIMIT]


def test_the_store_holds_the_quotients_in_the_order_of_the_corpus(store):
    assert store.ids == LIMIT_IDS
    assert len(store) == LIMIT
    wanted, found = quotient(crystal_graphs(structures())), store.arrays()
    assert found.vector is None
    for kind, ours in wanted.counts().items():
        np.testing.assert_array_equal(found.counts()[kind], ours)
    np.testing.assert_array_equal(found.bond_ptr, wanted.bond_ptr)
    # the CIF of the corpus turns and rounds the lattice and sorts the sites
    of = np.repeat(np.arange(LIMIT), np.diff(found.bond_ptr))
    ours, theirs = (one.distance[np.lexsort((one.distance, of))] for one in (wanted, found))
    np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_full_graphs_are_kept_whole(tmp_path):
    full = GraphSettings(quotient=False)
    crystals = list(crystext.mini(LIMIT_IDS[:40]))
    store = build_graph_store(crystals, tmp_path / "graphs", settings=full)
    wanted, found = crystal_graphs([one.structure for one in crystals]), store.arrays()
    for name in ("lattice", *ROWS_OF):
        array = getattr(found, name)
        assert array.dtype == STORED_AS[name].base
        np.testing.assert_allclose(array, getattr(wanted, name), rtol=1e-6, atol=1e-6)
    assert isinstance(found.vector, np.memmap)
    assert store.settings == full


def test_workers_do_not_change_a_byte(store, tmp_path):
    other = build_graph_store("mini", tmp_path / "graphs", limit=LIMIT, workers=2)
    names = {"versions", "seconds"}
    first, second = store.manifest, other.manifest
    assert {k: v for k, v in first.items() if k not in names} == {
        k: v for k, v in second.items() if k not in names
    }


def lone(a, species="Ar"):
    return Structure(Lattice.cubic(a), [species], [[0, 0, 0]])


def test_every_crystal_has_a_row_or_a_failure(tmp_path, rock_salt):
    crystals = [
        crystext.Crystal("first", rock_salt),
        crystext.Crystal("mixed", lone(4.0, {"Na": 0.5, "K": 0.5})),
        Failure("unread", EmptyFileError("the file is empty")),
        crystext.Crystal("lone", lone(9.0)),
        crystext.Crystal("last", rock_salt),
    ]
    settings = GraphSettings(cutoff=4.0)
    store = build_graph_store(crystals, tmp_path / "graphs", settings=settings)
    assert store.ids == ["first", "last"]
    codes = {one["id"]: one["code"] for one in store.failures()}
    assert codes == {"mixed": "graph-failed", "unread": "empty-file", "lone": "graph-failed"}
    assert store.manifest["counts"] == {
        "inputs": 5,
        "rows": 2,
        "failures": 3,
        "failures_by_code": {"empty-file": 1, "graph-failed": 2},
    }
    assert len(store.arrays()) == 2
    assert store.rows_of(["last", "first", "last"]).tolist() == [1, 0, 1]
    with pytest.raises(MissingRowError, match=r"no graphs of lone \(site 0 has no neighbour"):
        store.rows_of(["first", "lone"])


def test_a_store_of_failures_alone_is_a_store(tmp_path):
    crystals = [crystext.Crystal("mixed", lone(4.0, {"Na": 0.5, "K": 0.5}))]
    store = build_graph_store(crystals, tmp_path / "graphs")
    assert (len(store), store.ids, len(store.failures())) == (0, [], 1)
    assert len(store.arrays()) == 0


def test_a_finished_store_is_not_built_again(store, monkeypatch):
    def never(*_):
        pytest.fail("built again")

    monkeypatch.setattr(build, "crystal_graphs", never)
    again = build_graph_store("mini", store.path, limit=LIMIT)
    assert again.digest == store.digest


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": GraphSettings(neighbors=8)}, r"graphs\.neighbors \(then 12, now 8\)"),
        ({"limit": LIMIT - 1}, r"source\.limit \(then 70, now 69\)"),
    ],
)
def test_other_graphs_at_the_same_place_are_refused(store, changes, words):
    with pytest.raises(OtherStoreError, match=words):
        build_graph_store("mini", store.path, **{"limit": LIMIT, **changes})


def test_other_files_are_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OtherStoreError, match="holds other files"):
        build_graph_store("mini", tmp_path, limit=2)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_the_cache_is_the_default_and_named_by_digest(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path))
    store = build_graph_store("mini", limit=2)
    assert store.path == tmp_path / "graphs" / f"mini-text-{store.digest}"
    assert [one.name for one in store.path.parent.iterdir()] == [store.path.name]


@pytest.mark.parametrize("change", [{}, {"neighbors": 8}])
def test_an_interrupted_build_goes_on_with_the_same_settings(store, tmp_path, monkeypatch, change):
    calls = []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return crystal_graphs(*args, **kwargs)

    monkeypatch.setattr(build, "crystal_graphs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_graph_store("mini", tmp_path / "graphs", limit=LIMIT)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["graphs.lock", "graphs.partial"]
    settings = GraphSettings(**change)
    if change:
        with pytest.raises(OtherStoreError, match=r"graphs.partial differ in graphs\.neighbors"):
            build_graph_store("mini", tmp_path / "graphs", limit=LIMIT, settings=settings)
        return
    again = build_graph_store("mini", tmp_path / "graphs", limit=LIMIT, settings=settings)
    assert len(calls) == 2 + 2  # three chunks, of which one was done
    assert again.manifest["files"] == store.manifest["files"]
    assert [one.name for one in tmp_path.iterdir()] == ["graphs"]


KILLED = """
import os, signal, sys
import crystext
from crystext.model.graphs import build
from crystext.model.graphs.settings import GraphSettings
from crystext.model.stores import writer
writer.INTERVAL = float(sys.argv[2])
graphs, count = build.graphs_of, 0
def dying(*args):
    global count
    count += 1
    if count > int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return graphs(*args)
build.graphs_of = dying
build.build_graph_store("mini", sys.argv[1], settings=GraphSettings(quotient=False), limit=70)
"""


def test_a_killed_build_goes_on_with_the_same_bytes(tmp_path, monkeypatch):
    full = GraphSettings(quotient=False)
    whole = build_graph_store("mini", tmp_path / "whole", settings=full, limit=LIMIT)
    out = tmp_path / "killed"
    for interval, chunks in (("0", "1"), ("1e9", "1")):  # the second loses the chunk that it did
        command = [sys.executable, "-c", KILLED, str(out), interval, chunks]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        assert not out.exists()
    progress = json.loads((tmp_path / "killed.partial" / "progress.json").read_text())
    assert progress["done"] == 1
    with (tmp_path / "killed.partial" / "vector.npy").open("ab") as file:
        file.write(b"of a chunk that was not done")
    store = build_graph_store("mini", out, settings=full, limit=LIMIT)
    assert store.manifest["files"] == whole.manifest["files"]
    for name in store.manifest["files"]:
        assert (out / name).read_bytes() == (whole.path / name).read_bytes()


def test_a_partial_file_that_lost_bytes_is_named(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(build, "_stored", interrupted)
        with pytest.raises(KeyboardInterrupt):
            build_graph_store("mini", tmp_path / "graphs", limit=2)
    partial = tmp_path / "graphs.partial"
    (partial / "progress.json").write_text(
        json.dumps({"done": 1, "seconds": 1.0, "bytes": {"distance.npy": 10**6}})
    )
    with pytest.raises(BadStoreError, match=r"distance\.npy has lost what was written; remove"):
        build_graph_store("mini", tmp_path / "graphs", limit=2)


def test_a_disk_that_is_full_at_the_end_loses_nothing(store, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "written_aside", full)
        with pytest.raises(CannotWriteError, match="No space left on device"):
            build_graph_store("mini", tmp_path / "graphs", limit=LIMIT)
    monkeypatch.setattr(build, "graphs_of", None)  # whoever builds again fails
    again = build_graph_store("mini", tmp_path / "graphs", limit=LIMIT)
    assert again.manifest["files"] == store.manifest["files"]


def test_what_a_killed_build_left_is_no_store_and_is_cleared(store, tmp_path):
    partial = tmp_path / "graphs.partial"
    partial.mkdir()
    (partial / "distance.npy").write_bytes(b"half")
    with pytest.raises(NoStoreError, match="crystext graphs CORPUS"):
        GraphStore.open(partial)
    again = build_graph_store("mini", tmp_path / "graphs", limit=LIMIT)
    assert again.manifest["files"] == store.manifest["files"]
    assert [one.name for one in tmp_path.iterdir()] == ["graphs"]


def test_damage_is_named(tmp_path):
    store = build_graph_store("mini", tmp_path / "graphs", limit=2)
    cut = store.path / "distance.npy"
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-4])
    with pytest.raises(BadStoreError, match=r"distance\.npy has \d+ bytes, not \d+"):
        GraphStore.open(store.path)
    cut.write_bytes(b"\0" * len(whole))
    with pytest.raises(BadStoreError, match=r"distance\.npy cannot be read"):
        GraphStore.open(store.path).arrays()
    manifest = json.loads((store.path / "manifest.json").read_text())
    (store.path / "manifest.json").write_text(json.dumps(manifest | {"kind": "other"}))
    with pytest.raises(NoStoreError, match="holds no graphs"):
        GraphStore.open(store.path)
    with pytest.raises(NoStoreError, match="is no folder"):
        GraphStore.open(tmp_path / "nowhere")


def test_writing_into_the_arrays_does_not_reach_the_disk(store):
    array = store.array("distance")
    before = array[0]
    array[0] = -1
    assert GraphStore.open(store.path).array("distance")[0] == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"neighbors": 0}, "neighbors 0 is no whole number"),
        ({"cutoff": 0.0}, "cutoff 0.0 is no number"),
        ({"cutoff": float("nan")}, "cutoff nan is no number"),
        ({"tolerance": -1e-3}, "tolerance -0.001 is no number"),
        ({"tolerance": float("inf")}, "tolerance inf is no number"),
    ],
)
def test_settings_are_checked(values, words):
    with pytest.raises(UsageError, match=words):
        GraphSettings(**values)


def test_settings_without_effect_do_not_count():
    radius = GraphSettings(cutoff=5.0)
    assert radius.to_dict() == GraphSettings(cutoff=5.0, neighbors=20).to_dict()
    full = GraphSettings(quotient=False)
    assert full.to_dict() == GraphSettings(quotient=False, tolerance=0.01).to_dict()
    assert radius.to_dict() != full.to_dict()


def test_reading_needs_neither_pymatgen_nor_torch(store):
    program = (
        "import sys\n"
        "from crystext.model.graphs.store import GraphStore\n"
        f"store = GraphStore.open({str(store.path)!r})\n"
        "print(len(store.arrays().counts()['bonds']), store.rows_of(store.ids[:1])[0])\n"
        "heavy = {'pymatgen', 'torch', 'robocrys', 'jarvis', 'spglib'}\n"
        "print(sorted(heavy & {one.partition('.')[0] for one in sys.modules}))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"{LIMIT} 0", "[]"], done.stderr
