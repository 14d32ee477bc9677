"""How long work goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import Counter
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from crystext import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY_VARIABLE = "CRYSTEXT_PROGRESS_SECONDS"
"""Seconds between two lines where there is no terminal; 0 for a line whenever there is news."""
_EVERY = 30.0


def bars_are_seen() -> bool:
    """Whether standard error is a terminal with lines to draw a bar on.

    Those that ``script`` and ``docker run -t`` make for a job have none, and tqdm then draws
    nothing.
    """
    if not sys.stderr.isatty():
        return False
    try:
        return os.get_terminal_size(sys.stderr.fileno()).lines > 1
    except (OSError, ValueError):  # a stream that only says that it is a terminal
        return True


class Heartbeat:
    """A line on standard error now and then, where that is no terminal: jobs are not silent.

    Args:
        shown: say anything at all.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown and not bars_are_seen()
        self._last = time.monotonic()
        asked = os.environ.get(EVERY_VARIABLE, "").strip()
        self._every = _EVERY if not self._shown or not asked else _seconds(asked)

    def say(self, words: str) -> None:
        """A line, unless the last one is not long ago."""
        if self._shown and time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            print(f"crystext: {words}", file=sys.stderr, flush=True)  # noqa: T201


@cache  # what is wrong is said once
def _seconds(asked: str) -> float:
    """The seconds that the variable asks for; the usual ones, and a note, for what is none."""
    try:
        found = float(asked)
    except ValueError:
        found = math.nan
    if 0 <= found < math.inf:
        return found
    message = (
        f"{EVERY_VARIABLE} is {errors.shown(asked)}, no number of seconds; {_EVERY:g} s are taken"
    )
    print(f"crystext: [note] {message}", file=sys.stderr, flush=True)  # noqa: T201
    return _EVERY


@contextmanager
def progress_bar(
    total: int | None, *, shown: bool, done: int = 0, unit: str = " crystals"
) -> Iterator[Any]:
    """Shows how far work is, on standard error.

    Args:
        total: all that there will be, ``None`` where not known.
        shown: show anything at all.
        done: of them, before this began.
        unit: what is counted.

    Yields:
        A function that takes how many more are done; where some may fail, the head of their part;
        and ``new=False`` if they were done before.
    """
    from tqdm import tqdm

    codes: Counter[str] = Counter()
    heartbeat, of = Heartbeat(shown=shown), "" if total is None else f" of {total:,}"
    with tqdm(
        total=total,
        initial=done,
        unit=unit,
        unit_scale=unit == " tokens",  # millions
        file=sys.stderr,
        disable=not (shown and bars_are_seen()),
        dynamic_ncols=True,
        mininterval=0.2,
        miniters=1,
    ) as bar:

        def advance(more: int, head: Mapping[str, Any] | None = None, *, new: bool = True) -> None:
            nonlocal done
            codes.update(head["codes"] if head else ())
            done += more
            if not bar.disable:  # a bar that is not shown knows nothing of these
                if not new:
                    bar.initial += more  # done before: no part of the speed
                if codes:
                    bar.set_postfix_str(f"{codes.total()} failed", refresh=False)
                bar.update(more)
            else:
                failed = f", {codes.total():,} failed" if head else ""
                heartbeat.say(f"{done:,}{of}{unit}{failed}")

        yield advance
