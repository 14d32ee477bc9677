"""The result: one crystal's description, its sections, its facts and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crystext.description.sections import fields_text

if TYPE_CHECKING:
    from crystext.report.structures import Drawn


@dataclass(frozen=True, repr=False)
class Description:
    """Description of one crystal.

    Attributes:
        id: id of the crystal.
        text: the whole text, the global section followed by the local one.
        global_text: mineral and space group, and the makeup of components.
        local_text: sites, their geometry, bonds and polyhedra.
        formula: reduced formula, grouped by component where that is customary.
        mineral: mineral with its suffix (``-like``, ``-derived``), ``None`` if none is known.
        crystal_system: for example ``cubic``.
        space_group_symbol: short Hermann-Mauguin symbol.
        space_group_number: 1 to 230.
        dimensionality: highest dimensionality of a component, 0 to 3.
        components: formula, dimensionality, orientation, molecule name and count of each
            different component.
        condensed: everything that the text says, as plain values, in robocrys' form.
        disorder: what was done to order a disordered crystal, ``None`` for an ordered one; the
            first sentence of the text says it too.
        provenance: engine, versions, settings, their digest, structure hash and notes.
        drawn: cell and sites for a picture in a notebook, ``None`` for a large cell.
    """

    id: str
    text: str
    global_text: str
    local_text: str
    formula: str
    mineral: str | None
    crystal_system: str
    space_group_symbol: str
    space_group_number: int
    dimensionality: int
    components: tuple[dict[str, Any], ...]
    condensed: dict[str, Any]
    provenance: dict[str, Any]
    disorder: str | None = None
    drawn: Drawn | None = field(default=None, compare=False)

    @property
    def fields_text(self) -> str:
        """The global facts as labelled fields, space group number and dimensionality included."""
        return fields_text(
            self.formula,
            self.mineral,
            self.crystal_system,
            self.space_group_symbol,
            self.space_group_number,
            self.dimensionality,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended or doubtful in the input, one line each."""
        return tuple(self.provenance["notes"])

    def __str__(self) -> str:
        """The whole text."""
        return self.text

    def __repr__(self) -> str:
        """One short line: id, formula, mineral, space group, dimensionality."""
        group = f"{self.space_group_symbol} ({self.space_group_number})"
        facts = (self.formula, self.mineral, group, f"{self.dimensionality}D")
        return f"Description({self.id!r}: {', '.join(filter(None, facts))})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture of the cell, the facts, both sections."""
        from crystext.notebook.html import description_card

        return description_card(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON: the keys of ``condensed`` become text."""
        return {name: _for_json(getattr(self, name)) for name in _TOLD}


_TOLD = (
    *("id", "text", "global_text", "local_text", "fields_text", "formula", "mineral"),
    *("crystal_system", "space_group_symbol", "space_group_number", "dimensionality"),
    *("components", "condensed", "disorder", "provenance"),
)
"""What stands in the JSON of a description, in this order."""


def plain(value: Any) -> Any:
    """The same value with numpy numbers made plain, however deep."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(item) for item in value)
    return value.item() if getattr(value, "ndim", None) == 0 else value


def numbered(value: Any) -> Any:
    """Condensed data read from JSON, with whole numbers for keys where JSON has their digits."""
    if not isinstance(value, dict):
        return value
    return {
        int(key) if isinstance(key, str) and key.isdecimal() else key: numbered(one)
        for key, one in value.items()
    }


def _for_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _for_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_for_json(item) for item in value]
    return value
