"""One data block as a structure: symmetry, elements and sites chosen so that the facts agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import (
    AtomsOverlapError,
    BadCifError,
    BadSymmetryError,
    ContradictionError,
    InputError,
    TooManySitesError,
    TruncatedFileError,
)
from crystext.formats.asymmetric import (
    AsymmetricUnit,
    Atom,
    Place,
    content_of,
    places_of,
    structure_of,
)
from crystext.formats.cif import facts as said_facts
from crystext.formats.cif.agreement import Statement, contradicting
from crystext.formats.cif.blocks import CUT, Block, load
from crystext.formats.cif.cell import Cell, cell_of
from crystext.formats.cif.facts import Facts
from crystext.formats.cif.kinds import is_magnetic, refuse_others
from crystext.formats.cif.sites import Row, charges_of, rows_of
from crystext.formats.cif.species import Reading, chosen
from crystext.formats.cif.symmetry import IDENTITY, Candidate, Statements, candidates
from crystext.formats.images import near_pairs, orbit
from crystext.formats.parsed import Parsed
from crystext.validation import check_lattice

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

_CONTACT = 0.95  # angstrom; atoms nearer than this speak against a choice of origin
_STRAINED = 0.01
_LACKING = 0.9  # share of the atoms that formula and Z ask for
_SAME_DENSITY = 0.02
_MOST_COMPARED = 2_000  # sites beyond which contacts do not help to choose


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
    content: Counter[str]
    carriers: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]


def read(content: str, *, max_sites: int | None = None) -> Parsed:
    """Reads one data block.

    Args:
        content: its text, from ``data_`` on.
        max_sites: the most sites that the cell may have, counted before they are made.

    Returns:
        The structure, its sites perhaps shared or partly occupied, and notes on what was doubtful.

    Raises:
        InputError: the block is no crystal, or contradicts itself; see its subclasses.
    """
    block = load(content)
    refuse_others(block)
    cell, notes = cell_of(block)
    matrix = _checked_matrix(cell, block.name)
    rows, more = rows_of(block, matrix)
    notes += more
    said, facts = Statements.of(block), Facts.of(block)
    try:
        found, more = candidates(said, matrix, block.name)
        attempt, doubts = _best(found, block, cell, rows, facts, max_sites)
    except BadSymmetryError as error:
        if said.operations:
            raise
        attempt = _as_listed(error, block, cell, rows, facts)
        more, doubts = [f"{error.message.partition(';')[0]}; the sites as listed are whole"], []
    notes += [*more, *doubts, *attempt.notes, *_symmetry_notes(attempt, said, facts, block.name)]
    notes += _hydrogen_notes(attempt, facts)
    volume = abs(float(np.linalg.det(matrix)))
    notes += said_facts.notes(facts, attempt.content, volume)
    if block.broken:
        notes.append(_check_broken(block, facts, attempt, volume))
    if is_magnetic(block):
        notes.append("magnetic structure: its nuclear cell is described, without moments")
    return Parsed(structure_of(attempt.unit, attempt.places), tuple(dict.fromkeys(notes)))


def _checked_matrix(cell: Cell, name: str) -> NDArray[np.float64]:
    matrix = _matrix(cell)
    try:
        check_lattice(matrix)
    except InputError as error:
        raise type(error)(f"{name}: {error.message}") from error
    return matrix


def _matrix(cell: Cell) -> NDArray[np.float64]:
    from pymatgen.core import Lattice

    return Lattice.from_parameters(*cell).matrix


def _best(
    found: list[Candidate],
    block: Block,
    cell: Cell,
    rows: list[Row],
    facts: Facts,
    max_sites: int | None,
) -> tuple[Attempt, list[str]]:
    """The candidate whose cell agrees best with the facts, and a note where nothing tells."""
    attempts: list[Attempt] = []
    errors: list[InputError] = []
    for candidate in found:
        try:
            attempts.append(_attempt(candidate, block, cell, rows, facts, max_sites))
        except (AtomsOverlapError, TooManySitesError) as error:
            errors.append(error)
    if not attempts:
        raise errors[0]
    if len(attempts) == 1:
        return attempts[0], []
    scores = [_score(attempt, facts) for attempt in attempts]
    best = max(scores)
    first = attempts[scores.index(best)]
    if scores.count(best) == 1 or _same_cell(attempts):
        return first, []
    others = [
        one.candidate.name
        for one, score in zip(attempts, scores, strict=True)
        if score == best and one is not first
    ]
    text = f"the file does not tell the origin: {first.candidate.name} taken"
    return first, [f"{text}, {' or '.join(others)} would give another crystal"]


def _as_listed(
    error: BadSymmetryError, block: Block, cell: Cell, rows: list[Row], facts: Facts
) -> Attempt:
    """The sites without symmetry, where formula and Z say that none is missing.

    Raises:
        BadSymmetryError: they do not; the symmetry's own error.
    """
    attempt = _attempt(Candidate(IDENTITY, "symbol"), block, cell, rows, facts, None)
    if said_facts.agrees(facts, attempt.content) is not True:
        raise error
    return attempt


def _attempt(
    candidate: Candidate,
    block: Block,
    cell: Cell,
    rows: list[Row],
    facts: Facts,
    max_sites: int | None,
) -> Attempt:
    operations = candidate.operations
    matrix = _matrix(cell)

    def fits(readings: list[Reading]) -> bool:
        content: dict[str, float] = {}
        for reading, row in zip(readings, rows, strict=True):
            images = orbit(
                np.array(row.position), operations.rotations, operations.translations, matrix, 0.05
            )
            element = "H" if reading.element in {"D", "T"} else reading.element
            content[element] = content.get(element, 0.0) + row.occupancy * len(images.coords)
        return not said_facts.differences(facts, content)

    pairs = [(row.symbol, row.label) for row in rows]
    readings, notes = chosen(pairs, facts.elements, block.name, fits)
    charges = charges_of(block)
    atoms = tuple(_atom(row, reading, charges) for row, reading in zip(rows, readings, strict=True))
    unit = AsymmetricUnit(cell, atoms, operations.rotations, operations.translations)
    places, more = places_of(unit, block.name, max_sites=max_sites)
    carriers = tuple(
        (row.label, row.hydrogens or reading.hydrogens)
        for row, reading in zip(rows, readings, strict=True)
        if row.hydrogens or reading.hydrogens
    )
    content = content_of(unit, places)
    return Attempt(candidate, unit, places, content, carriers, (*notes, *more))


def _atom(row: Row, reading: Reading, charges: dict[str, float]) -> Atom:
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


def _score(attempt: Attempt, facts: Facts) -> tuple[int, int, int]:
    agrees = said_facts.agrees(facts, attempt.content)
    wrong = said_facts.differences(facts, attempt.content)
    ranks = {True: 2, None: 1, False: 0}
    return ranks[agrees], -len(wrong), -_contacts(attempt)


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
    return sum(1 for _ in near_pairs(singles, matrix, _CONTACT))


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


def _symmetry_notes(attempt: Attempt, said: Statements, facts: Facts, name: str) -> list[str]:
    """Notes on statements about the symmetry that do not fit the group that was taken.

    Raises:
        ContradictionError: formula and Z speak against it as well.
    """
    agrees = said_facts.agrees(facts, attempt.content)
    source = attempt.candidate.source
    if len(attempt.candidate.operations) == 1 and source == "symbol":
        return []  # the sites as listed, see above
    if source == "nothing":
        if agrees is False and _lacks_atoms(facts, attempt.content):
            wanted = sum(facts.formula.values()) * (facts.z or 1)
            message = f"{name} gives no symmetry and {sum(attempt.content.values()):g} atoms"
            remedy = "list the symmetry operations"
            raise ContradictionError(f"{message}, its formula and Z ask for {wanted:g}; {remedy}")
        return [] if agrees else ["no symmetry is given; read as P 1"]
    other = contradicting(attempt.candidate, said)
    if other is None or _lists_whole_cell(attempt, other):
        return []
    if agrees is False:
        verb = "say" if source == "operations" else "says"
        message = f"{name} says {other.text}, its {source} {verb} otherwise"
        reason = "and formula and Z do not fit either"
        raise ContradictionError(f"{message}, {reason}; correct one of them")
    verb = "contradict" if source == "operations" else "contradicts"
    return [f"the file says {other.text}, which its {source} {verb}; read by the {source}"]


def _lists_whole_cell(attempt: Attempt, statement: Statement) -> bool:
    """Whether a file without symmetry lists all that the stated group would make: no harm done."""
    if len(attempt.candidate.operations) > 1:
        return False
    n_sites = sum(len(place.images.coords) for place in attempt.places)
    unit = attempt.unit
    for group in statement.groups:
        if group.strain(unit.lattice.matrix) > _STRAINED:
            continue
        whole = AsymmetricUnit(unit.cell, unit.atoms, group.rotations, group.translations)
        try:
            places, _ = places_of(whole, "", max_sites=n_sites)
        except InputError:
            continue
        if sum(len(place.images.coords) for place in places) == n_sites:
            return True
    return False


def _lacks_atoms(facts: Facts, content: Counter[str]) -> bool:
    heavy = sum(n for element, n in facts.formula.items() if element != "H")
    found = sum(n for element, n in content.items() if element != "H")
    return found < _LACKING * heavy * (facts.z or 1)


def _hydrogen_notes(attempt: Attempt, facts: Facts) -> list[str]:
    """A note on hydrogens that the file names without positions, unless the formula has none."""
    lacking = said_facts.differences(facts, attempt.content).get("H", 0.0) < 0
    if not attempt.carriers or (facts.formula and not lacking):
        return []
    label, n = attempt.carriers[0]
    more = f" and of {len(attempt.carriers) - 1} more" if len(attempt.carriers) > 1 else ""
    return [f"the {n} H of {label}{more} have no positions and are missing from the description"]


def _check_broken(block: Block, facts: Facts, attempt: Attempt, volume: float) -> str:
    """What was read in spite of broken syntax needs a witness: formula and Z, or the density.

    Returns:
        A note.

    Raises:
        TruncatedFileError: there is none, and a loop ends inside a row.
        BadCifError: there is none.
    """
    content = attempt.content
    confirmed = said_facts.agrees(facts, content)
    if confirmed is None and facts.formula and facts.density is not None:
        off = abs(said_facts.density(content, volume) / facts.density - 1)
        confirmed = not said_facts.differences(facts, content) and off < _SAME_DENSITY
    if not confirmed:
        kind = TruncatedFileError if block.broken == CUT else BadCifError
        reason = "neither formula and Z nor the density confirm its sites"
        raise kind(f"{block.name} {block.broken}, and {reason}; export it again")
    return f"the file {block.broken}; formula and Z or density confirm what was read"
