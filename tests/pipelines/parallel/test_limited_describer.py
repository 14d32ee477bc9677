import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from crystext.errors import (
    SymmetryFailedError,
    TimeLimitError,
    UsageError,
    WorkerDiedError,
    WorkerNotStartedError,
)
from crystext.pipelines.parallel import child
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from tests.fakes import Thing

PROC = Path("/proc/self/stat").exists()


def limited(timeout=None, **settings):
    return closing(LimitedDescriber(settings, timeout, factory="tests.fakes:FakeDescriber"))


@pytest.fixture
def describer():
    with limited(timeout=30) as d:
        yield d


def running(pid):
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text() if PROC else ") R"
    except (ProcessLookupError, FileNotFoundError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"  # a zombie has ended


def wait_until_gone(pid, seconds=20):
    end = time.monotonic() + seconds
    while running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not running(pid)


def test_describes_in_one_other_process(describer):
    first, second = describer.describe(Thing("a")), describer.describe(Thing("b"))
    assert (first.text, second.text) == ("text of a", "text of b")
    assert first.pid == second.pid != os.getpid()


@pytest.mark.parametrize(
    "thing", [Thing("a", seconds=60), Thing("a", "c_loop")], ids=["sleep", "C"]
)
def test_time_limit_ends_the_work_and_the_next_crystal_is_described(thing):
    with limited(timeout=0.5) as describer:
        before = describer.describe(Thing("before")).pid
        start = time.monotonic()
        with pytest.raises(TimeLimitError, match=r"0\.5 s") as caught:
            describer.describe(thing)
        assert caught.value.code == "time-limit"
        assert time.monotonic() - start < 5
        assert not running(before)
        assert describer.describe(Thing("after")).text == "text of after"


def test_starting_does_not_count():
    with limited(timeout=0.4, start_seconds=0.9) as describer:
        assert describer.describe(Thing("a")).text == "text of a"


def test_a_child_that_dies_is_tried_once_more(describer, tmp_path):
    thing = Thing("a", "suicide_once", note=str(tmp_path / "attempts"))
    assert describer.describe(thing).text == "text of a"
    assert (tmp_path / "attempts").read_text() == "xx"


def test_a_child_that_dies_twice_is_a_coded_error(describer):
    with pytest.raises(WorkerDiedError, match="SIGKILL, SIGKILL") as caught:
        describer.describe(Thing("a", "suicide"))
    assert caught.value.code == "worker-died"
    assert describer.describe(Thing("b")).text == "text of b"


def test_a_child_killed_between_two_crystals_costs_nothing(describer):
    pid = describer.describe(Thing("a")).pid
    os.kill(pid, signal.SIGKILL)
    assert wait_until_gone(pid)
    assert describer.describe(Thing("b")).text == "text of b"


def test_errors_come_back_as_themselves(describer):
    with pytest.raises(SymmetryFailedError, match="symprec"):
        describer.describe(Thing("a", "known_error"))
    with pytest.raises(ZeroDivisionError, match="a bug") as caught:
        describer.describe(Thing("a", "bug"))
    assert "_bug" in caught.value.__notes__[0]  # where it happened


@pytest.mark.parametrize("does", ["unpicklable", "unpicklable_result", "exit"])
def test_what_cannot_cross_the_pipe_is_named(describer, does):
    with pytest.raises(Exception, match=r"UnpicklableError: .* smoke|pickle|SystemExit: 5"):
        describer.describe(Thing("a", does))
    assert describer.describe(Thing("b")).text == "text of b"


def test_an_unpicklable_crystal_does_not_hurt_the_child(describer):
    pid = describer.describe(Thing("a")).pid
    with pytest.raises(Exception, match="pickle"):
        describer.describe(lambda: None)
    assert describer.describe(Thing("b")).pid == pid


def test_what_a_library_prints_does_not_disturb(describer):
    assert describer.describe(Thing("a", "print")).text == "text of a"


def test_blas_has_one_thread(describer):
    assert describer.describe(Thing("a", "environment")).text == "1"


def test_refused_settings_are_raised_by_start():
    with limited(mode="refuse") as describer, pytest.raises(UsageError, match="refused"):
        describer.start()


def test_closed_is_closed(describer):
    pid = describer.describe(Thing("a")).pid
    describer.close()
    assert not running(pid)
    with pytest.raises(WorkerNotStartedError, match="closed"):
        describer.describe(Thing("b"))


def test_a_child_that_is_closed_while_it_is_looked_at_is_still_that_child(describer):
    class Closed:
        @property
        def process(self):
            describer._child = None  # as another thread does
            return SimpleNamespace(poll=lambda: None)

    describer._child = child = Closed()
    assert describer.start() is child


def test_close_from_another_thread_leaves_no_new_child(describer):
    pid = describer.describe(Thing("a")).pid
    closer = threading.Timer(0.3, describer.close)
    closer.start()
    with pytest.raises(WorkerNotStartedError, match="closed"):
        describer.describe(Thing("b", seconds=60))
    assert not running(pid)


@pytest.mark.parametrize(("mode", "why"), [("dead", "exit status 3"), ("broken", "ImportError")])
def test_a_child_that_cannot_start_is_no_fault_of_the_crystal(mode, why):
    with limited(mode=mode) as describer, pytest.raises(WorkerNotStartedError, match=why):
        describer.describe(Thing("a"))


def test_no_room_for_a_child_is_no_fault_of_the_crystal(monkeypatch):
    def full(*_, **__):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    with limited() as describer, pytest.raises(WorkerNotStartedError, match="unavailable"):
        describer.describe(Thing("a"))


def test_a_child_killed_while_it_starts_costs_nothing(tmp_path):
    with limited(mode=f"dies_once:{tmp_path / 'note'}") as describer:
        assert describer.describe(Thing("a")).text == "text of a"
    assert (tmp_path / "note").exists()


@pytest.mark.skipif(not PROC, reason="needs /proc")
def test_a_stopped_child_is_replaced_and_costs_nothing(monkeypatch):
    monkeypatch.setattr(child, "STOPPED_LIMIT", 1.0)
    with limited() as describer:
        pid = describer.describe(Thing("a")).pid
        threading.Timer(0.3, os.kill, (pid, signal.SIGSTOP)).start()
        found = describer.describe(Thing("b", seconds=1.5))
        assert found.text == "text of b"
        assert found.pid != pid
        assert not running(pid)


@pytest.mark.skipif(not PROC, reason="needs /proc")
def test_a_child_that_is_stopped_before_it_has_read_a_large_crystal_is_replaced(monkeypatch):
    monkeypatch.setattr(child, "STOPPED_LIMIT", 1.0)
    with limited() as describer:
        os.kill(describer.describe(Thing("a")).pid, signal.SIGSTOP)
        assert describer.describe(Thing("b", note="x" * 10**7)).text == "text of b"


@pytest.mark.skipif(not PROC, reason="needs /proc")
def test_time_in_which_the_child_is_stopped_does_not_count():
    with limited(timeout=30) as describer:
        pid = describer.describe(Thing("a")).pid
        describer._timeout = 3.0
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(4.5, os.kill, (pid, signal.SIGCONT)).start()
        assert describer.describe(Thing("b")).pid == pid


STOPPED_PARENT = """
import sys
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from tests.fakes import Thing
describer = LimitedDescriber({}, 5, factory="tests.fakes:FakeDescriber")
print(describer.describe(Thing("a")).pid, flush=True)
print(describer.describe(Thing("b", seconds=2)).text, flush=True)
"""


def test_time_in_which_the_parent_is_stopped_does_not_count():
    """As by Ctrl-Z: the whole group, longer than the limit of a crystal and its grace."""
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{STOPPED_PARENT}"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        parent.stdout.readline()
        os.killpg(parent.pid, signal.SIGSTOP)
        time.sleep(9)
        os.killpg(parent.pid, signal.SIGCONT)
        assert parent.stdout.readline() == "text of b\n"
        assert parent.wait(timeout=60) == 0


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_limit_without_time_is_refused(timeout):
    with pytest.raises(UsageError, match="more than 0"):
        limited(timeout=timeout)


PARENT = """
import sys
from crystext.pipelines.parallel.limited_describer import LimitedDescriber
from tests.fakes import Thing
describer = LimitedDescriber({{}}, {timeout}, factory="tests.fakes:FakeDescriber")
print(describer.describe(Thing("a")).pid, flush=True)
describer.describe(Thing("b", {does!r}, seconds={seconds}))
"""


@pytest.mark.parametrize(
    ("how", "does", "seconds"),
    [
        (signal.SIGINT, "c_loop", 0),
        (signal.SIGKILL, "text", 60),
        (signal.SIGKILL, "c_loop", 0),
    ],
    ids=["Ctrl-C", "parent killed", "parent killed, child in C"],
)
def test_no_orphan_is_left(how, does, seconds):
    code = PARENT.format(timeout=600, does=does, seconds=seconds)
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        assert running(child)
        # Ctrl-C goes to the whole process group of a terminal
        (os.killpg if how is signal.SIGINT else os.kill)(parent.pid, how)
        parent.wait(timeout=20)
        assert wait_until_gone(child)
