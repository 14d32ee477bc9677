"""Workers of a Dask or a Ray cluster, started here or running elsewhere.

A cluster may go away without a word: a scheduler that is stopped answers nothing, and one without
workers keeps what it was given. Dask is asked every few seconds, and given up after ``PATIENCE``.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import warnings
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from crystext.errors import ClusterLostError, MissingExtraError, UsageError, first_line
from crystext.pipelines.parallel.processes import RunningTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.pipelines.build.chunks import Chunk

    Work = Callable[[Chunk], Any]

PATIENCE = 60.0  # s without an answer, or without a worker, after which a cluster is given up
SILENT_WORKER = "60s"  # after which a worker that does not answer is replaced; Dask's own is 300 s
_END = 10.0  # s in which the workers of a cluster that was started here end
_ANSWER = 5.0  # s in which a scheduler answers, and between two questions


class LostError(Exception):
    """A chunk's worker has gone before its result was here."""


class _Patience:
    """Seconds for which something is missing, of those in which this process runs."""

    def __init__(self) -> None:
        self._clock = RunningTime(longest=4 * _ANSWER)
        self._seconds = 0.0

    def ends(self, *, missing: bool) -> bool:
        """Whether it has been missing for too long."""
        passed = self._clock.since_last()
        self._seconds = self._seconds + passed if missing else 0.0
        return self._seconds >= PATIENCE


class _Dask:
    """Workers of the cluster that a client is connected to."""

    def __init__(self, client: Any, work: Work, size: int) -> None:
        self.size = size
        self._client, self._work = client, work
        self._silence, self._absence = _Patience(), _Patience()
        self._clock, self._next = RunningTime(longest=_ANSWER), _ANSWER

    def submit(self, chunk: Chunk, done: Callable[[Any], None]) -> None:
        try:
            with warnings.catch_warnings():  # of large chunks, which are what they are
                warnings.simplefilter("ignore")
                future = self._client.submit(self._work, chunk, pure=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise self._lost(f"took no more work ({first_line(error)})") from error
        future.add_done_callback(done)

    def result(self, token: Any) -> Any:
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        while True:
            try:
                return token.result(timeout=_ANSWER)
            except TimeoutError:  # it lay on a worker that has gone, and is made again
                self.check()
            except KilledWorker as error:
                raise LostError from error
            except CancelledError as error:
                raise self._lost(f"has dropped the work ({first_line(error)})") from error

    def check(self) -> None:
        self._next -= self._clock.since_last()
        if self._next > 0:
            return
        try:
            scheduler = self._client.scheduler
            found = self._client.sync(scheduler.ncores, callback_timeout=_ANSWER)
        except (OSError, TimeoutError, RuntimeError, ValueError):
            found = None
        self._next = _ANSWER
        if self._silence.ends(missing=found is None):
            raise self._lost(f"has not answered for {PATIENCE:g} s")
        if self._absence.ends(missing=found == {}):
            raise self._lost(f"has had no worker for {PATIENCE:g} s")

    def _lost(self, what: str) -> ClusterLostError:
        address = self._client.scheduler.address
        remedy = "see to it and go on with --resume, on any executor"
        return ClusterLostError(f"the Dask scheduler at {address} {what}; {remedy}")

    def end(self, after: Callable[[], None]) -> None:
        """Ends what is worked on; waits for no worker and no scheduler that does not answer."""

        def tell() -> None:
            with suppress(Exception):  # workers that went away need no end
                self._client.run(after)

        telling = threading.Thread(target=tell, daemon=True)
        telling.start()
        telling.join(_ANSWER)
        with suppress(TimeoutError, OSError):
            self._client.close(timeout=_ANSWER)


@contextmanager
def dask_workers(
    work: Work, workers: int, scheduler: str | None, after: Callable[[], None]
) -> Iterator[_Dask]:
    """The workers at a scheduler's address, or so many processes that are started here.

    Raises:
        MissingExtraError: Dask is not installed.
        UsageError: no scheduler answers.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
        from distributed.utils import silence_logging_cmgr
    except ImportError as error:
        raise MissingExtraError("the Dask executor needs: pip install 'crystext[dask]'") from error
    cluster, others = None, multiprocessing.active_children()
    with silence_logging_cmgr("CRITICAL"):  # what is of use in it is said in one line
        try:
            if scheduler is None:
                ttl = {"distributed.scheduler.worker-ttl": SILENT_WORKER}
                with dask.config.set(ttl), _interrupts_kept_here():
                    # Not started with its workers: one killed on its way would be waited for
                    cluster = LocalCluster(
                        n_workers=0,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address=None,
                        silence_logs=50,
                    )
            client = Client(cluster or scheduler, set_as_default=False)
            if cluster is not None:
                cluster.scale(workers)
                _wait_for_one(client)
            size = workers if cluster is not None else sum(client.ncores().values())
            found = _Dask(client, work, max(1, size))
        except (ClusterLostError, KeyboardInterrupt):
            if cluster is not None:
                _close(cluster, others)
            raise
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            where = scheduler or "on this machine"
            raise UsageError(
                f"no Dask scheduler answers {where} ({first_line(error)}); check --scheduler"
            ) from error
        try:
            yield found
        finally:
            found.end(after)
            if cluster is not None:
                _close(cluster, others)


@contextmanager
def _interrupts_kept_here() -> Iterator[None]:
    """Keeps Ctrl-C from processes that threads begun in this context will start.

    A terminal sends it to all of them, and Dask's workers would write tracebacks; their end is this
    process' affair. Threads and processes inherit the mask of who starts them; a signal that comes
    in between waits for its end.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # as a thread that starts it loses its mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _close(cluster: Any, others: list[Any]) -> None:
    """Ends a cluster that was started here, also workers that were stopped while they started."""
    for _ in range(2):  # what is killed may be started once more before the cluster has ended
        with suppress(TimeoutError, OSError):
            cluster.close(timeout=_END)
        for process in multiprocessing.active_children():
            if process not in others:
                logging.getLogger("distributed").setLevel(logging.CRITICAL)  # of what is left
                process.kill()
                process.join()


def _wait_for_one(client: Any) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise ClusterLostError(
            f"no Dask worker has started within {PATIENCE:g} s; free memory and processes and go "
            "on with --resume"
        ) from error


class _Ray:
    """Workers of the cluster that this process is connected to."""

    def __init__(self, work: Work, size: int) -> None:
        import ray

        self.size = size
        self._task = ray.remote(work_on)
        self._work = ray.put(work)

    def submit(self, chunk: Chunk, done: Callable[[Any], None]) -> None:
        self._task.remote(self._work, chunk).future().add_done_callback(done)

    def result(self, token: Any) -> Any:
        from ray.exceptions import RayTaskError, WorkerCrashedError

        try:
            return token.result()
        except WorkerCrashedError as error:
            raise LostError from error
        except RayTaskError as error:  # its own class is one that Ray makes up
            raise error.cause from error

    def check(self) -> None:
        """Ray itself waits for workers, and ends this process without a cluster."""


def work_on(work: Work, chunk: Chunk) -> Any:
    """What a worker of a Ray cluster does."""
    return work(chunk)


@contextmanager
def ray_workers(
    work: Work, workers: int, scheduler: str | None, _after: Callable[[], None]
) -> Iterator[_Ray]:
    """The workers of a running cluster, or so many processes that are started here.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: no cluster answers.
    """
    try:
        import ray
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
        yield _Ray(work, max(1, int(ray.cluster_resources().get("CPU", workers))))
    finally:
        if started:
            ray.shutdown()
