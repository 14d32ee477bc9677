"""What a build will cost, from measured times and sizes by number of sites.

The measurements are data (``crystext/data/speed.json``) and name the machine, command and versions
that they are from; :mod:`crystext.pipelines.measure_speed` makes them.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crystext.crystal import Crystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crystext.pipelines.build.settings import BuildSettings
    from crystext.pipelines.sources.source import Source


@dataclass(frozen=True)
class Estimate:
    """What a build will cost.

    Attributes:
        inputs: how many.
        seconds: of one core.
        size: of the finished corpus, in bytes; while building, three times that is needed.
        basis: what the numbers of sites are from, in words.
    """

    inputs: int
    seconds: float
    size: int
    basis: str


def estimate(source: Source, settings: BuildSettings, options: Mapping[str, Any]) -> Estimate:
    """Estimates a build without downloading or describing anything.

    Args:
        source: what will be described.
        settings: which part of it.
        options: of the source.

    Raises:
        SourceError: the source cannot be read.
    """
    asked: dict[str, Any] = {"ids": settings.ids, "limit": settings.limit}
    at_hand = source.url is None or options.get("from_file") or source.cached().is_file()
    if not source.is_api and at_hand:
        sites = [
            len(one.structure) if isinstance(one, Crystal) else 0
            for one in source.crystals(**options, **asked)
        ]
        return of_sites(sites, "the structures themselves")
    classes = speed()["classes"]
    known = sum(one["crystals"] for one in classes)
    seconds = sum(one["crystals"] * one["seconds"] for one in classes) / known
    size = sum(one["crystals"] * one["bytes"] for one in classes) / known
    inputs = source.count(**options, **asked)
    basis = "mini's mean cell"
    if not source.is_api:
        basis += ", for the file is not here; fetch it for a better estimate"
    return Estimate(inputs, inputs * seconds, round(inputs * size), basis)


def of_sites(sites: Iterable[int], basis: str = "") -> Estimate:
    """Estimates a build from the number of sites of each input; 0 for one that is unreadable."""
    classes = speed()["classes"]
    bounds = [one["up_to"] for one in classes]
    inputs, seconds, size = 0, 0.0, 0.0
    for number in sites:
        inputs += 1
        if number:
            one = classes[min(bisect_left(bounds, number), len(classes) - 1)]
            beyond = max(1.0, number / one["up_to"])  # more sites than any measured crystal
            seconds += one["seconds"] * beyond**2
            size += one["bytes"] * beyond
    return Estimate(inputs, seconds, round(size), basis)


@cache
def speed() -> dict[str, Any]:
    """The measurements: ``classes`` of sites with mean seconds and bytes, and where from."""
    return json.loads((files("crystext") / "data" / "speed.json").read_text(encoding="utf-8"))
