"""What an OPTIMADE entry states of its composition beside its sites: both must agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crystext.errors import ContradictionError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDERED, _DISORDERED = 1e-4, 0.02
"""Differences of an element's share of the atoms that rounding explains."""
_REDUCED = re.compile(r"(?:[A-Z][a-z]?(?:\d+(?:\.\d+)?)?)+")
_PART = re.compile(r"([A-Z][a-z]?)(\d+(?:\.\d+)?)?")


def check_composition(data: Mapping[str, Any], composition: Mapping[str, float]) -> list[str]:
    """Compares elements and formula with the sites.

    Args:
        data: attributes of the entry.
        composition: atoms in the cell by symbol, attached ones included.

    Returns:
        A note where they differ and the entry says why: atoms without sites, or disorder.

    Raises:
        ContradictionError: they differ otherwise.
    """
    found = _differences(data, composition)
    if not found:
        return []
    features = data.get("structure_features") or []
    if "implicit_atoms" in features or any(n != round(n) for n in composition.values()):
        return found
    raise ContradictionError(f"{found[0]}; correct the OPTIMADE entry")


def _differences(data: Mapping[str, Any], composition: Mapping[str, float]) -> list[str]:
    present = sorted(symbol for symbol, n in composition.items() if n)
    found = []
    listed = data.get("elements")
    if isinstance(listed, list) and sorted(map(str, listed)) != present:
        found.append(f"elements is {shown(listed)}, the sites have {shown(present)}")
    count = data.get("nelements")
    if count not in {None, len(present)}:
        found.append(f"nelements is {count}, the sites have {len(present)}")
    formula = data.get("chemical_formula_reduced")
    if isinstance(formula, str) and _REDUCED.fullmatch(formula):
        stated = {symbol: float(n or 1) for symbol, n in _PART.findall(formula)}
        whole = all(n == round(n) for n in composition.values())
        if _far_apart(stated, composition, _ORDERED if whole else _DISORDERED):
            of_sites = " ".join(f"{symbol}{n:.4g}" for symbol, n in sorted(composition.items()))
            found.append(f"chemical_formula_reduced is {formula}, the sites have {of_sites}")
    return found


def _far_apart(stated: Mapping[str, float], found: Mapping[str, float], tolerance: float) -> bool:
    totals = sum(stated.values()) or 1.0, sum(found.values()) or 1.0
    return any(
        abs(stated.get(symbol, 0) / totals[0] - found.get(symbol, 0) / totals[1]) > tolerance
        for symbol in {*stated, *found}
    )
