"""What programs' inputs have in common: three vectors, and a list of elements and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import BadFileError, shown
from crystext.formats.parsed import Parsed
from crystext.formats.tokens import check_count, element_or_number, numbers_in, without_labels
from crystext.validation import check_lattice

if TYPE_CHECKING:
    from collections.abc import Sequence

BOHR = 0.529177210903
"""Angstrom; CODATA 2018, doi:10.1103/RevModPhys.93.025010."""
UNITS = {
    **dict.fromkeys(("ang", "angstrom", "angstroms"), 1.0),
    **dict.fromkeys(("bohr", "a0", "a.u."), BOHR),
    "nm": 10.0,
}
"""Names of units of length, in small letters, and each in angstrom."""


def three(words: Sequence[str], line: str, what: str) -> list[float]:
    """The three numbers that a line must begin with.

    Args:
        words: of the line, from the first number on; more may follow.
        line: for the message.
        what: how the message calls the file.

    Raises:
        BadFileError: they are not.
    """
    found = numbers_in(words[:3]) if len(words) >= 3 else None
    if found is None:
        raise BadFileError(
            f"a line of {what} is {shown(line.strip())}; three numbers must stand there"
        )
    return found


def crystal(
    lattice: Sequence[Sequence[float]] | np.ndarray,
    names: Sequence[str],
    coords: Sequence[Sequence[float]] | np.ndarray,
    what: str,
    *,
    cartesian: bool,
    max_sites: int | None,
    notes: Sequence[str] = (),
) -> Parsed:
    """A structure of a lattice and a list of sites.

    Args:
        lattice: rows are the vectors, (3, 3), angstrom.
        names: symbols, with or without labels, or atomic numbers; n of them.
        coords: (n, 3), angstrom or fractions.
        what: how messages call the file.
        cartesian: whether the coordinates are in angstrom.
        max_sites: the most sites that the cell may have.
        notes: on what was read in a special way.

    Raises:
        NoAtomsError, TooManySitesError: there are none, or too many.
        UnknownSpeciesError: a name is no element.
        ZeroVolumeError, NotFiniteError: the cell is flat, or a vector is not finite.
    """
    from pymatgen.core import Structure

    check_count(len(names), max_sites, what)
    matrix = np.array(lattice, dtype=float)
    check_lattice(matrix)
    words, labels = without_labels(list(names))
    species = [element_or_number(word) for word in words]
    structure = Structure(matrix, species, coords, coords_are_cartesian=cartesian)
    return Parsed(structure, (*notes, *labels))
