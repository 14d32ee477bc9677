"""Chunks on several workers: threads of this process, a Dask cluster or a Ray cluster.

Results come as they are done, in any order. The input is read in the calling thread, a few chunks
ahead, so that memory does not grow with it. Work takes place in child processes
(:mod:`crystext.pipelines.parallel.limits`), so that a thread is enough to wait for one. A chunk
that a cluster lost with its worker is sent again; one that was lost twice is done in this process.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crystext.choices import EXECUTORS
from crystext.errors import UsageError
from crystext.pipelines.parallel.clusters import LostError, dask_workers, ray_workers
from crystext.pipelines.parallel.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.pipelines.build.chunks import Chunk

Result = TypeVar("Result")
AHEAD = 6  # chunks per worker that are read and not yet done
ATTEMPTS = 2  # losses after which a chunk is done here
_LOOK = 1.0  # s between two looks at whether the workers are still there


class Workers(Protocol):
    """What chunks are given to.

    Attributes:
        size: how many are worked on at the same time.
    """

    size: int

    def submit(self, chunk: Chunk, done: Callable[[Any], None]) -> None:
        """Gives a chunk; when it is done or lost, ``done`` is called with what ``result`` takes."""

    def result(self, token: Any) -> Any:
        """The result of a chunk that is done.

        Raises:
            LostError: its worker has gone.
            Exception: what the work raised.
        """

    def check(self) -> None:
        """Called about once a second.

        Raises:
            ClusterLostError: no more results are to be expected.
        """


def run_chunks(
    chunks: Iterator[Chunk],
    work: Callable[[Chunk], Result],
    *,
    workers: int = 1,
    executor: str = "local",
    scheduler: str | None = None,
    after: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """Yields the result of each chunk as it is done.

    Args:
        chunks: read as they are needed.
        work: what is done with a chunk; must be picklable for a cluster.
        workers: how many chunks are worked on at a time; with a scheduler, its workers count.
        executor: ``local``, ``dask`` or ``ray``.
        scheduler: address of a Dask scheduler or Ray cluster; without it ``workers`` processes
            are started here.
        after: called at the end in every process that worked and lives on; ends work that is
            still going on there.

    Raises:
        UsageError: the executor is unknown, or the scheduler does not answer.
        MissingExtraError: the executor's package is not installed.
        ClusterLostError: the scheduler went away, or all workers did, and none came back.
    """
    if executor not in EXECUTORS:
        raise UsageError(f"executor {executor!r} is unknown; choose one of {', '.join(EXECUTORS)}")
    if workers < 1:
        raise UsageError(f"{workers} workers do nothing; give 1 or more")
    if scheduler and executor == "local":
        raise UsageError("--scheduler is an address of Dask or Ray; add --executor dask or ray")
    with ExitStack() as stack:
        stack.enter_context(guarded())
        stack.callback(after)
        if executor == "local" and workers == 1:
            for chunk in chunks:
                yield work(chunk)
            return
        if executor == "local":
            opened = _threads(work, workers, after)
        else:
            cluster = {"dask": dask_workers, "ray": ray_workers}[executor]
            opened = cluster(work, workers, scheduler, after)
        yield from _results(chunks, work, stack.enter_context(opened))


def _results(
    chunks: Iterator[Chunk], work: Callable[[Chunk], Result], workers: Workers
) -> Iterator[Result]:
    flying: dict[int, Chunk] = {}
    losses: Counter[int] = Counter()
    done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

    def send(chunk: Chunk) -> None:
        flying[chunk.index] = chunk
        workers.submit(chunk, lambda token: done.put((chunk.index, token)))

    def read_ahead() -> None:
        while len(flying) < AHEAD * workers.size:
            if (chunk := next(chunks, None)) is None:
                return
            send(chunk)

    read_ahead()
    while flying:
        workers.check()
        try:
            index, token = done.get(timeout=_LOOK)
        except queue.Empty:
            continue
        chunk = flying.pop(index)
        try:
            result = workers.result(token)
        except LostError:
            losses[index] += 1
            if losses[index] < ATTEMPTS:
                send(chunk)
                continue
            result = work(chunk)
        yield result
        read_ahead()


class _Threads:
    """Workers in this process, which wait for their children; daemons, so that no exit waits."""

    def __init__(self, work: Callable[[Chunk], Any], size: int) -> None:
        """Starts them."""
        self.size = size
        self._work = work
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def submit(self, chunk: Chunk, done: Callable[[Any], None]) -> None:
        self._given.put((chunk, done))

    def result(self, token: Any) -> Any:
        value, error = token
        if error is not None:
            raise error
        return value

    def check(self) -> None:
        """They live as long as this process."""

    def end(self, after: Callable[[], None]) -> None:
        """Ends what they work on, and them."""
        self._ended.set()
        for _ in self._threads:
            self._given.put(None)
        for thread in self._threads:
            while thread.is_alive():  # one may just have begun with a chunk, and need a second call
                after()
                thread.join(0.1)

    def _run(self) -> None:
        while (given := self._given.get()) is not None and not self._ended.is_set():
            chunk, done = given
            try:
                token = (self._work(chunk), None)
            except BaseException as error:  # noqa: BLE001  (raised in the thread that asked)
                token = (None, error)
            done(token)


@contextmanager
def _threads(
    work: Callable[[Chunk], Any], size: int, after: Callable[[], None]
) -> Iterator[_Threads]:
    workers = _Threads(work, size)
    try:
        yield workers
    finally:
        workers.end(after)
