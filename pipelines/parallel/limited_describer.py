"""A time limit that ends the work: one describer in a child process that can be killed.

A limit inside the process (a signal, a thread) waits for C code to come back; ending a process
does not. See :mod:`crystext.pipelines.parallel.child` for the process itself.
"""

from __future__ import annotations

import threading
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crystext.errors import (
    CrystextError,
    TimeLimitError,
    UsageError,
    WorkerDiedError,
    WorkerNotStartedError,
    first_line,
)
from crystext.pipelines.parallel.child import Child, ChildGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START_LIMIT = 600.0  # s that a child may take to load its libraries
ATTEMPTS = 2  # a child that dies on a crystal, or while it starts, is given one more try


class LimitedDescriber:
    """A describer in a child process, which is started at the first crystal and when it was killed.

    Not for several threads at once: give each thread its own. Only ``close`` may come from another.

    Args:
        settings: keyword arguments of what the factory makes.
        timeout: seconds that one crystal may take, ``None`` for no limit. Starting the child and
            loading its libraries do not count, nor does time in which a process is stopped.
        factory: ``module:name`` of what makes the describer in the child, see :func:`describe_by`.
    """

    def __init__(
        self, settings: Mapping[str, Any], timeout: float | None = None, *, factory: str
    ) -> None:
        if timeout is not None and not timeout > 0:
            raise UsageError(f"a time limit of {timeout} s ends every crystal; give more than 0")
        self._make = partial(describe_by, factory, dict(settings))
        self._timeout = timeout
        self._child: Child | None = None
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> Child:
        """Starts the child if none is running; returns it when it is ready.

        Raises:
            WorkerNotStartedError: the child failed to start twice: it died, was not ready within
                ``START_LIMIT``, or its libraries could not be loaded; or this describer was closed.
            CrystextError: the settings are refused.
        """
        child = self._child  # which another thread may close meanwhile
        if child is not None and child.process.poll() is None:
            return child
        reasons = []
        for _ in range(ATTEMPTS):
            self._end_child()
            try:
                child = self._new_child()
                child.ask(self._make, START_LIMIT)
            except BaseException as error:
                self._end_child()
                if isinstance(error, CrystextError) or not isinstance(error, Exception):
                    raise
                gone = isinstance(error, ChildGoneError)  # or else libraries could not be loaded
                reasons.append(str(error) if gone else first_line(error))
                cause = error
            else:
                return child
        raise WorkerNotStartedError(
            f"the describing process did not start, tried {ATTEMPTS} times ({', '.join(reasons)}); "
            "see to memory and the installation; a build then goes on with --resume"
        ) from cause

    def _new_child(self) -> Child:
        with self._lock:
            if self._closed:
                raise WorkerNotStartedError("this describer was closed; make a new one")
            child = self._child = Child()
        return child

    def describe(self, crystal: Any) -> Any:
        """Describes one crystal.

        Args:
            crystal: anything that can be pickled and the describer takes.

        Returns:
            What the describer returned.

        Raises:
            TimeLimitError: it took longer than the limit; the work has ended.
            WorkerDiedError: the child died on it twice.
            WorkerNotStartedError: no child could be started, see :meth:`start`; that is not the
                crystal's fault.
            Exception: whatever the describer raised; one that cannot be pickled comes as a
                RuntimeError that names it.
        """
        reasons = []
        for _ in range(ATTEMPTS):
            child = self.start()
            try:
                return child.ask(crystal, self._timeout)
            except ChildGoneError as error:
                self._end_child()
                if error.expired:
                    raise TimeLimitError(
                        f"ended after {self._timeout:g} s; give it more time or leave it out"
                    ) from None
                reasons.append(str(error))
            except Exception:  # the crystal's own: the child is fine
                raise
            except BaseException:  # Ctrl-C: its reply must not be taken for the next crystal's
                self._end_child()
                raise
        raise WorkerDiedError(
            f"the describing process died twice ({', '.join(reasons)}); see if memory is enough"
        )

    def close(self) -> None:
        """Ends the child at once, also in the middle of a crystal, and for good."""
        with self._lock:
            self._closed = True
        self._end_child()

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()


def describe_by(factory: str, settings: Mapping[str, Any]) -> Callable[[Any], Any]:
    """The ``describe`` of what a factory, ``module:name``, makes of settings."""
    module, _, name = factory.partition(":")
    return getattr(import_module(module), name)(**settings).describe
