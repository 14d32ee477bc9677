"""Whether a structure is sound enough to be described, in a fixed order.

What can be mended without changing the text of any crystal that robocrys 0.2.13 describes is
mended with a note; everything else is refused by name. Sites are counted from 1 in messages.

Isotopes: robocrys fails on deuterium and tritium (IndexError), whatever the crystal. They are
hydrogen chemically, and pymatgen's own JSON writes them as H, so they are read as H.

Spin: robocrys fails on species with a spin and no oxidation state (TypeError), which lose their
spin here. Species with both work there, and spins then lower the symmetry: those stay as given.
Moments kept as site properties change nothing there, and stay as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.choices import REFUSE
from crystext.description.vectors import determinant, plane_distances
from crystext.errors import (
    AtomsOverlapError,
    CrystextError,
    NoAtomsError,
    NotFiniteError,
    PartialOccupancyError,
    TooManySitesError,
    UnknownSpeciesError,
    ZeroVolumeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymatgen.core import Composition, PeriodicSite, Structure

    from crystext.crystal import Crystal

MIN_DISTANCE = 0.1
"""Angstrom; two atoms nearer than this are on top of one another."""
MIN_THICKNESS = 0.2
"""Angstrom; the least distance of lattice planes of a reduced cell, twice ``MIN_DISTANCE``."""
MAX_LENGTH = 1e6
"""Angstrom; a tenth of a millimetre is no cell."""
MAX_CELLS_AWAY = 1e5
"""Cells; beyond, the digits of a coordinate no longer tell where in the cell an atom is."""
MIN_VOLUME_PER_ATOM = 0.5
"""Cubic angstrom; hydrogen at 500 GPa has about 1.1, so less means another unit of length."""
FULL_OCCUPANCY_TOLERANCE = 1e-3
"""An occupancy this near to 1 is rounding, and read as 1."""
_REMEDY = "; choose --disorder majority or order, or order the structure first"
_LAST_BITS = 1e-8
_PAIRWISE_SITES = 300
_NAMED_SITES = 3


def check_crystal(
    crystal: Crystal, *, max_sites: int | None = None, disorder: str = REFUSE
) -> Crystal:
    """Checks a crystal: errors carry its id, notes are added to its own.

    Args:
        crystal: never changed.
        max_sites: as :func:`check_with_notes`.
        disorder: what to do with a disordered crystal, one of :data:`crystext.choices.DISORDER`.

    Returns:
        The crystal to describe; the same object where nothing was mended or ordered.

    Raises:
        InputError: as :func:`check_with_notes`; or it cannot be ordered.
    """
    from crystext.description.plausibility import contact_notes

    structure, done = crystal.structure, crystal.disorder
    try:
        structure, notes = _sound(structure, max_sites)
        more: tuple[str, ...] = ()
        if "disorder_group" in structure.site_properties or not structure.is_ordered:
            structure, done = _ordered(structure, disorder, max_sites)
            structure, more = check_with_notes(structure, max_sites=max_sites)
        else:
            _check_distances(structure)
    except CrystextError as error:
        raise error.with_id(crystal.id) from error.__cause__
    notes += more
    told = dict.fromkeys((*notes, *contact_notes(structure)))
    new = tuple(note for note in told if note not in crystal.notes)
    if structure is crystal.structure and not new:
        return crystal
    return replace(crystal, structure=structure, notes=crystal.notes + new, disorder=done)


def _ordered(
    structure: Structure, disorder: str, max_sites: int | None
) -> tuple[Structure, str | None]:
    """The ordered form that was asked for, and what was done.

    Raises:
        PartialOccupancyError: none was asked for, or none is a whole crystal.
        CannotOrderError: none is found.
    """
    from crystext.disorder import ordered
    from crystext.disorder.alternatives import is_disordered

    if not is_disordered(structure):
        return structure, None
    if disorder != REFUSE:
        return ordered(structure, disorder, max_sites=max_sites)
    _check_occupancies(structure)
    groups = sorted({group for group in structure.site_properties["disorder_group"] if group})
    message = f"disorder groups {', '.join(groups[:4])} are alternatives: only one can be described"
    raise PartialOccupancyError(message + _REMEDY)


def check_with_notes(
    structure: Structure, *, max_sites: int | None = None
) -> tuple[Structure, tuple[str, ...]]:
    """Checks a structure and mends its species where that loses nothing.

    Args:
        structure: never changed; the same object comes back where nothing is mended.
        max_sites: the most sites that the cell may have, ``None`` for no limit.

    Returns:
        The structure to describe, and one line for each thing mended.

    Raises:
        NoAtomsError: there are no sites.
        TooManySitesError: there are more than ``max_sites``.
        NotFiniteError: the lattice or a coordinate is NaN or infinite, or beyond any cell.
        ZeroVolumeError: the lattice is flat or far too small.
        UnknownSpeciesError: a site holds a dummy or no element.
        PartialOccupancyError: a site is shared or partly occupied.
        AtomsOverlapError: two atoms are less than 0.1 angstrom apart.
    """
    structure, notes = _sound(structure, max_sites)
    _check_occupancies(structure)
    _check_distances(structure)
    return structure, notes


def _sound(structure: Structure, max_sites: int | None) -> tuple[Structure, tuple[str, ...]]:
    """The checks that disordered crystals have to pass as well, and what is mended on the way."""
    n_sites = len(structure)
    if n_sites == 0:
        raise NoAtomsError("the structure has no atoms; give at least one site")
    if max_sites is not None and n_sites > max_sites:
        raise TooManySitesError(f"{n_sites} sites; the limit is {max_sites}, raise max_sites")
    check_lattice(structure.lattice.matrix)
    _check_coordinates(structure)
    volume = abs(determinant(structure.lattice.matrix)) / n_sites
    if volume < MIN_VOLUME_PER_ATOM:
        message = f"{volume:.3g} Å³ per atom is too little; give the lattice in Å, check its scale"
        raise ZeroVolumeError(message)
    if _is_plain(structure):
        return structure, ()
    _check_species(structure)
    return _mend_species(structure)


def check_lattice(matrix: np.ndarray) -> None:
    """Checks that lattice vectors span a space.

    Args:
        matrix: lattice vectors as rows, angstrom, shape (3, 3).

    Raises:
        NotFiniteError: an entry is NaN or infinite.
        ZeroVolumeError: the vectors lie in one plane, or planes are under 0.2 angstrom apart.
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.shape != (3, 3):
        raise ZeroVolumeError(f"the lattice has shape {matrix.shape}; give three vectors of three")
    if not np.isfinite(matrix).all():
        row = int(np.argmin(np.isfinite(matrix).all(axis=1)))
        message = f"lattice vector {'abc'[row]} is {matrix[row].tolist()}"
        raise NotFiniteError(f"{message}; every number must be finite")
    with np.errstate(all="ignore"):  # lengths of 1e200 overflow; they are refused just below
        lengths = np.linalg.norm(matrix, axis=1)
        if not lengths.max() < MAX_LENGTH:
            message = f"a lattice vector is {lengths.max():.3g} Å long"
            raise ZeroVolumeError(f"{message}; give the lattice in Å")
        if 0 < lengths.min() < MIN_THICKNESS:
            message = f"the cell is only {lengths.min():.3g} Å thick; give the lattice in Å"
            raise ZeroVolumeError(message)
        volume = abs(np.linalg.det(matrix))
        flat = not volume > 1e-6 * np.prod(lengths) or lengths.min() == 0  # squares underflow
    if flat or not np.isfinite(volume):
        sizes = ", ".join(f"{length:.4g}" for length in lengths)
        message = f"the lattice vectors (lengths {sizes} Å) span no volume"
        raise ZeroVolumeError(f"{message}; give three that do not lie in one plane")
    if plane_distances(matrix).min() < MIN_THICKNESS:
        # a very oblique choice of cell looks thin too: only the reduced cell tells
        thickness = plane_distances(_reduced(matrix)).min()
        if thickness < MIN_THICKNESS:
            message = f"the cell is only {thickness:.3g} Å thick; give the lattice in Å"
            raise ZeroVolumeError(message)


