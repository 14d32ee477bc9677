"""Oxidation states: those of the input, or a guess whose cost is bounded beforehand."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

from crystext.errors import OxidationGuessFailedError, OxidationGuessTooLongError

if TYPE_CHECKING:
    from pymatgen.core import Structure

MAX_ATOMS = 80  # atoms of the reduced formula, as robocrys' command line has it
MAX_STEPS = 1_500_000
"""About ten seconds: 6.5 microseconds a step were measured (C20H7, N18H) on an AMD EPYC core."""

_CHOICES_A_STEP = 60  # 0.1 microseconds a choice (Ni10Fe10Co10Mn11Cr9)


def guess_oxidation_states(structure: Structure) -> Structure:
    """Adds the likeliest oxidation states to a structure that has none.

    The guess is pymatgen's, as robocrys' command line asks for it: states that balance the charge,
    ranked by how often they occur in the ICSD. Where nothing balances, all states are zero.

    Returns:
        A new structure, or the same one where it carries oxidation states already.

    Raises:
        OxidationGuessTooLongError: there are too many combinations to try.
        OxidationGuessFailedError: the formula is too large.
    """
    if any(getattr(one, "oxi_state", None) is not None for one in structure.elements):
        return structure
    steps = _steps(structure)
    formula = structure.composition.reduced_formula
    if steps > MAX_STEPS:
        msg = (
            f"guessing oxidation states of {formula} would take {steps} steps, more than "
            f"{MAX_STEPS}; give them in the input, or use --oxidation as-given"
        )
        raise OxidationGuessTooLongError(msg)
    guessed = structure.copy()
    try:
        guessed.add_oxidation_state_by_guess(max_sites=-MAX_ATOMS)
    except ValueError as error:
        msg = (
            f"oxidation states of {formula} cannot be guessed ({error}); "
            "give them in the input, or use --oxidation as-given"
        )
        raise OxidationGuessFailedError(msg) from error
    return guessed


def _steps(structure: Structure) -> int:
    """How much work the guess is to pymatgen, without doing it.

    For each element it lists every multiset of states over its atoms and looks up every atom of
    each, then tries every choice of one sum from each element.
    """
    amounts = structure.composition.reduced_composition.get_el_amt_dict()
    if sum(amounts.values()) > MAX_ATOMS:
        return 0  # refused at once
    elements = {str(element.symbol): element for element in structure.composition.elements}
    looked_up, choices = 0, 1
    for symbol, amount in amounts.items():
        element = elements[symbol]
        states = element.icsd_oxidation_states or element.common_oxidation_states
        if not states:
            choices = 0  # nothing balances, which pymatgen finds out last
            continue
        n = int(amount)
        looked_up += n * comb(n + len(states) - 1, n)
        choices *= int(n * (max(states) - min(states))) + 1
    return looked_up + choices // _CHOICES_A_STEP
