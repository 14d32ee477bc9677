"""A server that answers every request alike, and is no Hub: one clear line each."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("huggingface_hub")

from crystext.corpus.reader import load_corpus

CIF = "Cu\n1\n4 0 0\n0 4 0\n0 0 4\nCu\n1\nDirect\n0 0 0\n"


class Handler(BaseHTTPRequestHandler):
    def handle_any(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.answer
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

    def log_message(self, *_):
        """Standard error stays the tests' own."""


@contextmanager
def answering(answer):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.answer = True, answer
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


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
    with answering(answer) as url:
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
