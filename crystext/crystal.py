"""The record that crosses every stage: one crystal with its id and properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core import Structure


@dataclass(frozen=True)
class Crystal:
    """One crystal.

    Attributes:
        id: unique within its source, for example ``mp-149``.
        structure: the structure as the source gives it.
        source: name of the source, for example ``mini``.
        properties: the source's properties by column name, ``None`` where absent.
    """

    id: str
    structure: Structure
    source: str = "files"
    properties: dict[str, Any] = field(default_factory=dict)
