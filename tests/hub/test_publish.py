"""Publishing when not everything goes well: each story in a repository of its own.

One process runs all stories of the writer, for the clients take seconds to start; the faults are
armed before, by the repository's name.
"""

import json
import shutil

import pytest

from tests.corpus.make_corpus import make_corpus, save_manifest
from tests.hub.server import READER, WRITER

pytest.importorskip("huggingface_hub")

RUN = """
import sys, traceback
from pathlib import Path
from crystext.errors import CrystextError
from crystext.pipelines.hub.publish import publish

for name, folder, repo, options in STORIES:
    try:
        done = publish(Path(folder), f"crysmmnet/{repo}", **options)
    except CrystextError as error:
        out[name] = {"code": error.code, "message": str(error), "trace": traceback.format_exc()}
    else:
        out[name] = {key: getattr(done, key) for key in ("commit", "uploaded", "deleted", "tag")}
"""
LOADS = """
from datasets import load_dataset

for name, repo, revision in LOADS:
    try:
        rows = load_dataset(f"crysmmnet/{repo}", split="train", revision=revision)
    except Exception as error:
        out[name] = type(error).__name__
    else:
        out[name] = rows["id"][:]
"""


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    """The same twelve rows in three shards and in two, fewer rows, and a damaged folder."""
    folder = tmp_path_factory.mktemp("corpora")
    for name, options in (
        ("three", {"shards": 3}),
        ("two", {}),
        ("few", {"n_rows": 6, "shards": 1, "failures": 0}),
        ("five", {"n_rows": 5, "shards": 1}),
    ):
        make_corpus(folder / name, **options)
    shutil.copytree(folder / "two", folder / "damaged")
    shard = folder / "damaged" / "data" / "train-00001-of-00002.parquet"
    content = bytearray(shard.read_bytes())
    content[100] ^= 1
    shard.write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def told(hub, client, corpora):
    """What came of each story."""
    stories = [
        ("three shards", "three", "shards", {}),
        ("two shards", "two", "shards", {"message": "Fewer shards"}),
        ("nothing new", "two", "shards", {}),
        ("fewer rows", "few", "shards", {"force": True}),
        ("first tag", "two", "tags", {"tag": "v1"}),
        ("same tag", "two", "tags", {"tag": "v1"}),
        ("taken tag", "few", "tags", {"tag": "v1", "force": True}),
        ("next tag", "few", "tags", {"tag": "v2", "force": True}),
        ("race", "two", "race", {}),
        ("after the race", "two", "race", {}),
        ("cut", "two", "cut", {}),
        ("after the cut", "two", "cut", {}),
        ("lost answer", "two", "lost", {"tag": "v1"}),
        ("after the loss", "two", "lost", {"tag": "v1"}),
        ("busy", "two", "busy", {}),
        ("wrong", "two", "wrong", {}),
        ("expired", "five", "expired", {}),
        ("after the expiry", "five", "expired", {}),
        ("main", "two", "branch", {}),
        ("branch", "few", "branch", {"revision": "dev", "force": True}),
        ("private", "two", "secret", {"private": True}),
        ("public already", "two", "shards", {"private": True}),
        ("damaged", "damaged", "never", {}),
    ]
    hub.fail(f"^PUT /lfs/{hashes(corpora / 'three')[0]}", "cut")
    hub.fail(f"^PUT /lfs/{hashes(corpora / 'five')[0]}", 403)
    hub.fail("^POST .*/wrong/preupload/", 400)
    hub.fail("^POST .*/race/commit/", "race")
    hub.fail("^POST .*/cut/commit/", "cut")
    hub.fail("^POST .*/lost/commit/", "cut-after")
    hub.fail("^POST .*/busy/preupload/", 429)
    plain = [(name, str(corpora / folder), *rest) for name, folder, *rest in stories]
    return client.script(f"STORIES = {plain!r}\n{RUN}")


def hashes(folder):
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    return [file["sha256"] for file in files]


def files(hub, repo, revision="main"):
    return set(hub.repos[f"crysmmnet/{repo}"].resolve(revision).files)


