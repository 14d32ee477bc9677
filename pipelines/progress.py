"""How long work goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY_VARIABLE = "CRYSTEXT_PROGRESS_SECONDS"
"""Seconds between two lines where there is no terminal."""
_EVERY = 30.0


class Heartbeat:
    """A line on standard error now and then, where that is no terminal: jobs are not silent.

    Args:
        shown: say anything at all.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown and not sys.stderr.isatty()
        self._last = time.monotonic()
        try:
            self._every = float(os.environ.get(EVERY_VARIABLE, ""))
        except ValueError:
            self._every = _EVERY

    def say(self, words: str) -> None:
        """A line, unless the last one is not long ago."""
        if self._shown and time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            print(f"crystext: {words}", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def shown_progress(total: int | None, *, shown: bool) -> Iterator[Any]:
    """Shows how a build goes on, on standard error.

    Args:
        total: inputs that there will be, ``None`` where not known.
        shown: show anything at all.

    Yields:
        A function that takes the number of inputs that are done, the head of their part, and
        ``new=False`` if they were done before.
    """
    from tqdm import tqdm

    codes: Counter[str] = Counter()
    on_terminal, heartbeat = sys.stderr.isatty(), Heartbeat(shown=shown)
    done = 0
    with tqdm(
        total=total,
        unit=" crystals",
        file=sys.stderr,
        disable=not (shown and on_terminal),
        dynamic_ncols=True,
        mininterval=0.2,
        miniters=1,
    ) as bar:

        def advance(inputs: int, head: Mapping[str, Any], *, new: bool = True) -> None:
            nonlocal done
            codes.update(head["codes"])
            done += inputs
            if not bar.disable:  # a bar that is not shown knows nothing of these
                if not new:
                    bar.initial += inputs  # done before: no part of the speed
                if codes:
                    bar.set_postfix_str(f"{codes.total()} failed", refresh=False)
                bar.update(inputs)
            else:
                of = "" if total is None else f" of {total:,}"
                heartbeat.say(f"{done:,}{of} crystals, {codes.total():,} failed")

        yield advance
