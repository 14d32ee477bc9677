"""What a build will cost, from measured times and sizes by number of sites.

The measurements are data (``crystext/data/speed.json``) and name the machine, command and versions
that they are from; :func:`measure` makes them from a finished corpus.
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

    from crystext.corpus.reader import Corpus
    from crystext.pipelines.build_settings import BuildSettings
    from crystext.pipelines.sources.source import Source

UP_TO = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 100, 200)
"""Size classes: sites of the cell as given, each up to and including this number."""


@dataclass(frozen=True)
class Estimate:
    """What a build will cost.

    Attributes:
        inputs: how many.
        seconds: of one core.
        size: of the finished corpus, in bytes; while building, twice that is needed.
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
    asked = {"ids": settings.ids, "limit": settings.limit}
    at_hand = source.url is None or options.get("from_file") or source.cached().is_file()
    if source.name != "mp-api" and at_hand:
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
    basis = "mini's mean cell, for the file is not here; fetch it for a better estimate"
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


def measure(corpus: Corpus) -> list[dict[str, Any]]:
    """Mean seconds and bytes by number of sites.

    Bytes are the whole corpus', shared out by the length of texts, structures and condensed data.
    """
    columns = ["id", "n_sites", "text", "structure", "condensed"]
    table = corpus.table(columns)
    timings = corpus.timings()
    seconds = dict(zip(timings["id"].to_pylist(), timings["seconds"].to_pylist(), strict=True))
    rows = [
        (row["n_sites"], seconds[row["id"]], sum(len(row[name]) for name in columns[2:]))
        for row in table.to_pylist()
    ]
    whole = sum(file["bytes"] for file in corpus.manifest["files"])
    share = whole / sum(length for *_, length in rows)
    classes, least = [], 0
    for up_to in UP_TO:
        chosen = [row for row in rows if least < row[0] <= up_to]
        least = up_to
        if chosen:
            classes.append(
                {
                    "up_to": up_to,
                    "crystals": len(chosen),
                    "seconds": round(sum(row[1] for row in chosen) / len(chosen), 5),
                    "bytes": round(share * sum(row[2] for row in chosen) / len(chosen)),
                }
            )
    return classes
