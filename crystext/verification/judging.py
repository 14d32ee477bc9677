"""Claims beside what is known: true, false, or not to be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.verification.claims import Claim, Judged, Judgement, Kind
from crystext.verification.families import is_of
from crystext.verification.knowledge import amounts_of, known_group, plain_mineral
from crystext.verification.vocabulary import SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.verification.knowledge import Knowledge

    Answer = tuple[bool | None, object]
    """Whether a claim is right, ``None`` where that cannot be told, and what is known instead."""

_DEGREE = 1
SHAPE_NAMES = frozenset(SHAPES.values())


def judge(claim: Claim, known: Knowledge, tolerance: float) -> Judged:
    """One claim; a bond length may be off by the tolerance, in angstrom, beside its rounding."""
    if claim.kind is Kind.BOND_LENGTH:
        right, found = _length(claim, known, tolerance)
    else:
        right, found = _JUDGES[claim.kind](claim, known)
    judgement = Judgement.CANNOT_TELL
    if right is not None:
        judgement = Judgement.TRUE if right else Judgement.FALSE
    if isinstance(found, set | list):
        found = ", ".join(map(str, sorted(found))) or "none"
    return Judged(claim, judgement, str(found))


def _space_group(claim: Claim, known: Knowledge) -> Answer:
    symbol, number = known.description.space_group_symbol, known.description.space_group_number
    found = f"{symbol} ({number})"
    if claim.value in (symbol, number):
        return True, found
    claimed = claim.value if isinstance(claim.value, int) else known_group(str(claim.value))
    return (None if claimed is None else claimed == number), found


def _component(claim: Claim, known: Knowledge) -> Answer:
    there = known.components.get(claim.subject, set())
    return claim.value in there, there or sorted(known.components)


def _among(claim: Claim, held: dict[str, set], known: Knowledge) -> Answer:
    """Whether one of the sites of a species, or with a neighbour, has what is claimed."""
    key = claim.subject
    if not key:  # of any site
        return any(claim.value in one for one in held.values()), set().union(*held.values())
    if key in held:
        return claim.value in held[key], held[key]
    own, _, other = key.partition("-")
    if other and own in known.amounts and other in known.amounts:
        return False, "none"
    return (False if own not in known.amounts else None), f"no {key}"


def _geometry(claim: Claim, known: Knowledge) -> Answer:
    """A word such as "bent" stands for each of several geometries."""
    answers = [
        _among(replace(claim, value=one), known.geometries, known)
        for one in str(claim.value).split(" or ")
    ]
    return next((one for one in answers if one[0]), answers[0])


def _connectivity(claim: Claim, known: Knowledge) -> Answer:
    """Of the polyhedra of a formula, of all of a shape, or of any; what, only what, or what not."""
    held, value = known.connectivity, str(claim.value)
    if claim.subject in SHAPE_NAMES:
        held = {
            formula: kinds
            for formula, kinds in held.items()
            if claim.subject in known.polyhedra.get(formula, ())
        }
        claim = replace(claim, subject="")
    if " " not in value:
        return _of_polyhedra(claim, held)
    subjects = [claim.subject] if claim.subject else sorted(held)
    told = set().union(*(held.get(one, set()) for one in subjects))
    alike = set().union(*(known.alike.get(one, set()) for one in subjects))
    word, _, rest = value.partition(" ")
    if not told:
        return False, "no connected polyhedra"
    if word == "no":  # of those that are alike, if of all it is not so
        return rest not in told or (rest not in alike and None), told
    return set(rest.split(", ")) in (told, alike), told


def _of_polyhedra(claim: Claim, held: dict[str, set[str]]) -> Answer:
    if not claim.subject:  # of any
        found = set().union(*held.values())
        return claim.value in found, found or "no polyhedra"
    if claim.subject not in held:
        return False, sorted(held) or "no polyhedra"
    return claim.value in held[claim.subject], held[claim.subject]


def _length(claim: Claim, known: Knowledge, tolerance: float) -> Answer:
    lengths = known.lengths.get(claim.subject)
    if not lengths:
        return False, "no such bond"
    nearest = min(lengths, key=lambda one: abs(one - float(claim.value)))
    return abs(nearest - float(claim.value)) <= tolerance + claim.rounding + 1e-9, f"{nearest:.3f}"


def _tilt(claim: Claim, known: Knowledge) -> Answer:
    if not known.tilts:
        return False, "no corner-sharing octahedra"
    nearest = min(known.tilts, key=lambda one: abs(one - int(claim.value)))
    return abs(nearest - int(claim.value)) <= _DEGREE, nearest


_JUDGES: dict[Kind, Callable[[Claim, Knowledge], Answer]] = {
    Kind.FORMULA: lambda claim, known: (
        amounts_of(str(claim.value)) == known.amounts,
        known.description.formula,
    ),
    Kind.ELEMENT: lambda claim, known: (claim.value in known.amounts, sorted(known.amounts)),
    Kind.MINERAL: lambda claim, known: (
        plain_mineral(str(claim.value)) == (known.mineral or "none"),
        known.mineral or "none is known",
    ),
    Kind.PROTOTYPE: lambda claim, known: (
        is_of(known.named, str(claim.value)),
        known.named or "none is known",
    ),
    Kind.CRYSTAL_SYSTEM: lambda claim, known: (
        claim.value == known.description.crystal_system,
        known.description.crystal_system,
    ),
    Kind.SPACE_GROUP: _space_group,
    Kind.DIMENSIONALITY: lambda claim, known: (
        claim.value == known.description.dimensionality,
        known.description.dimensionality,
    ),
    Kind.COMPONENT: _component,
    Kind.COUNT: lambda claim, known: (
        claim.value in known.counts.get(claim.subject, ()),
        known.counts.get(claim.subject, set()),
    ),
    Kind.SITES: lambda claim, known: _among(claim, known.kinds, known),
    Kind.COORDINATION: lambda claim, known: _among(claim, known.coordination, known),
    Kind.NEIGHBOUR: lambda claim, known: _among(claim, known.neighbours, known),
    Kind.GEOMETRY: _geometry,
    Kind.POLYHEDRA: lambda claim, known: _of_polyhedra(claim, known.polyhedra),
    Kind.CONNECTIVITY: _connectivity,
    Kind.TILT: _tilt,
}