def _reduced(matrix: np.ndarray) -> np.ndarray:
    from pymatgen.core import Lattice

    return Lattice(matrix).get_lll_reduced_lattice().matrix


def _check_coordinates(structure: Structure) -> None:
    frac = structure.frac_coords
    finite = np.isfinite(frac)
    if not finite.all():
        index = int(np.argmin(finite.all(axis=1)))
        message = f"site {index + 1} lies at {frac[index].tolist()}"
        raise NotFiniteError(f"{message}; every coordinate must be finite")
    if np.abs(frac).max() > MAX_CELLS_AWAY:
        farthest = np.abs(frac).max(axis=1)
        index = int(np.argmax(farthest))
        message = f"site {index + 1} lies {farthest[index]:.3g} cells away"
        raise NotFiniteError(f"{message}; correct its coordinates")


def _is_plain(structure: Structure) -> bool:
    """Whether every site is fully occupied by one element that is no isotope."""
    from pymatgen.core import Element

    for site in structure:
        species = site.species
        if len(species) != 1 or species.num_atoms != 1:
            return False
        (element,) = species
        if not isinstance(element, Element) or _is_isotope(element):
            return False
    return True


def _check_species(structure: Structure) -> None:
    from pymatgen.core import DummySpecies

    wrong = [
        f"{species.symbol} at site {number}"
        for number, site in enumerate(structure, start=1)
        for species in site.species
        if isinstance(species, DummySpecies)
    ]
    if wrong:
        message = f"{_listed(wrong)} is no chemical element; name an element or remove the site"
        raise UnknownSpeciesError(message)


