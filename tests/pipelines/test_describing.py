import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from crystext.crystal import Failure
from crystext.errors import NoAtomsError, UsageError, WorkerNotStartedError
from crystext.pipelines import describing
from tests.fakes import Thing
from tests.pipelines.parallel.test_limited_describer import running, wait_until_gone

WAYS = pytest.mark.parametrize(
    "how", [{}, {"timeout": 20}, {"workers": 2}], ids=["here", "limited", "two workers"]
)


describe_many = partial(describing.describe_many, factory="tests.fakes:FakeDescriber")


def outcome(result):
    return (result.id, result.error.code if isinstance(result, Failure) else result.text)


def outcomes(things, **how):
    return [outcome(result) for result in describe_many(things, {}, **how)]


@WAYS
def test_one_result_for_each_input_in_order(how):
    things = [Thing(f"t{i}", seconds=0.02 * (i % 3 == 0)) for i in range(30)]
    assert outcomes(things, **how) == [(t.id, f"text of {t.id}") for t in things]


@WAYS
def test_trouble_stays_with_its_crystal(how):
    earlier = Failure("empty", NoAtomsError("no atoms; give one"))
    things = [Thing("a"), Thing("b", "bug"), earlier, Thing("c", "known_error"), Thing("d")]
    assert outcomes(things, **how) == [
        ("a", "text of a"),
        ("b", "engine-failed"),
        ("empty", "no-atoms"),
        ("c", "symmetry-failed"),
        ("d", "text of d"),
    ]


def test_an_unforeseen_error_is_named_with_its_crystal():
    (failure,) = describe_many([Thing("b", "bug")], {})
    assert failure.error.crystal_id == "b"
    assert "ZeroDivisionError: a bug" in str(failure.error)


@pytest.mark.parametrize("workers", [1, 2])
def test_time_limit_and_deaths_cost_one_crystal_each(workers, tmp_path):
    once = Thing("once", "suicide_once", note=str(tmp_path / "attempts"))
    things = [Thing("a"), Thing("slow", seconds=60), Thing("b"), Thing("dies", "suicide"), once]
    assert outcomes(things, workers=workers, timeout=0.5) == [
        ("a", "text of a"),
        ("slow", "time-limit"),
        ("b", "text of b"),
        ("dies", "worker-died"),
        ("once", "text of once"),
    ]


def test_two_workers_are_two_processes():
    results = describe_many([Thing(str(i), seconds=0.2) for i in range(6)], {}, workers=2)
    pids = {result.pid for result in results}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert all(wait_until_gone(pid) for pid in pids)


@pytest.mark.parametrize("how", [{}, {"timeout": 20}, {"workers": 2}])
def test_refused_settings_end_the_run(how):
    with pytest.raises(UsageError, match="refused"):
        list(describe_many([Thing("a"), Thing("b")], {"mode": "refuse"}, **how))


def test_no_workers_are_refused():
    with pytest.raises(UsageError, match="0 workers"):
        list(describe_many([], {}, workers=0))


@pytest.mark.parametrize("how", [{"timeout": 20}, {"workers": 2}])
def test_workers_that_never_start_end_the_run(how):
    with pytest.raises(WorkerNotStartedError, match="exit status 3"):
        list(describe_many([Thing("a"), Thing("b")], {"mode": "dead"}, **how))


def test_a_worker_that_does_not_start_a_second_time_ends_the_run(tmp_path):
    """Also where it is the crystal that had killed it: no crystal after it is to blame."""
    things = [Thing("a", "suicide"), Thing("b")]
    with pytest.raises(WorkerNotStartedError):
        list(describe_many(things, {"mode": f"lives_once:{tmp_path / 'note'}"}, timeout=20))


@pytest.mark.parametrize("how", [{}, {"workers": 2}])
def test_input_is_read_as_needed(how, monkeypatch):
    monkeypatch.setattr(describing, "AHEAD", 4)
    read = itertools.count()
    endless = (Thing(str(next(read))) for _ in itertools.repeat(None))
    results = describe_many(endless, {}, **how)
    assert [outcome(next(results))[0] for _ in range(10)] == [str(i) for i in range(10)]
    assert next(read) <= 10 + 2 * 4
    results.close()  # ends at once, though the input does not


def test_results_come_before_the_input_ends():
    pause = threading.Event()

    def slow_input():
        yield from (Thing(str(i)) for i in range(describing.AHEAD * 2))
        assert pause.is_set(), "read ahead of the results"
        yield Thing("last")

    results = describe_many(slow_input(), {}, workers=2)
    next(results)
    pause.set()
    assert outcome(list(results)[-1])[0] == "last"


def test_an_early_end_leaves_no_work_behind():
    things = [Thing("a"), *[Thing(str(i), seconds=60) for i in range(8)]]
    results = describe_many(things, {}, workers=2)
    pid = next(results).pid
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 5
    assert wait_until_gone(pid)


def test_no_input_no_result():
    assert outcomes([], workers=2) == []


CODE = """
import sys
from crystext.pipelines.describing import describe_many
from tests.fakes import Thing
things = [Thing("a"), Thing("b"), *[Thing(str(i), "c_loop") for i in range(6)]]
for result in describe_many(things, {}, workers=2, factory="tests.fakes:FakeDescriber"):
    print(result.pid, flush=True)
"""


def test_ctrl_c_ends_all_workers_at_once():
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{CODE}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as parent:
        pids = {int(parent.stdout.readline()) for _ in range(2)}
        time.sleep(0.3)
        os.killpg(parent.pid, signal.SIGINT)
        try:
            assert parent.wait(timeout=20) != 0
        finally:
            parent.kill()
        assert b"KeyboardInterrupt" in parent.stderr.read()
    assert not [pid for pid in pids if running(pid) and not wait_until_gone(pid)]
