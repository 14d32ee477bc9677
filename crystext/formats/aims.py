"""FHI-aims ``geometry.in``: three lattice vectors and atoms, Cartesian or fractional.

The format: the manual of FHI-aims, section "The input file geometry.in". What says nothing about
the crystal (moments, constraints, velocities, symmetry parameters) is passed over.
"""

from __future__ import annotations

from crystext.errors import BadFileError, ZeroVolumeError, shown
from crystext.formats.parsed import Parsed, crystal
from crystext.formats.tokens import three

_WHAT = "the geometry.in"
_NO_CRYSTAL = frozenset({"empty", "multipole", "pseudocore", "esp_constraint"})
_PASSED = (
    *("initial_", "constrain_relaxation", "velocity", "hessian_", "symmetry_", "trust_radius"),
    *(
        "homogeneous_field",
        "calculate_friction",
        "nuclear_spin",
        "magnetic_",
        "isotope",
        "rt_tddft",
    ),
    *("verbatim_writeout", "set_vacuum_level"),
)


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads a geometry.in.

    Raises:
        BadFileError: a line is not understood, or stands for what is no atom.
        ZeroVolumeError: there are no lattice vectors: it is a molecule.
        InputError: as :func:`crystext.formats.parsed.crystal`.
    """
    import numpy as np

    vectors: list[list[float]] = []
    sites: list[tuple[str, list[float], bool]] = []
    for line in content.split("\n"):
        words = line.partition("#")[0].split()
        if not words:
            continue
        key = words[0].lower()
        if key == "lattice_vector":
            vectors.append(three(words[1:], line, _WHAT))
        elif key in {"atom", "atom_frac"}:
            if len(words) < 5:
                raise BadFileError(
                    f"a line of {_WHAT} is {shown(line.strip())}; give {key} x y z and the element"
                )
            sites.append((words[4], three(words[1:], line, _WHAT), key == "atom"))
        elif key in _NO_CRYSTAL:
            raise BadFileError(f"{_WHAT} has {key} sites, which are no atoms; remove them")
        elif not key.startswith(_PASSED):
            message = f"{_WHAT} has a line {shown(line.strip())}"
            raise BadFileError(f"{message}, which aims does not know; correct or remove it")
    if not vectors:
        raise ZeroVolumeError(f"{_WHAT} is a molecule without a cell; add three lattice_vector")
    if len(vectors) != 3:
        raise BadFileError(f"{_WHAT} has {len(vectors)} lattice_vector lines; give three")
    matrix = np.array(vectors)
    with np.errstate(invalid="ignore"):  # what is not finite is refused by name later on
        coords = [np.array(place) if cart else np.array(place) @ matrix for _, place, cart in sites]
    names = [name for name, _, _ in sites]
    return crystal(matrix, names, np.array(coords), _WHAT, cartesian=True, max_sites=max_sites)
