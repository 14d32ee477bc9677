"""``build-corpus`` and its child processes: killed while they start, never able to, orphaned."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crystext import load_corpus
from tests.pipelines.parallel.test_limited_describer import running, wait_until_gone
from tests.pipelines.samples import files_of

COMMAND = [sys.executable, "-m", "crystext", "build-corpus", "--db", "mini", "--limit", "12"]
CHILD = """
import os, signal, sys
from pathlib import Path
here = Path(__file__).parent
def started(): (here / f"started-{os.getpid()}").touch()
class Spin:
    def find_spec(name, path, target=None):
        if name == "pymatgen":  # among what a child loads
            started()
            (10**7) ** (10**7)  # minutes in C, in which no thread of it runs
if "_serve(" in " ".join(sys.orig_argv):  # a describing child, before anything else happens in it
    what = (here / "what").read_text()
    if what == "spin":
        sys.meta_path.insert(0, Spin)
    else:
        started()
        if len(list(here.glob("started-*"))) <= int(what):
            os.kill(os.getpid(), signal.SIGKILL)
"""
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    subprocess.run([*COMMAND, "--out", out], check=True, capture_output=True)
    return files_of(out)


@pytest.fixture
def start(tmp_path):
    """Starts a build whose children do ``what``: spin, or die the first so many times."""
    (tmp_path / "sitecustomize.py").write_text(CHILD)
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])

    def build(what, *words, **how):
        (tmp_path / "what").write_text(what)
        return subprocess.Popen(
            [*COMMAND, "--out", str(tmp_path / "out"), *words],
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )

    return build


@WORKERS
def test_a_child_killed_while_it_starts_costs_nothing(start, tmp_path, whole, workers):
    run = start("1", "--workers", workers)
    _, errors = run.communicate(timeout=300)
    assert (run.returncode, errors) == (0, "")
    assert files_of(tmp_path / "out") == whole


@WORKERS
def test_children_that_never_start_end_the_build(start, tmp_path, whole, workers):
    run = start("1000", "--workers", workers)
    said, errors = run.communicate(timeout=300)
    assert (run.returncode, said) == (1, "")
    told, line = errors.splitlines()
    assert " holds a build that did not end; go on with: crystext build-corpus " in told
    assert line.startswith("crystext: [worker-not-started]")
    assert "SIGKILL, SIGKILL" in line
    assert not list((tmp_path / "out").rglob("*.part"))
    assert not list((tmp_path / "out").rglob("manifest.json"))
    again = start("0", "--resume")
    assert again.wait(timeout=300) == 0
    assert files_of(tmp_path / "out") == whole


@WORKERS
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_children_that_start_end_with_a_killed_parent(start, tmp_path, workers):
    """In C code, from which only the kernel can fetch them."""
    run = start("spin", "--workers", workers)
    pids, end = [], time.monotonic() + 120
    while len(pids) < 1:
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.05)
        pids = [int(one.name.partition("-")[2]) for one in tmp_path.glob("started-*")]
    time.sleep(1)
    assert all(running(pid) for pid in pids)
    run.kill()
    run.wait()
    try:
        assert all(wait_until_gone(pid, 60) for pid in pids)
    finally:
        for pid in pids:
            if running(pid):
                os.kill(pid, signal.SIGKILL)
        run.communicate()


@WORKERS
def test_properties_may_have_the_names_of_a_failures_columns(tmp_path, workers):
    """``code``, ``stage`` and ``message`` are columns of rows like others."""
    structures = tmp_path / "structures"
    structures.mkdir()
    halite = (Path(__file__).parents[2] / "examples" / "halite.cif").read_text("utf-8")
    for name in ("a", "b"):
        (structures / f"{name}.cif").write_text(halite)
    (structures / "c.cif").write_text("data_c\n")
    table = tmp_path / "properties.csv"
    table.write_text("id,code,stage,message,seconds\na,1.5,read,hello,1\nb,2.5,describe,you,2\n")
    out = tmp_path / "out"
    words = ["--db", "files", "--input", structures, "--property-table", table, "--out", out]
    words = [*COMMAND[:4], *words, "--workers", workers]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads((out / "manifest.json").read_text("utf-8"))["counts"]
    assert (counts["rows"], counts["failures"]) == (2, 1)
    corpus = load_corpus(out)
    rows = corpus.table(["id", "code", "stage", "message"]).to_pylist()
    assert rows == [
        {"id": "a", "code": 1.5, "stage": "read", "message": "hello"},
        {"id": "b", "code": 2.5, "stage": "describe", "message": "you"},
    ]
    assert [one["id"] for one in corpus.failures().to_pylist()] == ["c"]
    check = [*COMMAND[:3], "check", out]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("name", ["text", "structure_hash", "notes"])
def test_properties_with_the_names_of_a_corpus_columns_are_kept_apart(tmp_path, name):
    halite = Path(__file__).parents[2] / "examples" / "halite.cif"
    table = tmp_path / "properties.csv"
    table.write_text(f"id,{name}\nhalite,1.5\n")
    out = tmp_path / "out"
    words = ["--db", "files", "--input", halite, "--property-table", table, "--out", out]
    done = subprocess.run([*COMMAND[:4], *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = load_corpus(out).table().to_pylist()
    assert row[f"given_{name}"] == 1.5
    assert row[name] != 1.5


@pytest.fixture
def family(tmp_path):
    """Starts builds, and tells of the processes that come from them by a mark in their environment.

    The build itself is none of them.
    """
    mark, builds = f"CRYSTEXT_TEST_OF={tmp_path}", []

    def members():
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return {pid: words for pid, words in found.items() if pid not in builds}

    def starting(executor, count):
        """A build, and one of its processes of which there are so many, only just started."""
        if executor == "dask":
            pytest.importorskip("distributed")
        run = subprocess.Popen(
            [*COMMAND, "--out", tmp_path / "out", "--workers", "2", "--executor", executor],
            env=os.environ | dict([mark.split("=", 1)]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        builds.append(run.pid)
        name = "_serve(" if executor == "local" else "spawn_main"
        found, end = [], time.monotonic() + 120
        while len(found) < count:
            assert run.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
            found = [pid for pid, words in members().items() if name in words]
        return run, found[-1]

    starting.members = members
    yield starting
    for pid in [*builds, *members()]:
        if running(pid):
            os.kill(pid, signal.SIGKILL)


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what is started is found in /proc")


@LINUX
@pytest.mark.parametrize("executor", ["local", "dask"])
def test_a_process_that_is_stopped_while_it_starts_ends_with_a_killed_parent(family, executor):
    run, pid = family(executor, 1)
    os.kill(pid, signal.SIGSTOP)
    run.kill()
    run.wait()
    assert wait_until_gone(pid, 60)
    end = time.monotonic() + 120
    while left := family.members():
        assert time.monotonic() < end, left
        time.sleep(0.1)


@LINUX
@pytest.mark.slow
def test_a_dask_worker_that_is_stopped_while_it_starts_is_done_without(family, tmp_path, whole):
    run, pid = family("dask", 2)
    os.kill(pid, signal.SIGSTOP)
    assert run.wait(timeout=600) == 0
    assert files_of(tmp_path / "out") == whole
    assert wait_until_gone(pid, 60)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="a POSIX terminal's Ctrl-C")
def test_ctrl_c_reaches_dasks_workers_without_a_traceback(start, tmp_path):
    """A terminal sends it to every process of the build."""
    pytest.importorskip("distributed")
    run = start("spin", "--workers", "2", "--executor", "dask", start_new_session=True)
    end = time.monotonic() + 120
    while not list(tmp_path.glob("started-*")):  # a worker is there, as its child is
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=300)
    assert run.returncode == 130
    assert "Traceback" not in errors
    assert "stopped; go on with: crystext build-corpus " in errors
