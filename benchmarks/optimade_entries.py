"""Structures as entries of OPTIMADE 1.2, and a file of them for a server to serve."""

from __future__ import annotations

import json
from functools import reduce
from math import gcd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pymatgen.core import Structure

    from crystext import Crystal

CHANGED = "2026-01-02T03:04:05Z"
PREFIX = "_exmpl_"
FEATURES: list[str] = []


def entry_of(crystal: Crystal, **more: Any) -> dict[str, Any]:
    """An ordered crystal with what the standard wants, and properties of its own.

    Args:
        crystal: ordered.
        more: values by name, without the provider's prefix.
    """
    own = {f"{PREFIX}{name}": value for name, value in more.items()}
    return {
        "id": crystal.id,
        "type": "structures",
        "attributes": attributes(crystal.structure) | {"last_modified": CHANGED} | own,
    }


def attributes(structure: Structure) -> dict[str, Any]:
    """What the standard says of a structure, written without the code that reads it."""
    symbols = [site.specie.symbol for site in structure]
    counts = {symbol: symbols.count(symbol) for symbol in sorted(set(symbols))}
    unit = reduce(gcd, counts.values())
    reduced = {symbol: n // unit for symbol, n in counts.items()}
    letters = sorted(reduced.values(), reverse=True)
    return {
        "elements": list(counts),
        "nelements": len(counts),
        "elements_ratios": [n / len(symbols) for n in counts.values()],
        "chemical_formula_descriptive": _formula(counts),
        "chemical_formula_reduced": _formula(reduced),
        "chemical_formula_anonymous": _formula(
            {chr(ord("A") + place): n for place, n in enumerate(letters)}
        ),
        "dimension_types": [1, 1, 1],
        "nperiodic_dimensions": 3,
        "lattice_vectors": structure.lattice.matrix.tolist(),
        "cartesian_site_positions": structure.cart_coords.tolist(),
        "nsites": len(symbols),
        "species": [
            {"name": symbol, "chemical_symbols": [symbol], "concentration": [1.0]}
            for symbol in counts
        ],
        "species_at_sites": symbols,
        "structure_features": FEATURES,
    }


def _formula(counts: dict[str, int]) -> str:
    return "".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in counts.items())


def write_lines(path: Path, entries: Iterable[dict[str, Any]]) -> None:
    """A file of JSON Lines, as ``OPTIMADE_INSERT_FROM_JSONL`` takes it."""
    lines = [{"x-optimade": {"meta": {"api_version": "1.2.0"}}}, *entries]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
