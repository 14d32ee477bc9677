"""From a folder to ``load_dataset("crysmmnet/jarvis-text")``, through the real clients."""

import re

import pytest

from crystext.corpus.reader import load_corpus
from crystext.pipelines.build.corpus import BuildSettings, build_corpus
from crystext.pipelines.sources import registry
from tests.corpus.make_corpus import make_corpus

pytest.importorskip("huggingface_hub")
pytest.importorskip("datasets")

JARVIS, MP = "crysmmnet/jarvis-text", "crysmmnet/mp-text"
IDS = [f"jarvis-{index}" for index in range(12)]
LOADS = """
import re
from datasets import get_dataset_config_names, load_dataset
from huggingface_hub import snapshot_download

jarvis, mp = "crysmmnet/jarvis-text", "crysmmnet/mp-text"
ids = lambda rows: [row["id"] for row in rows]
out["configs"] = get_dataset_config_names(jarvis)
whole = load_dataset(jarvis)
out["splits"] = list(whole)
out["ids"] = ids(whole["train"])
out["text"] = whole["train"][3]["text"]
out["columns"] = whole["train"].column_names
out["mp"] = load_dataset(mp, split="train").to_list()
out["mp gaps"] = load_dataset(mp, "band_gap", split="train").to_list()
target = load_dataset(jarvis, "band_gap")
out["target"] = {name: [[r["id"], r["target"]] for r in rows] for name, rows in target.items()}
out["test"] = ids(load_dataset(jarvis, "formation_energy_per_atom", split="test"))
out["failures"] = load_dataset(jarvis, "failures", split="train").to_list()
out["tag"] = ids(load_dataset(jarvis, split="train", revision="v1"))
out["sha"] = ids(load_dataset(jarvis, split="train", revision=SHA))
streamed = load_dataset(jarvis, split="train", streaming=True)
out["streamed"] = ids(streamed)
folder = snapshot_download(jarvis, repo_type="dataset")
import pathlib
files = (path for path in pathlib.Path(folder).rglob("*") if path.is_file())
out["files"] = sorted(path.relative_to(folder).as_posix() for path in files)
card = pathlib.Path(folder, "README.md").read_text()
for code in re.findall("```python\\n(.*?)```", card, re.DOTALL):
    exec(code, {})
"""


@pytest.fixture(scope="module")
def published(hub, client, tmp_path_factory):
    """Two corpora, the second one really built, and the outputs of the command."""
    folder = tmp_path_factory.mktemp("corpora")
    make_corpus(folder / "jarvis-text")
    settings = BuildSettings(limit=12)
    build_corpus(registry.get("mini"), folder / "mp-text", settings=settings, progress=False)
    runs = {}
    for repo_id in (JARVIS, MP):
        run = client.publish(folder / repo_id.partition("/")[2], repo_id, "--tag", "v1")
        assert run.returncode == 0, run.stderr
        runs[repo_id] = run
    return folder, runs


@pytest.fixture(scope="module")
def loaded(hub, client, published):
    hub.log.clear()
    sha = hub.repos[JARVIS].branches["main"]
    return client.script(f"SHA = {sha!r}\n{LOADS}")


def test_the_command_says_where_it_went(hub, published):
    _, runs = published
    commit = hub.repos[JARVIS].branches["main"]
    first, url, call = runs[JARVIS].stdout.splitlines()
    assert re.fullmatch(r"11 files \(\d+\.\d kB\) sent, 0 removed", first)
    assert url == f"{hub.url}/datasets/{JARVIS}/commit/{commit}"
    assert call == f"load_dataset(\"{JARVIS}\", revision='v1')"


def test_one_commit_and_its_tag(hub, published):
    repo = hub.repos[JARVIS]
    assert len(repo.commits) == 2
    assert repo.tags == {"v1": repo.branches["main"]}
    blobs = repo.resolve("v1").files
    assert {path for path, blob in blobs.items() if blob.lfs} == {
        path for path in blobs if path.endswith(".parquet")
    }
    assert b"*.parquet filter=lfs" in blobs[".gitattributes"].content


def test_rows_by_name(loaded):
    assert loaded["splits"] == ["train"]
    assert loaded["ids"] == IDS
    assert loaded["text"].startswith("crystal 3 of jarvis is Halite structured")
    assert {"formation_energy_per_atom", "text_tokens_matscibert"} < set(loaded["columns"])


def test_rows_of_a_really_built_corpus(published, loaded):
    folder, _ = published
    corpus = load_corpus(folder / "mp-text")
    assert loaded["mp"] == list(corpus)
    assert loaded["mp gaps"] == corpus.targets("band_gap")["train"].to_pylist()
    assert "crystallizes in the" in loaded["mp"][0]["global_text"]


def test_rows_by_config_and_split(loaded):
    properties = ["formation_energy_per_atom", "band_gap"]
    assert sorted(loaded["configs"]) == sorted(["default", *properties, "failures"])
    assert loaded["target"]["validation"] == [["jarvis-1", 0.25], ["jarvis-7", 1.75]]
    assert {name: len(rows) for name, rows in loaded["target"].items()} == {
        "train": 6,
        "validation": 2,
    }  # no row of test has a band gap, and `datasets` cannot load an empty file
    assert loaded["test"] == ["jarvis-0", "jarvis-6"]


def test_failures_are_a_config(loaded):
    (failure,) = loaded["failures"]
    assert (failure["id"], failure["code"]) == ("jarvis-bad-0", "time-limit")


@pytest.mark.parametrize("how", ["tag", "sha", "streamed"])
def test_rows_by_revision_and_streaming(loaded, how):
    assert loaded[how] == IDS


def test_a_snapshot_holds_the_corpus_and_nothing_else(hub, loaded):
    assert loaded["files"] == sorted(hub.repos[JARVIS].resolve("v1").files)
    assert not [name for name in loaded["files"] if "timings" in name or ".build" in name]


def test_the_rows_came_from_this_server(hub, loaded):
    shard = r"^GET /datasets/crysmmnet/jarvis-text/resolve/\w+/data/train-0000[01]-of-00002"
    assert len({entry["path"] for entry in hub.requests(shard, status=200)}) == 2
    assert hub.requests(shard, status=206)  # streaming reads ranges
    for config in ("properties/band_gap", "failures"):
        assert hub.requests(rf"^GET /datasets/{JARVIS}/resolve/\w+/{config}/", status=200)
    assert hub.requests(rf"^GET /datasets/{MP}/resolve/\w+/data/", status=200)
