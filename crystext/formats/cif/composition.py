"""What a CIF says of its crystal besides the sites, and whether the sites agree."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from crystext.errors import CrystextError
from crystext.formats.cif.species import HYDROGENS
from crystext.formats.cif.values import number
from crystext.formats.tokens import is_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crystext.formats.cif.blocks import Block

_TOLERANCE = 0.02  # relative; formulas of disordered crystals are rounded
_LEAST = 0.04  # of a formula unit: a rounded decimal is not one atom
_TERM = re.compile(r"([A-Z][a-z]?)\s*(\d+\.?\d*|\.\d+)?(?:\(\d+\))?")
_DENSITY_TOLERANCE = 0.1
_VOLUME_TOLERANCE = 0.01
_WEIGHT_TOLERANCE = 0.05
_DALTON_PER_CUBIC_ANGSTROM = 1.66053907  # g/cm3, CODATA 2018


@dataclass(frozen=True)
class StatedComposition:
    """What the file says twice.

    Attributes:
        formula: atoms of a formula unit by element, deuterium as H; empty where not known.
        z: formula units in the cell, ``None`` where not known.
        density: g/cm3, ``None`` where not known.
        volume: of the cell, cubic angstrom, and how much it is rounded; ``None`` where not known.
        weight: g/mol of a formula unit, ``None`` where not known.
    """

    formula: Mapping[str, float]
    z: float | None
    density: float | None
    volume: tuple[float, float] | None = None
    weight: float | None = None

    @classmethod
    def of(cls, block: Block) -> StatedComposition:
        """Reads them; what cannot be read is not known."""
        formula = parse_formula(block.one("_chemical_formula_sum") or "")
        densities = ("_exptl_crystal_density_diffrn", "_exptl_crystal_density")
        return cls(
            formula,
            _positive(block.one("_cell_formula_units_z")),
            _positive(block.one(*densities)),
            _rounded(block.one("_cell_volume")),
            _positive(block.one("_chemical_formula_weight")),
        )

    @property
    def elements(self) -> frozenset[str]:
        """The elements of the formula, ``H`` for its isotopes."""
        return frozenset(self.formula)


def _positive(text: str | None) -> float | None:
    try:
        value = number(text, "") if text else 0.0
    except CrystextError:
        return None
    return value if value > 0 else None


def _rounded(text: str | None) -> tuple[float, float] | None:
    """A number above 0, and half of its last digit with its uncertainty."""
    value = _positive(text)
    found = re.match(r"\+?\d*\.?(\d*)(?:\((\d+)\))?(?:[eEdD]([-+]?\d{1,2})\b)?", text or "")
    if value is None or found is None:
        return None
    return value, (0.5 + int(found[2] or 0)) * 10.0 ** (int(found[3] or 0) - len(found[1]))


def parse_formula(text: str) -> dict[str, float]:
    """Atoms by element of a formula such as ``'C2 H6 O'`` or ``'Ca (C O3)2'``; deuterium as H.

    Returns:
        Nothing where any part is not understood: a formula with an unknown x tells nothing.
    """
    words = re.sub(r"\s+[-+]?\d*[-+]\s*$", "", text.strip().strip("'\""))  # a charge
    words = words.replace("[", "(").replace("]", ")").replace("{", "(").replace("}", ")")
    if "(" in words:
        words = re.sub(r"(\.\d+)\(\d+\)", r"\1", words)  # uncertainties
    try:
        amounts, rest = _group(words.replace(",", " "))
    except (ValueError, RecursionError):
        return {}
    if rest.strip():
        return {}
    return {element: amount for element, amount in amounts.items() if amount > 0}


def _group(text: str) -> tuple[dict[str, float], str]:
    """Reads up to a closing parenthesis; gives what was read and what follows."""
    amounts: dict[str, float] = defaultdict(float)
    text = text.lstrip()
    while text and not text.startswith(")"):
        if text.startswith("("):
            inner, rest = _group(text[1:])
            if not rest.startswith(")"):
                raise ValueError(text)
            match = re.match(r"\)\s*(\d+\.?\d*|\.\d+)?", rest)
            assert match is not None
            for element, amount in inner.items():
                amounts[element] += amount * float(match[1] or 1)
            text = rest[match.end() :].lstrip()
            continue
        match = _TERM.match(text)
        if match is None:
            raise ValueError(text)
        symbol, taken = match[1], match.end()
        if not is_symbol(symbol):
            match = re.match(r"([A-Z])(\d+\.?\d*|\.\d+)?", text)
            if match is None or not is_symbol(match[1]):
                raise ValueError(text)
            symbol, taken = match[1], match.end()
        amounts["H" if symbol in HYDROGENS else symbol] += float(match[2] or 1)
        text = text[taken:].lstrip()
    return amounts, text


def units(formula: Mapping[str, float], content: Mapping[str, float]) -> float:
    """How many formula units a cell's content makes, by the element in the middle."""
    heavy = [element for element in formula if element != "H"] or list(formula)
    ratios = [content.get(element, 0.0) / formula[element] for element in heavy]
    return median(ratios) if ratios else 0.0