def shards(hub, repo, revision="main"):
    return sorted(path for path in files(hub, repo, revision) if path.startswith("data/"))


def test_fewer_shards_replace_more(hub, told):
    assert len(told["three shards"]["uploaded"]) == 12
    done = told["two shards"]
    assert done["deleted"] == [f"data/train-0000{i}-of-00003.parquet" for i in range(3)]
    made = {"data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"}
    assert set(done["uploaded"]) == made | {"manifest.json"}  # what is the same stays
    done = told["fewer rows"]
    assert "failures/train-00000-of-00001.parquet" not in done["deleted"]
    assert shards(hub, "shards") == ["data/train-00000-of-00001.parquet"]


def test_one_commit_each_with_its_parent(hub, told):
    repo = hub.repos["crysmmnet/shards"]
    history, commit = [], repo.resolve("main")
    while commit:
        history.append(commit.title)
        commit = repo.commits.get(commit.parent)
    assert history == ["Corpus few", "Fewer shards", "Corpus three", "initial commit"]


def test_what_has_not_changed_makes_no_commit(told):
    assert told["nothing new"] == {**told["two shards"], "uploaded": [], "deleted": []}


def test_a_tag_does_not_move(hub, told):
    assert told["same tag"]["commit"] == told["first tag"]["commit"]
    assert told["taken tag"]["code"] == "tag-taken"
    assert "v1" in told["taken tag"]["message"]
    tags = hub.repos["crysmmnet/tags"].tags
    assert tags == {"v1": told["first tag"]["commit"], "v2": told["next tag"]["commit"]}
    assert len(hub.repos["crysmmnet/tags"].commits) == 3


def test_a_stale_parent_changes_nothing_and_the_next_run_works(hub, told):
    assert told["race"]["code"] == "stale-parent"
    assert "run the same command again" in told["race"]["message"]
    assert len(hub.requests("^POST .*/race/commit/", status=412)) == 1
    assert "NOTES.md" in files(hub, "race")  # the other hand's file is not ours to delete
    assert len(shards(hub, "race")) == 2
    assert len(told["after the race"]["uploaded"]) == 11


def test_a_cut_connection_is_resumed(hub, corpora, told):
    assert told["cut"]["code"] == "publish-failed"
    assert "run the same command again" in told["cut"]["message"]
    assert len(shards(hub, "cut")) == 2
    for sha256 in hashes(corpora / "two"):
        assert len(hub.requests(f"^PUT /lfs/{sha256}", status=200)) == 1
    assert len(hub.requests("^PUT ", status="cut")) == 1  # the client itself tried again


def test_a_commit_whose_answer_was_lost_is_recognised(hub, told):
    assert told["lost answer"]["code"] == "publish-failed"
    assert told["after the loss"]["uploaded"] == []
    repo = hub.repos["crysmmnet/lost"]
    assert len(repo.commits) == 2
    assert repo.tags == {"v1": repo.branches["main"]}


def test_a_busy_hub_is_asked_again(hub, told):
    assert [e["status"] for e in hub.requests("^POST .*/busy/preupload/")] == [429, 200]
    assert len(shards(hub, "busy")) == 2


def test_an_upload_address_that_expired_says_nothing_of_rights(hub, told):
    assert told["expired"]["code"] == "publish-failed"
    assert "403" in told["expired"]["message"]
    assert len(shards(hub, "expired")) == 1


def test_what_the_hub_takes_as_wrong_is_not_tried_again(hub, told):
    assert told["wrong"]["code"] == "publish-failed"
    assert "--dry-run" in told["wrong"]["message"]
    assert len(hub.requests("^POST .*/wrong/preupload/")) == 1


def test_a_branch_leaves_main_alone(hub, told):
    assert shards(hub, "branch", "dev") == ["data/train-00000-of-00001.parquet"]
    assert len(shards(hub, "branch")) == 2


def test_private_is_private_from_the_start(hub, told):
    assert hub.repos["crysmmnet/secret"].private
    assert told["public already"]["code"] == "not-allowed"
    assert "public already" in told["public already"]["message"]
    assert not hub.repos["crysmmnet/shards"].private


