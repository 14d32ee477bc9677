"""Whether a corpus is what it says: every check is one function, all of them are listed here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crystext.corpus import layout
from crystext.corpus.checks import (
    cards,
    described,
    files,
    origins,
    rows,
    splits,
    structures,
    texts,
)
from crystext.corpus.checks.subject import Problem, Subject
from crystext.corpus.manifest import read_manifest
from crystext.errors import BadCorpusError, first_line

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from crystext.corpus.checks.subject import Finding

    Check = Callable[[Subject], Iterator[Finding]]

__all__ = ["CHECKS", "Problem", "check_corpus", "errors"]

CHECKS: dict[str, Check] = {
    "files": files.as_listed,
    "unlisted": files.unlisted,
    "digest": files.digest,
    "schema": files.schemas,
    "counts": files.counts,
    "card": cards.card,
    "ids": rows.ids,
    "timings": rows.timings,
    "duplicates": rows.duplicate_structures,
    "facts": rows.agreeing_columns,
    "sections": texts.sections,
    "representations": texts.representations,
    "reprs": texts.reprs,
    "characters": texts.characters,
    "tokens": texts.tokens,
    "lengths": texts.lengths,
    "values": rows.finite_properties,
    "structures": structures.structures,
    "described": described.described,
    "splits": splits.disjoint,
    "targets": splits.targets,
    "origin": origins.origin,
}
"""By the name that problems carry, in the order in which they run."""
MANIFEST = "manifest"
"""The name that a damaged manifest carries; nothing else is checked then."""


def check_corpus(folder: str | os.PathLike, *, deep: bool = False) -> list[Problem]:
    """Runs every check on a corpus.

    Whatever is damaged is a problem that is told, and left out of the checks that it would end.

    Args:
        folder: a finished corpus.
        deep: read every structure, describe it again and compare, and count the tokens of every
            section; else structures and tokens of a sample are looked at.

    Returns:
        What is wrong, and notices of what one should know, in the order of the checks.

    Raises:
        NoCorpusError: there is none.
        UnfinishedCorpusError: its build did not end.

    Examples:
        >>> [problem.message for problem in errors(check_corpus("mini-text"))]
        []
    """
    folder = Path(folder)
    try:
        subject = Subject(folder, read_manifest(folder), deep=deep)
    except BadCorpusError as error:
        return [Problem(MANIFEST, layout.MANIFEST, error.message)]
    return [problem for name, check in CHECKS.items() for problem in _found(name, check, subject)]


def _found(name: str, check: Check, subject: Subject) -> Iterator[Problem]:
    """The problems of one check: damage that nobody foresaw ends the check, and is one more."""
    try:
        for found in check(subject):
            yield found if isinstance(found, Problem) else Problem(name, *found)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  (the boundary around what may hold anything)
        yield Problem(name, name, f"the check did not end ({first_line(error)})")


def errors(problems: list[Problem]) -> list[Problem]:
    """Those that are wrong, without the notices."""
    return [problem for problem in problems if problem.level == "error"]
