"""Chunks on several workers here: order, pace, and how a run ends."""

import threading
import time

import pytest

from crystext.errors import UsageError
from crystext.pipelines.build.chunks import Chunk
from crystext.pipelines.parallel import pool
from crystext.pipelines.parallel.pool import run_chunks


def chunks(count):
    return (Chunk(index, "", ()) for index in range(count))


def work(chunk):
    time.sleep(0.002)
    return chunk.index, threading.get_ident()


def refuse(_chunk):
    raise UsageError("this setting is refused; choose another")


def test_one_worker_is_this_thread():
    results = list(run_chunks(chunks(5), work))
    assert results == [(index, threading.get_ident()) for index in range(5)]


def test_two_workers_do_each_chunk_once():
    done = []

    def noted(chunk):
        done.append(chunk.index)
        return work(chunk)

    results = list(run_chunks(chunks(40), noted, workers=2))
    assert sorted(index for index, _ in results) == sorted(done) == list(range(40))
    threads = {thread for _, thread in results}
    assert len(threads) == 2
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("workers", [1, 2])
def test_refused_settings_end_the_run(workers):
    with pytest.raises(UsageError, match="refused"):
        list(run_chunks(chunks(9), refuse, workers=workers))


def test_input_is_read_ahead_and_no_further():
    read = []

    def slow_reader():
        for chunk in chunks(1000):
            read.append(chunk.index)
            yield chunk

    results = run_chunks(slow_reader(), work, workers=2)
    for done in range(1, 20):
        next(results)
        assert len(read) <= done + pool.AHEAD * 2
    results.close()


def test_slow_input_does_not_end_the_run():
    def slow():
        for chunk in chunks(6):
            time.sleep(0.2)
            yield chunk

    assert len(list(run_chunks(slow(), work, workers=2))) == 6


def test_an_early_end_ends_the_work_that_is_going_on():
    """``after`` wakes whoever works; it is called again for one who began meanwhile."""
    ended, began = threading.Event(), []

    def long(chunk):
        if chunk.index:
            began.append(chunk.index)
            ended.wait()
        return work(chunk)

    before = threading.active_count()
    results = run_chunks(chunks(40), long, workers=2, after=ended.set)
    next(results)
    results.close()
    assert ended.is_set()
    assert len(began) < 10
    assert threading.active_count() == before


def test_no_input_no_result():
    assert list(run_chunks(chunks(0), work, workers=2)) == []
