"""One upload after another through the child process, and the answers as plain values."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from crystext.errors import CrystextError, EngineFailedError
from crystext.serve.worker import Found, Upload

if TYPE_CHECKING:
    from crystext.pipelines.parallel.limited_describer import LimitedDescriber

MOST_STRUCTURES = 10
"""Structures of one upload that are described."""
FACTORY = "crystext.serve.worker:PageWorker"


class BusyError(Exception):
    """Other uploads are in work, and this one has waited long enough."""


class LastingChild:
    """A child process, and the one thread that asks it.

    On Linux a child ends with the thread that started it, and those of connections are short: all
    questions go out from one that lasts.

    Args:
        child: the process that does the work, with its time limit.
        name: of the thread.
    """

    def __init__(self, child: LimitedDescriber, name: str) -> None:
        self.child = child
        self._thread = ThreadPoolExecutor(1, name)
        self.submit = self._thread.submit

    def start(self) -> None:
        """Starts the child, so that the first question need not wait for it.

        Raises:
            CrystextError: it cannot be started, or refuses its settings.
        """
        self.submit(self.child.start).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()  # also in the middle of a structure
        self._thread.shutdown()


class Desk(LastingChild):
    """Takes uploads in turn.

    Args:
        child: the process that does the work, and its time limit for each structure.
        patience: seconds that an upload waits for those before it.
    """

    def __init__(self, child: LimitedDescriber, patience: float = 60.0) -> None:
        super().__init__(child, "crystext-desk")
        self._patience, self._turn = patience, threading.Lock()

    def answer(self, upload: Upload) -> dict[str, Any]:
        """What the page shows of an upload.

        Returns:
            ``results``, each a card or a failure with ``id``, ``code`` and ``message``; and
            ``left``, how many more structures there are.

        Raises:
            BusyError: it was not its turn in time.
        """
        if not self._turn.acquire(timeout=self._patience):
            raise BusyError
        try:
            return self.submit(self._answer, upload).result()
        finally:
            self._turn.release()

    def _answer(self, upload: Upload) -> dict[str, Any]:
        try:
            found = self.child.describe(upload)
        except Exception as error:  # noqa: BLE001  (an upload never ends the server)
            return {"results": [failed(upload.name or "pasted", error)], "left": 0}
        results = [self._one(Found(one, upload.disorder)) for one in found[:MOST_STRUCTURES]]
        return {"results": results, "left": max(0, len(found) - MOST_STRUCTURES)}

    def _one(self, question: Found) -> dict[str, Any]:
        try:
            return self.child.describe(question)
        except Exception as error:  # noqa: BLE001  (one structure's trouble is its own)
            return failed(question.crystal.id, error)


def failed(name: str, error: Exception) -> dict[str, Any]:
    """Why there is no card, for the page."""
    if not isinstance(error, CrystextError):
        error = EngineFailedError.from_exception(error)
    return {"id": name, "code": error.code, "message": error.message}
