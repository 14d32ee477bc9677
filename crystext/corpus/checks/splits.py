"""Checks of the splits: disjoint, counted, and the same values as in the main table."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from crystext.corpus import layout
from crystext.corpus.checks.subject import Problem, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS = ("formula", "text", "global_text", "local_text", "fields_text")
_NAMED = 3


def disjoint(subject: Subject) -> Iterator[Problem]:
    """No crystal stands in two parts of a split; structures that do are a notice."""
    hashes = dict(subject.rows("id", "structure_hash"))
    for name, split in subject.manifest["splits"].items():
        parts = defaultdict(list)
        for part in layout.SPLITS:
            for (crystal,) in subject.targets(name, part, "id"):
                parts[crystal].append(part)
        for crystal, found in parts.items():
            if len(found) > 1:
                yield Problem("splits", crystal, f"{name}: it stands in {' and '.join(found)}")
        absent = [(part, one) for part, ids in split.get("missing", {}).items() for one in ids]
        absent += [(layout.SPLITS[0], one) for one, *_ in split.get("dropped", ())]
        for part, crystal in absent:
            if part in parts.get(crystal, ()):
                message = f"{name}: it stands in {part}, where the manifest says that it is not"
                yield Problem("splits", crystal, message)
        yield from _leaks(name, parts, hashes)


def _leaks(name: str, parts: dict[str, list[str]], hashes: dict[str, str]) -> Iterator[Problem]:
    """One structure under several ids in different parts: a test that was partly seen."""
    by_structure = defaultdict(dict)
    for crystal, found in parts.items():
        if crystal in hashes:
            by_structure[hashes[crystal]][crystal] = found[0]
    leaks = [group for group in by_structure.values() if len(set(group.values())) > 1]
    if leaks:
        shown = "; ".join(
            ", ".join(f"{crystal} in {part}" for crystal, part in group.items())
            for group in leaks[:_NAMED]
        )
        more = f" and {len(leaks) - _NAMED:,} more" if len(leaks) > _NAMED else ""
        message = f"{len(leaks):,} structures stand in several parts: {shown}{more}"
        yield Problem("splits", name, message, "notice")


def targets(subject: Subject) -> Iterator[Problem]:
    """Targets and texts are those of the main table, as many as the manifest counts."""
    for name, told in subject.manifest["splits"].items():
        if name not in subject.columns():
            yield Problem("targets", name, "the split's property is no column of the rows")
            continue
        wanted = {row[0]: row[1:] for row in subject.rows("id", name, *_TEXTS)}
        held = Counter()
        for part in layout.SPLITS:
            for crystal, *values in subject.targets(name, part, "id", "target", *_TEXTS):
                held[part] += 1
                yield from _unlike(name, crystal, tuple(values), wanted.get(crystal))
            if held[part] != told["counts"].get(part, 0):
                message = f"{part} holds {held[part]:,} crystals, the manifest counts "
                yield Problem("targets", name, f"{message}{told['counts'].get(part, 0):,}")


def _unlike(
    name: str, crystal: str, values: tuple[Any, ...], wanted: tuple[Any, ...] | None
) -> Iterator[Problem]:
    if wanted is None:
        yield Problem("targets", crystal, f"{name}: the crystal has no row")
        return
    if values[0] is None:
        yield Problem("targets", crystal, f"{name}: the target is null")
    for column, value, other in zip(("target", *_TEXTS), values, wanted, strict=True):
        if value != other:
            yield Problem("targets", crystal, f"{name}: {column} differs from the crystal's row")
