"""Checks of the rows: ids and their order, facts that must agree, finite properties."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.corpus.checks.subject import few
from crystext.corpus.rows import STAGES
from crystext.description.sections import fields_text
from crystext.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crystext.corpus.checks.subject import Finding, Subject


_HASH = re.compile("[0-9a-f]{64}")
_AGREEING = (
    "id", "fields_text", "formula", "mineral", "crystal_system", "space_group_symbol",
    "space_group_number", "dimensionality", "n_components", "n_different_components", "elements",
)  # fmt: skip


def ids(subject: Subject) -> Iterator[Finding]:
    """Every input has one row or one failure, under an id of its own."""
    rows = Counter(crystal for (crystal,) in subject.rows("id"))
    failed = Counter(crystal for (crystal,) in subject.failures("id"))
    for where, found in (("rows", rows), ("failures", failed)):
        for crystal, many in found.items():
            if many > 1:
                yield crystal, f"{many} {where} have this id"
    for crystal in sorted(rows.keys() & failed.keys()):
        yield crystal, "the id has both a row and a failure"
    if "" in rows:
        yield "", "a row has an empty id"
    asked = subject.manifest["settings"].get("ids")
    if asked is not None and "id" in subject.columns():
        for crystal in sorted(set(asked) - rows.keys() - failed.keys()):
            yield crystal, "it was asked for and has neither a row nor a failure"
        for crystal in sorted(rows.keys() - set(asked)):
            yield crystal, "it has a row and was not asked for"


def timings(subject: Subject) -> Iterator[Finding]:
    """Timings are of all inputs, in whose order rows and failures stand; seconds are such."""
    place: dict[str, int] = {}
    for index, (crystal, seconds) in enumerate(subject.timings("id", "seconds")):
        if crystal in place:
            yield crystal, "it is timed twice"
        place[crystal] = index
        if not (math.isfinite(seconds) and seconds >= 0):
            yield crystal, f"it took {seconds} seconds"
    if place:
        yield from out_of_order(
            subject,
            place,
            unknown="the input is not timed",
            order="the inputs",
            left="it is timed and has neither a row nor a failure",
        )


def out_of_order(
    subject: Subject, place: Mapping[str, int], *, unknown: str, order: str, left: str
) -> Iterator[Finding]:
    """Rows, and failures, that do not stand in the order of the inputs, or are none of them.

    ``place`` is that of each input, by id. ``unknown`` is said of a row or failure that is none,
    ``left`` of an input that has neither; ``order`` says whose order it is.
    """
    without = set(place)
    for what, found in (("rows", subject.rows("id")), ("failures", subject.failures("id"))):
        last = -1
        for (crystal,) in found:
            without.discard(crystal)
            if crystal not in place:
                yield crystal, unknown
            elif place[crystal] < last:
                yield crystal, f"{what} are not in the order of {order}"
            last = place.get(crystal, last)
    if "id" in subject.columns():
        yield from ((crystal, left) for crystal in sorted(without))


def duplicate_structures(subject: Subject) -> Iterator[Finding]:
    """Structures that occur several times: a notice, for databases do hold such."""
    crystals = defaultdict(list)
    for crystal, digest in subject.rows("id", "structure_hash"):
        crystals[digest].append(crystal)
    groups = [" = ".join(group) for group in crystals.values() if len(group) > 1]
    if groups:
        first = next(group[0] for group in crystals.values() if len(group) > 1)
        message = f"{len(groups):,} structures occur more than once: {few(groups)}"
        yield first, message, "notice"


def agreeing_columns(subject: Subject) -> Iterator[Finding]:
    """The labelled fields say what the columns say; numbers are in range and agree."""
    for row in subject.rows(*_AGREEING):
        yield from ((row[0], message) for message in _contradictions(*row))
    source, settings = subject.manifest["source"]["name"], subject.manifest["settings"]
    for crystal, told, digest, symprec in subject.rows("id", "source", "structure_hash", "symprec"):
        yield from _other_source(crystal, told, source)
        if not _HASH.fullmatch(digest):
            yield crystal, f"structure_hash is {shown(digest)}, which is no SHA-256"
        if symprec not in settings.get("symprecs", [symprec]):
            yield crystal, f"symprec {symprec} is none of the settings"
    for crystal, told, stage, message in subject.failures("id", "source", "stage", "message"):
        yield from _other_source(crystal, told, source)
        if stage not in STAGES:
            yield crystal, f"there is no step {shown(stage)}"
        if not message.strip():
            yield crystal, "the failure has no message"


def _other_source(crystal: str, told: str, source: str) -> Iterator[Finding]:
    if told != source:
        yield crystal, f"the source is {shown(told)}, not {source}"


def _contradictions(
    _id: str,
    fields: str,
    formula: str,
    mineral: str | None,
    system: str,
    symbol: str,
    group: int,
    dimensionality: int,
    components: int,
    different: int,
    elements: list[str],
) -> Iterator[str]:
    expected = next((name for name, last in CRYSTAL_SYSTEMS.items() if 1 <= group <= last), None)
    if expected != system:
        yield f"space group {group} is {expected or 'none'}, the crystal system says {system}"
    if not 0 <= dimensionality <= 3:
        yield f"dimensionality {dimensionality} is not 0 to 3"
    elif expected and fields != fields_text(
        formula, mineral, system, symbol, group, dimensionality
    ):
        yield "fields_text does not say what the columns say"
    if not 1 <= different <= components:
        yield f"{different} different components among {components}"
    if elements != sorted(set(elements)) or not elements:
        yield f"elements are not sorted and single: {', '.join(elements)}"


def finite_properties(subject: Subject) -> Iterator[Finding]:
    """No property is NaN or infinite: what is not known is null."""
    for name in (one.name for one in subject.corpus.properties.values() if one.is_number):
        for crystal, value in subject.rows("id", name):
            if value is not None and not math.isfinite(value):
                yield crystal, f"{name} is {value}; leave it null"
