"""Names that chemists give to groups of elements and of compounds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

GROUPS = {
    "alkali": frozenset({"Li", "Na", "K", "Rb", "Cs", "Fr"}),
    "alkaline-earth": frozenset({"Be", "Mg", "Ca", "Sr", "Ba", "Ra"}),
    "chalcogenide": frozenset({"S", "Se", "Te"}),
    "halide": frozenset({"F", "Cl", "Br", "I"}),
    "pnictide": frozenset({"N", "P", "As", "Sb", "Bi"}),
    "rare-earth": frozenset(
        {"Sc", "Y", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm"}
        | {"Yb", "Lu"}
    ),
    "actinide": frozenset(
        {"Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr"}
    ),
}
"""A crystal is of a group if it has one of its elements."""
COUNTS = {1: "elemental", 2: "binary", 3: "ternary", 4: "quaternary", 5: "quinary"}
INTERMETALLIC, TRANSITION_METAL = "intermetallic", "transition-metal"
WORDS = {
    "alkali": r"alkali(?:ne)?(?![- ]earth)(?:[- ]metal)?s?",
    "alkaline-earth": r"alkaline[- ]earth(?:[- ]metal)?s?",
    "chalcogenide": r"(?:di|tri|tetra)?chalcogenides?|chalcogens?",
    "halide": r"(?:di|tri|tetra)?halides?|halogens?",
    "pnictide": r"pnictides?|pnictogens?",
    "rare-earth": r"rare[- ]earths?|lanthan(?:ide|oid)s?",
    "actinide": r"actinides?",
    INTERMETALLIC: r"intermetallics?|alloys?",
    TRANSITION_METAL: r"transition[- ]metals?",
    "elemental": r"elemental|unary|pure element",
    "binary": r"binary|binaries",
    "ternary": r"ternary|ternaries",
    "quaternary": r"quaternary|quaternaries",
    "quinary": r"quinary",
}
"""How people write each, as a pattern."""
ANION_CLASSES = frozenset({"chalcogenide", "halide", "pnictide", INTERMETALLIC})
"""Those that compounds are called after, as by an anion."""


def classes_of(elements: Collection[str]) -> set[str]:
    """The groups that a crystal of these elements is of.

    >>> sorted(classes_of({"Na", "Cl"}))
    ['alkali', 'binary', 'halide']
    """
    found = {name for name, members in GROUPS.items() if members & set(elements)}
    if len(elements) in COUNTS:
        found.add(COUNTS[len(elements)])
    metals, transition = _metals()
    if transition & set(elements):
        found.add(TRANSITION_METAL)
    if len(elements) > 1 and set(elements) <= metals:
        found.add(INTERMETALLIC)
    return found


@cache
def _metals() -> tuple[frozenset[str], frozenset[str]]:
    from pymatgen.core import Element

    return (
        frozenset(one.symbol for one in Element if one.is_metal),
        frozenset(one.symbol for one in Element if one.is_transition_metal),
    )
