"""Every error that crystext raises on purpose: one class, one stable code, one line that helps.

The families: :class:`InputError` (the input cannot be read or is no crystal that can be described),
:class:`DescriptionError` (the crystal is fine, describing it did not end well),
:class:`SourceError` (a database cannot be had or read), :class:`BuildError` and
:class:`CorpusError` (a corpus cannot be built or opened), :class:`PublishError` (it cannot go to
the Hub), :class:`ModelError` (a graph, an embedding or a network cannot be made or used) and
:class:`UsageError` (a setting is wrong). The codes are stable: tables of failures,
exit messages and tests rely on them. The first line of each class' docstring is the meaning of
its code.
"""

from __future__ import annotations

from crystext.errors.base import (
    CrystextError,
    MissingExtraError,
    SystemTroubleError,
    UsageError,
    first_line,
    printable,
    shown,
    summary,
)
from crystext.errors.corpora import *
from crystext.errors.describing import *
from crystext.errors.inputs import *
from crystext.errors.modelling import *


def all_codes() -> dict[str, str]:
    """All codes that can occur, family by family, with their one-line meanings."""

    def leaves(cls: type[CrystextError]) -> list[type[CrystextError]]:
        children = cls.__subclasses__()
        return [leaf for child in children for leaf in leaves(child)] if children else [cls]

    return {leaf.code: (leaf.__doc__ or "").splitlines()[0] for leaf in leaves(CrystextError)}
