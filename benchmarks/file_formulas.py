"""The formula of a file's own sites, found without crystext; nothing where that is not certain."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

_MIN_OCCUPANCY = 0.999


def formulas_in(data: bytes, fmt: str) -> set[str]:
    """Reduced formulas that a description of a file with one crystal may have.

    Args:
        data: the file's bytes.
        fmt: as crystext names it.

    Returns:
        None, one, or two where a CIF's sites and its listed formula differ.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return set()
    text = re.sub(r"\r\n?", "\n", text)
    makers = {"cif": _in_cif, "poscar": _in_poscar, "xdatcar": _in_poscar}
    makers |= {"extxyz": _in_xyz, "json": _in_json}
    return makers[fmt](text) if fmt in makers else set()


def _reduced(symbols: list[str] | dict[str, float]) -> str | None:
    from pymatgen.core import Composition, Element

    amounts: dict[str, float] = {}
    pairs = symbols.items() if isinstance(symbols, dict) else [(one, 1) for one in symbols]
    for symbol, amount in pairs:
        name = "H" if symbol in {"D", "T"} else symbol
        if not Element.is_valid_symbol(name):
            return None
        amounts[name] = amounts.get(name, 0) + amount
    return Composition(amounts).reduced_formula if sum(amounts.values()) else None


def _in_cif(text: str) -> set[str]:
    import gemmi

    try:
        document = gemmi.cif.read_string(text)
        blocks = [
            block for block in document if "_atom_site_fract_x" in text and _lists_atoms(block)
        ]
        if len(blocks) != 1:
            return set()
        small = gemmi.make_small_structure_from_block(blocks[0])
    except (ValueError, RuntimeError, IndexError):
        return set()
    sites = list(small.sites)
    sound = all(
        site.element.atomic_number > 0
        and site.occ > _MIN_OCCUPANCY
        and np.isfinite(site.fract.tolist()).all()
        for site in sites
    )
    if not sites or not sound or small.spacegroup is None or not small.cell.is_crystal():
        return set()
    symbols = [site.element.name for site in small.get_all_unit_cell_sites()]
    listed = blocks[0].find_value("_chemical_formula_sum") or ""
    words = re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", gemmi.cif.as_string(listed))
    amounts: dict[str, float] = {}
    for symbol, amount in words:
        amounts[symbol] = amounts.get(symbol, 0) + float(amount or 1)
    found = _reduced(symbols)
    return {one for one in (found, _reduced(amounts)) if one} if found else set()


def _lists_atoms(block: Any) -> bool:
    return any(block.find_values(f"_atom_site_{name}") for name in ("fract_x", "label"))


def _in_poscar(text: str) -> set[str]:
    lines = text.split("\n")
    if len(lines) < 8:
        return set()
    names, counts = lines[5].split(), lines[6].split()
    if len(names) != len(counts) or not all(one.isdigit() for one in counts):
        return set()
    amounts: dict[str, float] = {}
    for name, count in zip(names, counts, strict=True):
        amounts[name] = amounts.get(name, 0) + int(count)
    found = _reduced(amounts)
    return {found} if found else set()


def _in_xyz(text: str) -> set[str]:
    lines = text.split("\n")
    if not lines[0].strip().isdigit() or "species:S:1:pos:R:3" not in text:
        return set()
    rows = [line.split() for line in lines[2 : 2 + int(lines[0])]]
    found = _reduced([row[0] for row in rows if row]) if all(rows) else None
    return {found} if found else set()


def _in_json(text: str) -> set[str]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    data = data.get("structure", data) if isinstance(data, dict) else None
    try:
        if isinstance(data, dict) and "sites" in data:
            symbols = [site["species"][0]["element"] for site in data["sites"]]
        elif isinstance(data, dict) and "numbers" in data:
            from pymatgen.core import Element

            symbols = [Element.from_Z(int(number)).symbol for number in data["numbers"]]
        else:
            return set()
    except (KeyError, IndexError, TypeError, ValueError):
        return set()
    found = _reduced([str(symbol) for symbol in symbols])
    return {found} if found else set()
