"""What something was made with: digests of settings, versions of packages, and what differs."""

from __future__ import annotations

import hashlib
import json
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 5  # differences
_LONGEST = 40  # characters of a value


def digest(value: Any) -> str:
    """SHA-256 of a value as JSON with sorted keys, 16 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions(*packages: str) -> dict[str, str]:
    """Versions of crystext, of these packages where they are installed, and of Python."""
    found = {"crystext": __version__}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {"python": platform.python_version()}


def processor() -> str:
    """What this machine's processor is called."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def differences(old: Any, new: Any) -> list[str]:
    """What differs between two tables of settings, tables within them included.

    Returns:
        At most five lines such as ``limits.timeout (then 60, now 5)``, in order of the names, and
        how many more there are; none where the two are equal.
    """
    found = sorted(
        f"{name} (then {_brief(then)}, now {_brief(now)})" for name, then, now in changed(old, new)
    )
    return found[:_SHOWN] + ([f"{len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])


def changed(old: Any, new: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each value that differs, in the order of the tables: its dotted name, then and now."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from changed(old.get(key), new.get(key), f"{name}.{key}".lstrip("."))
    elif old != new:
        yield name, old, new


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
