"""Formulas, space groups and species in the four styles: raw, unicode, latex and html."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

_OVERLINE = "\u0305"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# U+1427, a raised dot of the Canadian syllabics, stands in for the superscript point that Unicode
# lacks: upstream's choice.
_SUPERSCRIPTS = str.maketrans("0123456789+-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻\u1427")
_AMOUNT = re.compile(r"([A-Za-z()])([\d.]+)")
_SCREW = re.compile(r"_(\d)")
_SCREW_HTML = re.compile(r"_(\d+)")
_INVERSION = re.compile(r"-(\d)")
# The prototype library holds two names with LaTeX in them.
_LATEX_IN_NAMES = {r"$\mu$": "μ", r"\'{c}": "ć"}


class Species(NamedTuple):
    """What a description needs of a species such as ``Fe3+``.

    Attributes:
        symbol: the element symbol; ``D`` and ``T`` keep theirs.
        charge: the oxidation state in elementary charges, 0 where the species carries none.
        order: rank in the IUPAC series (Table VI of the 2005 recommendations), sorts elements.
    """

    symbol: str
    charge: float
    order: float


def angstrom(style: str) -> str:
    """The sign of the length unit."""
    return r"$\AA$" if style == "latex" else "Å"


def degree(style: str) -> str:
    """The sign of the angle unit."""
    return r"$^{\circ}$" if style == "latex" else "°"


@lru_cache(maxsize=4096)
def formula(text: str, style: str) -> str:
    """A chemical formula (or molecule name) with its amounts as subscripts.

    Raises:
        ValueError: a formula with a decimal point in unicode, which has no subscript point.
    """
    if style == "latex":
        return _AMOUNT.sub(r"\1$_{\2}$", text)
    if style == "html":
        return _AMOUNT.sub(r"\1<sub>\2</sub>", text)
    if style == "unicode":
        if "." in text:
            raise ValueError(
                f"unicode has no subscript point for formula {text!r}; use raw, latex or html"
            )
        return text.translate(_SUBSCRIPTS)
    return text


@lru_cache(maxsize=1024)
def space_group(symbol: str, style: str) -> str:
    """A Hermann-Mauguin symbol such as ``P-42_1m`` with screw axes and inversions marked.

    In unicode and html the combining overline follows its digit, over which it is then drawn;
    upstream writes it in front, where it is drawn over the letter before: a repair.
    """
    if style == "latex":
        return _INVERSION.sub(r"$\\overline{\1}$", _SCREW.sub(r"$_{\1}$", symbol))
    if style == "html":
        symbol = _SCREW_HTML.sub(r"<sub>\1</sub>", symbol)
        return _INVERSION.sub(rf"\1{_OVERLINE}", symbol)
    if style == "unicode":
        symbol = _SCREW.sub(lambda match: match[1].translate(_SUBSCRIPTS), symbol)
        return _INVERSION.sub(rf"\1{_OVERLINE}", symbol)
    return symbol


def mineral_name(mineral: dict[str, Any], style: str = "raw") -> str | None:
    """The name of a condensed ``mineral``, ``None`` if the crystal matches no prototype.

    A match with other species counts is marked "-derived", one that is not perfect (a
    ``distance`` other than -1) "-like". LaTeX in the name becomes letters in unicode and html.
    """
    name = mineral["type"]
    if not name:
        return None
    if style in {"unicode", "html"}:
        for markup, letter in _LATEX_IN_NAMES.items():
            name = name.replace(markup, letter)
    if not mineral["n_species_type_match"]:
        return f"{name}-derived"
    return f"{name}-like" if mineral["distance"] >= 0 else name


@lru_cache(maxsize=4096)
def parse_species(text: str) -> Species:
    """Reads a species string such as ``Fe``, ``Fe3+`` or ``Fe2+,spin=5``.

    Raises:
        ValueError: the text names no element.
    """
    # Imported here: pymatgen takes a second, and a caller that only splits text needs none of it.
    from pymatgen.core.periodic_table import DummySpecies, get_el_sp

    parsed = get_el_sp(text)
    if isinstance(parsed, DummySpecies):
        raise ValueError(f"{text!r} is no element; replace dummy species before describing")  # noqa: TRY004
    return Species(parsed.name, getattr(parsed, "oxi_state", None) or 0, parsed.iupac_ordering)


@lru_cache(maxsize=16384)
def species(text: str, label: str, style: str) -> str:
    """A species with its symmetry label, brackets included, before its charge: ``Fe(1)3+``."""
    symbol, charge, _ = parse_species(text)
    if not charge:
        return symbol + label
    sign = "+" if charge > 0 else "-"
    amount = f"{abs(charge):.0f}" if charge % 1 == 0 else f"{abs(charge):.2f}"
    charge_text = amount + sign
    if style == "latex":
        charge_text = f"^{{{charge_text}}}"
    elif style == "unicode":
        charge_text = charge_text.translate(_SUPERSCRIPTS)
    elif style == "html":
        charge_text = f"<sup>{charge_text}</sup>"
    return symbol + label + charge_text
