"""Workers of a Ray cluster, started here or running elsewhere.

Ray itself waits for workers, and ends this process without a cluster.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crystext.errors import MissingExtraError, UsageError, first_line
from crystext.install import install_hint
from crystext.pipelines.parallel.executor import Executor, LostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class RayExecutor(Executor):
    """The workers of a running cluster, or so many processes that are started here."""

    @contextmanager
    def _running(self) -> Iterator[None]:
        try:
            import ray
        except ImportError as error:
            raise MissingExtraError(f"the Ray executor needs: {install_hint('ray')}") from error
        started = not ray.is_initialized()
        if started:
            here = {"num_cpus": self.workers, "include_dashboard": False}
            more = {} if self._scheduler else here
            try:
                ray.init(address=self._scheduler, log_to_driver=False, **more)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UsageError(
                    f"no Ray cluster answers at {self._scheduler} ({first_line(error)}); check "
                    "--scheduler"
                ) from error
        try:
            self.workers = max(1, int(ray.cluster_resources().get("CPU", self.workers)))
            self._task = ray.remote(_work_on)
            yield
        finally:
            if started:
                ray.shutdown()

    def _submit(self, work: Callable[[Any], Any], item: Any) -> Any:
        return self._task.remote(work, item).future()

    def _result(self, future: Any) -> Any:
        from ray.exceptions import RayTaskError, WorkerCrashedError

        try:
            return future.result()
        except WorkerCrashedError as error:
            raise LostError from error
        except RayTaskError as error:  # its own class is one that Ray makes up
            raise error.cause from error


def _work_on(work: Callable[[Any], Any], item: Any) -> Any:
    return work(item)
