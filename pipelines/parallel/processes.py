"""Processes that depend on each other: one that ends with its parent, one that was stopped.

A process that is stopped (Ctrl-Z, a batch system that makes room) neither works nor ends, and its
clocks run on. Limits here count the seconds in which a process could work.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from functools import cache
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOOK = 0.5  # s between two looks at a parent


@cache
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
    by_kernel = _kernel_ends_this()
    if os.getppid() != parent:
        os._exit(1)
    if not by_kernel:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    return by_kernel


def _kernel_ends_this() -> bool:
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError, AttributeError):  # a C library without it
        return ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    return False


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal; known on Linux alone, ``False`` elsewhere."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "T"


class RunningTime:
    """Seconds in which this process ran, told at each look.

    Args:
        longest: seconds that count at most of the time between two looks; in the rest of a longer
            one this process was stopped.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._last = time.monotonic()

    def since_last(self) -> float:
        """Seconds since the last look."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        return min(passed, self._longest)
