"""How a build goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EVERY = 30.0  # s between two lines of progress where there is no terminal


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
    on_terminal = sys.stderr.isatty()
    done, last = 0, time.monotonic()
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
            nonlocal done, last
            codes.update(head["codes"])
            done += inputs
            if not bar.disable:  # a bar that is not shown knows nothing of these
                if not new:
                    bar.initial += inputs  # done before: no part of the speed
                if codes:
                    bar.set_postfix_str(f"{codes.total()} failed", refresh=False)
                bar.update(inputs)
            elif shown and time.monotonic() - last >= _EVERY:
                last = time.monotonic()
                of = "" if total is None else f" of {total:,}"
                line = f"crystext: {done:,}{of} crystals, {codes.total():,} failed"
                tqdm.write(line, file=sys.stderr)

        yield advance
