"""No orphans: processes end with the one that started them, however it ends.

Two ways, for one alone does not do. Where the kernel ends a process with its parent, it does so
from the moment at which the process asks for it. A guard also ends what has only begun to start,
and what foreign packages start.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOOK = 0.5  # s between two looks at a parent
_MARK = "CRYSTEXT_STARTED_BY"
_ENDED_WELL = b"."
_PATIENCE = 10.0  # s in which a guard that is not needed any more ends
_GUARD = """
import os, signal, sys
from contextlib import suppress
def marked(pid):
    with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
        return sys.argv[1].encode() in file.read().split(bytes(1))
if not sys.stdin.buffer.read(1):
    while found := [pid for pid in os.listdir("/proc") if pid.isdigit() and marked(pid)]:
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
"""


@contextmanager
def guarded() -> Iterator[None]:
    """What is started in here ends with this process, also when that is killed.

    A small process beside it waits for its end, and then kills all that carry its mark in their
    environment, children of children too. It reads ``/proc``, which Linux has; elsewhere processes
    end by themselves (:func:`end_with_parent`), as soon as they can.

    Raises:
        OSError: there is no room for another process.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    word, before = f"{os.getpid()}-{uuid4().hex}", os.environ.get(_MARK)
    guard = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
        [sys.executable, "-I", "-S", "-c", _GUARD, f"{_MARK}={word}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # Ctrl-C and a closed terminal are not meant for it
    )
    os.environ[_MARK] = word  # after its start: it would end itself
    try:
        yield
    finally:
        if before is None:
            del os.environ[_MARK]
        else:
            os.environ[_MARK] = before
        try:
            guard.communicate(_ENDED_WELL, timeout=_PATIENCE)
        except subprocess.TimeoutExpired:  # somebody stopped it
            guard.kill()
            guard.communicate()


def end_with_parent(parent: int) -> bool:
    """Ends this process when its parent has ended, also when that was killed.

    The kernel of Linux does it at once, whatever this process is at, stopped included. It takes the
    thread that started this process for the parent. Elsewhere a thread looks twice a second, which
    C code may keep from running.

    Args:
        parent: the parent's number, as the parent knows it: it may have ended already.

    Returns:
        Whether the kernel does it.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    by_kernel = False
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library without it
            by_kernel = ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    if os.getppid() != parent:
        os._exit(1)
    if not by_kernel:
        threading.Thread(target=watch, daemon=True).start()
    return by_kernel


@contextmanager
def interrupts_kept_here() -> Iterator[None]:
    """Keeps Ctrl-C from processes that are started here, or by threads that are begun here.

    A terminal sends it to all of them; their end is this process' affair. Threads and processes
    inherit the mask of who starts them; a signal that comes in between waits for the block's end.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
