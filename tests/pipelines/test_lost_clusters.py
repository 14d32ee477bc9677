"""A Dask cluster whose scheduler or workers are gone or stopped: a message, an end, a resume."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.pipelines.samples import files_of

pytest.importorskip("distributed")
IMPATIENT = "from crystext.pipelines.parallel import dask; dask.PATIENCE = 8.0; "
MAIN = "from crystext.cli import main; main()"
WORDS = ["build-corpus", "--db", "mini", "--limit", "200", "--out"]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def started(*words):
    return subprocess.Popen(
        [sys.executable, *map(str, words)], env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(condition, *processes):
    end = time.monotonic() + 180
    while not (found := condition()):
        assert all(one.poll() is None for one in processes), processes[-1].stderr.read()
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    subprocess.run(
        [sys.executable, "-c", MAIN, *WORDS, out], check=True, capture_output=True, env=ENVIRONMENT
    )
    return files_of(out)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and one worker, as two processes, and its address."""
    note = tmp_path / "scheduler.json"
    words = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = started(*words, "--no-dashboard", "--scheduler-file", note)
    wait_for(lambda: note.exists() and note.stat().st_size, scheduler)
    words = ["-m", "distributed.cli.dask_worker", "--scheduler-file", note, "--no-nanny"]
    worker = started(*words, "--no-dashboard", "--nthreads", "1", "--host", "127.0.0.1")
    yield note, scheduler, worker
    for one in (worker, scheduler):
        one.kill()
        one.communicate()


@pytest.mark.parametrize(
    ("which", "how", "words"),
    [
        (1, signal.SIGSTOP, "has not answered for 8 s"),
        (1, signal.SIGKILL, ""),
        (2, signal.SIGKILL, "has had no worker for 8 s"),
    ],
    ids=["scheduler stopped", "scheduler killed", "workers killed"],
)
def test_a_lost_cluster_ends_the_build_which_goes_on_elsewhere(
    cluster, tmp_path, whole, which, how, words
):
    out = tmp_path / "out"
    address = json.loads(cluster[0].read_text())["address"]
    more = ["--executor", "dask", "--scheduler", address]
    run = started("-c", IMPATIENT + MAIN, *WORDS, out, *more)
    wait_for(lambda: list(out.rglob("*.part")), *cluster[1:], run)
    cluster[which].send_signal(how)
    said, errors = run.communicate(timeout=300)
    assert (run.returncode, said) == (1, ""), errors
    line = errors.splitlines()[-1]
    assert line.startswith(f"crystext: [cluster-lost] the Dask scheduler at {address} {words}")
    assert "--resume" in line
    assert "Traceback" not in errors
    assert not (out / "manifest.json").exists()
    again = started("-c", MAIN, *WORDS, out, "--resume")
    assert again.communicate(timeout=300)[1] == ""
    assert files_of(out) == whole
