"""How many crystals are described at the same time, and in which processes.

Results come in the order of the input, and each input gives exactly one. Input is read as it is
needed and results are handed on as they come, so that memory does not grow with the number of
crystals. With several workers, or with a time limit, the work is done in child processes
(:mod:`crystext.pipelines.parallel.limits`) that can be killed or die without taking the run along;
joblib's threads only hold the pipes to them.
"""

from __future__ import annotations

import queue
import warnings
from contextlib import ExitStack, closing
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import CrystextError, EngineFailedError, UsageError, WorkerNotStartedError
from crystext.pipelines.parallel.guard import guarded
from crystext.pipelines.parallel.limits import LimitedDescriber

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crystext.crystal import Crystal
    from crystext.description.record import Description

CHUNK = 128  # crystals per worker between two waits for all workers; bounds what is in memory


def describe_many(
    crystals: Iterable[Crystal | Failure],
    settings: Mapping[str, Any],
    *,
    workers: int = 1,
    timeout: float | None = None,
    factory: str | None = None,
) -> Iterator[Any]:
    """Describes crystals, one result for each, in their order.

    Args:
        crystals: what to describe; a failure of an earlier step is passed on in its place.
        settings: keyword arguments of :class:`crystext.Describer`.
        workers: number of processes. One without a time limit is this process itself.
        timeout: seconds that one crystal may take, ``None`` for no limit.
        factory: ``module:name`` of what makes another describer of the settings.

    Yields:
        A description, or what the other describer makes; or the failure that stands for it:
        ``time-limit``, ``worker-died``, an error that the describer names, or ``engine-failed``
        for any other.

    Raises:
        UsageError: the settings are refused.
        WorkerNotStartedError: a child process cannot be started.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers describe nothing; give 1 or more")
    if workers == 1 and timeout is None:
        module, _, name = (factory or "crystext:Describer").partition(":")
        describer = getattr(import_module(module), name)(**settings)
        for item in crystals:
            yield _describe(describer, item)
        return
    with ExitStack() as stack:
        stack.enter_context(guarded())
        idle: queue.LifoQueue[LimitedDescriber] = queue.LifoQueue()
        other = {} if factory is None else {"factory": factory}
        for _ in range(workers):
            child = LimitedDescriber(settings, timeout, **other)
            idle.put(stack.enter_context(closing(child)))
        yield from _in_threads(iter(crystals), idle, workers)


def _in_threads(
    crystals: Iterator[Crystal | Failure], idle: queue.LifoQueue[LimitedDescriber], workers: int
) -> Iterator[Description | Failure]:
    from joblib import Parallel, delayed

    def task(item: Crystal | Failure) -> Description | Failure:
        describer = idle.get()
        try:
            describer.start()  # outside of the crystal's boundary: refused settings end the run
            return _describe(describer, item)
        finally:
            idle.put(describer)

    with Parallel(n_jobs=workers, backend="threading", return_as="generator") as parallel:
        while chunk := list(islice(crystals, CHUNK * workers)):
            results = parallel(delayed(task)(item) for item in chunk)
            try:
                for result in results:  # noqa: UP028  (`yield from` closes them out of reach)
                    yield result
            finally:
                with warnings.catch_warnings():  # joblib warns a caller who has seen enough
                    warnings.simplefilter("ignore")
                    results.close()


def _describe(describer: Any, item: Crystal | Failure) -> Description | Failure:
    """One crystal's boundary: whatever goes wrong in it becomes its failure."""
    if isinstance(item, Failure):
        return item
    try:
        return describer.describe(item)
    except WorkerNotStartedError:
        raise
    except CrystextError as error:
        return Failure(item.id, error.with_id(item.id))
    except Exception as error:  # noqa: BLE001  (one crystal's trouble never ends the run)
        return Failure(item.id, EngineFailedError.from_exception(error, crystal_id=item.id))
