"""A crystal that is still text: found in its file, and read where its time is counted.

Files are split into structures by the process that gives the work, which costs no more than they
are long. Reading one, which may take any time on a hostile file, is left to the process that
describes it, under the same limits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crystext.crystal import Crystal, Failure
from crystext.errors import CrystextError

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.formats.parsed import Part


@dataclass(frozen=True)
class UnreadCrystal:
    """One structure of a text; can be pickled.

    Attributes:
        id: as :class:`~crystext.crystal.Crystal`'s.
        part: the text, and its format.
        source: as the crystal's.
        properties: as the crystal's.
        notes: what is known to be doubtful before it is read.
    """

    id: str
    part: Part
    source: str = "files"
    properties: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def structure(self) -> Structure:
        """The structure, read and validated now."""
        from crystext.validation import check_crystal

        return check_crystal(self.read()).structure

    def read(self, *, max_sites: int | None = None) -> Crystal:
        """The crystal, not yet validated.

        Args:
            max_sites: the most sites that it may have.

        Raises:
            InputError: it is none.
        """
        from crystext.formats import registry

        try:
            structure, notes = registry.read(self.part, max_sites=max_sites)
        except CrystextError as error:
            raise error.with_id(self.id) from error.__cause__
        return Crystal(
            self.id, structure, self.source, self.properties, notes=(*self.notes, *notes)
        )

    def digest(self) -> str:
        """SHA-256 of what decides the crystal."""
        content = self.part.content
        if not isinstance(content, str):
            content = json.dumps(content, sort_keys=True, default=repr)
        text = f"{self.part.format}\n{content}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


Input = Crystal | UnreadCrystal | Failure
"""What sources give and describing takes: one for each crystal, or why there is none."""
