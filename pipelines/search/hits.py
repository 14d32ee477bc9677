"""What a search found, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True)
class Hit:
    """A row that was found.

    Attributes:
        id: of the crystal.
        score: between 0 and 1; 1 is the first place in every list that was asked.
        matched: facts of the query that the crystal has, such as ``element:S``.
        missed: facts of the query that it has not.
        words: other words of the query that are in its text.
        distance: from the crystal of ``like``, in scales of the features; ``None`` without one.
        row: columns of the corpus: those that people read, and those of ``where``.
    """

    id: str
    score: float
    matched: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    distance: float | None = None
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why it was found, in one line."""
        parts = [one.replace(":", " ") for one in self.matched]
        parts += [f"words {', '.join(self.words)}"] if self.words else []
        parts += [f"likeness {self.distance:.3f}"] if self.distance is not None else []
        parts += [f"lacks {one.replace(':', ' ')}" for one in self.missed]
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "id": self.id,
            "score": round(self.score, 6),
            "matched": list(self.matched),
            "missed": list(self.missed),
            "words": list(self.words),
            "distance": None if self.distance is None else round(self.distance, 6),
            **{name: value for name, value in self.row.items() if name != "id"},
        }


@dataclass(frozen=True)
class Hits:
    """The rows that a search found, the best first.

    Attributes:
        hits: as many as were asked for.
        total: rows that meet the conditions and have anything of what was asked.
        notes: what of the query was not understood or found nowhere, one line each.
    """

    hits: Sequence[Hit]
    total: int
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)

    def __getitem__(self, place: int) -> Hit:
        return self.hits[place]

    @property
    def ids(self) -> list[str]:
        """Of the hits, the best first."""
        return [one.id for one in self.hits]

    def __repr__(self) -> str:
        lines = [
            f"{one.id:<12} {one.row.get('formula', ''):<16} {one.score:.3f}  {one.why}"
            for one in self.hits
        ]
        return "\n".join([f"{len(self.hits)} of {self.total:,} hits", *lines])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from crystext.notebook.html import grid, titled

        names = ("id", "formula", "space group", "score", "why")
        columns = ("formula", "space_group_symbol")
        rows = [
            (one.id, *(one.row.get(name, "") for name in columns), f"{one.score:.3f}", one.why)
            for one in self.hits
        ]
        return titled(f"{len(self.hits)} of {self.total:,} hits", grid(names, rows))
