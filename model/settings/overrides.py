"""Settings as the command line gives them, ``training.epochs=20``, by dotted name."""

from __future__ import annotations

import tomllib
from typing import Any

from crystext.errors import UsageError, shown


def parse_overrides(pairs: tuple[str, ...]) -> dict[str, Any]:
    """``training.epochs=20`` as the command line gives it; values are read as TOML, else as text.

    Raises:
        UsageError: a pair has no equals sign.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"{shown(pair)} is no setting; write NAME=VALUE")
        try:
            found[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name.strip()] = None if value == "none" else value
    return found
