"""Where snapshots and what databases say of themselves are kept, and a bar while they come."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crystext.errors import BadSnapshotError, CannotWriteError
from crystext.files import read_json
from crystext.pipelines.cache import cache_dir
from crystext.pipelines.optimade.about import about
from crystext.pipelines.optimade.snapshot import INFO
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crystext.pipelines.optimade.about import About
    from crystext.pipelines.optimade.providers import Database


def home_of(database: Database) -> Path:
    """Where the snapshots of a database are."""
    host = urlsplit(database.base_url).hostname or "api"
    return cache_dir() / "optimade" / f"{host}-{digest(database.base_url)}"


def kept_about(folder: Path, database: Database | None = None) -> About:
    """What a database said of itself when it was asked.

    Args:
        folder: where that is kept.
        database: as it is called now.

    Raises:
        BadSnapshotError: nothing is kept there.
    """
    kept = read_json(folder / INFO)
    try:
        assert kept is not None
        return about(kept | ({"database": vars(database)} if database else {}))
    except (AssertionError, KeyError, TypeError) as error:
        message = f"{folder} does not say of which database it is ({INFO})"
        raise BadSnapshotError(f"{message}; name the folder of a snapshot of OPTIMADE") from error


@contextmanager
def cache_written(path: Path) -> Iterator[None]:
    """Turns what the system says about a failed write into one line.

    Raises:
        CannotWriteError: with the reason.
    """
    try:
        yield
    except OSError as error:
        raise CannotWriteError(
            f"{error.filename or path} in the cache cannot be written "
            f"({error.strerror or error}); mend it, or name another folder with CRYSTEXT_CACHE"
        ) from error


@contextmanager
def progress(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _came, _total: None
        return
    from tqdm import tqdm

    with tqdm(desc=f"fetching from {name}", unit=" structures", leave=False) as bar:

        def advance(came: int, total: int | None) -> None:
            bar.total = total
            bar.update(came - bar.n)

        yield advance
