"""Workers that are threads of this process: enough to wait for the child that does the work.

Work that computes asks a child of its own (:mod:`crystext.pipelines.parallel.child`), which uses
another core and can be killed. One worker is the calling thread itself.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crystext.pipelines.parallel.executor import Executor, Item, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class LocalExecutor(Executor):
    """Threads of this process; daemons, so that no exit waits for them."""

    def map(
        self, work: Callable[[Item], Result], items: Iterable[Item], **how: Any
    ) -> Iterator[tuple[Item, Result]]:
        """As of every executor; with one worker each item is read when the last one is done."""
        if self.workers > 1:
            return super().map(work, items, **how)
        return ((item, work(item)) for item in items)

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ended = threading.Event()
        threads: list[threading.Thread] = []
        try:
            for _ in range(self.workers if self.workers > 1 else 0):
                thread = threading.Thread(target=self._work, daemon=True)
                thread.start()
                threads.append(thread)
            yield
        finally:
            self._ended.set()
            for _ in threads:
                self._given.put(None)
            for thread in threads:
                while thread.is_alive():  # it may just have begun, and need a second call
                    self._after()
                    thread.join(0.1)

    def _submit(self, work: Callable[[Any], Any], item: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._given.put((future, work, item))
        return future

    def _work(self) -> None:
        while (given := self._given.get()) is not None and not self._ended.is_set():
            future, work, item = given
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001  (raised in the thread that asked)
                future.set_exception(error)
