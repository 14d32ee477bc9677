"""What one part of a text gave, and the warnings that came with it."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Structure

    from crystext.errors import CrystextError

_MAX_NOTE = 200


class Parsed(NamedTuple):
    """What one part of a text gave."""

    own_id: str | None
    result: Structure | CrystextError
    notes: tuple[str, ...] = ()


@contextmanager
def collected(notes: list[str]) -> Iterator[None]:
    """Adds the warnings that users should know of to notes, one line each; swallows the rest."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    users = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
    notes[:] = dict.fromkeys(" ".join(note.split())[:_MAX_NOTE] for note in (*notes, *users))
