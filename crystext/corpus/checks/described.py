"""The check of the descriptions: texts are those of the condensed data, and these of the CIF.

Writing is fast, so the texts of a sample are always written again. With ``deep`` every crystal is
described again from its CIF, or from its source where that is at hand (``origins.py``). A CIF has
eight decimals and its reader sorts sites, so numbers of the condensed data are compared within a
tolerance and lists in any order; all else must be equal. What was mended while reading the source
cannot be known from the CIF: notes on it stay as they are.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import islice
from os.path import commonpath
from typing import TYPE_CHECKING, Any

from crystext import __version__
from crystext.corpus.checks.structures import read
from crystext.corpus.rows import row_of
from crystext.description.language import write
from crystext.description.options import DEFAULTS
from crystext.description.record import numbered
from crystext.description.sections import disorder_sentence
from crystext.errors import CrystextError, SymmetryFailedError, UsageError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crystext.corpus.checks.subject import Finding, Subject
    from crystext.crystal import Crystal
    from crystext.description.describer import Describer
    from crystext.description.record import Description

TEXTS = ("text", "global_text", "local_text")
COMPARED = (
    "formula", "elements", "n_sites", "mineral", "crystal_system", "space_group_symbol",
    "space_group_number", "dimensionality", "n_components", "n_different_components", "symprec",
)  # fmt: skip
_GIVEN = ("id", "source", "structure", "condensed", "disorder", "notes")
_DECIDES = ("engine", "style", "canonical", "oxidation", "max_sites", *DEFAULTS)
TOLERANCE = 2e-3
"""Angstrom or degrees. The eighth decimals of a CIF move most numbers by 0.00001; where they decide
which of nearly symmetric sites are averaged, angles by 0.0007."""
NOT_AGAIN = "it cannot be described again: {}"
SAMPLE = 500
"""Texts that are written again where not all crystals are described again."""
_AROUND = 30  # characters of a text that are shown from where it differs


def described(subject: Subject) -> Iterator[Finding]:
    """Texts are those of the condensed data; with ``deep``, all is what the structures give."""
    settings = subject.manifest["settings"]
    try:
        describers = describers_of(settings)
    except UsageError as error:
        yield "settings", error.message
        return
    columns = (*_GIVEN, *TEXTS, *COMPARED)
    rows = subject.row_dicts(*columns)
    if subject.deep and settings.get("online_names"):
        message = "molecules were named by asking PubChem, which a check does not: not compared"
        yield "settings", message, "notice"
    elif subject.deep:
        yield from _other_versions(subject)
        for row in rows if not subject.has_source else ():
            for message in _differences(row, describers):
                yield row["id"], message
        return
    if subject.manifest["versions"].get("crystext") != __version__:
        return  # which may write other words
    step = max(1, subject.manifest["counts"]["rows"] // SAMPLE)
    for row in islice(rows, 0, None, step):
        if not _written(row, describers) and not settings.get("online_names"):
            for message in _differences(row, describers):
                yield row["id"], message


def _other_versions(subject: Subject) -> Iterator[Finding]:
    """Another version may write other words, which is no damage."""
    from crystext.description.describer import versions

    told = subject.manifest["versions"]
    names = [name for name, here in versions().items() if told.get(name) != here]
    if names := [name for name in names if name != "python"]:
        pairs = ", ".join(f"{name} {told.get(name)}" for name in names)
        message = f"described with {pairs}; other versions here may write other words"
        yield "versions", message, "notice"


def describers_of(settings: Mapping[str, Any]) -> dict[float, Describer]:
    """A describer for each symmetry tolerance, in the order in which they are tried.

    Raises:
        UsageError: a setting is refused, or there is no tolerance.
    """
    from crystext.description.describer import Describer

    chosen = {name: settings[name] for name in _DECIDES if name in settings}
    symprecs = settings.get("symprecs", (0.01,))
    if not symprecs:
        raise UsageError("the settings name no symmetry tolerance; build the corpus again")
    return {one: Describer(**chosen, symprec=one) for one in symprecs}


def _differences(row: Mapping[str, Any], describers: Mapping[float, Describer]) -> Iterator[str]:
    try:
        crystal = replace(
            read(row["structure"]), id=row["id"], source=row["source"], disorder=row["disorder"]
        )
        description, symprec = described_crystal(crystal, describers)
    except CrystextError as error:
        yield NOT_AGAIN.format(error.message)
        return
    again = row_of(crystal, description, symprec=symprec)
    texts = () if _written(row, describers) else TEXTS
    yield from unlike(row, again, (*texts, *COMPARED))
    if (place := _first_unlike(row["condensed"], again["condensed"])) is not None:
        yield f"condensed differs from what the structure gives{place}"
    for note in again["notes"]:
        if note not in row["notes"]:
            yield f"the structure gives a note that is missing: {shown(note)}"


def described_crystal(
    crystal: Crystal, describers: Mapping[float, Describer]
) -> tuple[Description, float]:
    """The description at the first tolerance at which there is a space group, and the tolerance.

    Raises:
        CrystextError: it cannot be described.
    """
    crystal = next(iter(describers.values())).read(crystal)
    *others, last = describers
    for symprec in others:
        try:
            return describers[symprec].describe_read(crystal), symprec
        except SymmetryFailedError:
            continue
    return describers[last].describe_read(crystal), last


def _written(row: Mapping[str, Any], describers: Mapping[float, Describer]) -> bool:
    """Whether the texts are those that the row's condensed data give.

    Where not, the data's sixth decimal may have moved a number of two: the crystal itself tells.
    """
    settings = next(iter(describers.values())).settings
    try:
        parts = write(numbered(json.loads(row["condensed"])), settings)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False  # what the structure gives will differ
    opening = disorder_sentence(row["disorder"])
    texts = (opening + parts.text, opening + parts.global_text, parts.local_text)
    return texts == tuple(row[name] for name in TEXTS)


def unlike(row: Mapping[str, Any], again: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    """The columns in which two rows differ and how; of texts only where they do."""
    for name in names:
        held, other = row[name], again[name]
        if held == other:
            continue
        if isinstance(held, str) and isinstance(other, str):
            start = max(0, len(commonpath([held, other])) - _AROUND // 2)
            held, other = held[start : start + _AROUND], other[start : start + _AROUND]
        yield f"{name} is {shown(held)}, the structure gives {shown(other)}"


def _first_unlike(held: str, again: str) -> str | None:
    """Where two condensed descriptions differ, in words; ``None`` where they do not."""
    try:
        condensed = json.loads(held)
    except (ValueError, RecursionError):
        return ": it is no JSON"
    place = _differing(condensed, json.loads(again))
    return None if place is None else f" at {place}" if place else ""


def _differing(held: Any, again: Any) -> str | None:
    if isinstance(held, dict) and isinstance(again, dict):
        if held.keys() != again.keys():
            return shown(min(held.keys() ^ again.keys()))
        places = ((key, _differing(held[key], again[key])) for key in held)
        found = next(((key, place) for key, place in places if place is not None), None)
        return found and ("/".join(filter(None, found)))
    if isinstance(held, list) and isinstance(again, list):
        if len(held) != len(again):
            return ""
        pairs = zip(sorted(held, key=_order), sorted(again, key=_order), strict=True)
        return next((place for one in pairs if (place := _differing(*one)) is not None), None)
    if isinstance(held, float) and isinstance(again, float):
        return None if math.isclose(held, again, rel_tol=0, abs_tol=TOLERANCE) else ""
    return None if type(held) is type(again) and held == again else ""


def _order(value: Any) -> tuple[str, float, str]:
    """Lists of facts are sorted by kind; numbers by size, so that noise does not part pairs."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value).__name__, value if number else 0.0, "" if number else json.dumps(value)
