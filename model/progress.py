"""A bar on a terminal, with the time left."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def progress_bar(total: int, *, shown: bool, done: int = 0, unit: str = " tokens") -> Iterator[Any]:
    """A bar with the time left, on a terminal alone; gives the function that moves it on."""
    from tqdm import tqdm

    with tqdm(
        total=total,
        initial=done,
        unit=unit,
        unit_scale=True,
        file=sys.stderr,
        disable=not (shown and sys.stderr.isatty()),
        dynamic_ncols=True,
    ) as bar:
        yield bar.update
