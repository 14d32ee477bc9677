"""Ctrl-C, or a request to end, in a training run: a question that is asked between steps."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ASK = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what a batch system, ``kill`` and ``timeout`` send before they kill."""


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Turns the first signal of a kind into a question that is asked between steps.

    The second of a kind does what it did before. Each kind counts by itself: after Ctrl-C, which a
    terminal sends to all processes, the one that started this one may also ask it to end.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.getsignal(number) for number in _ASK}

    def note(number: int, _frame: Any) -> None:
        asked.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in _ASK:
        signal.signal(number, note)
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
