"""Which runs are submitted, by whom: no control, no peeking, one seed chosen on validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.errors import UsageError, shown
from crystext.model.benchmark.suite import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

_FILL = "FILL IN: "


@dataclass(frozen=True)
class Submitter:
    """Who submits; what is not given stays an instruction, which no leaderboard accepts."""

    team: str = f"{_FILL}name of your team"
    email: str = f"{_FILL}an author's address"
    url: str = f"{_FILL}page of the project"

    @classmethod
    def parse(cls, words: str | None) -> Submitter:
        """``TEAM,EMAIL,URL``; ``None`` for instructions.

        Raises:
            UsageError: there are not three parts, or no address is among them.
        """
        if words is None:
            return cls()
        parts = [one.strip() for one in words.split(",")]
        if len(parts) != 3 or not all(parts) or "@" not in parts[1]:
            raise UsageError(f"{shown(words)} is not TEAM,EMAIL,URL; give all three")
        return cls(*parts)

    @property
    def missing(self) -> str:
        """What to do before submitting, empty for nothing."""
        return "fill in team, email and URL first" if self.team.startswith(_FILL) else ""


def candidates(rows: Sequence[dict[str, Any]]) -> dict[Row, dict[str, list[dict[str, Any]]]]:
    """Runs of one seed by row and property: the seed with the lowest validation error.

    Controls are left out, and so is a seed of which a fold failed.
    """
    groups: dict[tuple[Row, str], dict[int, list[dict[str, Any]]]] = {}
    for row in rows:
        if not Row.of_result(row).is_control:
            key = (Row.of_result(row), row["property"])
            groups.setdefault(key, {}).setdefault(row["seed"], []).append(row)

    def error(part: list[dict[str, Any]]) -> float:
        return float(np.mean([row["validation_mae"] for row in part]))

    found: dict[Row, dict[str, list[dict[str, Any]]]] = {}
    for (kind, name), seeds in groups.items():
        whole = [part for part in seeds.values() if all(row["failure"] is None for row in part)]
        if whole:
            found.setdefault(kind, {})[name] = min(whole, key=error)
    return found