def differences(stated: StatedComposition, content: Mapping[str, float]) -> dict[str, float]:
    """Atoms a formula unit that the sites have too many of (positive) or lack (negative)."""
    if not stated.formula:
        return {}
    n_units = units(stated.formula, content) or stated.z or 1.0
    found = {}
    for element in {*stated.formula, *content}:
        said, sites = stated.formula.get(element, 0.0), content.get(element, 0.0) / n_units
        if abs(said - sites) > max(_TOLERANCE * max(said, sites), _LEAST):
            found[element] = sites - said
    return found


def agrees(stated: StatedComposition, content: Mapping[str, float]) -> bool | None:
    """Whether a cell's content is Z times the formula; ``None`` where the file does not say.

    Hydrogens that are named without positions may lack.
    """
    if not stated.formula or stated.z is None:
        return None
    wrong = differences(stated, content)
    if any(element != "H" or change > 0 for element, change in wrong.items()):
        return False
    n_units = units(stated.formula, content)
    if abs(n_units - stated.z) <= _TOLERANCE * stated.z:
        return True
    # some programs write the content of the cell as the formula, and how often it holds the reduced
    whole = all(abs(n / stated.z - round(n / stated.z)) < _LEAST for n in stated.formula.values())
    return whole and abs(n_units - 1) <= _TOLERANCE


def notes(stated: StatedComposition, content: Mapping[str, float], volume: float) -> list[str]:
    """One line for each fact that the sites contradict.

    Args:
        stated: what the file says.
        content: atoms of the cell by element.
        volume: of the cell, cubic angstrom.
    """
    found = []
    wrong = differences(stated, content)
    if wrong:
        n_units = units(stated.formula, content) or stated.z or 1.0
        sites = {element: amount / n_units for element, amount in content.items()}
        text = f"the formula is {written(stated.formula)}, the sites make {written(sites)}"
        lack = [
            f"{-change:.3g} {element}" for element, change in sorted(wrong.items()) if change < 0
        ]
        found.append(text + (f": {' and '.join(lack)} have no positions" if lack else ""))
    elif stated.formula and stated.z is not None and agrees(stated, content) is False:
        n_units = units(stated.formula, content)
        found.append(f"Z is {stated.z:g}, the sites make {n_units:.3g} formula units in the cell")
    if stated.density is not None and not wrong:
        made = density(content, volume)
        if abs(made - stated.density) > _DENSITY_TOLERANCE * stated.density:
            text = f"the density is {stated.density:g} g/cm3, that of the sites {made:.3g}"
            found.append(f"{text}; check cell, sites and symmetry")
    if stated.weight is not None and stated.z is not None and not stated.formula:
        made = _mass(content) / stated.z
        if abs(made - stated.weight) > _WEIGHT_TOLERANCE * stated.weight:
            text = f"the weight of a formula unit is {stated.weight:g}, the sites make {made:.4g}"
            found.append(f"{text}; check Z, sites and symmetry")
    return [*_volume_notes(stated, volume), *found]


def _volume_notes(stated: StatedComposition, volume: float) -> list[str]:
    if stated.volume is None:
        return []
    said, rounding = stated.volume
    if abs(said - volume) <= _VOLUME_TOLERANCE * volume + rounding:
        return []
    return [f"the cell volume is given as {said:g} Å3, lengths and angles make {volume:.4g} Å3"]


def density(content: Mapping[str, float], volume: float) -> float:
    """Density in g/cm3 of atoms in a volume of cubic angstrom."""
    return _mass(content) / volume * _DALTON_PER_CUBIC_ANGSTROM


def _mass(content: Mapping[str, float]) -> float:
    """Mass of atoms in g/mol."""
    from pymatgen.core import Element

    return sum(float(Element(element).atomic_mass) * n for element, n in content.items())


def written(formula: Mapping[str, float]) -> str:
    """A formula as CIF writes it: carbon, hydrogen, then by the alphabet; one blank between."""
    first = [element for element in ("C", "H") if "C" in formula and element in formula]
    rest = sorted(element for element in formula if element not in first)
    terms = ((element, formula[element]) for element in (*first, *rest))
    return " ".join(f"{element}{'' if abs(n - 1) < 5e-4 else f'{n:.4g}'}" for element, n in terms)
