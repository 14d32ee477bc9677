"""What all files and objects state alike: names of elements, directions of periodicity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crystext.errors import UnknownSpeciesError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymatgen.core import DummySpecies, Element, Species

_LABEL = re.compile(r"[A-Z][a-z]?\d+(\.\d+)?")
"""``C12`` is a label or an isotope, which pymatgen would read as an ion of charge 12."""


def element(name: Any) -> Species | Element | DummySpecies:
    """The element, ion or dummy that a name such as ``Fe``, ``Fe3+`` or ``X`` stands for.

    Args:
        name: a symbol, with or without an oxidation state, or an atomic number.

    Raises:
        UnknownSpeciesError: the name is not understood.
    """
    from pymatgen.core import get_el_sp

    message = f"{shown(name)} is no chemical element; correct the name or remove the site"
    if isinstance(name, str) and _LABEL.fullmatch(name):
        raise UnknownSpeciesError(message)
    try:
        return get_el_sp(name)
    except Exception as error:
        raise UnknownSpeciesError(message) from error


def periodic_notes(flags: Iterable[bool]) -> tuple[str, ...]:
    """A note where a structure is not periodic along a, b and c, nothing where it is."""
    flags = list(flags)
    if all(flags):
        return ()
    words = ", ".join("yes" if flag else "no" for flag in flags)
    return (f"periodic along a, b, c: {words}; read as periodic along all three",)