def test_a_damaged_corpus_is_refused_before_any_request(hub, told):
    assert told["damaged"]["code"] == "bad-corpus"
    assert "train-00001-of-00002.parquet" in told["damaged"]["message"]
    assert "crysmmnet/never" not in hub.repos


def test_no_token_no_request(hub, client, corpora, told):
    before = len(hub.log)
    run = client.publish(corpora / "two", "crysmmnet/none", token=None)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("crystext: [no-token] ")
    assert "hf auth login" in run.stderr
    assert len(hub.log) == before


@pytest.mark.parametrize("token", [READER, "hf_unknown"])
def test_a_token_that_may_not_write(hub, client, corpora, told, token):
    run = client.publish(corpora / "few", "crysmmnet/secret", "--force", token=token)
    assert run.returncode == 1
    assert run.stderr.startswith("crystext: [not-allowed] the Hub refuses to write")
    assert run.stderr.count("\n") == 1
    assert token not in run.stdout + run.stderr
    assert len(shards(hub, "secret")) == 2


def test_a_dry_run_shows_all_and_asks_nobody(hub, client, corpora, told):
    before = len(hub.log)
    run = client.publish(corpora / "two", "crysmmnet/dry", "--dry-run", token=None)
    assert run.returncode == 0, run.stderr
    assert "kB  data/train-00001-of-00002.parquet\n" in run.stdout
    assert "11 files for crysmmnet/dry (main)\n" in run.stdout
    assert 'load_dataset("crysmmnet/dry", split="train")' in run.stdout
    assert "timings.parquet" not in run.stdout
    assert len(hub.log) == before


def test_who_may_load_what(hub, client, told):
    pytest.importorskip("datasets")
    loads = [("again", "shards", None), ("dev", "branch", "dev"), ("secret", "secret", None)]
    seen = client.script(f"LOADS = {loads!r}\n{LOADS}", token=READER)
    assert seen["again"] == seen["dev"] == [f"jarvis-{i}" for i in range(6)]
    assert len(seen["secret"]) == 12
    seen = client.script(f"LOADS = {loads[2:]!r}\n{LOADS}", token="hf_unknown")
    assert seen["secret"] == "DatasetNotFoundError"
    assert hub.requests("/crysmmnet/secret", status=401)


def test_the_token_is_nowhere(hub, told):
    for place in (json.dumps(told), json.dumps(hub.log)):
        assert WRITER not in place
        assert "Bearer" not in place
    assert len(hub.log) > 100


def test_an_unfinished_corpus_is_refused(corpora, tmp_path):
    from crystext.errors import BadCorpusError, UnfinishedCorpusError
    from crystext.pipelines.hub.publish import publish

    folder = tmp_path / "corpus"
    shutil.copytree(corpora / "two", folder)
    (folder / "data" / "train-00000-of-00009.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadCorpusError, match="does not list this file"):
        publish(folder, "a/b", dry_run=True)
    (folder / "data" / "train-00000-of-00009.parquet").unlink()
    (folder / ".build").mkdir()
    with pytest.raises(UnfinishedCorpusError, match="resume"):
        publish(folder, "a/b", dry_run=True)
    (folder / ".build").rmdir()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["counts"]["inputs"] += 1
    save_manifest(folder, manifest)
    with pytest.raises(BadCorpusError, match="14 inputs are not 12 rows and 1 failures"):
        publish(folder, "a/b", dry_run=True)


@pytest.mark.parametrize(
    ("repo_id", "options"),
    [
        ("jarvis", {}),
        ("a/b/c", {}),
        ("a/..", {}),
        ("a/b", {"tag": "v 1"}),
        ("a/b", {"revision": "-x"}),
    ],
)
def test_names_that_the_hub_would_refuse(corpora, repo_id, options):
    from crystext.errors import UsageError
    from crystext.pipelines.hub.publish import publish

    with pytest.raises(UsageError):
        publish(corpora / "two", repo_id, dry_run=True, **options)
