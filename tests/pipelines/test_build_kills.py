"""A build that is killed in any way and gone on with is the build that was never killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crystext.pipelines.build.corpus import BuildSettings, build_corpus
from tests.pipelines.parallel.test_limited_describer import wait_until_gone
from tests.pipelines.samples import FAKE, copper, files_of, sample

PROC = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
COUNT = 400
SETTINGS = BuildSettings(rows_per_shard=150)
BUILD = """
import os, signal, sys
from pathlib import Path
from crystext.pipelines.build import journal
from tests.pipelines.test_build_kills import build

def die(*_): os.kill(os.getpid(), signal.SIGKILL)
out, workers, resume = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "resume"
kill = sys.argv[4]
if kill == "part":  # in the middle of writing the third part
    fsync, calls = os.fsync, []
    def dying(handle):
        calls.append(handle)
        if len(calls) == 7:  # header and two parts, a file and a folder each, come before
            os.truncate(f"/proc/self/fd/{handle}", os.fstat(handle).st_size // 2)
            die()
        fsync(handle)
    os.fsync = dying
if kill == "shard":  # in the middle of writing the second shard
    import pyarrow.parquet as pq
    write, calls = pq.ParquetWriter.write_table, []
    def dying(self, *args, **more):
        write(self, *args, **more)
        calls.append(self)
        if len(calls) == 2:
            die()
    pq.ParquetWriter.write_table = dying
if kill == "rename":  # between moving the first and the second finished file
    replace, calls = Path.replace, []
    def dying(self, target):
        replace(self, target)
        calls.append(self)
        if len(calls) > 1 and "ready" in self.parts:
            die()
    Path.replace = dying
build(out, workers=workers, resume=resume, seconds=0.004)
"""


def inputs(seconds):
    return sample(copper(n, notes=[f"sleep:{seconds}"]) for n in range(COUNT))


def build(out, *, seconds=0.0, **how):
    return build_corpus(
        inputs(seconds), out, settings=SETTINGS, progress=False, factory=FAKE, **how
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    build(out)
    return files_of(out)


def start(out, *, workers=1, resume=False, kill=""):
    words = [str(out), str(workers), "resume" if resume else "new", kill]
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{BUILD}", *words],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_parts(out, count, run):
    end = time.monotonic() + 60
    while len(list((out / ".build" / "parts").glob("*.part"))) < count:
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)


def children(pid):
    """Of all threads of a process."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for child in " ".join(texts).split()]


def describing(pid):
    words = {child: Path(f"/proc/{child}/cmdline").read_text() for child in children(pid)}
    return [child for child, one in words.items() if "_serve(" in one]


@pytest.mark.parametrize("kill", ["part", "shard", "rename"])
def test_killed_in_the_middle_of_a_write(tmp_path, whole, kill):
    out = tmp_path / "out"
    with start(out, kill=kill) as run:
        assert run.wait(timeout=60) == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    build(out, resume=True)
    assert files_of(out) == whole


@PROC
def test_the_parent_is_killed_and_leaves_no_orphan(tmp_path, whole):
    out = tmp_path / "out"
    with start(out, workers=2) as run:
        wait_for_parts(out, 2, run)
        family = children(run.pid)
        run.kill()
    assert len(family) == 3  # two that describe, and their guard
    assert all(wait_until_gone(pid) for pid in family)
    done = len(list((out / ".build" / "parts").glob("*.part")))
    assert 2 <= done < -(-COUNT // 64)
    build(out, resume=True)
    assert files_of(out) == whole


@PROC
def test_describing_children_are_killed_and_the_run_goes_on(tmp_path, whole):
    out = tmp_path / "out"
    with start(out, workers=2) as run:
        wait_for_parts(out, 1, run)
        first = describing(run.pid)
        assert len(first) == 2
        # Each is killed once: one retry of one crystal, or of its start if it has not ended yet
        for parts, pid in enumerate(first, start=1):
            wait_for_parts(out, parts, run)
            os.kill(pid, signal.SIGKILL)
        assert run.wait(timeout=60) == 0, run.stderr.read()
    assert files_of(out) == whole


def test_killed_three_times_at_any_time(tmp_path, whole):
    out = tmp_path / "out"
    for number, seconds in enumerate((2.2, 3.1, 2.7)):
        with start(out, workers=1, resume=number > 0) as run:
            time.sleep(seconds)
            run.kill()
    build(out, resume=True)
    assert files_of(out) == whole
