"""Manifests of stores in which one value is wrong, and whether a store tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crystext.errors import BadStoreError, NoStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GONE = object()
ODD = (None, "x", 3, -1, 1.5, True, [], ["x"], {}, {"x": None}, 10**30, "\ud800", GONE)
"""In place of a value; the last one takes it out."""


def entries(value: dict[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The place of every value of a manifest, by its keys."""
    for key, inner in value.items():
        yield (*at, key)
        if isinstance(inner, dict):
            yield from entries(inner, (*at, key))


def spoil(path: Path, manifest: dict[str, Any], at: tuple[str, ...], new: object) -> bool:
    """Writes a manifest with another value at a place; whether it is another one."""
    copied = json.loads(json.dumps(manifest))
    table = copied
    for key in at[:-1]:
        table = table[key]
    old = table.pop(at[-1], GONE)
    if new is not GONE:
        table[at[-1]] = new
    (path / "manifest.json").write_text(json.dumps(copied))
    return old != new


def unnoticed(path: Path, manifest: dict[str, Any], use: Callable[[], object]) -> set[str]:
    """The values whose change no error tells: all others end in an error for damaged stores.

    Args:
        path: a copy of the store.
        manifest: as it is whole.
        use: opens the store and reads all of it.
    """
    found = set()
    for at in entries(manifest):
        for new in ODD:
            if spoil(path, manifest, at, new):
                try:
                    use()
                except (BadStoreError, NoStoreError):
                    continue
                found.add(".".join(at))
    return found


def idle(manifest: dict[str, Any]) -> set[str]:
    """The values that no reader of a store goes by, or that may be another of their kind."""
    by_code = manifest["counts"]["failures_by_code"]
    counts = {"inputs", "failures", "failures_by_code", *(f"failures_by_code.{c}" for c in by_code)}
    files = manifest["files"].keys()
    return {
        "seconds",
        "versions",
        *(f"versions.{one}" for one in manifest["versions"]),
        *(f"counts.{one}" for one in counts),
        *(f"files.{name}.sha256" for name in files),
        *(f"files.{name}" for name in files - {"ids.parquet"}),  # one that is not listed
    }
