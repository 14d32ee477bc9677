"""Disordered crystals made ordered: the most occupied alternatives, or an ordered cell.

:func:`ordered` has two policies. ``majority`` keeps the cell and takes the most occupied
alternative of everything (:mod:`.majority`), refusing what would be no whole crystal
(:mod:`.wholeness`). ``order`` finds the smallest cell that keeps the composition (:mod:`.order`).
Both see a crystal as fixed atoms and units that exclude each other (:mod:`.units`, :mod:`.marks`,
:mod:`.alternatives`, :mod:`.groups`, :mod:`.exclusions`, :mod:`.contacts`), search arrangements
with one engine (:mod:`.arrange`, :mod:`.energies`, :mod:`.supercell`) and say what they did
(:mod:`.wording`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.choices import MAJORITY, ORDER
from crystext.errors import CannotOrderError, PartialOccupancyError, TooManySitesError, UsageError

if TYPE_CHECKING:
    from pymatgen.core import Structure

    from crystext.disorder.units import Alternatives

POLICIES = (MAJORITY, ORDER)


def ordered(
    structure: Structure, policy: str, *, max_sites: int | None = None
) -> tuple[Structure, str]:
    """Makes an ordered crystal of a disordered one.

    Args:
        structure: sites may be shared, partly occupied, or overlap with their alternatives. Read
            where they are there: the site properties ``disorder_assembly`` and ``disorder_group``
            (texts as a CIF has them, empty for none), ``listed_atom`` and ``operation`` (indexes
            of the listed atom and of the symmetry operation that made the site).
        policy: ``majority`` or ``order``.
        max_sites: the most sites that the result may have; 500 for ``order`` where not given.

    Returns:
        The crystal, fully occupied and without site properties, and one phrase of at most 200
        characters that says what was done; the same object and an empty phrase where nothing is
        disordered.

    Raises:
        UsageError: there is no such policy.
        PartialOccupancyError: the majority is no whole crystal; the message says where and why.
        CannotOrderError: no ordered cell is found within the limits.
        TooManySitesError: there are more than ``max_sites`` sites already.
    """
    from crystext.disorder.alternatives import is_disordered, take_apart
    from crystext.disorder.majority import majority
    from crystext.disorder.order import order
    from crystext.disorder.wholeness import check_whole
    from crystext.disorder.wording import majority_phrase

    if policy not in POLICIES:
        raise UsageError(f"disorder {policy!r} is unknown; use one of {', '.join(POLICIES)}")
    if not is_disordered(structure):
        return structure, ""
    if max_sites is not None and len(structure) > max_sites:
        message = f"{len(structure)} sites; the limit is {max_sites}, raise max_sites"
        raise TooManySitesError(message)
    if policy == ORDER:
        return order(structure, max_sites)
    alternatives = take_apart(structure)
    try:
        chosen, remarks = majority(alternatives)
    except CannotOrderError as error:
        why = error.message.partition(";")[0]
        message = f"{why}; try --disorder order, or order the structure yourself"
        raise PartialOccupancyError(message) from error
    check_whole(alternatives, chosen)
    return _kept(alternatives, chosen), majority_phrase(alternatives, chosen, remarks)


def _kept(alternatives: Alternatives, chosen: set[int]) -> Structure:
    """The chosen atoms in the order of the sites given."""
    from pymatgen.core import Structure as NewStructure

    species = dict(alternatives.fixed)
    for number in chosen:
        unit = alternatives.units[number]
        species.update(zip(unit.sites, unit.species, strict=True))
    sites = sorted(species)
    structure = alternatives.structure
    return NewStructure(
        structure.lattice, [species[site] for site in sites], structure.frac_coords[sites]
    )
