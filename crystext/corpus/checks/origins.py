"""The check against the source, where the source is at hand: the mini crystals of the package.

Of another database only the hash of its file is known here: ids, property values and who stands in
which part of a split are covered by the checksums alone.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext import __version__
from crystext.choices import SPLITS
from crystext.corpus.checks.described import (
    NOT_AGAIN,
    described_crystal,
    describers_of,
    unlike,
)
from crystext.corpus.checks.rows import out_of_order
from crystext.corpus.checks.structures import hashed_alike
from crystext.corpus.checks.subject import MINI, Finding, Subject
from crystext.corpus.columns import CORE
from crystext.corpus.rows import row_of
from crystext.embedded import MINI_PROPERTIES, mini, mini_table
from crystext.errors import CrystextError, InputError, UsageError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crystext.crystal import Crystal
    from crystext.description.describer import Describer

_BATCH = 256
_BULKY = ["lattice", "numbers", "frac_coords"]
_CHANCE = ("time-limit", "worker-died", "tokenizer-failed")
"""Codes of failures that depend on the machine."""


def origin(subject: Subject) -> Iterator[Finding]:
    """Ids, properties, splits and, with ``deep``, whole rows are those of the mini crystals."""
    if subject.manifest["source"]["name"] != MINI:
        return
    if not subject.has_source:
        same = subject.manifest["versions"].get("crystext") == __version__
        message = f"the manifest names other mini crystals than those of crystext {__version__}"
        yield "sha256", message, "error" if same else "notice"
        return
    table = {row["id"]: row for row in mini_table().drop(_BULKY).to_pylist()}
    yield from _ids(subject, list(table))
    yield from _values(subject, table)
    yield from _parts(subject, table)
    if not subject.deep:
        return
    try:
        describers = describers_of(subject.manifest["settings"])
    except UsageError:
        return  # told by the check of the descriptions
    yield from _rows(subject, table, describers)
    yield from _failures(subject, table, describers)


def _ids(subject: Subject, known: list[str]) -> Iterator[Finding]:
    """Inputs are those that the settings choose, in their order."""
    settings = subject.manifest["settings"]
    asked = settings.get("ids")
    asked = (known if asked is None else list(dict.fromkeys(asked)))[: settings.get("limit")]
    yield from out_of_order(
        subject,
        {crystal: index for index, crystal in enumerate(asked)},
        unknown="it is none of the crystals that were asked for",
        order="the source",
        left="it was asked for and has neither a row nor a failure",
    )


def _values(subject: Subject, table: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    """Properties have the source's names, units and values."""
    wanted = {one.name: one.unit for one in MINI_PROPERTIES}
    names = list(subject.corpus.properties)
    if names != list(wanted):
        yield "properties", f"properties are {', '.join(names) or 'none'}, not {', '.join(wanted)}"
    for one in subject.corpus.properties.values():
        if one.name not in wanted:
            continue
        if one.unit != wanted[one.name]:
            yield one.name, f"the unit is {shown(one.unit)}, not {wanted[one.name]}"
        for crystal, value in subject.rows("id", one.name):
            if crystal in table and value != table[crystal][one.name]:
                yield crystal, f"{one.name} is {value}, the source says {table[crystal][one.name]}"


def _parts(subject: Subject, table: dict[str, dict[str, Any]]) -> Iterator[Finding]:
    """Every row with a target stands in its part of the official split, and there alone."""
    told, known = subject.manifest["splits"], [one.name for one in MINI_PROPERTIES]
    if set(told) != set(known):
        names = ", ".join(told) or "none"
        yield "splits", f"there are splits of {names}, not of {', '.join(known)}"
    rows = [crystal for (crystal,) in subject.rows("id") if crystal in table]
    for name in set(told) & set(known):
        for part in SPLITS:
            held = [crystal for (crystal,) in subject.targets(name, part, "id")]
            wanted = [
                crystal
                for crystal in rows
                if table[crystal]["split"] == part and table[crystal][name] is not None
            ]
            for crystal in sorted(set(held) ^ set(wanted)):
                does = "stands" if crystal in held else "does not stand"
                yield crystal, f"{name}: it {does} in {part}, unlike the source"
            if sorted(held) == sorted(wanted) and held != wanted:
                yield name, f"{part} is not in the order of the source"


def _rows(
    subject: Subject, table: dict[str, dict[str, Any]], describers: Mapping[float, Describer]
) -> Iterator[Finding]:
    """Rows are, to the byte, those that the source's structures give."""
    if subject.manifest["settings"].get("online_names"):
        return  # told by the check of the descriptions
    left_out = set() if hashed_alike(subject) else {"structure_hash"}
    names = [one.name for one in CORE if one.name in subject.columns() - left_out]
    rows = subject.row_dicts(*names)
    for row, given in _with_crystals(row for row in rows if row.get("id") in table):
        try:
            description, symprec = described_crystal(given, describers)
        except CrystextError as error:
            yield row["id"], NOT_AGAIN.format(error.message)
            continue
        again = row_of(given, description, symprec=symprec)
        yield from ((row["id"], message) for message in unlike(row, again, names))


def _with_crystals(
    rows: Iterator[dict[str, Any]],
) -> Iterator[tuple[dict[str, Any], Crystal]]:
    """Rows, each with the source's crystal."""
    while batch := list(islice(rows, _BATCH)):
        yield from zip(batch, mini([row["id"] for row in batch]), strict=True)


def _failures(
    subject: Subject, table: dict[str, dict[str, Any]], describers: Mapping[float, Describer]
) -> Iterator[Finding]:
    """Failures are those that the crystals give again, but for those of a process."""
    columns = ("id", "stage", "code", "message")
    rows = (dict(zip(columns, row, strict=True)) for row in subject.failures(*columns))
    rows = (row for row in rows if row["id"] in table and row["code"] not in _CHANCE)
    for row, given in _with_crystals(rows):
        try:
            described_crystal(given, describers)
        except CrystextError as error:
            stage = "read" if isinstance(error, InputError) else "describe"
            if (row["stage"], row["code"], row["message"]) != (stage, error.code, error.message):
                held = shown(row["message"])
                yield row["id"], f"the failure is {held}, the source gives {shown(error.message)}"
        else:
            yield row["id"], f"it is no failure ({row['code']}): it can be described"
