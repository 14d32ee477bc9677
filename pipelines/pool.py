"""Chunks through joblib's backends: local processes, a Dask cluster or a Ray cluster.

Results come as they are done, in any order. The input is read in the calling thread, a few chunks
ahead, so that memory does not grow with it. A pool that breaks because a worker was killed is
started again with the chunks that were in work; a chunk that was in work twice when that happened
is done in this process, where nobody else's death can end it.
"""

from __future__ import annotations

import warnings
from collections import Counter, deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from crystext.errors import MissingExtraError, UsageError, first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.pipelines.chunks import Chunk

Result = TypeVar("Result")
Backend = tuple[dict[str, Any], int]  # options of joblib.Parallel, and how many workers there are
EXECUTORS = ("local", "dask", "ray")
AHEAD = 6  # chunks per worker that are read and not yet done
DISPATCHED = 2  # chunks per worker that are sent out
ATTEMPTS = 2  # breaks of the pool after which a chunk is done here


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
        work: what is done with a chunk; must be picklable unless one local worker does it.
        workers: processes; with a scheduler, its workers count.
        executor: ``local``, ``dask`` or ``ray``.
        scheduler: address of a Dask scheduler or Ray cluster; without it ``workers`` processes
            are started here.
        after: called at the end in every process that worked and lives on.

    Raises:
        UsageError: the executor is unknown, or the scheduler does not answer.
        MissingExtraError: the executor's package is not installed.
    """
    if executor not in EXECUTORS:
        raise UsageError(f"executor {executor!r} is unknown; choose one of {', '.join(EXECUTORS)}")
    if workers < 1:
        raise UsageError(f"{workers} workers do nothing; give 1 or more")
    if scheduler and executor == "local":
        raise UsageError("--scheduler is an address of Dask or Ray; add --executor dask or ray")
    try:
        if executor == "local" and workers == 1:
            for chunk in chunks:
                yield work(chunk)
            return
        with _BACKENDS[executor](workers, scheduler, after) as (options, size):
            yield from _Run(chunks, work, options, size).results()
    finally:
        after()


class _Run:
    """One pass over the chunks on one backend.

    Args:
        chunks: what to do.
        work: how.
        options: of ``joblib.Parallel``.
        size: number of workers.
    """

    def __init__(
        self,
        chunks: Iterator[Chunk],
        work: Callable[[Chunk], Any],
        options: dict[str, Any],
        size: int,
    ) -> None:
        self._chunks, self._work = chunks, work
        self._options, self._ahead = options, AHEAD * size
        self._waiting: deque[Chunk] = deque()
        self._flying: dict[int, Chunk] = {}
        self._broken: Counter[int] = Counter()

    def results(self) -> Iterator[Any]:
        """Yields results; each round lasts until the input falls behind or the pool breaks."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        self._read_ahead()
        while self._waiting:
            try:
                yield from self._round()
            except BrokenProcessPool:
                yield from self._after_a_break()
            self._read_ahead()

    def _round(self) -> Iterator[Any]:
        from joblib import Parallel, delayed

        def tasks() -> Iterator[Any]:  # asked in joblib's threads: takes what is there, never waits
            while self._waiting:
                chunk = self._waiting.popleft()
                self._flying[chunk.index] = chunk
                yield delayed(_numbered)(self._work, chunk)

        results = iter(Parallel(**self._options)(tasks()))
        try:
            for index, result in results:
                del self._flying[index]
                yield result
                self._read_ahead()
        finally:
            with warnings.catch_warnings():  # joblib warns a caller who has seen enough
                warnings.simplefilter("ignore")
                getattr(results, "close", lambda: None)()

    def _read_ahead(self) -> None:
        while len(self._waiting) + len(self._flying) < self._ahead:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            self._waiting.append(chunk)

    def _after_a_break(self) -> Iterator[Any]:
        lost = sorted(self._flying)
        self._broken.update(lost)
        again = [self._flying.pop(index) for index in lost]
        suspects = [chunk for chunk in again if self._broken[chunk.index] >= ATTEMPTS]
        self._waiting.extendleft(
            chunk for chunk in reversed(again) if self._broken[chunk.index] < ATTEMPTS
        )
        for chunk in suspects:
            yield self._work(chunk)


def _numbered(work: Callable[[Chunk], Result], chunk: Chunk) -> tuple[int, Result]:
    return chunk.index, work(chunk)


def _streaming(backend: str, workers: int) -> dict[str, Any]:
    """Options of ``joblib.Parallel`` with which results are handed on as they come."""
    return {
        "n_jobs": workers,
        "backend": backend,
        "return_as": "generator_unordered",
        "batch_size": 1,
        "pre_dispatch": f"{DISPATCHED}*n_jobs",
    }


@contextmanager
def _local(workers: int, _scheduler: str | None, _after: Any) -> Iterator[Backend]:
    from joblib.externals.loky import get_reusable_executor

    try:
        yield _streaming("loky", workers), workers
    finally:  # joblib would keep the workers, and with them their describing children
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


@contextmanager
def _dask(workers: int, scheduler: str | None, after: Any) -> Iterator[Backend]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtraError("the Dask executor needs: pip install 'crystext[dask]'") from error
    from joblib import parallel_config

    cluster = None
    try:
        if scheduler is None:
            # one restart after another: joblib never hears of a task that Dask gives up
            with dask.config.set({"distributed.scheduler.allowed-failures": 100}):
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs=50,
                )
        client = Client(cluster or scheduler, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        where = scheduler or "on this machine"
        raise UsageError(
            f"no Dask scheduler answers {where} ({first_line(error)}); check --scheduler"
        ) from error
    try:
        size = max(1, sum(client.ncores().values()))
        with parallel_config(backend="dask", client=client):
            options = _streaming("dask", size)
            del options["backend"]
            yield options, size
    finally:
        with suppress(Exception):  # workers that went away need no end
            client.run(after)
        client.close()
        if cluster is not None:
            cluster.close()


@contextmanager
def _ray(workers: int, scheduler: str | None, _after: Any) -> Iterator[Backend]:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise MissingExtraError("the Ray executor needs: pip install 'crystext[ray]'") from error

    started = not ray.is_initialized()
    if started:
        here = {"num_cpus": workers, "include_dashboard": False}
        try:
            ray.init(address=scheduler, log_to_driver=False, **({} if scheduler else here))
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"no Ray cluster answers at {scheduler} ({first_line(error)}); check --scheduler"
            ) from error
    try:
        size = max(1, int(ray.cluster_resources().get("CPU", workers)))
        register_ray()
        # Ray's backend is a pool that hands results over as one list: one list a round
        yield {"n_jobs": size, "backend": "ray", "batch_size": 1}, size
    finally:
        if started:
            ray.shutdown()


_BACKENDS = {"local": _local, "dask": _dask, "ray": _ray}
