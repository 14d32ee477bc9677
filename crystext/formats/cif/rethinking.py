"""Where the facts of a CIF contradict the cell that its symmetry makes: a reading that fits all.

Each of these needs a witness, the formula, Z, or a distance that no bond has, and leaves a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.errors import InputError
from crystext.formats.cif import composition
from crystext.formats.cif.agreement import same_but_for_origin
from crystext.formats.cif.attempts import Attempt, Listing, attempt_of, impossible
from crystext.formats.cif.symmetry import AS_LISTED, IDENTITY, Candidate
from crystext.formats.operations import STRAINED

if TYPE_CHECKING:
    from crystext.formats.cif.symmetry import Statements
    from crystext.formats.operations import Operations


def rethought(
    taken: Attempt, said: Statements, listing: Listing, max_sites: int | None
) -> tuple[Attempt, list[str]] | None:
    """A reading that fits what the file says where the one that was taken does not.

    Returns:
        The better attempt and a note on it, ``None`` where there is none.
    """
    return (
        other_origin(taken, said, listing, max_sites)
        or all_operations(taken, said, listing, max_sites)
        or whole_cell(taken, listing)
    )


def all_operations(
    taken: Attempt, said: Statements, listing: Listing, max_sites: int | None
) -> tuple[Attempt, list[str]] | None:
    """The symbol's operations where those listed lack some, and formula and Z ask for all.

    Some programs list no centring translations. Where only these lack, atoms too far apart or too
    near are witness enough. The identity alone says that the whole cell is listed.

    Returns:
        The better attempt and a note on it, ``None`` where there is none.
    """
    listed = taken.candidate.operations
    if taken.candidate.source != "operations" or len(listed) < 2 or not said.symbol:
        return None
    agrees = composition.agrees(listing.stated, taken.content)
    if agrees:
        return None
    for setting in said.origins():
        group = setting.operations
        if not listed.keys < group.keys or group.strain(listing.matrix) >= STRAINED:
            continue
        try:
            attempt = attempt_of(Candidate(group, "symbol", setting.name), listing, max_sites)
        except InputError:
            continue
        lacking = f"the listed operations lack some of {setting.name}"
        if composition.agrees(listing.stated, attempt.content):
            return attempt, [f"{lacking}, with which formula and Z agree; all are read"]
        may_lack = agrees is None and _same_rotations(listed, group) and not impossible(attempt)
        if may_lack and (reason := impossible(taken)):
            return attempt, [f"{lacking}, and without these {reason}; all are read"]
    return None


def _same_rotations(one: Operations, other: Operations) -> bool:
    """Whether two groups differ in centring translations alone."""
    kinds = [
        {tuple(rotation.ravel().tolist()) for rotation in group.rotations} for group in (one, other)
    ]
    return kinds[0] == kinds[1]


def as_listed(error: InputError, listing: Listing) -> Attempt:
    """The sites without symmetry, where formula and Z say that none is missing.

    Raises:
        InputError: they do not; the error that was given.
    """
    attempt = attempt_of(Candidate(IDENTITY, AS_LISTED), listing, None)
    if composition.agrees(listing.stated, attempt.content) is not True:
        raise error
    return attempt


def other_origin(
    taken: Attempt, said: Statements, listing: Listing, max_sites: int | None
) -> tuple[Attempt, list[str]] | None:
    """Where the formula contradicts the listed operations: the symbol's other origin, if it fits.

    Returns:
        The better attempt and a note on it, ``None`` where there is none.
    """
    if taken.candidate.source != "operations":
        return None
    if not composition.differences(listing.stated, taken.content):
        return None
    for setting in said.origins():
        group = setting.operations
        if ":" not in setting.name or not same_but_for_origin(group, taken.candidate.operations):
            continue
        try:
            attempt = attempt_of(Candidate(group, "symbol", setting.name), listing, max_sites)
        except InputError:
            continue
        if group.strain(listing.matrix) < STRAINED and not composition.differences(
            listing.stated, attempt.content
        ):
            note = f"the formula contradicts the listed operations; those of {setting.name} fit it"
            return attempt, [note]
    return None


def whole_cell(taken: Attempt, listing: Listing) -> tuple[Attempt, list[str]] | None:
    """The sites as listed, where they fit formula and Z, and what symmetry makes of them does not.

    Programs write relaxed cells whole, with the symmetry that they had before. Without Z, copies
    that were merged must tell that the cell is whole.

    Returns:
        The better attempt and a note on it, ``None`` where there is none.
    """
    stated = listing.stated
    copies = sum(len(place.atoms) for place in taken.places) < len(listing.rows)
    wrong = composition.differences(stated, taken.content)
    if not (wrong and copies) and composition.agrees(stated, taken.content) is not False:
        return None
    try:
        attempt = attempt_of(Candidate(IDENTITY, AS_LISTED), listing, None)
    except InputError:
        return None
    fits = composition.agrees(stated, attempt.content)
    if composition.differences(stated, attempt.content) or fits is False or not (fits or copies):
        return None
    facts = "formula and Z contradict" if fits else "the formula contradicts"
    text = f"{facts} the {taken.candidate.source} of the space group"
    return attempt, [f"{text}; the sites as listed fit it and are read without symmetry"]
