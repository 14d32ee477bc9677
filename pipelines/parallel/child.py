"""A child process that answers one question after another, and both ends of its pipes.

The child is a plain ``python -c`` with one pipe each way, so it works alike in scripts without a
``__main__`` guard, in notebooks, in threads and in the workers of any executor. It ends with its
parent, also when that is killed.
"""

from __future__ import annotations

import contextlib
import math
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
from typing import IO, TYPE_CHECKING, Any

from crystext.pipelines.parallel.processes import RunningTime, end_with_parent, is_stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPPED_LIMIT = 60.0  # s after which a child that is stopped while its parent runs is given up
ORPHAN_GRACE = 3.0  # s after which, without the kernel's help, an orphan ends itself also in C code
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
}
_BOOTSTRAP = (
    "import sys; sys.path[:] = {path!r}; "
    "from crystext.pipelines.parallel.child import _serve; _serve({parent})"
)
_LENGTH = struct.Struct("<Q")
_LOOK = 0.5  # s between two looks at a child that works
_EXPIRED = "the time limit"


class ChildGoneError(Exception):
    """The child ended without a reply.

    Args:
        reason: how it ended.
        expired: it was the time limit that ended it.
    """

    def __init__(self, reason: str, *, expired: bool) -> None:
        super().__init__(reason)
        self.expired = expired


class Child:
    """The parent's end: a process and one question at a time."""

    def __init__(self) -> None:
        """Starts the process.

        Raises:
            OSError: there is no room for another.
        """
        code = _BOOTSTRAP.format(path=sys.path, parent=os.getpid())
        with _interrupts_blocked():
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | ONE_THREAD,
            )
        self.kill = weakref.finalize(self, _kill, self.process)  # also when the parent exits
        self._lock = threading.Lock()
        self._asked: object | None = None  # stands for the question that waits for its reply
        self._given_up = ""  # why the process was killed from here

    def ask(self, question: Any, seconds: float | None) -> Any:
        """Sends a question and waits for the reply, at most so many seconds.

        Time in which this process or the child is stopped does not count, but a child that is
        stopped for ``STOPPED_LIMIT`` is killed.

        Raises:
            ChildGoneError: no reply came; the child has ended.
            Exception: what the child raised.
        """
        payload = pickle.dumps(question, protocol=pickle.HIGHEST_PROTOCOL)
        with self._limits(math.inf if seconds is None else seconds):
            reply = None
            with contextlib.suppress(OSError, ValueError):  # the missing reply says it too
                _send(self.process.stdin, payload)
            with contextlib.suppress(ValueError):  # closed by another thread
                reply = _receive(self.process.stdout)
        if reply is None:
            code = self.process.wait()
            reason = self._given_up or _how_it_ended(code)
            raise ChildGoneError(reason, expired=reason == _EXPIRED)
        kind, value = pickle.loads(reply)  # noqa: S301  (our own child)
        if kind == "raised":
            raise value
        return value

    @contextlib.contextmanager
    def _limits(self, seconds: float) -> Iterator[None]:
        """Kills the child when the block takes longer, and never after its end."""
        question = self._asked = object()
        done = threading.Event()

        def give_up(reason: str) -> None:
            with self._lock:
                if self._asked is question:
                    self._given_up = reason
                    self.process.kill()

        def watch() -> None:
            time, left, stopped = RunningTime(4 * _LOOK), seconds, 0.0
            while not done.wait(min(_LOOK, left)):
                passed = time.since_last()
                if is_stopped(self.process.pid):
                    stopped += passed
                    if stopped >= STOPPED_LIMIT:
                        give_up(f"stopped for {STOPPED_LIMIT:g} s")
                        return
                    continue
                stopped, left = 0.0, left - passed
                if left <= 0:
                    give_up(_EXPIRED)
                    return

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            done.set()
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


def _serve(parent: int) -> None:
    """The child's end: makes the describer, then answers crystal after crystal."""
    by_kernel = end_with_parent(parent)
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
                _end_myself_after(None if by_kernel else limit)
                crystal = pickle.loads(payload)  # noqa: S301
                reply = pickle.dumps(("done", describer.describe(crystal)))
        except BaseException as error:  # noqa: BLE001  (the boundary: the parent raises it)
            reply = pickle.dumps(("raised", _portable(error)))
        _end_myself_after(None)
        _send(replies, reply)


def _end_myself_after(limit: float | None) -> None:
    """The system ends an orphan, also in C code that never comes back: SIGALRM's default."""
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
