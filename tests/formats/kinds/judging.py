"""What reading a text came to, and whether that is among what is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crystext.errors import InputError, all_codes
from crystext.reading import read_text

if TYPE_CHECKING:
    from crystext.crystal import Crystal
    from tests.formats.cif_makers import Made

SYMPREC = 0.01
ACCEPTED = ("right", "quiet", "noted", "warn", "refuse")
NO_NAMES = ("engine-failed", "bad-input", "worker-died")
"""Codes that name nothing."""


class Outcome(NamedTuple):
    """The crystals that were read, or the refusal."""

    crystals: tuple[Crystal, ...] = ()
    error: InputError | None = None

    @property
    def words(self) -> str:
        """For the message of an assertion."""
        if self.error is not None:
            return f"refused: {self.error.code}: {self.error.message}"
        found = [f"{formula_of(one)} ({number_of(one)}), {one.notes}" for one in self.crystals]
        return f"read: {'; '.join(found)}"


def outcome(text: str | bytes) -> Outcome:
    """Reads a text as CIF; any exception but a refusal passes through, as a fault."""
    try:
        return Outcome(tuple(read_text(text, fmt="cif", id="made")))
    except InputError as error:
        refusal = error
    assert refusal.code in all_codes()
    assert refusal.code not in NO_NAMES, refusal.message
    assert refusal.message
    assert "\n" not in refusal.message
    return Outcome(error=refusal)


def formula_of(crystal: Crystal) -> str:
    """The reduced formula."""
    return crystal.structure.composition.reduced_formula


def number_of(crystal: Crystal) -> int:
    """The space-group number that spglib finds, as in the description."""
    return crystal.structure.get_space_group_info(symprec=SYMPREC)[1]


def judge(
    text: str | bytes | Made,
    *accepted: str,
    formula: str | None = None,
    number: int | None = None,
    words: tuple[str, ...] = (),
) -> Outcome:
    """Asserts that reading a CIF ends in one of the accepted ways.

    Args:
        text: the CIF.
        accepted: ``right``: one crystal with this formula and number. ``quiet``: the same, and no
            note. ``noted``: the same, with a note. ``warn``: any crystal, with a note. ``refuse``:
            an error that names what is wrong.
        formula: the reduced formula; any where None.
        number: the space-group number; any where None.
        words: a refusal must hold them all, whatever the case of letters.
    """
    assert set(accepted) <= set(ACCEPTED)
    found = outcome(text if isinstance(text, (str, bytes)) else text.text())
    if found.error is not None:
        assert "refuse" in accepted, found.words
        for word in words:
            assert word.lower() in found.error.message.lower(), found.words
        return found
    notes = [note for one in found.crystals for note in one.notes]
    assert all(note.strip() and "\n" not in note for note in notes)
    if "warn" in accepted and notes:
        return found
    assert {"right", "quiet", "noted"} & set(accepted), found.words
    assert len(found.crystals) == 1, found.words
    (crystal,) = found.crystals
    assert formula in {None, formula_of(crystal)}, found.words
    assert number is None or number == number_of(crystal), found.words
    if "right" not in accepted:
        assert ("noted" if notes else "quiet") in accepted, found.words
    return found
