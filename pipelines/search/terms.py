"""The facts of a crystal as terms, which a query asks for by the same names.

A term is a kind and what is said, such as ``element:S`` or ``shape:Ti:octahedra``. The facts are
those by which :mod:`crystext.verification` judges a text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.pipelines.search.classes import classes_of
from crystext.verification.knowledge import pair

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crystext.verification.knowledge import Knowledge

TILTED, UNTILTED = "tilted", "not tilted"
GROUP = "space group:"
MINERAL = "mineral:"
PROTOTYPE = "prototype:"
"""Before the whole name of a prototype, beside which ``mineral:`` has parts and families."""


def terms_of(known: Knowledge) -> set[str]:
    """All terms that hold of a crystal."""
    return set(_terms(known))


def _terms(known: Knowledge) -> Iterator[str]:
    elements = sorted(known.amounts)
    yield formula(known.amounts)
    yield from (f"element:{one}" for one in elements)
    yield f"system of elements:{'-'.join(elements)}"
    yield from (f"class:{one}" for one in classes_of(elements))
    yield from (f"mineral:{one}" for one in mineral_names(known.mineral))
    if known.mineral:
        yield f"{PROTOTYPE}{known.mineral}"
    yield f"crystal system:{known.description.crystal_system}"
    yield f"{GROUP}{known.description.space_group_number}"
    yield f"dimensionality:{known.description.dimensionality}"
    for noun, names in known.components.items():
        yield f"component:{noun}"
        yield from (f"component:{noun}:{name}" for name in names)
    for own, counts in known.kinds.items():
        yield from (f"sites:{own}:{one}" for one in counts)
    for own, counts in known.coordination.items():
        yield from (f"coordination:{own}:{one}" for one in counts)
        yield from (f"coordination:{one}" for one in counts)
    for own, names in known.geometries.items():
        yield from (f"geometry:{own}:{one}" for one in names)
        yield from (f"geometry:{one}" for one in names)
    for species, counts in known.neighbours.items():
        yield f"bond:{pair(*species.split('-'))}"
        yield from (f"neighbours:{species}:{one}" for one in counts)
    yield from _polyhedra(known)
    if known.tilts:
        yield f"octahedra:{TILTED if max(known.tilts) else UNTILTED}"


def _polyhedra(known: Knowledge) -> Iterator[str]:
    """Shapes by formula, by the element in the middle, and how they touch."""
    for name, shapes in known.polyhedra.items():
        centre = _centre(name, known.amounts)
        for shape in shapes:
            yield f"shape:{shape}"
            yield f"shape:{name}:{shape}"
            yield f"shape:{centre}:{shape}"
        for kind in known.connectivity.get(name, ()):
            yield f"sharing:{kind}"
            yield f"sharing:{name}:{kind}"
            yield f"sharing:{centre}:{kind}"
            yield from (f"sharing:{shape}:{kind}" for shape in shapes)


def _centre(name: str, elements: Iterable[str]) -> str:
    """The element that a polyhedron's formula begins with."""
    return max((one for one in elements if name.startswith(one)), key=len, default=name[:1])


def formula(amounts: dict[str, float]) -> str:
    """The term of a formula, whatever the order of its elements.

    >>> formula({"Na": 1.0, "Cl": 1.0})
    'formula:Cl1 Na1'
    """
    return "formula:" + " ".join(f"{one}{amounts[one]:g}" for one in sorted(amounts))


def mineral_names(mineral: str | None) -> list[str]:
    """A prototype's names: whole, what commas part, and the family that it is of.

    >>> mineral_names("halite, rock salt")
    ['halite, rock salt', 'halite', 'rock salt']
    >>> mineral_names("(cubic) perovskite")
    ['(cubic) perovskite', 'cubic perovskite', 'perovskite']
    """
    if mineral is None:
        return []
    found = [mineral]
    for part in [mineral] if "(" in mineral else mineral.split(","):
        plain = " ".join(re.sub(r"[()]", " ", part).split())
        found += [plain, *(one for one in _FAMILIES if re.search(rf"\b{one}\b", plain))]
    return list(dict.fromkeys(filter(None, found)))


_FAMILIES = (
    *("perovskite", "laves", "heusler", "omega", "quartz", "cristobalite", "tridymite", "graphite"),
    *("max phase", "moissanite", "zintl phase", "bainite"),
)
