"""Claims beside what is known: true, false, or not to be told."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from crystext.verification.claims import Claim, Judged, Judgement, Kind
from crystext.verification.knowledge import amounts_of, plain_mineral

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from crystext.verification.knowledge import Knowledge

    Verdict = tuple[bool | None, object]
    Judge = Callable[[Claim, Knowledge, float], Verdict]

_ROUNDING = 0.005  # angstrom, of a length with two decimals
_DEGREE = 1


def judge(claim: Claim, known: Knowledge, tolerance: float) -> Judged:
    """One claim.

    Args:
        claim: of the text.
        known: of the structure.
        tolerance: in angstrom, by which a bond length may be off beside its rounding.
    """
    right, found = _JUDGES[claim.kind](claim, known, tolerance)
    judgement = Judgement.CANNOT_TELL
    if right is not None:
        judgement = Judgement.TRUE if right else Judgement.FALSE
    return Judged(claim, judgement, _said(found))


def _formula(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    return amounts_of(str(claim.value)) == known.amounts, known.formula


def _element(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    return claim.value in known.amounts, sorted(known.amounts)


def _mineral(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    claimed = plain_mineral(str(claim.value))
    return claimed == (known.mineral or "none"), known.mineral or "none is known"


def _system(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    return claim.value == known.crystal_system, known.crystal_system


def _space_group(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    found = f"{known.space_group_symbol} ({known.space_group_number})"
    if isinstance(claim.value, int):
        return claim.value == known.space_group_number, found
    if claim.value == known.space_group_symbol:
        return True, found
    number = _number_of(str(claim.value))
    return (None if number is None else number == known.space_group_number), found


@cache
def _number_of(symbol: str) -> int | None:
    import gemmi

    group = gemmi.find_spacegroup_by_name(symbol.replace("_", ""))
    return None if group is None else group.number


def _dimensionality(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    return claim.value == known.dimensionality, known.dimensionality


def _component(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    there = known.components.get(claim.subject, set())
    return claim.value in there, there or sorted(known.components)


def _among(table: str) -> Judge:
    """Whether one of the sites of a species has what is claimed."""

    def judged(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
        held: dict[Any, set] = getattr(known, table)
        key: Any = claim.subject
        if table == "neighbours":
            own, _, other = claim.subject.partition("-")
            key = (own, other)
            if own in known.amounts and other in known.amounts and key not in held:
                return False, "none"
        if not key:  # of any site
            return any(claim.value in one for one in held.values()), set().union(*held.values())
        if key not in held:
            own = claim.subject.partition("-")[0]
            return (False if own not in known.amounts else None), f"no {claim.subject}"
        return claim.value in held[key], held[key]

    return judged


def _polyhedra(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    if claim.subject not in known.polyhedra:
        return False, sorted(known.polyhedra) or "no polyhedra"
    return claim.value in known.polyhedra[claim.subject], known.polyhedra[claim.subject]


def _connectivity(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    if not claim.subject:
        kinds = set().union(*known.connectivity.values())
        return claim.value in kinds, kinds or "no polyhedra"
    if claim.subject not in known.connectivity:
        return False, sorted(known.connectivity) or "no polyhedra"
    return claim.value in known.connectivity[claim.subject], known.connectivity[claim.subject]


def _length(claim: Claim, known: Knowledge, tolerance: float) -> Verdict:
    first, _, second = claim.subject.partition("-")
    lengths = known.lengths.get((first, second), set())
    if not lengths:
        return False, "no such bond"
    nearest = min(lengths, key=lambda one: abs(one - float(claim.value)))
    return abs(nearest - float(claim.value)) <= tolerance + _ROUNDING + 1e-9, f"{nearest:.3f}"


def _tilt(claim: Claim, known: Knowledge, _tolerance: float) -> Verdict:
    if not known.tilts:
        return False, "no corner-sharing octahedra"
    nearest = min(known.tilts, key=lambda one: abs(one - int(claim.value)))
    return abs(nearest - int(claim.value)) <= _DEGREE, nearest


_JUDGES: dict[Kind, Judge] = {
    Kind.FORMULA: _formula,
    Kind.ELEMENT: _element,
    Kind.MINERAL: _mineral,
    Kind.CRYSTAL_SYSTEM: _system,
    Kind.SPACE_GROUP: _space_group,
    Kind.DIMENSIONALITY: _dimensionality,
    Kind.COMPONENT: _component,
    Kind.SITES: _among("kinds"),
    Kind.COORDINATION: _among("coordination"),
    Kind.NEIGHBOUR: _among("neighbours"),
    Kind.GEOMETRY: _among("geometries"),
    Kind.POLYHEDRA: _polyhedra,
    Kind.CONNECTIVITY: _connectivity,
    Kind.BOND_LENGTH: _length,
    Kind.TILT: _tilt,
}


def _said(found: object) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, set | frozenset | list | tuple):
        items: Collection[Any] = found
        return ", ".join(map(str, sorted(items))) or "none"
    return str(found)
