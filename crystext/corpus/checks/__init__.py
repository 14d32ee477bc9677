"""Whether a corpus is what it says: every check is one function, all of them are listed here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crystext.corpus.checks import files, rows, splits, texts
from crystext.corpus.checks.subject import Problem, Subject
from crystext.corpus.manifest import read_manifest

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    Check = Callable[[Subject], Iterator[Problem]]

__all__ = ["CHECKS", "Problem", "check_corpus", "errors"]

CHECKS: dict[str, Check] = {
    "files": files.as_listed,
    "unlisted": files.unlisted,
    "digest": files.digest,
    "card": files.card,
    "schema": files.schemas,
    "counts": files.counts,
    "ids": rows.ids,
    "duplicates": rows.duplicate_structures,
    "facts": rows.facts,
    "sections": texts.sections,
    "reprs": texts.reprs,
    "characters": texts.characters,
    "tokens": texts.tokens,
    "lengths": texts.lengths,
    "values": rows.finite_properties,
    "structures": rows.structures,
    "splits": splits.disjoint,
    "targets": splits.targets,
}
"""By the name that problems carry, in the order in which they run."""


def check_corpus(folder: str | os.PathLike, *, deep: bool = False) -> list[Problem]:
    """Runs every check on a corpus.

    Files that are missing or cannot be read are named once and left out of the checks of rows.

    Args:
        folder: a finished corpus.
        deep: read every structure and count the tokens of every section, not of a sample.

    Returns:
        What is wrong, and notices of what one should know, in the order of the checks.

    Raises:
        NoCorpusError: there is none.
        UnfinishedCorpusError: its build did not end.
        BadCorpusError: its manifest is damaged.

    Example:
        >>> [problem.message for problem in errors(check_corpus("mini-text"))]
        []
    """
    folder = Path(folder)
    subject = Subject(folder, read_manifest(folder), deep=deep)
    return [problem for check in CHECKS.values() for problem in check(subject)]


def errors(problems: list[Problem]) -> list[Problem]:
    """Those that are wrong, without the notices."""
    return [problem for problem in problems if problem.level == "error"]
