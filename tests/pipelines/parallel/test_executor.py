"""Items on several workers: order, pace, losses, and how a run ends."""

import os
import threading
import time
from concurrent.futures import Future
from contextlib import nullcontext

import pytest

from crystext.errors import UsageError
from crystext.pipelines.parallel.executor import AHEAD, Executor, LostError
from crystext.pipelines.parallel.kinds import open_executor
from crystext.pipelines.parallel.local import LocalExecutor

WORKERS = pytest.mark.parametrize("workers", [1, 2])


def work(item):
    time.sleep(0.002)
    return item, threading.get_ident()


def run(items, work=work, *, workers=2, **how):
    with LocalExecutor(workers) as executor:
        yield from executor.map(work, items, **how)


def test_one_worker_is_this_thread():
    assert list(run(range(5), workers=1)) == [(n, (n, threading.get_ident())) for n in range(5)]


def test_two_workers_do_each_item_once():
    done = []

    def noted(item):
        done.append(item)
        return work(item)

    results = list(run(range(40), noted))
    assert all(item == found for item, (found, _) in results)
    assert sorted(item for item, _ in results) == sorted(done) == list(range(40))
    threads = {thread for _, (_, thread) in results}
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_threads_end_where_another_cannot_be_started(monkeypatch):
    started = []

    def start(thread):
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        usual(thread)

    usual = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="new thread"), LocalExecutor(2):
        pass
    assert not started[0].is_alive()


def test_results_come_as_they_are_done_or_in_order():
    first = threading.Event()

    def last_first(item):
        if item:
            first.set()
        else:
            assert first.wait(30)
            time.sleep(0.2)

    assert next(run(range(6), last_first))[0] != 0
    first.clear()
    assert [item for item, _ in run(range(6), last_first, in_order=True)] == list(range(6))


@WORKERS
def test_an_error_of_the_work_ends_the_run(workers):
    def refuse(_item):
        raise UsageError("this setting is refused; choose another")

    with pytest.raises(UsageError, match="refused"):
        list(run(range(9), refuse, workers=workers))


@pytest.mark.parametrize("in_order", [False, True])
def test_input_is_read_ahead_and_no_further(in_order):
    read = []

    def slow_reader():
        for item in range(1000):
            read.append(item)
            yield item

    def uneven(item):
        time.sleep(0.05 * (item % 20 == 0))

    results = run(slow_reader(), uneven, in_order=in_order)
    for done in range(1, 50):
        next(results)
        assert len(read) <= done + AHEAD * 2
    results.close()


def test_slow_input_does_not_end_the_run():
    def slow():
        for item in range(6):
            time.sleep(0.2)
            yield item

    assert len(list(run(slow()))) == 6


def test_an_early_end_ends_the_work_that_is_going_on():
    """``after`` wakes whoever works; it is called again for one who began meanwhile."""
    ended, began = threading.Event(), []

    def long(item):
        if item:
            began.append(item)
            ended.wait()
        return item

    before = threading.active_count()
    with LocalExecutor(2, after=ended.set) as executor:
        next(executor.map(long, range(40)))
    assert ended.is_set()
    assert len(began) < 10
    assert threading.active_count() == before


@WORKERS
def test_no_input_no_result(workers):
    assert list(run([], workers=workers)) == []


def test_two_maps_one_after_the_other():
    with LocalExecutor(2) as executor:
        for _ in range(2):
            assert sorted(item for item, _ in executor.map(work, range(9))) == list(range(9))


class Losing(Executor):
    """Loses items of which there is a count, so many times, and does the others at once."""

    def __init__(self, losses):
        super().__init__(2)
        self.losses, self.sent = dict(losses), []

    def _running(self):
        return nullcontext()

    def _submit(self, work, item):
        future = Future()
        self.sent.append(item)
        if self.losses.get(item, 0):
            self.losses[item] -= 1
            future.set_exception(LostError())
        else:
            future.set_result("there")
        return future


def test_what_was_lost_with_its_worker_is_sent_again_and_then_done_here():
    with Losing({1: 1, 3: 2}) as executor:
        found = dict(executor.map(lambda _: f"here, {os.getpid()}", range(5)))
    assert found == {0: "there", 1: "there", 2: "there", 3: f"here, {os.getpid()}", 4: "there"}
    assert sorted(executor.sent) == [0, 1, 1, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("words", "how", "match"),
    [
        (("thread",), {}, "choose one of local, dask, ray"),
        (("local", 0), {}, "0 workers do nothing"),
        (("local",), {"scheduler": "tcp://here:1"}, "--executor dask or ray"),
    ],
)
def test_what_does_not_go_together_is_refused(words, how, match):
    with pytest.raises(UsageError, match=match):
        open_executor(*words, **how)
