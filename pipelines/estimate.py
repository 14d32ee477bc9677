"""What a build will cost, from measured times and sizes by number of sites.

The measurements are data (``crystext/data/speed.json``) and name the machine, command and versions
that they are from; :mod:`crystext.pipelines.measure_speed` makes them.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crystext.crystal import Failure
from crystext.pipelines.describing import describe_many
from crystext.unread import UnreadCrystal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crystext.pipelines.build.settings import BuildSettings
    from crystext.pipelines.sources.source import Source
    from crystext.unread import Input

SAMPLE = 100
"""The most structures that are read for an estimate."""
_LONGEST_READ = 10.0
"""Seconds for each of them."""


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

    Of structures that are found and not yet read, a sample is read, in a process with time limits.

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
        return _of_inputs(source.crystals(**options, **asked), settings)
    classes = speed()["classes"]
    known = sum(one["crystals"] for one in classes)
    seconds = sum(one["crystals"] * one["seconds"] for one in classes) / known
    size = sum(one["crystals"] * one["bytes"] for one in classes) / known
    inputs = source.count(**options, **asked)
    basis = "mini's mean cell"
    if not source.is_api:
        basis += ", for the file is not here; fetch it for a better estimate"
    return Estimate(inputs, inputs * seconds, round(inputs * size), basis)


def _of_inputs(inputs: Iterable[Input], settings: BuildSettings) -> Estimate:
    """Counts the sites of what is read already, and of a sample of what is not."""
    sites: list[int] = []  # 0 for what cannot be read
    sample: list[UnreadCrystal] = []
    unread = 0
    draw = random.Random(0)  # noqa: S311  (a sample, the same every time)
    for one in inputs:
        if not isinstance(one, UnreadCrystal):
            sites.append(0 if isinstance(one, Failure) else len(one.structure))
            continue
        unread += 1
        if len(sample) < SAMPLE:
            sample.append(one)
        elif (place := draw.randrange(unread)) < SAMPLE:
            sample[place] = one
    limits = {"max_sites": settings.max_sites}
    factory = f"{__name__}:{SiteCounter.__name__}"
    counted = describe_many(sample, limits, timeout=_LONGEST_READ, factory=factory)
    counts = [0 if isinstance(one, Failure) else one for one in counted]
    share = unread / max(1, len(sample))
    basis = "the structures themselves"
    if share > 1:
        basis = f"{len(sample):,} of the structures, drawn at random"
    if failed := (sites + counts).count(0):
        basis += f"; {'at least ' if share > 1 else ''}{failed:,} cannot be read"
    (seconds, size), (more_seconds, more_size) = cost(sites), cost(counts)
    return Estimate(
        len(sites) + unread, seconds + share * more_seconds, round(size + share * more_size), basis
    )


class SiteCounter:
    """Reads crystals and counts their sites, in a process of its own.

    Args:
        max_sites: the most sites that one may have.
    """

    def __init__(self, max_sites: int | None = None) -> None:
        self.max_sites = max_sites

    def describe(self, crystal: UnreadCrystal) -> int:
        """The number of sites; what cannot be read raises."""
        return len(crystal.read(max_sites=self.max_sites).structure)


def cost(sites: Iterable[int]) -> tuple[float, float]:
    """Seconds and bytes of crystals with these numbers of sites."""
    classes = speed()["classes"]
    bounds = [one["up_to"] for one in classes]
    seconds, size = 0.0, 0.0
    for number in filter(None, sites):
        one = classes[min(bisect_left(bounds, number), len(classes) - 1)]
        beyond = max(1.0, number / one["up_to"])  # more sites than any measured crystal
        seconds += one["seconds"] * beyond**2
        size += one["bytes"] * beyond
    return seconds, size


@cache
def speed() -> dict[str, Any]:
    """The measurements: ``classes`` of sites with mean seconds and bytes, and where from."""
    return json.loads((files("crystext") / "data" / "speed.json").read_text(encoding="utf-8"))
