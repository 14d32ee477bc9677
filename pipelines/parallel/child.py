"""A child process that answers one question after another, and both ends of the pipe to it.

The child is a plain ``python -c``, so it works alike in scripts without a ``__main__`` guard, in
notebooks, in threads and in the workers of any executor. It ends with its parent, also when that is
killed.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.pipelines.parallel.orphans import end_with_parent, interrupts_kept_here

if TYPE_CHECKING:
    from collections.abc import Callable

STOPPED_LIMIT = 60.0  # s after which a child that is stopped while its parent runs is given up
ORPHAN_GRACE = 3.0  # s after which, without the kernel's help, an orphan ends itself also in C code
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
}
_BOOTSTRAP = (
    "import sys; sys.path[:] = {path!r}; "
    "from crystext.pipelines.parallel.child import _serve; _serve({parent}, {pipe})"
)
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
    """The parent's end: a process and one question at a time.

    The first question is a function of no arguments that can be pickled; the child calls it, and
    answers every later question with what it returned, a function of the question.
    """

    def __init__(self) -> None:
        """Starts the process.

        Raises:
            OSError: there is no room for another.
        """
        self._pipe, theirs = Pipe()
        with theirs, interrupts_kept_here():
            code = _BOOTSTRAP.format(path=sys.path, parent=os.getpid(), pipe=theirs.fileno())
            self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a library prints must not stand among results
                pass_fds=[theirs.fileno()],
                env=os.environ | ONE_THREAD,
            )
        self.kill = weakref.finalize(self, _kill, self.process)  # also when the parent exits

    def ask(self, question: Any, seconds: float | None = None) -> Any:
        """Sends a question and waits for the reply, at most so many seconds.

        Time in which this process or the child is stopped does not count, but a child that is
        stopped for ``STOPPED_LIMIT`` is killed.

        Raises:
            ChildGoneError: no reply came; the child has ended.
            Exception: what the child raised.
        """
        payload = pickle.dumps((question, seconds), protocol=pickle.HIGHEST_PROTOCOL)
        # A thread, for a child that is stopped takes no more than the pipe does
        threading.Thread(target=self._send, args=(payload,), daemon=True).start()
        given_up = self._wait(math.inf if seconds is None else seconds)
        try:
            reply = self._pipe.recv_bytes()
        except (EOFError, OSError):
            reason = given_up or _how_it_ended(self.process.wait())
            raise ChildGoneError(reason, expired=reason == _EXPIRED) from None
        kind, value = pickle.loads(reply)  # noqa: S301  (our own child)
        if kind == "raised":
            raise value
        return value

    def _send(self, payload: bytes) -> None:
        with contextlib.suppress(OSError):  # the missing reply says it too
            self._pipe.send_bytes(payload)

    def _wait(self, seconds: float) -> str:
        """Waits for a reply or the child's end; kills a child that takes longer and returns why."""
        left, stopped = seconds, 0.0
        while not self._pipe.poll(look := min(_LOOK, left)):
            # Clocks run on while this process is stopped; what it waited at most does not
            if _is_stopped(self.process.pid):
                stopped += look
            else:
                stopped, left = 0.0, left - look
            if stopped >= STOPPED_LIMIT or left <= 0:
                self.kill()
                return _EXPIRED if left <= 0 else f"stopped for {STOPPED_LIMIT:g} s"
        return ""


def _kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


def _is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal; known on Linux alone, ``False`` elsewhere."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _serve(parent: int, handle: int) -> None:
    """The child's end: makes what answers, then answers question after question."""
    by_kernel = end_with_parent(parent)
    pipe = Connection(handle)
    answer: Callable[[Any], Any] | None = None

    def reply_to(payload: bytes) -> bytes:
        nonlocal answer
        try:
            question, seconds = pickle.loads(payload)  # noqa: S301  (our own parent)
            _end_myself_after(None if by_kernel else seconds)
            if answer is None:
                answer, value = question(), None
            else:
                value = answer(question)
            return pickle.dumps(("done", value))
        except BaseException as error:  # noqa: BLE001  (the boundary: the parent raises it)
            return pickle.dumps(("raised", _portable(error)))
        finally:
            _end_myself_after(None)

    with contextlib.suppress(EOFError, OSError):  # the parent has gone
        while True:
            pipe.send_bytes(reply_to(pipe.recv_bytes()))
    os._exit(0)


def _end_myself_after(limit: float | None) -> None:
    """The system ends an orphan, also in C code that never comes back: SIGALRM's default."""
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
