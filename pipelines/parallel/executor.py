"""What an executor is: workers that are given items, and hand results on as they are done.

An item is anything that can be pickled, and work a function of an item. Items are read in the
calling thread, a few ahead, so that memory does not grow with their number. An item that was lost
with its worker is sent again; one that was lost twice is done in this process.
"""

from __future__ import annotations

import queue
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from crystext.errors import UsageError
from crystext.pipelines.parallel.orphans import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 6  # items per worker that are read and not yet handed on
ATTEMPTS = 2  # losses after which an item is done here
_LOOK = 1.0  # s between two looks at whether the workers are still there


class LostError(Exception):
    """An item's worker has gone before its result was here."""


class Executor(ABC):
    """Workers, from the beginning of a ``with`` block to its end.

    What it has started ends with the block, and with this process, also when that is killed.

    Args:
        workers: how many items are worked on at the same time.
        scheduler: address of a running cluster, whose own number of workers counts; without it
            workers are started here.
        after: called at the end in every process that worked and lives on; ends work that is
            still going on there.

    Attributes:
        workers: as above.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        scheduler: str | None = None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        if workers < 1:
            raise UsageError(f"{workers} workers do nothing; give 1 or more")
        self.workers = workers
        self._scheduler, self._after = scheduler, after
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(guarded())
            opening.callback(self._after)
            opening.enter_context(self._running())
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, traceback)

    def map(
        self,
        work: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        ahead: int = AHEAD,
        in_order: bool = False,
    ) -> Iterator[tuple[Item, Result]]:
        """Yields each item with its result, as it is done.

        Args:
            work: what is done with an item; must be picklable for a cluster.
            items: read as they are needed.
            ahead: items per worker that are read and not yet handed on, at most.
            in_order: results wait for their turn.

        Raises:
            ClusterLostError: no more results are to be expected.
            Exception: what the work raised.
        """
        numbered = enumerate(items)
        at_work: dict[int, Item] = {}
        results: dict[int, tuple[Item, Result]] = {}
        losses: Counter[int] = Counter()
        done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

        def send(number: int) -> None:
            future = self._submit(work, at_work[number])
            future.add_done_callback(lambda future: done.put((number, future)))

        turn = 0
        while True:
            room = ahead * self.workers - len(at_work) - len(results)
            for number, item in islice(numbered, room):
                at_work[number] = item
                send(number)
            ready = turn if in_order else next(iter(results), turn)
            if ready in results:
                yield results.pop(ready)
                turn += 1
                continue
            if not at_work:
                return
            self._check()
            try:
                number, future = done.get(timeout=_LOOK)
            except queue.Empty:
                continue
            try:
                result = self._result(future)
            except LostError:
                losses[number] += 1
                if losses[number] < ATTEMPTS:
                    send(number)
                    continue
                result = work(at_work[number])
            item = at_work.pop(number)
            results[number] = item, result

    @abstractmethod
    def _running(self) -> AbstractContextManager[None]:
        """Starts workers, or finds those of a cluster, and ends what it has started.

        Raises:
            UsageError: the scheduler does not answer.
            MissingExtraError: a package is not installed.
            ClusterLostError: no worker has started.
        """

    @abstractmethod
    def _submit(self, work: Callable[[Any], Any], item: Any) -> Any:
        """Gives an item to the workers; a future of its result, with ``add_done_callback``."""

    def _result(self, future: Any) -> Any:
        """The result of a future that is done.

        Raises:
            LostError: its worker has gone.
            ClusterLostError: no more results are to be expected.
            Exception: what the work raised.
        """
        return future.result()

    def _check(self) -> None:  # noqa: B027  (not all have something to check)
        """Called about once a second while results are waited for.

        Raises:
            ClusterLostError: no more results are to be expected.
        """
