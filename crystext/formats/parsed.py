"""What the formats hand on: parts of a text, unread and cheap, and what reading one part gave.

Reading has two steps. *Splitting* a text finds its structures and costs no more than the text is
long; *reading* a part does all the work, in the process and under the limits of describing.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from crystext.formats.tokens import check_count, element_or_number, without_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from pymatgen.core import Structure

_MAX_NOTE = 200


class Part(NamedTuple):
    """One structure of a text, not yet read; can be pickled.

    Attributes:
        format: name of the format, a key of :data:`crystext.formats.registry.FORMATS`.
        content: what its ``read`` takes: a text, or a decoded JSON member.
        own_id: the id that the text itself gives, if any.
    """

    format: str
    content: Any
    own_id: str | None = None


class Parsed(NamedTuple):
    """What reading one part gave: a structure, not yet validated, and notes of one line each."""

    structure: Structure
    notes: tuple[str, ...] = ()


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
    import numpy as np
    from pymatgen.core import Structure

    from crystext.validation import check_lattice

    check_count(len(names), max_sites, what)
    matrix = np.array(lattice, dtype=float)
    check_lattice(matrix)
    words, labels = without_labels(list(names))
    species = [element_or_number(word) for word in words]
    structure = Structure(matrix, species, coords, coords_are_cartesian=cartesian)
    return Parsed(structure, (*labels, *notes))


@contextmanager
def collected(notes: list[str]) -> Iterator[None]:
    """Adds the warnings that users should know of to notes, one line each; swallows the rest."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    users = [str(one.message) for one in caught if issubclass(one.category, UserWarning)]
    notes[:] = dict.fromkeys(" ".join(note.split())[:_MAX_NOTE] for note in (*notes, *users))
