"""A sentence as tokens, of which claims take some."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crystext.verification.claims import Claim, Kind
from crystext.verification.lexicon import Token, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass
class Sentence:
    """A sentence as tokens, and which of them were read.

    Attributes:
        text: as it stands.
        tokens: in its order.
        codes: one letter each.
        read: places of tokens that claims were read from.
        objects: places of elements that are what another is bonded to.
    """

    text: str
    tokens: Sequence[Token]
    codes: str
    read: set[int] = field(default_factory=set)
    objects: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, text: str) -> Sentence:
        """A sentence, its ions of anions' names as elements: "oxide ions"."""
        tokens = [
            Token("E", one.value, one.start, one.end)
            if one.code == "Z" and behind is not None and _names_ions(text, behind)
            else one
            for one, behind in _with_next(tokens_of(text))
        ]
        return cls(text, tokens, "".join(one.code for one in tokens))

    def words(self, first: int, last: int) -> str:
        """The words from one token to another."""
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def claim(self, kind: Kind, subject: str, value: str | float, places: range) -> Claim:
        """One claim, whose tokens count as read."""
        self.read.update(places)
        return Claim(kind, subject, value, self.words(places[0], places[-1]))

    def symbol(self, place: int) -> str:
        """The element at a place."""
        return str(self.tokens[place].value[0])  # type: ignore[index]

    def number(self, place: int) -> int:
        """The whole number at a place."""
        return int(str(self.tokens[place].value))

    def is_choice(self, place: int) -> bool:
        """Whether "or" stands beside a word, so that one of two is said and not both."""
        near = (*self.tokens[max(place - 1, 0) : place], *self.tokens[place + 1 : place + 2])
        return any(one.code == "c" and str(one.value).lower() == "or" for one in near)

    def lengths_at(self, bond: str, place: int) -> Iterator[Claim]:
        """The lengths of a bond that are told at a place."""
        self.read.add(place)
        words = self.words(place, place)
        for length, rounding in self.tokens[place].value:  # type: ignore[attr-defined]
            yield Claim(Kind.BOND_LENGTH, bond, length, words, rounding)


def _with_next(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    return zip(tokens, [*tokens[1:], None], strict=False)


def _names_ions(text: str, token: Token) -> bool:
    return re.match(r"(?:an)?ions?|ligands?|cent(?:er|re)s?", text[token.start :]) is not None
