"""Whether a label names another element than the type that is read, where no custom explains it.

A label is a name that people give, and weak evidence beside a type symbol: ``CA`` is a carbon,
``HO1`` and ``Ho`` a hydrogen of an oxygen, ``Ac1`` an atom of an acetate, ``Y1`` and ``W1`` sites
of a mineral. ``NA1`` can be a sodium or a nitrogen, but no chlorine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crystext.formats.cif.type_symbols import HEAVIEST_FOUND, HYDROGENS
from crystext.formats.tokens import is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"([A-Za-z]{1,2})(?![A-Za-z])(.*)", re.DOTALL)
_SITES = frozenset({"V", "W", "Y"})
"""Letters of sites of minerals, and of vacancies and water."""
_SITES_BESIDE = {"A": frozenset({"B", "C"})}
"""Of perovskites and the like: B and C are sites where another one is called A."""
_GROUPS = frozenset({"Ar", "Pr", "Th"})
"""Aryl, propyl and thienyl; with actinyl to nobelium, of which few crystals are made."""
_FIRST_OF_GROUPS, _URANIUM = 84, 92  # atomic numbers
_NONMETALS = frozenset(["H", "D", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"])


class Site(NamedTuple):
    """A listed atom: what it is called, the element that is read, and where it is."""

    symbol: str | None
    label: str
    element: str
    position: tuple[float, float, float]


def other_elements(sites: Sequence[Site]) -> dict[int, str]:
    """The sites whose label names another element than the one that is read, and that element.

    Args:
        sites: those without a type symbol are passed over.

    Returns:
        Elements by the place of the site.
    """
    stems = {re.sub(r"[\d_'\"]*$", "", site.label) for site in sites}
    beside = frozenset().union(*(some for letter, some in _SITES_BESIDE.items() if letter in stems))
    elements = {site.element for site in sites}
    # where the element of a label is one of several on its site
    shared: set[tuple[str, object]] = {(site.element, site.label) for site in sites}
    shared |= {(site.element, site.position) for site in sites}
    found: dict[int, str] = {}
    for at, site in enumerate(sites):
        named = _named(site.label, site.element) if site.symbol else None
        if named is None or named in beside or (named in _SITES and named not in elements):
            continue
        if (named, site.label) not in shared and (named, site.position) not in shared:
            found[at] = named
    return found


def note(sites: Sequence[Site], found: dict[int, str]) -> list[str]:
    """One line on sites that :func:`other_elements` found, none for none."""
    if not found:
        return []
    first = sites[next(iter(found))]
    more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
    doubtful = f"{first.label} is of type {first.symbol}{more}"
    return [f"label and type symbol name different elements: {doubtful}; the type is read"]


def _named(label: str, element: str) -> str | None:
    """The element that a label plainly names, ``None`` where it may be meant for this one."""
    from pymatgen.core import Element

    match = _WORD.match(label)
    if match is None:
        return None
    word, rest = match.groups()
    pair = word.capitalize()
    if (word.islower() and len(word) == 1) or pair in {"D", "T"} or not is_symbol(pair):
        return None
    letters = {pair, pair[0], *(word[1:].upper() if word[1:].isupper() else "")}
    if element in HYDROGENS:
        explained = bool(letters & HYDROGENS) or any(one in rest for one in HYDROGENS)
    else:
        explained = element in letters or element in rest
    if explained or Element(pair).Z > HEAVIEST_FOUND or _is_custom(pair, element):
        return None
    return pair


def _is_custom(named: str, element: str) -> bool:
    """Whether what is an element's symbol is a custom's name of a kind of sites."""
    from pymatgen.core import Element

    read = Element("H" if element in HYDROGENS else element)
    if (named, element) == ("W", "O"):  # water of minerals
        return True
    if read.symbol in _NONMETALS:
        heavy = Element(named).Z >= _FIRST_OF_GROUPS and Element(named).Z != _URANIUM
        return heavy or named in _GROUPS
    return (
        (named == "Re" and (read.is_rare_earth or read.symbol == "Sc"))
        or (named == "Tm" and read.is_transition_metal and not read.is_rare_earth)
        or (named == "Am" and read.is_alkali)
    )
