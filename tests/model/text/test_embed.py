import json
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import crystext
from crystext.corpus.tokens import load_counter
from crystext.errors import CannotWriteError, OtherStoreError, UsageError
from crystext.model.stores import writer as writer_module
from crystext.model.text import EmbeddingStore, TextEncoder, embed_corpus
from crystext.model.text.settings import EmbedSettings
from tests.model.text.tiny import LIMIT, save_tiny

N = 60


def embed(tiny, out, **options):
    given = {"encoder": tiny, "limit": N, "device": "cpu", "batch_size": 2} | options
    return embed_corpus("mini", out=out, **given)


@pytest.fixture(scope="module")
def texts():
    return crystext.load_corpus("mini").table(["text"]).slice(0, N)["text"].to_pylist()


def test_a_store_holds_what_the_encoder_gives_and_what_the_tokenizer_counts(tiny, texts, tmp_path):
    store = embed(tiny, tmp_path / "made")
    encoder = TextEncoder.load(tiny, pool="mean", device="cpu", batch_size=2)
    assert np.array_equal(store.vectors, encoder.encode(texts))
    counts = load_counter(str(tiny)).counts(texts)
    assert store.table["n_tokens"].to_pylist() == counts
    assert store.table["truncated"].to_pylist() == [count > LIMIT for count in counts]
    manifest = store.manifest
    assert manifest["truncated"] == sum(count > LIMIT for count in counts) > 0
    assert manifest["settings"].items() >= encoder.identity.items()
    assert manifest["settings"]["corpus"] == "mini-text"
    assert manifest["versions"]["torch"]
    assert (manifest["device"], manifest["batch_size"]) == ("cpu", 2)
    assert 0 < manifest["seconds"] < 60
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made"]
    windowed = embed(tiny, tmp_path / "windowed", windows=True)
    assert windowed.manifest["truncated"] == 0
    assert windowed.table["n_tokens"].to_pylist() == counts


def test_the_digest_changes_with_every_setting(tiny, tmp_path):
    other = save_tiny(tmp_path / "other" / "tiny-bert", seed=1)
    changes = {
        "nothing": {},
        "section": {"section": "global"},
        "fields": {"section": "fields"},
        "pool": {"pool": "cls"},
        "windows": {"windows": True},
        "precision": {"precision": "bf16"},
        "normalisation": {"normalisation": "matscibert"},
        "rows": {"limit": 5},
        "weights": {"encoder": other},
    }
    stores = {
        name: embed(tiny, tmp_path / name, **{"limit": 6, **change})
        for name, change in changes.items()
    }
    digests = {store.digest for store in stores.values()}
    assert len(digests) == len(changes)
    same = embed(tiny, tmp_path / "again", limit=6, batch_size=7)
    assert same.digest == stores["nothing"].digest  # how it is computed is no setting
    np.testing.assert_allclose(same.vectors, stores["nothing"].vectors, atol=1e-5)


def test_a_finished_store_is_found_again_and_others_are_left_alone(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTEXT_CACHE", str(tmp_path / "cache"))
    store = embed(tiny, None)
    name = f"mini-text-tiny_bert-all-mean-{store.digest}"
    assert store.path == tmp_path / "cache" / "embeddings" / name
    monkeypatch.setattr(TextEncoder, "embed", None)  # whoever embeds again fails
    assert embed(tiny, None, batch_size=5).path == store.path
    with pytest.raises(OtherStoreError, match=r'differ in pool \(then "mean", now "cls"\)'):
        embed(tiny, store.path, pool="cls")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    for taken in (tmp_path / "full", tmp_path / "full" / "thesis.tex"):
        with pytest.raises(OtherStoreError, match="holds other files; choose a new folder"):
            embed(tiny, taken)
    with pytest.raises(CannotWriteError, match="another --out"):
        embed(tiny, tmp_path / "full" / "thesis.tex" / "below")


def test_an_empty_folder_may_be_filled(tiny, tmp_path):
    (tmp_path / "empty").mkdir()
    assert len(embed(tiny, tmp_path / "empty", limit=3)) == 3


# ------------------------------------------------------------------------------------- interrupted

KILLED = """
import os, signal, sys
from crystext.model.stores import writer
from crystext.model.text import TextEncoder, embed_corpus
writer.INTERVAL = float(sys.argv[3])
embed, count = TextEncoder.embed, 0
def dying(*args):
    global count
    count += 1
    if count > int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
    return embed(*args)
TextEncoder.embed = dying
embed_corpus("mini", encoder=sys.argv[1], out=sys.argv[2], limit=60, device="cpu", batch_size=2)
"""


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tiny, tmp_path, monkeypatch):
    whole, out = embed(tiny, tmp_path / "whole"), tmp_path / "killed"
    for interval, batches in (("0", "7"), ("1e9", "3")):  # the second loses all that it did
        run = subprocess.run(
            [sys.executable, "-c", KILLED, str(tiny), str(out), interval, batches], check=False
        )
        assert run.returncode == -signal.SIGKILL
        assert not out.exists()
    progress = json.loads((tmp_path / "killed.partial" / "progress.json").read_text())
    assert progress["done"] == 7
    calls, embed_batch = [], TextEncoder.embed
    monkeypatch.setattr(
        TextEncoder, "embed", lambda *args: calls.append(args) or embed_batch(*args)
    )
    store = embed(tiny, out)
    assert len(calls) == 30 - 7
    assert not (tmp_path / "killed.partial").exists()
    for name in ("vectors.npy", "ids.parquet"):
        assert (store.path / name).read_bytes() == (whole.path / name).read_bytes()
    assert {**store.manifest, "seconds": 0} == {**whole.manifest, "seconds": 0}
    names = sorted(path.name for path in store.path.iterdir())
    assert names == ["ids.parquet", "manifest.json", "vectors.npy"]


