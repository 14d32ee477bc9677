"""What ``or`` stands between in a query: each way of reading it is a query without ``or``.

"Li or Na oxides" is "Li oxides" or "Na oxides", and "zinc oxide or lead sulfide" either of the two.
What stands on both sides must be of one kind: two elements, two prototypes, two anions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST = 16
"""Ways in which a query is read."""
_TOKEN = re.compile(r"[^\s,;:()]+(?:\([^\s()]*\))*[^\s,;:()]*")
_EITHER = re.compile(r"\b(?:either|one of|any of)\s+", re.IGNORECASE)
_LONGEST = 3  # words on a side
_EXCLUDING = frozenset({"crystal system", "space group", "mineral", "count"})
"""Kinds of facts of which a crystal has one, so that ``and`` between two means either."""


@dataclass
class Alternatives:
    """The ways of reading a query.

    Attributes:
        texts: at least one, without ``or`` where it was understood.
        notes: how each ``or`` was read.
    """

    texts: list[str]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Piece:
    """A word, or several that are one name; what it is is asked when it is needed."""

    start: int
    end: int
    words: str
    kind_of: Callable[[str], str | None]

    @property
    def kind(self) -> str | None:
        return self.kind_of(self.words)


@dataclass(frozen=True)
class _Choice:
    """What stands between, before and behind each ``or`` of one list."""

    start: int
    end: int
    texts: tuple[str, ...]


def alternatives(
    text: str,
    kind_of: Callable[[str], str | None],
    names: Collection[str] = (),
    spelled: Callable[[str], str] = str,
) -> Alternatives:
    """The ways of reading a query.

    Args:
        text: of the query, without what it denies.
        kind_of: what a word or a name is, such as ``element``; ``None`` for other words.
        names: those in the text, of which some have several words.
        spelled: a part of the text as the query has it.
    """
    if not re.search(r"\b(?:or|and)\b", text, re.IGNORECASE):
        return Alternatives([text])
    text = re.sub(r"\band\s*/\s*or\b", "or", _EITHER.sub("", text), flags=re.IGNORECASE)
    pieces = _pieces(text, cache(kind_of), names)
    found = Alternatives([text])
    choices: list[_Choice] = []
    for at, piece in enumerate(pieces):
        word = text[piece.start : piece.end].lower()
        if word not in {"or", "and"} or (choices and piece.start < choices[-1].end):
            continue
        choice = _choice(text, pieces, at, only=_EXCLUDING if word == "and" else None)
        if choice is not None:
            choices.append(choice)
            parts = ", ".join(f'"{spelled(one)}"' for one in choice.texts)
            found.notes.append(f"either of {parts} is asked for")
        elif word == "or" and any(one.kind for one in pieces[max(at - 1, 0) : at + 2]):
            near = text[pieces[max(at - 1, 0)].start : pieces[min(at + 1, len(pieces) - 1)].end]
            found.notes.append(
                f'"or" in "{spelled(near)}" is not read, for one of its sides is not understood'
            )
    ways = 1
    for place, choice in enumerate(choices):
        if ways * len(choice.texts) > MOST:
            found.notes.append(
                f'"or" is read in {MOST} ways at most; the rest is asked for at once'
            )
            del choices[place:]
            break
        ways *= len(choice.texts)
    found.texts = [_put(text, choices, one) for one in product(*(one.texts for one in choices))]
    return found


def _pieces(
    text: str, kind_of: Callable[[str], str | None], names: Collection[str]
) -> list[_Piece]:
    """Words in their order; several that are one name are one piece."""
    longest = sorted((one for one in names if " " in one), key=len, reverse=True)
    token = re.compile("|".join([*map(re.escape, longest), _TOKEN.pattern]))
    return [_Piece(*one.span(), one[0], kind_of) for one in token.finditer(text)]


def _choice(
    text: str, pieces: list[_Piece], at: int, only: frozenset[str] | None
) -> _Choice | None:
    """What the ``or`` at a place stands between."""
    right_at = at + 1
    while right_at < len(pieces) and text[slice(*_span(pieces[right_at]))].lower() in {"a", "an"}:
        right_at += 1
    if not at or right_at >= len(pieces):
        return None
    left, right = pieces[at - 1], pieces[right_at]
    if (suspended := _suspended(text, left, right)) is not None:
        return _Choice(left.start, right.end, (suspended, text[right.start : right.end]))
    for size in range(1, _LONGEST + 1):
        first, last = pieces[max(at - size, 0) : at], pieces[right_at : right_at + size]
        kinds = [one.kind for one in first]
        if len(first) < size or None in kinds:
            break
        if kinds == [one.kind for one in last] and (only is None or set(kinds) <= only):
            return _listed(text, pieces, at, right_at, size)
    return None if only else _unlike(text, pieces, at, right_at)


def _unlike(text: str, pieces: list[_Piece], at: int, right_at: int) -> _Choice | None:
    """All that is understood on the two sides: "cubic perovskites or layered sulfides"."""
    start, end = at, right_at
    while start and pieces[start - 1].kind and (start == at or not _gap(text, pieces, start)):
        start -= 1
    while (
        end < len(pieces) and pieces[end].kind and (end == right_at or not _gap(text, pieces, end))
    ):
        end += 1
    if start == at or end == right_at:
        return None
    first, last = pieces[start], pieces[end - 1]
    sides = [text[first.start : pieces[at - 1].end], text[pieces[right_at].start : last.end]]
    heads = {pieces[at - 1].kind, last.kind}
    while start and pieces[start - 1].kind in heads and _gap(text, pieces, start) == ",":
        start -= 1
        sides.insert(0, text[slice(*_span(pieces[start]))])
    return _Choice(pieces[start].start, last.end, tuple(sides))


def _gap(text: str, pieces: list[_Piece], at: int) -> str:
    """What stands between a piece and the one before it, blanks aside."""
    return _between(text, pieces[at - 1], pieces[at])


def _suspended(text: str, left: _Piece, right: _Piece) -> str | None:
    """In full what ends behind ``or``: "corner- or edge-sharing", "four or six-coordinate"."""
    first, second = text[left.start : left.end], text[right.start : right.end]
    behind = second.partition("-")[2]
    if behind and (first.endswith("-") or {left.kind, "number"} == {"number"}):
        return f"{first.rstrip('-')}-{behind}"
    return None


def _listed(text: str, pieces: list[_Piece], at: int, right_at: int, size: int) -> _Choice:
    """All members of the list around an ``or``: "Li, Na or K", "Mn or Fe or Co"."""
    kinds = [one.kind for one in pieces[right_at : right_at + size]]
    members = [pieces[at - size : at], pieces[right_at : right_at + size]]
    start = at - size
    while start >= size and _between(text, pieces[start - 1], pieces[start]) == ",":
        before = pieces[start - size : start]
        if [one.kind for one in before] != kinds:
            break
        members.insert(0, before)
        start -= size
    end = right_at + size
    while end + size < len(pieces):
        joint = text[pieces[end].start : pieces[end].end].lower()
        behind = pieces[end + 1 : end + 1 + size]
        if joint != "or" or [one.kind for one in behind] != kinds:
            break
        members.append(behind)
        end += 1 + size
    texts = [text[one[0].start : one[-1].end] for one in members]
    return _Choice(members[0][0].start, members[-1][-1].end, tuple(dict.fromkeys(texts)))


def _between(text: str, one: _Piece, other: _Piece) -> str:
    return text[one.end : other.start].strip()


def _span(piece: _Piece) -> tuple[int, int]:
    return piece.start, piece.end


def _put(text: str, choices: list[_Choice], chosen: tuple[str, ...]) -> str:
    """The text with one member of each list in its place."""
    for choice, one in reversed(list(zip(choices, chosen, strict=True))):
        text = f"{text[: choice.start]}{one}{text[choice.end :]}"
    return text
