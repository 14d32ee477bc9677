"""What the formats hand on: parts of a text, unread and cheap, and what reading one part gave.

Reading has two steps. *Splitting* a text finds its structures and costs no more than the text is
long; *reading* a part does all the work, in the process and under the limits of describing.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Structure

_MAX_NOTE = 200


class Part(NamedTuple):
    """One structure of a text, not yet read; can be pickled.

    Attributes:
        format: name of the format, a key of :data:`crystext.formats.registry.FORMATS`.
        content: what its ``read`` takes: a text, or a decoded JSON member.
        own_id: the id that the text itself gives, if any.
    """

    format: str
    content: Any
    own_id: str | None = None


class Parsed(NamedTuple):
    """What reading one part gave: a structure, not yet validated, and notes of one line each."""

    structure: Structure
    notes: tuple[str, ...] = ()


@contextmanager
def collected(notes: list[str]) -> Iterator[None]:
    """Adds the warnings that users should know of to notes, one line each; swallows the rest."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    users = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
    notes[:] = dict.fromkeys(" ".join(note.split())[:_MAX_NOTE] for note in (*notes, *users))