@pytest.fixture
def stopped(tiny, tmp_path, monkeypatch):
    """A folder whose run was ended with Ctrl-C after four batches."""
    embed_batch, calls = TextEncoder.embed, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) > 4:
            raise KeyboardInterrupt
        return embed_batch(*args)

    with monkeypatch.context() as patched:
        patched.setattr(TextEncoder, "embed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            embed(tiny, tmp_path / "stopped")
    return tmp_path / "stopped"


def test_ctrl_c_keeps_all_that_is_done(stopped):
    progress = json.loads((stopped.parent / "stopped.partial" / "progress.json").read_text())
    assert progress["done"] == 4
    assert progress["seconds"] > 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"pool": "cls"}, r'pool \(then "mean", now "cls"\)'),
        ({"batch_size": 3}, r"batch_size \(then 2, now 3\)"),
        ({"precision": "bf16"}, "precision"),
        ({"limit": N - 1}, "texts_sha256"),
    ],
)
def test_going_on_with_other_settings_is_refused(tiny, stopped, options, named):
    with pytest.raises(OtherStoreError, match=f"stopped.partial differ in {named}"):
        embed(tiny, stopped, **options)
    assert len(embed(tiny, stopped)) == N


def test_who_waits_for_another_process_opens_what_it_made(tiny, tmp_path, monkeypatch, caplog):
    out, released, calls = tmp_path / "busy", threading.Event(), []
    embed_batch = TextEncoder.embed

    def held(*args):
        calls.append(args)
        assert released.wait(60)
        return embed_batch(*args)

    monkeypatch.setattr(TextEncoder, "embed", held)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(embed, tiny, out) for _ in range(2)]
        for _ in range(3000):
            if "waiting for the process" in caplog.text and calls:
                break
            time.sleep(0.01)
        released.set()
        first, second = (run.result() for run in runs)
    assert first.digest == second.digest
    assert len(calls) == N // 2
    assert [path.name for path in tmp_path.iterdir()] == ["busy"]


def test_a_disk_that_is_full_is_named(tiny, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer_module, "write_json", full)
    with pytest.raises(CannotWriteError, match="No space left on device"):
        embed(tiny, tmp_path / "full")
    monkeypatch.undo()
    assert len(embed(tiny, tmp_path / "full")) == N


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"section": "title"},
            "section 'title' is not known; choose one of all, global",
        ),
        ({"limit": 0}, "a limit of 0 leaves no text"),
        ({"pool": "max"}, "pool 'max' is not known"),
    ],
)
def test_wrong_settings_leave_nothing_behind(tiny, tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        embed(tiny, tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_opened_is_the_one_that_was_made(tiny, tmp_path):
    made = embed(tiny, tmp_path / "made", limit=4)
    opened = EmbeddingStore.open(tmp_path / "made")
    assert opened.digest == made.digest
    assert repr(opened) == f"EmbeddingStore('{tmp_path / 'made'}', 4 x 32)"


def test_settings_may_be_given_as_one_object(tiny, tmp_path):
    settings = EmbedSettings(tiny, pool="cls", device="cpu")
    one = embed_corpus("mini", settings, limit=3, out=tmp_path / "one")
    assert embed(tiny, tmp_path / "two", pool="cls", limit=3).digest == one.digest
    other = embed_corpus("mini", settings, limit=3, out=tmp_path / "three", pool="mean")
    assert other.settings["pool"] == "mean"
    for wrong in ({"section": "title"}, {"device": "tpu"}, {"batch_size": 0}):
        with pytest.raises(UsageError):
            EmbedSettings(tiny, **wrong)
