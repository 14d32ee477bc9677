"""Where the user's cache is."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

CACHE_VARIABLE = "CRYSTEXT_CACHE"


def cache_dir() -> Path:
    r"""The folder for downloads: ``CRYSTEXT_CACHE``, else the platform's own place. Not made here.

    Linux: ``$XDG_CACHE_HOME/crystext`` or ``~/.cache/crystext``; macOS:
    ``~/Library/Caches/crystext``; Windows: ``%LOCALAPPDATA%\crystext\Cache``.
    """
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    return user_cache_path("crystext", appauthor=False)


def remedy_in_cache(path: Path) -> str | None:
    """What else to do where a path in the cache cannot be written.

    ``None`` of a path that does not lie in the cache: whoever named it may name another.
    """
    if not Path(path).absolute().is_relative_to(cache_dir().absolute()):
        return None
    return f"name another folder for the cache by {CACHE_VARIABLE}"
