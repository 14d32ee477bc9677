"""A bar on a terminal, with the time left; a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def progress_bar(total: int, *, shown: bool, done: int = 0, unit: str = " tokens") -> Iterator[Any]:
    """Shows how far work is, on standard error; gives the function that moves it on."""
    from tqdm import tqdm

    from crystext.pipelines.progress import Heartbeat

    with tqdm(
        total=total,
        initial=done,
        unit=unit,
        unit_scale=True,
        file=sys.stderr,
        disable=not (shown and sys.stderr.isatty()),
        dynamic_ncols=True,
    ) as bar:
        heartbeat, reached = Heartbeat(shown=shown), done

        def advance(more: int) -> None:
            nonlocal reached
            reached += more
            bar.update(more)
            heartbeat.say(f"{reached:,} of {total:,}{unit}")

        yield advance
