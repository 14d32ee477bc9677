"""Which element a species of Quantum ESPRESSO is: its label, pseudopotential and mass as judges.

``ATOMIC_SPECIES`` gives each label a mass and the file of a pseudopotential, whose name begins with
its element by custom. The program calculates what the pseudopotential is, whatever the label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.errors import ContradictionError, UnknownSpeciesError, shown
from crystext.formats.tokens import is_symbol, number

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL = re.compile(r"([A-Za-z]{1,2})(?:[\d_\-].*)?")
_FILE = re.compile(r"(?:.*/)?(?:\d{1,3}[-_.]?)?([A-Za-z]{1,2})(?![A-Za-z]).*")
_SAME_MASS = 0.02  # relative


def elements_of(lines: Sequence[str], what: str) -> tuple[dict[str, str], list[str]]:
    """Symbols by label, and notes.

    Args:
        lines: of ``ATOMIC_SPECIES``: label, mass, file.
        what: how messages call the file.

    Raises:
        ContradictionError: label and pseudopotential are of different elements, or a label stands
            there twice.
        UnknownSpeciesError: neither names an element.
    """
    found: dict[str, str] = {}
    notes: list[str] = []
    for line in lines:
        words = line.split()
        if len(words) < 3:
            continue
        label, mass, file = words[0], number(words[1]) or 0.0, words[2]
        ways = _ways(label)
        match = _FILE.fullmatch(file)
        by_file = match[1].capitalize() if match else ""
        weighs = is_symbol(by_file) and _weighs(by_file, mass)
        if by_file in ways:
            element = by_file
        elif ways and not (weighs and not any(_weighs(way, mass) for way in ways)):
            element = ways[0]
        elif ways:
            message = f"{label} of {what} has the mass {mass:g} and the pseudopotential {file}"
            raise ContradictionError(f"{message}, those of {by_file}; correct the label")
        elif weighs:
            element = by_file
            notes.append(f"{label} read as {element}, by its pseudopotential and mass")
        else:
            element = element_of_label(label, what)
        if found.setdefault(label, element) != element:
            message = f"{what} says of {label} that it is {found[label]} and {element}"
            raise ContradictionError(f"{message}; remove one line")
    return found, notes


def element_of_label(label: str, what: str) -> str:
    """The element of a label such as ``Fe1``, ``Fe_up`` or ``O-h``.

    Raises:
        UnknownSpeciesError: it names none.
    """
    if ways := _ways(label):
        return ways[0]
    message = f"{shown(label)} of {what} begins with no chemical element"
    raise UnknownSpeciesError(f"{message}; correct the label")


def _ways(label: str) -> list[str]:
    """The elements that a label can mean, the likeliest first: Co, and C for ``CO``."""
    match = _LABEL.fullmatch(label)
    if match is None:
        return []
    ways = [match[1].capitalize()]
    if len(match[1]) == 2 and match[1][1].isupper():
        ways.append(match[1][0].upper())
    return [way for way in ways if is_symbol(way) and way != "T"]


def _weighs(element: str, mass: float) -> bool:
    from pymatgen.core import Element

    own = float(Element(element).atomic_mass)
    return abs(mass - own) < _SAME_MASS * own
