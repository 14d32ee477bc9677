"""The cells that candidates for the symmetry make of the rows, and which agrees with the facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crystext.description.elements import SHORTEST
from crystext.description.plausibility import contact_notes
from crystext.errors import AtomsOverlapError, InputError, TooManySitesError
from crystext.formats.asymmetric import (
    AsymmetricUnit,
    Atom,
    Place,
    content_of,
    places_of,
    structure_of,
)
from crystext.formats.cif import composition, labels, multiplicity
from crystext.formats.cif.species import Reading, chosen
from crystext.formats.cif.type_symbols import HYDROGENS
from crystext.formats.images import near_pairs, orbit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crystext.formats.cif.cell import Cell
    from crystext.formats.cif.composition import StatedComposition
    from crystext.formats.cif.sites import SiteRow
    from crystext.formats.cif.symmetry import Candidate

_MOST_COMPARED = 2_000  # sites beyond which contacts do not help to choose


@dataclass(frozen=True, eq=False)
class Listing:
    """What a data block lists, whatever its symmetry.

    Attributes:
        name: of the block, for messages.
        cell: its parameters.
        matrix: lattice vectors as rows, angstrom, shape (3, 3).
        rows: its atoms.
        charges: oxidation states by type symbol.
        stated: what it says besides.
    """

    name: str
    cell: Cell
    matrix: NDArray[np.float64]
    rows: list[SiteRow]
    charges: dict[str, float]
    stated: StatedComposition


@dataclass(frozen=True, eq=False)
class Attempt:
    """The cell that one candidate makes of the rows.

    Attributes:
        candidate: the symmetry.
        unit: the listed atoms under it.
        places: the sites.
        content: atoms of the cell by element.
        carriers: labels of atoms with hydrogens that have no positions, and how many.
        notes: on elements and merged copies.
    """

    candidate: Candidate
    unit: AsymmetricUnit
    places: list[Place]
    content: Mapping[str, float]
    carriers: tuple[tuple[str, float], ...]
    notes: tuple[str, ...]


def best(
    found: list[Candidate], listing: Listing, max_sites: int | None
) -> tuple[Attempt, list[str]]:
    """The candidate whose cell agrees best with the facts, and a note where nothing tells."""
    attempts: list[Attempt] = []
    errors: list[InputError] = []
    for candidate in found:
        try:
            attempts.append(attempt_of(candidate, listing, max_sites))
        except (AtomsOverlapError, TooManySitesError) as error:
            errors.append(error)
    if not attempts:
        raise errors[0]
    scores = [_score(attempt, listing) for attempt in attempts]
    pairs = zip(attempts, scores, strict=True)
    equal = [attempt for attempt, score in pairs if score == max(scores)]
    if len(equal) == 1 or _same_cell(equal):
        return equal[0], []
    return _possible(equal)


def _possible(attempts: list[Attempt]) -> tuple[Attempt, list[str]]:
    """One of the cells that fit formula and Z alike, a likely crystal; and a note on the choice."""
    reasons = [impossible(attempt) for attempt in attempts]
    left = [one for one, reason in zip(attempts, reasons, strict=True) if not reason]
    ranked = left or sorted(attempts, key=_contacts)
    first = ranked[0]
    others = " or ".join(one.candidate.name for one in attempts if one is not first)
    text = f"the file does not tell the origin: {first.candidate.name} taken"
    if len(left) == 1:
        reason = next(reason for reason in reasons if reason)
        return first, [f"{text}; with {others}, {reason}"]
    would = "would give another crystal" + ("" if left else ", and none is a likely one")
    return first, [f"{text}, {others} {would}"]


def attempt_of(candidate: Candidate, listing: Listing, max_sites: int | None) -> Attempt:
    """The cell that a candidate makes.

    Raises:
        InputError: it makes none; as :func:`crystext.formats.asymmetric.places_of`.
    """
    rows, stated = listing.rows, listing.stated

    def fits(readings: list[Reading]) -> bool:
        content: dict[str, float] = {}
        for reading, row in zip(readings, rows, strict=True):
            images = orbit(row.position, candidate.operations, listing.matrix)
            element = "H" if reading.element in {"D", "T"} else reading.element
            content[element] = content.get(element, 0.0) + row.occupancy * len(images.coords)
        return not composition.differences(stated, content)

    pairs = [(row.symbol, row.label) for row in rows]
    readings, notes = chosen(pairs, stated.elements, listing.name, fits)
    atoms = tuple(
        _atom(row, reading, listing.charges) for row, reading in zip(rows, readings, strict=True)
    )
    unit = AsymmetricUnit(listing.cell, atoms, candidate.operations)
    places, more = places_of(unit, listing.name, max_sites=max_sites)
    carriers = tuple(
        (row.label, row.hydrogens or reading.hydrogens)
        for row, reading in zip(rows, readings, strict=True)
        if row.hydrogens or reading.hydrogens
    )
    content = content_of(unit, places)
    sites = [
        labels.Site(row.symbol, row.label, atom.element, row.position)
        for row, atom in zip(rows, atoms, strict=True)
    ]
    named = labels.other_elements(sites)
    others = [Reading(named[at]) if at in named else reading for at, reading in enumerate(readings)]
    if named and (not stated.formula or fits(others)):  # the formula is the better judge
        notes = (*notes, *labels.note(sites, named))
    return Attempt(candidate, unit, places, content, carriers, (*notes, *more))


def _atom(row: SiteRow, reading: Reading, charges: dict[str, float]) -> Atom:
    charge = None
    if charges:
        charge = charges.get(row.symbol or "", charges.get(reading.element, 0.0))
    return Atom(
        row.label,
        reading.element,
        row.position,
        row.occupancy,
        row.assembly,
        row.group,
        charge,
        row.apart,
    )


def _score(attempt: Attempt, listing: Listing) -> tuple[int, int, bool]:
    agrees = composition.agrees(listing.stated, attempt.content)
    wrong = composition.differences(listing.stated, attempt.content)
    ranks = {True: 2, None: 1, False: 0}
    order = len(attempt.candidate.operations)
    fits = multiplicity.wrong(listing.rows, attempt.places, order) is None
    return ranks[agrees], -len(wrong), fits


def impossible(attempt: Attempt) -> str:
    """Why the cell can be no crystal, empty where it can or nothing tells."""
    n_sites = sum(len(place.images.coords) for place in attempt.places)
    if n_sites > _MOST_COMPARED:
        return ""
    atoms = tuple(
        replace(atom, element="H") if atom.element in HYDROGENS else atom
        for atom in attempt.unit.atoms
    )
    structure = structure_of(replace(attempt.unit, atoms=atoms), attempt.places)
    if structure.is_ordered:
        return next((note.partition(";")[0] for note in contact_notes(structure)), "")
    return "atoms would be nearer than any bond" if _contacts(attempt) else ""


def _contacts(attempt: Attempt) -> int:
    """Pairs of full atoms that are nearer than any bond."""
    full = [
        place.images.coords
        for place in attempt.places
        if sum(attempt.unit.atoms[at].occupancy for at in place.atoms) > 0.5
    ]
    if not full or sum(map(len, full)) > _MOST_COMPARED:
        return 0
    singles = [one[None] for coords in full for one in coords]
    matrix = attempt.unit.lattice.matrix
    return sum(1 for _ in near_pairs(singles, matrix, SHORTEST))


def _same_cell(attempts: list[Attempt]) -> bool:
    """Whether all attempts put the same atoms on the same places."""
    first, *others = [
        sorted(
            (attempt.unit.atoms[place.atoms[0]].element, *np.round(one, 3).tolist())
            for place in attempt.places
            for one in np.mod(np.round(place.images.coords, 6), 1)
        )
        for attempt in attempts
    ]
    return all(other == first for other in others)
