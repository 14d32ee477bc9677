"""Encoders from the Hub: fetched once, pinned to a commit, read offline afterwards."""

import os
import subprocess
import sys

import pytest

from tests.hub.store import Blob, Repository
from tests.model.text.tiny import save_tiny

pytest.importorskip("torch")
pytest.importorskip("transformers")
MATSCIBERT = "m3rg-iitd/matscibert"
SCRIPT = """
import json, sys
from crystext.errors import CrystextError
from crystext.model.text import TextEncoder
for name, revision in json.loads(sys.argv[1]):
    try:
        encoder = TextEncoder.load(name, pool="cls", device="cpu", revision=revision)
        a, b = encoder.encode(["2.81 Å and H₂O", "2.81 A and H2O"])
        files = sorted(path.name for path in encoder.checkpoint.folder.iterdir())
        told = encoder.identity | {"same": bool((a == b).all()), "first": float(a[0])}
        print(json.dumps(told | {"name": encoder.checkpoint.name, "files": files}))
    except CrystextError as error:
        print(json.dumps({"code": error.code, "message": error.message}))
"""


@pytest.fixture(scope="module")
def repositories(hub, tmp_path_factory):
    """MatSciBERT's repository with torch's weights alone, as on the Hub, and one with both."""
    made = tmp_path_factory.mktemp("made")

    def put(repo_id, folder, **more):
        files = {p.name: p.read_bytes() for p in folder.iterdir()} | more
        repo = hub.repos.setdefault(repo_id, Repository(repo_id))
        blobs = {
            name: Blob(content, lfs=name.endswith((".bin", ".safetensors")))
            for name, content in files.items()
        }
        return repo.commit("main", blobs, "weights").oid

    noise = {"training_args.bin": b"not wanted", "README.md": b"# a card"}
    old = put(MATSCIBERT, save_tiny(made / "old", seed=1, safe=False), **noise)
    new = put(MATSCIBERT, save_tiny(made / "new", seed=2, safe=False), **noise)
    safe = put("lab/bert-of-crystals", save_tiny(made / "safe"), **{"pytorch_model.bin": b"evil"})
    return {"old": old, "new": new, "safe": safe}


@pytest.fixture
def load(hub, tmp_path):
    """Loads encoders in a process of its own, with a home of its own."""
    import json

    def run(*asked, **environment):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        variables = kept | {
            "HOME": str(tmp_path),
            "HF_HOME": str(tmp_path / "hf"),
            "HF_ENDPOINT": hub.url,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, json.dumps(asked)],
            env=variables | environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        assert "Loading weights" not in done.stderr
        assert "Fetching" not in done.stderr  # a bar is for terminals
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_encoders_are_fetched_and_pinned_and_read_offline(hub, repositories, load):
    hub.log.clear()
    asked = [
        ("matscibert", None),
        (MATSCIBERT, repositories["old"]),
        ("lab/bert-of-crystals", None),
        ("lab/gone", None),
        (MATSCIBERT, "no-such-tag"),
    ]
    new, old, safe, gone, tag = load(*asked)
    assert (new["model"], new["revision"], new["name"]) == (
        MATSCIBERT,
        repositories["new"],
        "matscibert",
    )
    assert (new["normalisation"], new["same"]) == ("matscibert", True)
    assert old["revision"] == repositories["old"]
    assert old["weights_sha256"] != new["weights_sha256"]
    assert old["first"] != new["first"]
    assert "pytorch_model.bin" in new["files"]
    assert not {"README.md", "training_args.bin"} & set(new["files"])
    assert (safe["normalisation"], safe["same"]) == ("none", False)
    assert "model.safetensors" in safe["files"]
    assert not hub.requests(r"lab/bert-of-crystals/resolve/.*\.bin")
    for error in (gone, tag):
        assert error["code"] == "no-encoder"
        assert "cannot be fetched from the Hub" in error["message"]
        assert "give --encoder FOLDER, or take --encoder minilm" in error["message"]
    assert "'no-such-tag'" in tag["message"]

    hub.log.clear()
    again, never = load(("matscibert", None), ("lab/other", None), HF_HUB_OFFLINE="1")
    assert again == new
    assert never["code"] == "no-encoder"
    assert not hub.log
