"""Claims beside what is known: true, false, or not to be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.verification.claims import Claim, Judged, Judgement, Kind
from crystext.verification.knowledge import amounts_of, plain_mineral
from crystext.verification.patterns import space_group_number
from crystext.verification.vocabulary import FORMS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crystext.verification.knowledge import Knowledge

    Answer = tuple[bool | None, object]
    """Whether a claim is right, ``None`` where that cannot be told, and what is known instead."""

_ROUNDING = 0.005  # angstrom, of a length with two decimals
_DEGREE = 1


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
    claimed = claim.value if isinstance(claim.value, int) else space_group_number(str(claim.value))
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
        for one in FORMS.get(str(claim.value), (claim.value,))
    ]
    return next((one for one in answers if one[0]), answers[0])


def _connectivity(claim: Claim, known: Knowledge) -> Answer:
    """Of the polyhedra of a formula, of all of a shape ("edge-sharing octahedra"), or of any."""
    if claim.subject not in SHAPES:
        return _of_polyhedra(claim, known.connectivity)
    shaped = {
        formula: known.connectivity.get(formula, set())
        for formula, shapes in known.polyhedra.items()
        if claim.subject in shapes
    }
    found = set().union(*shaped.values())
    return claim.value in found, found or f"no connected {claim.subject}"


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
    return abs(nearest - float(claim.value)) <= tolerance + _ROUNDING + 1e-9, f"{nearest:.3f}"


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
    Kind.SITES: lambda claim, known: _among(claim, known.kinds, known),
    Kind.COORDINATION: lambda claim, known: _among(claim, known.coordination, known),
    Kind.NEIGHBOUR: lambda claim, known: _among(claim, known.neighbours, known),
    Kind.GEOMETRY: _geometry,
    Kind.POLYHEDRA: lambda claim, known: _of_polyhedra(claim, known.polyhedra),
    Kind.CONNECTIVITY: _connectivity,
    Kind.TILT: _tilt,
}
