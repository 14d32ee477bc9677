"""Workers of a Dask cluster, started here or running elsewhere.

A cluster may go away without a word: a scheduler that is stopped answers nothing, and one without
workers keeps what it was given. It is asked every few seconds, and given up after ``PATIENCE``.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
import warnings
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from crystext.errors import ClusterLostError, MissingExtraError, UsageError, first_line
from crystext.install import install_hint
from crystext.pipelines.parallel.executor import Executor, LostError
from crystext.pipelines.parallel.orphans import interrupts_kept_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0  # s without an answer, or without a worker, after which a cluster is given up
SILENT_WORKER = "60s"  # after which a worker that does not answer is replaced; Dask's own is 300 s
_END = 10.0  # s in which the workers of a cluster that was started here end
_ANSWER = 5.0  # s in which a scheduler answers, and between two questions


class DaskExecutor(Executor):
    """The workers at a scheduler's address, or so many processes that are started here."""

    @contextmanager
    def _running(self) -> Iterator[None]:
        try:
            from distributed import Client
            from distributed.utils import silence_logging_cmgr
        except ImportError as error:
            raise MissingExtraError(f"the Dask executor needs: {install_hint('dask')}") from error
        with ExitStack() as stack:
            # What is of use in it is said in one line
            stack.enter_context(silence_logging_cmgr("CRITICAL"))
            try:
                cluster = None if self._scheduler else stack.enter_context(_cluster_here())
                self._client = Client(cluster or self._scheduler, set_as_default=False)
                stack.callback(self._end)
                if cluster is None:
                    self.workers = max(1, sum(self._client.ncores().values()))
                else:
                    cluster.scale(self.workers)
                    self._wait_for_one()
            except (OSError, TimeoutError, RuntimeError, ValueError) as error:
                where = self._scheduler or "on this machine"
                raise UsageError(
                    f"no Dask scheduler answers {where} ({first_line(error)}); check --scheduler"
                ) from error
            self._asked = time.monotonic()
            self._silent = self._alone = 0.0  # s without an answer, and without a worker
            yield

    def _wait_for_one(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise ClusterLostError(
                f"no Dask worker has started within {PATIENCE:g} s; free memory and processes and "
                "go on with --resume"
            ) from error

    def _end(self) -> None:
        """Ends what is worked on; waits for no worker and no scheduler that does not answer."""

        def tell() -> None:
            with suppress(Exception):  # workers that went away need no end
                self._client.run(self._after)

        telling = threading.Thread(target=tell, daemon=True)
        telling.start()
        telling.join(_ANSWER)
        with suppress(TimeoutError, OSError):
            self._client.close(timeout=_ANSWER)

    def _submit(self, work: Callable[[Any], Any], item: Any) -> Any:
        try:
            with warnings.catch_warnings():  # of large items, which are what they are
                warnings.simplefilter("ignore")
                return self._client.submit(work, item, pure=False)
        except (OSError, RuntimeError, ValueError) as error:
            raise self._lost(f"took no more work ({first_line(error)})") from error

    def _result(self, future: Any) -> Any:
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        while True:
            try:
                return future.result(timeout=_ANSWER)
            except TimeoutError:  # it lay on a worker that has gone, and is made again
                self._check()
            except KilledWorker as error:
                raise LostError from error
            except CancelledError as error:
                raise self._lost(f"has dropped the work ({first_line(error)})") from error

    def _check(self) -> None:
        if time.monotonic() - self._asked < _ANSWER:
            return
        try:
            ncores = self._client.scheduler.ncores  # type: ignore[union-attr]  # it is connected
            found = self._client.sync(ncores, callback_timeout=_ANSWER)
        except (OSError, TimeoutError, RuntimeError, ValueError):
            found = None
        now = time.monotonic()
        passed = min(now - self._asked, 4 * _ANSWER)  # for the rest this process was stopped
        self._asked = now
        self._silent = self._silent + passed if found is None else 0.0
        self._alone = self._alone + passed if found == {} else 0.0
        if self._silent >= PATIENCE:
            raise self._lost(f"has not answered for {PATIENCE:g} s")
        if self._alone >= PATIENCE:
            raise self._lost(f"has had no worker for {PATIENCE:g} s")

    def _lost(self, what: str) -> ClusterLostError:
        address = self._client.scheduler.address  # type: ignore[union-attr]  # it is connected
        remedy = "see to it and go on with --resume, on any executor"
        return ClusterLostError(f"the Dask scheduler at {address} {what}; {remedy}")


@contextmanager
def _cluster_here() -> Iterator[Any]:
    """A cluster of this machine; also workers that were stopped while they started are ended."""
    import dask
    from distributed import LocalCluster

    others = multiprocessing.active_children()
    ttl = {"distributed.scheduler.worker-ttl": SILENT_WORKER}
    resource_tracker.ensure_running()  # as a thread that starts it loses its mask
    with dask.config.set(ttl), interrupts_kept_here():
        # Not started with its workers: one killed on its way would be waited for
        cluster = LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        )
    try:
        yield cluster
    finally:
        for _ in range(2):  # what is killed may be started once more before the cluster has ended
            with suppress(TimeoutError, OSError):
                cluster.close(timeout=_END)
            for process in multiprocessing.active_children():
                if process not in others:
                    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # of what is left
                    process.kill()
                    process.join()
