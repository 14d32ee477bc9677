"""A Hub, and the unmodified clients in processes of their own that know nothing of this machine."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.hub.server import WRITER, running

KEPT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")


@pytest.fixture(scope="module")
def hub():
    with running() as hub:
        yield hub


@pytest.fixture(scope="module")
def client(hub, tmp_path_factory):
    """Runs a Python process against the Hub, each in a fresh home; see HUB.md on the variables."""

    def environment(token):
        home = tmp_path_factory.mktemp("home")
        variables = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "HOME": str(home),
            "HF_HOME": str(home / "hf"),
            "HF_ENDPOINT": hub.url,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        return variables | ({"HF_TOKEN": token} if token else {})

    def run(*args, token=WRITER):
        return subprocess.run(
            [sys.executable, *map(str, args)],
            env=environment(token),
            cwd=tmp_path_factory.mktemp("cwd"),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,  # on a busy machine the clients alone take a minute to start
        )

    def publish(folder, repo_id, *options, token=WRITER):
        return run("-m", "crystext", "publish", folder, "--repo-id", repo_id, *options, token=token)

    def script(code, token=WRITER):
        """Runs code that fills ``out`` and returns it."""
        code = f"import json\nout = {{}}\n{code}\nprint('\\n' + json.dumps(out))"
        done = run("-c", code, token=token)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    return SimpleNamespace(run=run, publish=publish, script=script)
