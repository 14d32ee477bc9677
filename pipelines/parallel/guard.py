"""Ends what this process has started when it is killed, whatever state those processes are in.

A process that is stopped, or has only begun to start, cannot see that its parent has gone. So a
small one beside it waits for the parent's end, and then kills all that carry the parent's mark in
their environment, children of children too. It reads ``/proc``, which Linux has; elsewhere
processes end by themselves, as soon as they can.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = "CRYSTEXT_STARTED_BY"
_ENDED_WELL = b"."
_PATIENCE = 10.0  # s
_WATCH = """
import os, signal, sys
mark = sys.argv[1].encode()
def marked(pid):
    try:
        with open("/proc/%s/environ" % pid, "rb") as file:
            return mark in file.read().split(bytes(1))
    except OSError:
        return False
if not sys.stdin.buffer.read(1):
    while found := [pid for pid in os.listdir("/proc") if pid.isdigit() and marked(pid)]:
        for pid in found:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
"""


@contextmanager
def guarded() -> Iterator[None]:
    """What is started in here ends with this process, also when that is killed.

    Raises:
        OSError: there is no room for another process.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    word, before = f"{os.getpid()}-{uuid4().hex}", os.environ.get(_MARK)
    guard = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
        [sys.executable, "-I", "-S", "-c", _WATCH, f"{_MARK}={word}"],
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
