"""One data block as a structure: symmetry, elements and sites chosen so that the facts agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import (
    AtomsOverlapError,
    BadCifError,
    BadSymmetryError,
    ContradictionError,
    InputError,
    TruncatedFileError,
)
from crystext.formats.asymmetric import places_of, structure_of
from crystext.formats.cif import composition, multiplicity
from crystext.formats.cif.agreement import Statement, contradicting
from crystext.formats.cif.attempts import Attempt, Listing, best
from crystext.formats.cif.blocks import CUT, Block, load
from crystext.formats.cif.cell import Cell, cell_of
from crystext.formats.cif.composition import StatedComposition
from crystext.formats.cif.kinds import is_magnetic, refuse_others
from crystext.formats.cif.rethinking import as_listed, rethought
from crystext.formats.cif.sites import SiteRow, charges_of, rows_of
from crystext.formats.cif.symmetry import AS_LISTED, Statements, candidates
from crystext.formats.operations import STRAINED
from crystext.formats.parsed import Parsed
from crystext.validation import check_lattice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_LACKING = 0.9  # share of the atoms that formula and Z ask for
_SAME_DENSITY = 0.02  # relative
_EXPORT = "mend it there or export it again"


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
    rows, more = _rows(block, matrix)
    notes += [*block.notes, *more]
    said, stated = Statements.of(block), StatedComposition.of(block)
    listing = Listing(block.name, cell, matrix, rows, charges_of(block), stated)
    try:
        found, more = candidates(said, matrix, block.name)
        attempt, doubts = best(found, listing, max_sites)
        if other := rethought(attempt, said, listing, max_sites):
            attempt, doubts = other
    except (AtomsOverlapError, BadSymmetryError) as error:
        if said.operations and isinstance(error, BadSymmetryError):
            raise
        attempt = as_listed(error, listing)
        more, doubts = [f"{error.message.partition(';')[0]}; the sites as listed are whole"], []
    notes += [*more, *doubts, *attempt.notes, *_symmetry_notes(attempt, said, stated, block.name)]
    notes += _hydrogen_notes(attempt, stated)
    volume = abs(float(np.linalg.det(matrix)))
    if not stated.formula:  # the better judge
        order = len(attempt.candidate.operations)
        notes += multiplicity.note(rows, attempt.places, order)
    notes += composition.notes(stated, attempt.content, volume)
    if block.broken:
        notes.append(_check_broken(block, stated, attempt, volume))
    if is_magnetic(block):
        notes.append("magnetic structure: its nuclear cell is described, without moments")
    return Parsed(structure_of(attempt.unit, attempt.places), tuple(dict.fromkeys(notes)))


def _rows(block: Block, matrix: NDArray[np.float64]) -> tuple[list[SiteRow], list[str]]:
    """What :func:`rows_of` gives; of a broken syntax its first fault is told."""
    try:
        return rows_of(block, matrix)
    except BadCifError as error:
        if block.broken and block.broken != CUT:
            raise BadCifError(f"{block.name} {block.broken}; {_EXPORT}") from error
        raise


def _checked_matrix(cell: Cell, name: str) -> NDArray[np.float64]:
    from pymatgen.core import Lattice

    matrix = Lattice.from_parameters(*cell).matrix
    try:
        check_lattice(matrix)
    except InputError as error:
        raise type(error)(f"{name}: {error.message}") from error
    return matrix


def _symmetry_notes(
    attempt: Attempt, said: Statements, stated: StatedComposition, name: str
) -> list[str]:
    """Notes on statements about the symmetry that do not fit the group that was taken.

    Raises:
        ContradictionError: formula and Z speak against it as well.
    """
    agrees = composition.agrees(stated, attempt.content)
    source = attempt.candidate.source
    if source == AS_LISTED:
        return []
    if source == "nothing":
        if agrees is False and _lacks_atoms(stated, attempt.content):
            wanted = sum(stated.formula.values()) * (stated.z or 1)
            message = f"{name} gives no symmetry and {sum(attempt.content.values()):g} atoms"
            remedy = "list the symmetry operations"
            raise ContradictionError(f"{message}, its formula and Z ask for {wanted:g}; {remedy}")
        return [] if agrees else ["no symmetry is given; read as P 1"]
    others = contradicting(attempt.candidate, said, attempt.unit.lattice.matrix)
    other = next((one for one in others if not _lists_whole_cell(attempt, one)), None)
    if other is None:
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
        if group.strain(unit.lattice.matrix) > STRAINED:
            continue
        whole = replace(unit, group=group)
        try:
            places, _ = places_of(whole, "", max_sites=n_sites)
        except InputError:
            continue
        if sum(len(place.images.coords) for place in places) == n_sites:
            return True
    return False


def _lacks_atoms(stated: StatedComposition, content: Mapping[str, float]) -> bool:
    heavy = sum(n for element, n in stated.formula.items() if element != "H")
    found = sum(n for element, n in content.items() if element != "H")
    return found < _LACKING * heavy * (stated.z or 1)


def _hydrogen_notes(attempt: Attempt, stated: StatedComposition) -> list[str]:
    """A note on hydrogens that the file names without positions, unless the formula has none."""
    lacking = composition.differences(stated, attempt.content).get("H", 0.0) < 0
    if not attempt.carriers or (stated.formula and not lacking):
        return []
    label, n = attempt.carriers[0]
    more = f" and of {len(attempt.carriers) - 1} more" if len(attempt.carriers) > 1 else ""
    return [f"the {n:g} H of {label}{more} have no positions and are missing from the description"]


def _check_broken(block: Block, stated: StatedComposition, attempt: Attempt, volume: float) -> str:
    """What was read in spite of broken syntax needs a witness: formula and Z, or the density.

    Returns:
        A note.

    Raises:
        TruncatedFileError: there is none, and a loop ends inside a row.
        BadCifError: there is none.
    """
    content = attempt.content
    confirmed = composition.agrees(stated, content)
    if confirmed is None and stated.formula and stated.density is not None:
        off = abs(composition.density(content, volume) / stated.density - 1)
        confirmed = not composition.differences(stated, content) and off < _SAME_DENSITY
    if not confirmed:
        kind = TruncatedFileError if block.broken == CUT else BadCifError
        reason = "neither formula and Z nor the density confirm its sites"
        raise kind(f"{block.name} {block.broken}, and {reason}; {_EXPORT}")
    return f"the file {block.broken}; formula and Z or density confirm what was read"
