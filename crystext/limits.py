"""A time limit that ends the work: one describer in a child process that can be killed.

A limit inside the process (a signal, a thread) waits for C code to come back; ending a process
does not. The child is a plain ``python -c`` with one pipe each way, so it works alike in scripts
without a ``__main__`` guard, in notebooks, in threads and in the workers of any executor.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import traceback
import weakref
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Self

from crystext.errors import CrystextError, TimeLimitError, UsageError, WorkerDiedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crystext import Describer
    from crystext.description.record import Description

START_LIMIT = 600.0  # s that a child may take to load its libraries
ORPHAN_GRACE = 3.0  # s after which a child whose parent is gone ends itself, even in C code
ATTEMPTS = 2  # a child that dies on a crystal is given one more try
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
}
_BOOTSTRAP = "import sys; sys.path[:] = {path!r}; from crystext.limits import _serve; _serve()"
_LENGTH = struct.Struct("<Q")


class LimitedDescriber:
    """A describer in a child process, which is started at the first crystal and when it was killed.

    Not for several threads at once: give each thread its own. Only ``close`` may come from another.

    Args:
        settings: keyword arguments of :class:`crystext.Describer`.
        timeout: seconds that one crystal may take, ``None`` for no limit. Starting the child and
            loading its libraries do not count.
        factory: ``module:name`` of what makes the describer in the child from the settings.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        timeout: float | None = None,
        *,
        factory: str = "crystext.limits:ready_describer",
    ) -> None:
        if timeout is not None and not timeout > 0:
            raise UsageError(f"a time limit of {timeout} s ends every crystal; give more than 0")
        self._settings = dict(settings)
        self._timeout = timeout
        self._factory = factory
        self._child: _Child | None = None
        self._lock = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Starts the child if none is running; returns when it is ready.

        Raises:
            WorkerDiedError: the child died, or was not ready within ``START_LIMIT``; or this
                describer was closed.
            Exception: whatever the factory raised, for example for a setting it refuses.
        """
        self._started()

    def _started(self) -> _Child:
        if self._child is not None and self._child.process.poll() is None:
            return self._child
        self._end_child()
        with self._lock:
            if self._closed:
                raise WorkerDiedError("this describer was closed; make a new one")
            child = self._child = _Child()
        try:
            child.ask((self._settings, self._factory, self._timeout), START_LIMIT)
        except _ChildGoneError as error:
            self._end_child()
            raise WorkerDiedError(
                f"the describing process did not start ({error}); check memory and installation"
            ) from error
        except BaseException:
            self._end_child()
            raise
        return child

    def describe(self, crystal: Any) -> Description:
        """Describes one crystal.

        Args:
            crystal: anything that can be pickled and the describer takes.

        Raises:
            TimeLimitError: it took longer than the limit; the work has ended.
            WorkerDiedError: the child died on it twice.
            Exception: whatever the describer raised; one that cannot be pickled comes as a
                RuntimeError that names it.
        """
        reasons = []
        for _ in range(ATTEMPTS):
            child = self._started()
            try:
                return child.ask(crystal, self._timeout)
            except _ChildGoneError as error:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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


class _ChildGoneError(Exception):
    """The child ended without a reply.

    Args:
        reason: how it ended.
        expired: it was the time limit that ended it.
    """

    def __init__(self, reason: str, *, expired: bool) -> None:
        super().__init__(reason)
        self.expired = expired


class _Child:
    """The parent's end: a process and one question at a time."""

    def __init__(self) -> None:
        with _interrupts_blocked():
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-c", _BOOTSTRAP.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | ONE_THREAD,
            )
        self.kill = weakref.finalize(self, _kill, self.process)  # also when the parent exits
        self._lock = threading.Lock()
        self._asked: object | None = None  # stands for the question that waits for its reply
        self._expired = False

    def ask(self, question: Any, seconds: float | None) -> Any:
        """Sends a question and waits for the reply, at most so many seconds.

        Raises:
            _ChildGoneError: no reply came; the child has ended.
            Exception: what the child raised.
        """
        payload = pickle.dumps(question, protocol=pickle.HIGHEST_PROTOCOL)
        with self._time_limit(seconds):
            with contextlib.suppress(OSError):  # a broken pipe: the missing reply says it too
                _send(self.process.stdin, payload)
            reply = _receive(self.process.stdout)
        if reply is None:
            code = self.process.wait()
            expired = self._expired or _how_it_ended(code) == "SIGALRM"
            raise _ChildGoneError(_how_it_ended(code), expired=expired)
        kind, value = pickle.loads(reply)  # noqa: S301  (our own child)
        if kind == "raised":
            raise value
        return value

    @contextlib.contextmanager
    def _time_limit(self, seconds: float | None) -> Iterator[None]:
        """Kills the child when the block takes longer, and never after its end."""
        if seconds is None:
            yield
            return
        question = self._asked = object()

        def expire() -> None:
            with self._lock:
                if self._asked is question:
                    self._expired = True
                    self.process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._lock:
                self._asked = None


def _kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Ctrl-C is the parent's: a child that is started in here never receives it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _send(pipe: IO[bytes], payload: bytes) -> None:
    pipe.write(_LENGTH.pack(len(payload)) + payload)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message, or ``None`` when the other side has gone, even in its middle."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = pipe.read(length)
    return payload if len(payload) == length else None


def _serve() -> None:
    """The child's end: makes the describer, then answers crystal after crystal."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between the replies
    questions: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        while (payload := _receive(sys.stdin.buffer)) is not None:
            questions.put(payload)
        os._exit(0)  # the parent has gone, or closed the describer

    threading.Thread(target=read, daemon=True).start()
    describer: Any = None
    limit: float | None = None
    while True:
        payload = questions.get()
        try:
            if describer is None:
                settings, factory, limit = pickle.loads(payload)  # noqa: S301  (our own parent)
                module, _, name = factory.partition(":")
                describer = getattr(import_module(module), name)(**settings)
                reply = pickle.dumps(("ready", None))
            else:
                _end_myself_after(limit)
                crystal = pickle.loads(payload)  # noqa: S301
                reply = pickle.dumps(("done", describer.describe(crystal)))
        except BaseException as error:  # noqa: BLE001  (the boundary: the parent raises it)
            reply = pickle.dumps(("raised", _portable(error)))
        _end_myself_after(None)
        _send(replies, reply)


def _end_myself_after(limit: float | None) -> None:
    """The kernel ends an orphan, also in C code that never comes back: SIGALRM's default."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, limit + ORPHAN_GRACE if limit else 0)


def _portable(error: BaseException) -> Exception:
    """The error itself if it survives a pipe, or else a RuntimeError that names it."""
    try:
        error.add_note("In the describing process:\n" + traceback.format_exc())
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001  (a foreign class may raise anything here)
        copy = None
    if isinstance(error, Exception) and type(copy) is type(error):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
