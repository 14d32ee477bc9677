"""Whether JSON values have the types that a reader goes by, told before anything uses them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from crystext.errors import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ANY = "*"
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_MOST = 1000  # entries that are counted


def wrong_entries(value: Any, shape: Any, name: str = "") -> Iterator[str]:
    """The entries of a value that are not what they must be, one line each.

    Args:
        value: as JSON gives it.
        shape: a type; a list of one shape, for lists of such; a dict of shapes by key, where one
            with a question mark may be absent and ``*`` stands for keys of any name; or a shape
            with ``None`` beside it, for what may be null. Keys that are not named are not looked
            at.
        name: how lines call the value; the entries of the outermost dict need none.
    """
    yield from _wrong(value, shape, name)


def first_of(problems: Iterable[str]) -> str | None:
    """The first problem, and how many more there are; ``None`` for none."""
    found = list(islice(problems, _MOST))
    if not found:
        return None
    return found[0] + (f"; {len(found) - 1} more entries are wrong" if found[1:] else "")


def _wrong(value: Any, shape: Any, name: str, or_null: str = "") -> Iterator[str]:
    if isinstance(shape, tuple):
        if value is not None:
            yield from _wrong(value, shape[0], name, " or null")
    elif isinstance(shape, type):
        kinds = (int, float) if shape is float else shape
        is_flag = isinstance(value, bool)  # which Python takes for a whole number
        if not isinstance(value, kinds) or is_flag != (shape is bool):
            yield f"{name} is {shown(value)}, not {_WORDS[shape]}{or_null}"
    elif isinstance(shape, list):
        items = enumerate(value) if isinstance(value, list) else ()
        for index, one in items:
            yield from _wrong(one, shape[0], f"{name}[{index}]")
        if not isinstance(value, list):
            yield f"{name} is {shown(value)}, not a list"
    elif not isinstance(value, dict):
        yield f"{name} is {shown(value)}, not an object"
    else:
        yield from _wrong_keys(value, shape, f"{name}." if name else "")


def _wrong_keys(value: dict[str, Any], shape: dict[str, Any], prefix: str) -> Iterator[str]:
    any_key = ANY in shape
    for key, inner in (dict.fromkeys(value, shape[ANY]) if any_key else shape).items():
        bare = key if any_key else key.removesuffix("?")
        if bare in value:
            yield from _wrong(value[bare], inner, prefix + printable(bare))
        elif bare == key:
            yield f"{prefix}{bare} is missing"
