"""What dicts of pymatgen and jarvis say twice: the lattice, and where the sites are.

Both libraries write vectors with lengths and angles, and pymatgen both kinds of coordinates. They
read the vectors and the fractions; where someone has changed one of the two, a note says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymatgen.core import Lattice, Structure

_LENGTHS, _ANGLES = ("a", "b", "c"), ("alpha", "beta", "gamma")
_ROUNDED_LENGTH, _ROUNDED_ANGLE = 2e-3, 0.1  # relative, degrees
_ROUNDED_PLACE = 0.02  # angstrom


def lattice_notes(lattice: Lattice, lengths: Sequence[Any], angles: Sequence[Any]) -> list[str]:
    """A note where lengths and angles are not those of the vectors.

    Args:
        lattice: of the vectors.
        lengths: a, b and c in angstrom; what is no number says nothing.
        angles: alpha, beta and gamma in degrees, likewise.
    """
    own = (*lattice.abc, *lattice.angles)
    limits = (*(_ROUNDED_LENGTH * length for length in lattice.abc), *[_ROUNDED_ANGLE] * 3)
    names = (*_LENGTHS, *_ANGLES)
    for name, value, said, limit in zip(names, own, (*lengths, *angles), limits, strict=True):
        if isinstance(said, int | float) and abs(said - value) > limit:
            text = f"{name} is given as {said:g}, the vectors of the lattice make {value:.5g}"
            return [f"{text}; the vectors are read"]
    return []


def of_pymatgen(
    lattice_said: Mapping[str, Any], places: Sequence[Any], structure: Structure
) -> list[str]:
    """Notes on a pymatgen dict.

    Args:
        lattice_said: its ``lattice``.
        places: arrays of the ``xyz`` of its sites, angstrom; ``None`` where there is none.
        structure: as read.
    """
    import numpy as np

    notes = []
    if "matrix" in lattice_said:
        lengths, angles = (
            [lattice_said.get(name) for name in some] for some in (_LENGTHS, _ANGLES)
        )
        notes += lattice_notes(structure.lattice, lengths, angles)
    if any(one is None or one.shape != (3,) or one.dtype.kind not in "if" for one in places):
        return notes
    off = np.linalg.norm(structure.cart_coords - np.array(places), axis=1)
    far = int(np.argmax(off))
    if off[far] > _ROUNDED_PLACE:
        text = f"abc and xyz of site {far + 1} lie {off[far]:.3g} Å apart"
        notes.append(f"{text}; the fractions abc are read")
    return notes


def of_jarvis(data: Mapping[str, Any], lattice: Lattice) -> list[str]:
    """Notes on a jarvis dict with ``abc`` and ``angles`` beside its ``lattice_mat``."""
    said = [data.get(name) for name in ("abc", "angles")]
    if not all(isinstance(one, list | tuple) and len(one) == 3 for one in said):
        return []
    lengths, angles = said
    return lattice_notes(lattice, lengths or (), angles or ())
