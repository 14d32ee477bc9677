"""The representations by name: how each is written and read, what it keeps and what it loses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystext.crystal import Crystal
    from crystext.representations.cell import Cells


@dataclass(frozen=True)
class Representation:
    """One way to write a crystal.

    Attributes:
        name: as the command and :func:`crystext.encode` take it.
        meaning: what is written, in one line.
        loses: what cannot be had back from the text.
        digits: decimals of lengths or coordinates if none are asked for; ``None`` where the text
            holds no such numbers.
        written_by: ``module:function`` of (cells, digits) to the text.
        read_by: ``module:function`` of the text to a crystal; ``None`` where none can be made of
            it.
        origin: whose form it is.
    """

    name: str
    meaning: str
    loses: str
    digits: int | None
    written_by: str
    read_by: str | None
    origin: str

    @property
    def column(self) -> str:
        """Its column in a corpus, for example ``cif_p1``."""
        return self.name.replace("-", "_")

    def write(self, cells: Cells, digits: int | None = None) -> str:
        """The text of a crystal."""
        write = _function(self.written_by)
        if self.digits is None:
            return write(cells)
        return write(cells, self.digits if digits is None else digits)

    def read(self, text: str) -> Crystal:
        """The crystal of a text; the representation must be one that can be read."""
        assert self.read_by is not None, self.name
        return _function(self.read_by)(text)


def _function(place: str) -> Any:
    """A function by its ``module:name``, imported now: the command offers the names at once."""
    module, _, name = place.partition(":")
    return getattr(import_module(f"crystext.representations.{module}"), name)


_MATTEXT = "MatText (xtal2txt)"
_ALL = (
    Representation(
        "composition",
        "the reduced formula in Hill's order",
        "everything but the ratio of the elements",
        None,
        "sequences:composition",
        None,
        _MATTEXT,
    ),
    Representation(
        "atom-sequence",
        "the element of each site of the primitive cell",
        "cell and coordinates",
        None,
        "sequences:atoms",
        None,
        _MATTEXT,
    ),
    Representation(
        "atom-sequence-cell",
        "the same, then lengths and angles of the cell",
        "coordinates",
        1,
        "sequences:atoms_and_cell",
        None,
        f"{_MATTEXT}, atom_sequences_plusplus",
    ),
    Representation(
        "wyckoff",
        "formula and space group number, then element, multiplicity and letter of each orbit",
        "cell and coordinates",
        None,
        "wyckoff:letters",
        None,
        "WyCryst",
    ),
    Representation(
        "wyckoff-sites",
        "space group number and cell, then the same with one site of each orbit",
        "digits",
        4,
        "wyckoff:sites",
        "wyckoff:read_sites",
        "crystext",
    ),
    Representation(
        "cif-p1",
        "CIF of the primitive cell, every site, no symmetry",
        "digits",
        4,
        "cif:without_symmetry",
        "cif:read",
        "IUCr",
    ),
    Representation(
        "cif-symmetrized",
        "CIF of the standard cell with its operations and one site of each orbit",
        "digits",
        4,
        "cif:with_symmetry",
        "cif:read",
        "IUCr",
    ),
    Representation(
        "crystal-text-llm",
        "lengths, angles, then element and coordinates of each site, line by line",
        "digits: 0.1 angstrom, 1 degree and 0.01 of an edge, as published",
        2,
        "numbers:write",
        "numbers:read",
        "Crystal-text-LLM (Gruver and others, 2024)",
    ),
    Representation(
        "zmatrix",
        "distance, angle and dihedral of each site to sites before it, in the primitive cell",
        "the lattice",
        1,
        "zmatrix:write",
        None,
        _MATTEXT,
    ),
)
REPRESENTATIONS = {one.name: one for one in _ALL}
"""Every representation by its name."""
