"""Descriptions of many crystals, several at the same time, or with a time limit.

Results come in the order of the input, and each input gives exactly one. With several workers, or
with a time limit, the work is done in child processes
(:mod:`crystext.pipelines.parallel.limited_describer`) that can be killed or die without taking the
run along.
"""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.errors import CrystextError, EngineFailedError, WorkerNotStartedError
from crystext.pipelines.parallel.limited_describer import LimitedDescriber, describe_by
from crystext.pipelines.parallel.local import LocalExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crystext import Describer
    from crystext.unread import Input

AHEAD = 128  # crystals per worker that are read and not yet handed on; bounds what is in memory


def describe_many(
    crystals: Iterable[Input],
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
    if workers == 1 and timeout is None:
        describe = describe_by(factory or "crystext:Describer", settings)
        for item in crystals:
            yield item if isinstance(item, Failure) else described(describe, item.id, item)
        return
    factory = factory or f"{__name__}:{ready_describer.__name__}"
    describers = [LimitedDescriber(settings, timeout, factory=factory) for _ in range(workers)]
    idle: queue.LifoQueue[LimitedDescriber] = queue.LifoQueue()
    for one in describers:
        idle.put(one)

    def work(item: Input) -> Any:
        if isinstance(item, Failure):
            return item
        describer = idle.get()
        try:
            describer.start()  # outside of the crystal's boundary: refused settings end the run
            return described(describer.describe, item.id, item)
        finally:
            idle.put(describer)

    def close() -> None:
        for one in describers:
            one.close()

    with LocalExecutor(workers, after=close) as executor:
        for _, result in executor.map(work, crystals, ahead=AHEAD, in_order=True):
            yield result


def described(describe: Callable[[Any], Any], crystal_id: str, given: Any) -> Any:
    """What ``describe`` makes of a crystal, or its failure: one crystal's boundary.

    Raises:
        WorkerNotStartedError: it is no crystal's fault.
    """
    try:
        return describe(given)
    except WorkerNotStartedError:
        raise
    except CrystextError as error:
        return Failure(crystal_id, error.with_id(crystal_id))
    except Exception as error:  # noqa: BLE001  (one crystal's trouble never ends the run)
        named = EngineFailedError.from_exception(error, crystal_id=crystal_id)
        return Failure(crystal_id, named)


def ready_describer(**settings: Any) -> Describer:
    """A describer that has described rock salt, so that every library it needs is loaded."""
    from pymatgen.core import Lattice, Structure

    from crystext import Describer

    describer = Describer(**settings)
    salt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    with contextlib.suppress(CrystextError):  # for example more sites than the settings allow
        describer.describe(salt)
    return describer
