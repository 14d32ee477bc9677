"""Checks of the rows: ids, facts that must agree, finite properties, structures."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from crystext.corpus import layout
from crystext.corpus.checks.files import properties_of
from crystext.corpus.checks.subject import Problem, Subject, rows_of
from crystext.corpus.columns import CRYSTAL_SYSTEMS
from crystext.crystal import structure_hash
from crystext.description.sections import fields_text
from crystext.errors import CrystextError

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = 50
"""Structures that are read where not all are."""
_NAMED = 3
_FACTS = (
    "id", "fields_text", "formula", "mineral", "crystal_system", "space_group_symbol",
    "space_group_number", "dimensionality", "n_components", "n_different_components", "elements",
)  # fmt: skip


def ids(subject: Subject) -> Iterator[Problem]:
    """Every input has one row or one failure, under an id of its own."""
    rows = Counter(crystal for (crystal,) in subject.rows("id"))
    failed = Counter(crystal for (crystal,) in rows_of(subject.shards(layout.FAILURES), "id"))
    for where, found in (("rows", rows), ("failures", failed)):
        for crystal, many in found.items():
            if many > 1:
                yield Problem("ids", crystal, f"{many} {where} have this id")
    for crystal in sorted(rows.keys() & failed.keys()):
        yield Problem("ids", crystal, "the id has both a row and a failure")
    if "" in rows:
        yield Problem("ids", "", "a row has an empty id")


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
    floats = [one.name for one in properties_of(subject) if pa.types.is_floating(one.kind)]
    for name in floats:
        for crystal, value in subject.rows("id", name):
            if value is not None and not math.isfinite(value):
                yield Problem("values", crystal, f"{name} is {value}; leave it null")


def structures(subject: Subject) -> Iterator[Problem]:
    """The CIF reads back to a structure of these elements and sites, and to its hash.

    A CIF holds no orientation and eight decimals, and pymatgen writes its sites by element, so
    other structures read back to another hash: those are counted in a notice.
    """
    total = subject.manifest["counts"]["rows"]
    step = 1 if subject.deep else max(1, total // SAMPLE)
    columns = ("id", "structure", "structure_hash", "elements", "n_sites")
    read = other = 0
    for index, row in enumerate(subject.rows(*columns)):
        if index % step:
            continue
        read += 1
        crystal, cif, digest, elements, n_sites = row
        try:
            structure = _read(cif)
        except CrystextError as error:
            yield Problem("structures", crystal, f"the CIF cannot be read: {error}")
            continue
        found = sorted({element.symbol for element in structure.composition.elements})
        if found != elements:
            message = f"the CIF holds {', '.join(found)}, the row says {', '.join(elements)}"
            yield Problem("structures", crystal, message)
        if len(structure) != n_sites:
            message = f"the CIF holds {len(structure)} sites, the row says {n_sites}"
            yield Problem("structures", crystal, message)
        other += structure_hash(structure) != digest
    if other:
        message = (
            f"{other:,} of {read:,} CIFs read back to another hash, as a CIF holds no orientation "
            "and its sites stand by element"
        )
        yield Problem("structures", "structure_hash", message, "notice")


def _read(cif: str) -> Any:
    from crystext.reading import read_text

    return read_text(cif)[0].structure
