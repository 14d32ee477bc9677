"""What goes up is what was checked, and does not replace what is newer; by the command."""

import hashlib
import json

import pytest

from tests.corpus.make_corpus import make_corpus, save_manifest

pytest.importorskip("huggingface_hub")

SHARD = "data/train-00001-of-00002.parquet"


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    make_corpus(folder)
    return folder


def spoil(path):
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def files(hub, repo):
    return hub.repos[f"crysmmnet/{repo}"].resolve("main").files


def refused(run, code, *words):
    assert (run.returncode, run.stdout) == (1, ""), run.stderr
    assert run.stderr.startswith(f"crystext: [{code}] ")
    assert run.stderr.count("\n") == 1
    for word in words:
        assert word in run.stderr


def test_a_shard_that_changed_after_the_check_does_not_go_up(hub, client, corpus):
    hub.fail("^POST /api/repos/create", lambda: spoil(corpus / SHARD))
    run = client.publish(corpus, "crysmmnet/changed", "--tag", "v1")
    refused(run, "changed-file", SHARD, "nothing was committed")
    assert SHARD not in files(hub, "changed")
    assert hub.repos["crysmmnet/changed"].tags == {}
    assert not hub.requests("^POST .*/changed/preupload/")


def test_a_shard_that_changes_while_it_goes_up_is_sent_as_it_was_checked(hub, client, corpus):
    before = hashlib.sha256((corpus / SHARD).read_bytes()).hexdigest()
    hub.fail("^POST .*/meanwhile/preupload/", lambda: spoil(corpus / SHARD))
    run = client.publish(corpus, "crysmmnet/meanwhile")
    assert run.returncode == 0, run.stderr
    assert hashlib.sha256((corpus / SHARD).read_bytes()).hexdigest() != before
    assert files(hub, "meanwhile")[SHARD].sha256 == before


def test_a_commit_that_holds_something_else_is_told_and_not_tagged(hub, client, corpus):
    def swapped():
        repo = hub.repos["crysmmnet/swapped"]
        listed = repo.resolve("main").files
        listed[SHARD] = listed["data/train-00000-of-00002.parquet"]

    hub.fail("^GET .*/swapped/tree/", None)  # of the head, before anything is sent
    hub.fail("^GET .*/swapped/tree/", swapped)
    run = client.publish(corpus, "crysmmnet/swapped", "--tag", "v1")
    refused(run, "publish-failed", SHARD)
    assert hub.repos["crysmmnet/swapped"].tags == {}


def changed(folder, **groups):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for group, values in groups.items():
        manifest[group] |= values
    save_manifest(folder, manifest)


@pytest.mark.parametrize(
    ("name", "newer", "words"),
    [
        ("crystext", {"versions": {"crystext": "0.10.0"}}, "built by crystext '0.10.0'"),
        ("source", {"source": {"version": "2022.12.12"}}, "of '2022.12.12', this one is of '2021."),
        ("other", {"source": {"name": "mp"}}, "of 'mp', this one is of 'jarvis'"),
    ],
)
def test_a_newer_corpus_is_replaced_by_force_alone(
    hub, client, corpus, tmp_path, name, newer, words
):
    repo = f"crysmmnet/newer-{name}"
    make_corpus(tmp_path / "newer")
    changed(tmp_path / "newer", **newer)
    assert client.publish(tmp_path / "newer", repo).returncode == 0
    commits = len(hub.repos[repo].commits)
    refused(client.publish(corpus, repo), "older-corpus", words, "--force")
    assert len(hub.repos[repo].commits) == commits
    run = client.publish(corpus, repo, "--force")
    assert run.returncode == 0, run.stderr
    assert client.publish(tmp_path / "newer", repo).returncode == (0 if name != "other" else 1)


def test_a_smaller_corpus_is_refused_and_a_larger_one_is_not(hub, client, corpus, tmp_path):
    make_corpus(tmp_path / "few", n_rows=6, shards=1, failures=0)
    assert client.publish(tmp_path / "few", "crysmmnet/grows").returncode == 0
    assert client.publish(corpus, "crysmmnet/grows").returncode == 0
    refused(
        client.publish(tmp_path / "few", "crysmmnet/grows"),
        "older-corpus",
        "of 13 inputs, this one is of 6",
    )
    assert SHARD in files(hub, "grows")
