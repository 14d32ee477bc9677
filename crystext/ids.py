r"""Ids are text, and each names one input: one that no file or table can hold is a failure.

File names that are not UTF-8, and ``\ud800`` in JSON, make strings with half a surrogate pair,
which cannot be encoded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.crystal import Failure
from crystext.errors import BadIdError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from typing import Any, ClassVar, Protocol, TypeVar

    class _HasId(Protocol):
        __dataclass_fields__: ClassVar[dict[str, Any]]

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
    name = text_of(found.id)
    if isinstance(found, Failure):
        found.error.crystal_id = name
        return Failure(name, found.error)
    message = f"the id {shown(found.id)} is no Unicode text; rename the file, or give another id"
    return Failure(name, BadIdError(message, crystal_id=name))


def text_of(name: str) -> str:
    r"""An id as text, with escapes such as ``\udcff`` for what is none."""
    return name.encode("utf-8", "backslashreplace").decode()


class Distinct:
    """Numbers ids that come again: the first ``A`` is ``A``, the next the first free ``A#2`` ….

    Free is what no input is called, whether it came before or comes later.

    Args:
        every: gives the ids of all inputs; it is called once, where one comes again.
    """

    def __init__(self, every: Callable[[], Iterable[str]]) -> None:
        self._every = every
        self._seen: set[str] = set()
        self._used: dict[str, int] | None = None

    def __call__(self, name: str) -> str:
        """The id of the next input, which asks for this one."""
        if name not in self._seen:
            self._seen.add(name)
            return name
        if self._used is None:
            self._used = dict.fromkeys(self._every(), 1)
        return unused(name, self._used)


def unused(name: str, used: dict[str, int], kept: Container[str] = ()) -> str:
    """The name itself, or ``NAME#2``, ``NAME#3``…: the first that is not used, and is from now.

    Args:
        name: as it is asked for.
        used: names that came before, each with the last number that was put behind it.
        kept: names that others will ask for, which get no number.
    """
    if name not in used:
        used[name] = 1
        return name
    number = used[name] + 1
    while (new := f"{name}#{number}") in used or new in kept:
        number += 1
    used[name], used[new] = number, 1
    return new


def with_own_id(found: Named, used: dict[str, int], kept: Container[str] = ()) -> Named:
    """The same input, with a number behind its id where another is called so.

    Args:
        found: a crystal, read or not, or a failure.
        used: as :func:`unused` takes them.
        kept: likewise.
    """
    if (name := unused(found.id, used, kept)) == found.id:
        return found
    if isinstance(found, Failure):
        found.error.crystal_id = name
    return replace(found, id=name)
