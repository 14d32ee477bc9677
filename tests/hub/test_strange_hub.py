"""A server that answers every request alike, and is no Hub: one clear line each."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("huggingface_hub")

from crystext.corpus.reader import load_corpus
from tests import loopback

CIF = "Cu\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n"


class Handler(loopback.Handler):
    def handle_any(self):
        self.body()
        self.reply(200, self.fake, {"Content-Type": "application/json"})


def commands(folder):
    (folder / "a.vasp").write_text(CIF)
    corpus = str(load_corpus("mini").path)
    return {
        "no-run": ["predict", "owner/name", str(folder / "a.vasp")],
        "no-encoder": [
            *("embed", "mini", "--limit", "2", "--encoder", "owner/name"),
            *("--out", str(folder / "embeddings")),
        ],
        "publish-failed": ["publish", corpus, "--repo-id", "owner/name"],
    }


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        *((code, b"{}") for code in ("no-run", "no-encoder", "publish-failed")),
        ("no-run", b"[]"),
        ("no-run", b"null"),
        ("publish-failed", b"[]"),
        ("publish-failed", b"<html>"),
    ],
)
def test_what_is_no_hub_is_said(tmp_path, code, answer):
    if code != "publish-failed":
        pytest.importorskip("torch")
    with loopback.answering(Handler, answer) as url:
        run = subprocess.run(
            [sys.executable, "-m", "crystext", *commands(tmp_path)[code]],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ
            | {"HF_ENDPOINT": url, "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "hf_secret"},
        )
    assert "Traceback" not in run.stderr
    assert run.returncode == 1
    assert f"crystext: [{code}] " in run.stderr.splitlines()[-1]
    assert "hf_secret" not in run.stderr
    if code == "publish-failed":
        assert "is no Hub" in run.stderr
