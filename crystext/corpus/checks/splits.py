"""Checks of the splits: disjoint, counted, and the same values as in the main table."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from crystext.choices import SPLITS, TRAIN
from crystext.corpus.checks.subject import few

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.corpus.checks.subject import Finding, Subject


_TEXTS = ("formula", "text", "global_text", "local_text", "fields_text")


def disjoint(subject: Subject) -> Iterator[Finding]:
    """No crystal stands in two parts of a split; structures that do are a notice."""
    hashes = dict(subject.rows("id", "structure_hash"))
    for name, split in subject.manifest["splits"].items():
        parts = defaultdict(list)
        for part in SPLITS:
            for (crystal,) in subject.targets(name, part, "id"):
                parts[crystal].append(part)
        for crystal, found in parts.items():
            if len(found) > 1:
                yield crystal, f"{name}: it stands in {' and '.join(found)}"
        absent = [(part, one) for part, ids in split.get("missing", {}).items() for one in ids]
        absent += [(TRAIN, one) for one, *_ in split.get("dropped", ())]
        for part, one in absent:
            if part in parts.get(one, ()):
                yield one, f"{name}: it stands in {part}, where the manifest says that it is not"
        yield from _leaks(name, parts, hashes)


def _leaks(name: str, parts: dict[str, list[str]], hashes: dict[str, str]) -> Iterator[Finding]:
    """One structure under several ids in different parts: a test that was partly seen."""
    by_structure: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for crystal, found in parts.items():
        if crystal in hashes:
            by_structure[hashes[crystal]][crystal] = found[0]
    leaks = [group for group in by_structure.values() if len(set(group.values())) > 1]
    if leaks:
        said = [", ".join(f"{one} in {part}" for one, part in group.items()) for group in leaks]
        yield name, f"{len(leaks):,} structures stand in several parts: {few(said)}", "notice"


def targets(subject: Subject) -> Iterator[Finding]:
    """Targets and texts are those of the main table, as many as the manifest counts."""
    for name, told in subject.manifest["splits"].items():
        if name not in subject.columns():
            yield name, "the split's property is no column of the rows"
            continue
        wanted = {row[0]: row[1:] for row in subject.rows("id", name, *_TEXTS)}
        held: Counter[str] = Counter()
        for part in SPLITS:
            for crystal, *values in subject.targets(name, part, "id", "target", *_TEXTS):
                held[part] += 1
                yield from _unlike(name, crystal, tuple(values), wanted.get(crystal))
            if held[part] != (number := told["counts"].get(part, 0)):
                yield name, f"{part} holds {held[part]:,} crystals, the manifest counts {number:,}"


def _unlike(
    name: str, crystal: str, values: tuple[Any, ...], wanted: tuple[Any, ...] | None
) -> Iterator[Finding]:
    if wanted is None:
        yield crystal, f"{name}: the crystal has no row"
        return
    if values[0] is None:
        yield crystal, f"{name}: the target is null"
    for column, value, other in zip(("target", *_TEXTS), values, wanted, strict=True):
        if value != other:
            yield crystal, f"{name}: {column} differs from the crystal's row"
