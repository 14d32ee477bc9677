"""The nearest right name to a wrong one, for messages; and functions that name a wrong argument."""

from __future__ import annotations

import difflib
import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from crystext.errors import UsageError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_P = ParamSpec("_P")
_R = TypeVar("_R")
_ALIKE = 0.6  # difflib's ratio, of 1 for the same word
_MANY = 24  # names that still stand in one line


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name that a wrong one was most likely meant to be; ``None`` if none is near.

    Args:
        word: what was given; case, hyphens and underscores do not count.
        known: the right names.
    """
    plain = {_plain(name): name for name in known}
    found = difflib.get_close_matches(_plain(str(word)), plain, n=1, cutoff=_ALIKE)
    return plain[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``did you mean 'style'?`` where a name is near, else a list of what there is.

    Args:
        word: the wrong name.
        known: the right names; of more than 24, the first stand in the list.
    """
    names = list(known)
    if meant := nearest(word, names):
        return f"did you mean {meant!r}?"
    listed = ", ".join(names[:_MANY]) + (", …" if len(names) > _MANY else "")
    return f"use one of {listed or 'none'}"


def hint(word: object, known: Iterable[str]) -> str:
    """``did you mean 'cgcnn'? `` before a list, where a name is near; else nothing."""
    meant = nearest(word, known)
    return f"did you mean {meant!r}? " if meant else ""


def named_arguments_and(
    more: Mapping[str, Any],
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Decorates a function: an unknown keyword is a ``UsageError`` that names the nearest one.

    ``help`` and ``inspect.signature`` show the function's own signature, and its ``**keywords`` by
    name.

    Args:
        more: the names that the ``**keywords`` may have, with their defaults.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        parameters = inspect.signature(function).parameters
        known = [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY]
        known += list(more)
        given = {name for name, one in parameters.items() if one.kind is not one.VAR_KEYWORD}
        allowed = frozenset(given | set(known))
        owner = function.__qualname__.removesuffix(".__init__")

        @wraps(function)
        def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            for name in kwargs:
                if name not in allowed:
                    remedy = did_you_mean(name, known)
                    raise UsageError(f"{owner} has no argument {shown(name)}; {remedy}")
            return function(*args, **kwargs)

        shown_ones = [one for one in parameters.values() if one.kind is not one.VAR_KEYWORD]
        shown_ones += [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=type(default)
            )
            for name, default in more.items()
        ]
        signature = inspect.signature(function).replace(parameters=shown_ones)
        checked.__signature__ = signature  # type: ignore[attr-defined]  # what inspect looks for
        return checked

    return decorate


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
