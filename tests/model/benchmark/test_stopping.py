"""A benchmark that is asked to end: every process saves its state first, none is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from crystext.model.benchmark.layout import RUNS
from crystext.model.benchmark.plan import save_plan
from crystext.model.benchmark.worker import command
from crystext.model.training.folder import STATE
from crystext.model.training.logs import read_log
from tests.model.benchmark import small
from tests.pipelines.parallel.test_limited_describer import wait_until_gone

PARENT = """
import sys
from pathlib import Path
from crystext.cli import main
from crystext.cli import benchmark as shown
from crystext.model.benchmark.plan import read_plan
shown._plan = lambda _: read_plan(Path(sys.argv[1]), sys.argv[2])
main(["benchmark", "--out", sys.argv[1], "--workers", "2"])
"""
SECONDS = 300

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def long_plan(corpus, tmp_path):
    """Two runs that would take a quarter of an hour."""
    return small.plan("cgcnn", seeds=2, training__epochs=10**4)


def started(process, folder, number):
    """Folders of runs, once so many have had three epochs."""
    end = time.monotonic() + SECONDS
    while True:
        found = [
            one.parent for one in folder.glob(f"{RUNS}/*/log.csv") if len(read_log(one.parent)) > 2
        ]
        if len(found) == number:
            return found
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_saves_its_state_and_says_nothing(long_plan, tmp_path, number):
    words = command(tmp_path, save_plan(long_plan, tmp_path))
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    (run,) = started(process, tmp_path, 1)
    assert not (run / STATE).is_file()  # the last was less than 30 s ago
    process.send_signal(number)
    _, said = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (130, "")
    assert (run / STATE).is_file()


@pytest.mark.parametrize("how", ["Ctrl-C in a terminal", "a batch system's SIGTERM", "SIGKILL"])
def test_no_worker_is_left_behind(long_plan, tmp_path, how):
    key = save_plan(long_plan, tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), key],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    runs = started(process, tmp_path, 2)
    workers = children(process.pid)
    assert len(workers) == 2
    if how == "Ctrl-C in a terminal":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGKILL if how == "SIGKILL" else signal.SIGTERM)
    _, said = process.communicate(timeout=SECONDS)
    assert all(wait_until_gone(one, 60) for one in workers)
    if how == "SIGKILL":
        return
    assert process.returncode == 130
    assert "\nstopped; the same command goes on\n" in said
    assert "Traceback" not in said
    assert all((run / STATE).is_file() for run in runs)


def children(pid):
    words = ["ps", "-o", "pid=", "--ppid", str(pid)]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    return [int(one) for one in told.stdout.split()]
