"""Chunks on joblib's processes: order, pace, and what a killed process costs."""

import itertools
import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from crystext.errors import UsageError
from crystext.pipelines import pool
from crystext.pipelines.chunks import Chunk
from crystext.pipelines.pool import run_chunks


def chunks(count):
    return (Chunk(index, "", ()) for index in range(count))


def note(folder, chunk):
    """Marks an attempt; says which it is."""
    for attempt in itertools.count(1):
        try:
            (folder / f"{chunk.index}-{attempt}").touch(exist_ok=False)
        except FileExistsError:
            continue
        return attempt
    raise AssertionError


def work(chunk, folder, boss, deadly=(), deaths=0):
    attempt = note(folder, chunk)
    if chunk.index in deadly and attempt <= deaths and os.getpid() != boss:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk.index, os.getpid()


def job(folder, **how):
    return partial(work, folder=folder, boss=os.getpid(), **how)


def refuse(_chunk):
    raise UsageError("this setting is refused; choose another")


def test_one_worker_is_this_process(tmp_path):
    results = list(run_chunks(chunks(5), job(tmp_path)))
    assert results == [(index, os.getpid()) for index in range(5)]


def test_two_workers_do_each_chunk_once(tmp_path):
    results = list(run_chunks(chunks(40), job(tmp_path), workers=2))
    assert sorted(index for index, _ in results) == list(range(40))
    assert {pid for _, pid in results}.isdisjoint({os.getpid()})
    assert len(list(tmp_path.iterdir())) == 40


@pytest.mark.parametrize("deaths", [1, 9], ids=["once", "always"])
def test_a_chunk_that_kills_its_process_is_done_in_the_end(tmp_path, deaths):
    how = {"deadly": (7,), "deaths": deaths}
    results = dict(run_chunks(chunks(30), job(tmp_path, **how), workers=2))
    assert sorted(results) == list(range(30))
    assert (results[7] == os.getpid()) == (deaths > pool.ATTEMPTS)


def test_refused_settings_end_the_run(tmp_path):
    with pytest.raises(UsageError, match="refused"):
        list(run_chunks(chunks(9), refuse, workers=2))


def test_input_is_read_ahead_and_no_further(tmp_path):
    read = []

    def slow_reader():
        for chunk in chunks(1000):
            read.append(chunk.index)
            yield chunk

    results = run_chunks(slow_reader(), job(tmp_path), workers=2)
    for done in range(1, 20):
        next(results)
        assert len(read) <= done + pool.AHEAD * 2
    results.close()


def test_slow_input_does_not_end_the_run(tmp_path):
    def slow():
        for chunk in chunks(6):
            time.sleep(0.2)
            yield chunk

    assert len(list(run_chunks(slow(), job(tmp_path), workers=2))) == 6


def test_no_worker_is_left(tmp_path):
    pids = {pid for _, pid in run_chunks(chunks(6), job(tmp_path), workers=2)}
    assert pids
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_no_input_no_result(tmp_path):
    assert list(run_chunks(chunks(0), job(tmp_path), workers=2)) == []
