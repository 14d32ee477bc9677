r"""Ids are text: an input whose id no file or table can hold is a failure.

File names that are not UTF-8, and ``\ud800`` in JSON, make strings with half a surrogate pair,
which cannot be encoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.crystal import Failure
from crystext.errors import BadIdError, shown

if TYPE_CHECKING:
    from typing import Protocol, TypeVar

    class _HasId(Protocol):
        @property
        def id(self) -> str: ...

    Named = TypeVar("Named", bound=_HasId)


def is_text(value: str) -> bool:
    """Whether a string is Unicode text, without half a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_text_id(found: Named) -> Named | Failure:
    r"""The same input; a failure in its place if its id is no text.

    Args:
        found: a crystal, read or not, or a failure.

    Returns:
        The failure is called as the input would have been, with escapes such as ``\udcff``. A
        failure whose id is no text keeps its error.
    """
    if is_text(found.id):
        return found
    name = found.id.encode("utf-8", "backslashreplace").decode()
    if isinstance(found, Failure):
        found.error.crystal_id = name
        return Failure(name, found.error)
    message = f"the id {shown(found.id)} is no Unicode text; rename the file, or give another id"
    return Failure(name, BadIdError(message, crystal_id=name))