def _listed(items: list[str]) -> str:
    more = len(items) - _NAMED_SITES
    return ", ".join(items[:_NAMED_SITES]) + (f" and {more} more" if more > 0 else "")


def _mend_species(structure: Structure) -> tuple[Structure, tuple[str, ...]]:
    """Isotopes, spins without oxidation state, and occupancies within rounding of 1."""
    counts = {"isotope": 0, "spin": 0, "rounding": 0}
    mended = [_mended(site, counts) for site in structure]
    if all(new is site.species for new, site in zip(mended, structure, strict=True)):
        return structure, ()
    copy = structure.copy()
    for index, species in enumerate(mended):
        copy[index].species = species
    texts = {
        "isotope": "deuterium or tritium read as hydrogen",
        "spin": "spin without oxidation state left out",
        "rounding": "occupancy within rounding of 1 read as 1",
    }
    notes = (f"{texts[kind]} at {n} site{'s'[: n > 1]}" for kind, n in counts.items() if n)
    return copy, tuple(notes)


def _mended(site: PeriodicSite, counts: dict[str, int]) -> Composition:
    """The site's own composition object where nothing is to be mended."""
    from pymatgen.core import Composition, Element, Species

    amounts: dict[Any, float] = {}
    changed = False
    for species, amount in site.species.items():
        new: Any = species
        if _is_isotope(species):
            counts["isotope"] += 1
            charge = species.oxi_state if isinstance(species, Species) else None
            new = Element("H") if charge is None else Species("H", charge)
        elif isinstance(species, Species) and species.oxi_state is None:
            counts["spin"] += species.spin is not None
            new = Element(species.symbol)
        changed |= new is not species
        amounts[new] = amounts.get(new, 0) + amount
    total = sum(amounts.values())
    if len(amounts) == 1 and total != 1 and abs(total - 1) <= FULL_OCCUPANCY_TOLERANCE:
        # shares of H and D add up to 1 but for the last bit: no note for that
        counts["rounding"] += abs(total - 1) > _LAST_BITS
        amounts, changed = dict.fromkeys(amounts, 1), True
    return Composition(amounts) if changed else site.species


def _is_isotope(species: Any) -> bool:
    # pymatgen gives both the symbol H: an Element tells by its name, a Species by its text
    return species.Z == 1 and (getattr(species, "name", None) or str(species))[0] in "DT"


def _check_occupancies(structure: Structure) -> None:
    shared = [
        f"{shares(site)} at site {number}"
        for number, site in enumerate(structure, start=1)
        if not site.is_ordered
    ]
    if shared:
        message = f"{_listed(shared)}: only full sites can be described"
        raise PartialOccupancyError(message + _REMEDY)


def shares(site: PeriodicSite) -> str:
    """A shared site in one word, for example ``Fe0.5/Co0.5``."""
    listed = (f"{species.symbol}{amount:.4g}" for species, amount in site.species.items())
    return "/".join(listed) or "no atom"


def _check_distances(structure: Structure) -> None:
    """Looks for pairs only within ``MIN_DISTANCE``; self-images are excluded by the thickness."""
    matrix, frac = structure.lattice.matrix, structure.frac_coords
    thickness = plane_distances(matrix)
    if thickness.min() < MIN_THICKNESS:
        reduced = _reduced(matrix)
        frac, matrix = frac @ matrix @ np.linalg.inv(reduced), reduced
        thickness = plane_distances(matrix)
    for i, j in _candidates(frac, thickness):
        step = frac[j] - frac[i]
        # exact: an image within 0.1 Å differs by under half a cell in every direction
        distance = float(np.linalg.norm((step - np.round(step)) @ matrix))
        if distance < MIN_DISTANCE:
            first, second = (f"{structure[int(k)].specie.symbol} at site {k + 1}" for k in (i, j))
            message = f"{first} and {second} are {distance:.3g} Å apart; remove or move one"
            raise AtomsOverlapError(message)


def _candidates(frac: np.ndarray, thickness: np.ndarray) -> Iterable[tuple[int, int]]:
    """Pairs i < j whose heights above all three lattice planes differ by under 0.1 angstrom."""
    if len(frac) <= _PAIRWISE_SITES:
        steps = frac[:, None] - frac[None]
        near = (np.abs(steps - np.round(steps)) * thickness < MIN_DISTANCE).all(axis=-1)
        return np.argwhere(np.triu(near, 1))
    from scipy.spatial import cKDTree

    heights = np.mod(frac, 1)
    heights[heights >= 1] = 0
    tree = cKDTree(heights * thickness, boxsize=thickness)
    # sixteen neighbours are plenty: more in so small a box, and some of these overlap already
    _, found = tree.query(heights * thickness, k=16, p=np.inf, distance_upper_bound=MIN_DISTANCE)
    pairs = np.stack([np.repeat(np.arange(len(frac)), 16), found.ravel()], axis=1)
    return pairs[(pairs[:, 0] < pairs[:, 1]) & (pairs[:, 1] < len(frac))]
