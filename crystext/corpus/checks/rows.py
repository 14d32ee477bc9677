"""Checks of the rows: ids and their order, facts that must agree, finite properties."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa

from crystext.corpus.checks.subject import Problem, Subject
from crystext.corpus.columns import CRYSTAL_SYSTEMS
from crystext.corpus.rows import STAGES
from crystext.description.sections import fields_text
from crystext.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = 3
_HASH = re.compile("[0-9a-f]{64}")
_FACTS = (
    "id", "fields_text", "formula", "mineral", "crystal_system", "space_group_symbol",
    "space_group_number", "dimensionality", "n_components", "n_different_components", "elements",
)  # fmt: skip


def ids(subject: Subject) -> Iterator[Problem]:
    """Every input has one row or one failure, under an id of its own."""
    rows = Counter(crystal for (crystal,) in subject.rows("id"))
    failed = Counter(crystal for (crystal,) in subject.failures("id"))
    for where, found in (("rows", rows), ("failures", failed)):
        for crystal, many in found.items():
            if many > 1:
                yield Problem("ids", crystal, f"{many} {where} have this id")
    for crystal in sorted(rows.keys() & failed.keys()):
        yield Problem("ids", crystal, "the id has both a row and a failure")
    if "" in rows:
        yield Problem("ids", "", "a row has an empty id")
    asked = subject.manifest["settings"].get("ids")
    if asked is not None and "id" in subject.columns():
        for crystal in sorted(set(asked) - rows.keys() - failed.keys()):
            yield Problem("ids", crystal, "it was asked for and has neither a row nor a failure")
        for crystal in sorted(rows.keys() - set(asked)):
            yield Problem("ids", crystal, "it has a row and was not asked for")


def timings(subject: Subject) -> Iterator[Problem]:
    """Timings are of all inputs, in whose order rows and failures stand; seconds are such."""
    order: dict[str, int] = {}
    for place, (crystal, seconds) in enumerate(subject.timings("id", "seconds")):
        if crystal in order:
            yield Problem("timings", crystal, "it is timed twice")
        order[crystal] = place
        if not (math.isfinite(seconds) and seconds >= 0):
            yield Problem("timings", crystal, f"it took {seconds} seconds")
    if not order:
        return
    left = set(order)
    for what, found in (("rows", subject.rows("id")), ("failures", subject.failures("id"))):
        last = -1
        for (crystal,) in found:
            place = order.get(crystal)
            left.discard(crystal)
            if place is None:
                yield Problem("timings", crystal, "the input is not timed")
            elif place < last:
                yield Problem("timings", crystal, f"{what} are not in the order of the inputs")
            last = last if place is None else place
    for crystal in sorted(left):
        yield Problem("timings", crystal, "it is timed and has neither a row nor a failure")


def duplicate_structures(subject: Subject) -> Iterator[Problem]:
    """Structures that occur several times: a notice, for databases do hold such."""
    crystals = defaultdict(list)
    for crystal, digest in subject.rows("id", "structure_hash"):
        crystals[digest].append(crystal)
    groups = [group for group in crystals.values() if len(group) > 1]
    if groups:
        shown = "; ".join(" = ".join(group) for group in groups[:_NAMED])
        more = f" and {len(groups) - _NAMED:,} more" if len(groups) > _NAMED else ""
        message = f"{len(groups):,} structures occur more than once: {shown}{more}"
        yield Problem("duplicates", groups[0][0], message, "notice")


def facts(subject: Subject) -> Iterator[Problem]:
    """The labelled fields say what the columns say; numbers are in range and agree."""
    for row in subject.rows(*_FACTS):
        yield from (Problem("facts", row[0], message) for message in _contradictions(*row))
    source, settings = subject.manifest["source"]["name"], subject.manifest["settings"]
    for crystal, told, digest, symprec in subject.rows("id", "source", "structure_hash", "symprec"):
        if told != source:
            yield Problem("facts", crystal, f"the source is {shown(told)}, not {source}")
        if not _HASH.fullmatch(digest):
            message = f"structure_hash is {shown(digest)}, which is no SHA-256"
            yield Problem("facts", crystal, message)
        if symprec not in settings.get("symprecs", [symprec]):
            yield Problem("facts", crystal, f"symprec {symprec} is none of the settings")
    for crystal, told, stage, message in subject.failures("id", "source", "stage", "message"):
        if told != source:
            yield Problem("facts", crystal, f"the source is {shown(told)}, not {source}")
        if stage not in STAGES:
            yield Problem("facts", crystal, f"there is no step {shown(stage)}")
        if not message.strip():
            yield Problem("facts", crystal, "the failure has no message")


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


def finite_properties(subject: Subject) -> Iterator[Problem]:
    """No property is NaN or infinite: what is not known is null."""
    floats = [one.name for one in subject.properties if pa.types.is_floating(one.kind)]
    for name in floats:
        for crystal, value in subject.rows("id", name):
            if value is not None and not math.isfinite(value):
                yield Problem("values", crystal, f"{name} is {value}; leave it null")
