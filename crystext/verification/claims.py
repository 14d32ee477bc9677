"""What a text can claim of a crystal, and what came of judging it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Kinds of claims."""

    FORMULA = "formula"
    ELEMENT = "element"
    MINERAL = "mineral"
    PROTOTYPE = "prototype"
    CRYSTAL_SYSTEM = "crystal system"
    SPACE_GROUP = "space group"
    DIMENSIONALITY = "dimensionality"
    COMPONENT = "component"
    COUNT = "number of components"
    SITES = "inequivalent sites"
    COORDINATION = "coordination"
    NEIGHBOUR = "neighbour"
    GEOMETRY = "geometry"
    POLYHEDRA = "polyhedra"
    CONNECTIVITY = "connectivity"
    BOND_LENGTH = "bond length"
    TILT = "tilt angle"


class Judgement(StrEnum):
    """What a claim turned out to be."""

    TRUE = "true"
    FALSE = "false"
    CANNOT_TELL = "cannot tell"


ROUNDING = 0.005
"""In angstrom, of a length with two decimals."""


@dataclass(frozen=True)
class Claim:
    """One statement.

    Attributes:
        kind: of what.
        subject: the species, pair or polyhedra that it is about; empty for the whole crystal.
        value: what is claimed: a word, a whole number, or a length in angstrom or an angle in
            degrees.
        words: where the text says so.
        rounding: by how much a length may be off as it is written, in angstrom.
    """

    kind: Kind
    subject: str
    value: str | int | float
    words: str
    rounding: float = ROUNDING

    @property
    def said(self) -> str:
        """The claim in few words, for example ``coordination Ti 6``."""
        subject = "" if self.subject == str(self.value) else self.subject
        return " ".join(filter(None, (str(self.kind), subject, str(self.value))))


@dataclass(frozen=True)
class Judged:
    """A claim and what is true.

    Attributes:
        claim: as it was read.
        judgement: of it.
        found: what the structure says in its place.
    """

    claim: Claim
    judgement: Judgement
    found: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        claim = asdict(self.claim)
        del claim["rounding"]
        told = claim | {"judgement": str(self.judgement), "found": self.found}
        return told | {"kind": str(self.claim.kind)}


@dataclass(frozen=True)
class PartlyRead:
    """A sentence of which not all was understood.

    Attributes:
        sentence: as it stands.
        words: those that seem to say something of the crystal, and that no claim was read from.
    """

    sentence: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What a text is worth, beside a structure.

    Attributes:
        id: of the structure.
        claims: judged, in the order of the text.
        unread: sentences in which no claim was found; they count neither for nor against.
        partly_read: sentences with claims and words that none was read from, which count neither
            for nor against.
        sentences: how many there are.
    """

    id: str
    claims: tuple[Judged, ...]
    unread: tuple[str, ...]
    partly_read: tuple[PartlyRead, ...] = ()
    sentences: int = 0

    @property
    def score(self) -> float | None:
        """Share of true claims among those that can be told, 0 to 1; ``None`` without any."""
        told = [one for one in self.claims if one.judgement is not Judgement.CANNOT_TELL]
        if not told:
            return None
        return sum(one.judgement is Judgement.TRUE for one in told) / len(told)

    @property
    def read_whole(self) -> int:
        """How many sentences nothing was left of."""
        return self.sentences - len(self.unread) - len(self.partly_read)

    @property
    def false(self) -> list[Judged]:
        """The claims that are wrong."""
        return [one for one in self.claims if one.judgement is Judgement.FALSE]

    def __repr__(self) -> str:
        score = "no claim" if self.score is None else f"score {self.score:.3f}"
        return f"Verdict({self.id!r}: {score}, {len(self.false)} of {len(self.claims)} false)"

    def to_dict(self) -> dict[str, Any]:
        """Plain values by name."""
        return {
            "id": self.id,
            "score": self.score,
            "claims": [one.to_dict() for one in self.claims],
            "unread": list(self.unread),
            "partly_read": [
                {"sentence": one.sentence, "words": list(one.words)} for one in self.partly_read
            ],
            "sentences": self.sentences,
        }
