"""Whether a CIF's type symbol is an element's symbol, with more or less beside it.

The dictionary lets a type symbol be an element's with a charge, and programs add digits, isotopes,
valences and hybridization. Other letters behind the first, as in ``Uiso`` or ``Site1``, make it a
word: its first letters are no element.
"""

from __future__ import annotations

import re

from crystext.formats.tokens import is_symbol

HYDROGENS = frozenset({"H", "D", "T"})
HEAVIEST_FOUND = 103  # of the elements beyond, no crystal has been made
_HEAVIEST_IN_NATURE = 94
_CHARGE = r"\d*(?:\.\d+)?[-+]*|[-+]+\d+(?:\.\d+)?"
_ROMAN = r"(?:I{1,3}|I?V|VI{1,3})"
_CONFIGURATION = r"(?:\d[spdf]\d{1,2})*"
_COPY = r"\d+[ADEGJLMQRTXZa-z]"  # of a label such as C1A
_REST = re.compile(
    rf"(?:{_CHARGE}|{_COPY}|\({_ROMAN}\)|\((?:{_CHARGE})\)|\(SDS\)|[_.](?:{_CHARGE}|{_ROMAN})"
    rf"|[_.](?P<kind>[A-Za-z][A-Za-z0-9]*)?){_CONFIGURATION}[.*'\"]*"
)
_BRACKETS = str.maketrans("[]{}", "()()")
_FOREIGN = re.compile(
    rf"(?:_?[1-8R](?:[-+f]\d|\+q)?(?:_[a-z])?|[-+]{_ROMAN}|\((?:{_CHARGE}|{_ROMAN})\)"
    rf"|(?P<kinds>(?:_+[A-Za-z0-9]+)+))[.*'\"]*"
)
"""What other programs write: types of UFF and UFF4MOF (``Fe6+2``, ``O_3_z``) and DREIDING
(``H___A``), names of pseudopotentials (``Ti_sv_GW``), coordination (``Al[6]``), and valences
(``O-II``)."""
_COORDINATED = re.compile(rf"\((?:\d{{1,2}}|{_ROMAN})\)(?=[A-Z])")
_PROPERTIES = re.compile(r"(?:,\w+=[-+\w.]+)+$")  # pymatgen writes Fe2+,spin=4
_VALENCE = re.compile(rf"(?:[A-Z][a-z]|[UVWY]){_ROMAN}[-+]?")
_ISOTOPE = re.compile(r"(\d{1,3})([A-Z][a-z]?)(?:\d*[-+])?")
_GROUPS = frozenset({"CO", "PO"})  # CO3 is a carbonate rather, CO1 and SI3 are labels in capitals
_FACTORS = frozenset({"Cval", "Siva", "Sival"})
"""Names of scattering factors in the International Tables."""


def bare(symbol: str) -> str:
    """The type symbol without the mass number or coordination before it; ``D`` for ``2H``.

    ``^`` marks what is raised, ``Fe^3+^``; blanks may part the charge.
    """
    symbol = re.sub(r"\s+(?=[-+\d(\[{])", "", symbol.replace("^", ""))
    symbol = _COORDINATED.sub("", symbol.translate(_BRACKETS), count=1)
    found = _ISOTOPE.fullmatch(symbol)
    if found is None or not is_symbol(found[2]):
        return symbol
    return "D" if found.groups() == ("2", "H") else found[2]


def is_notation(symbol: str) -> bool:
    """Whether a type symbol is an element's symbol, perhaps with a charge or the like.

    Args:
        symbol: as :func:`bare` gives it.
    """
    symbol = _PROPERTIES.sub("", symbol)
    letters = re.match(r"[A-Za-z]*", symbol)
    word = letters[0] if letters else ""
    if symbol in _FACTORS or (_VALENCE.fullmatch(symbol) and _element(symbol)):
        return True
    if not 1 <= len(word) <= 2 or not is_symbol(word.capitalize()):
        return False
    rest = symbol[len(word) :]
    if _may_be_a_group(word, rest):
        return False
    if (found := _REST.fullmatch(rest)) is not None:
        return not _names_element(found["kind"])
    found = _FOREIGN.fullmatch(rest)
    return found is not None and not any(map(_names_element, (found["kinds"] or "").split("_")))


def is_foreign(symbol: str) -> bool:
    """Whether a type symbol is an element's in the notation of another kind of programs."""
    text = _PROPERTIES.sub("", bare(symbol))
    found = re.match(r"[A-Za-z]{1,2}(?![A-Za-z])", text)
    return (
        found is not None
        and is_notation(text)
        and (symbol[:1] in "[{(" or "[" in symbol or not _REST.fullmatch(text[found.end() :]))
    )


def _element(symbol: str) -> bool:
    return is_symbol(symbol[:2]) or is_symbol(symbol[:1])


def _names_element(kind: str | None) -> bool:
    """Whether what stands behind a stroke is an element as well, as in ``Na_K``."""
    return bool(kind) and is_symbol(re.sub(r"\d+$", "", str(kind)))


def _may_be_a_group(word: str, rest: str) -> bool:
    """Whether capitals are two atoms rather, such as ``CO3`` and ``NO``."""
    from pymatgen.core import Element

    if len(word) < 2 or not word.isupper() or not all(map(is_symbol, word)):
        return False
    if not is_symbol(word.capitalize()):
        return False
    if Element(word.capitalize()).Z > _HEAVIEST_IN_NATURE:
        return True
    return word in _GROUPS and rest.isdigit() and int(rest) > 1


def is_witness(label: str, symbol: str) -> bool:
    """Whether a label can tell the element where the type symbol is a word.

    The first letters of a label that is a word tell nothing, nor does the same text once more,
    unless it is a usual label such as ``OW1`` and ``C1B``.
    """
    if re.match(r"[A-Za-z]{3}", label):
        return False
    if label != symbol:
        return True
    found = re.fullmatch(r"([A-Z][A-Za-z]?)(\d*[A-Za-z]?)", label)
    return found is not None and not _may_be_a_group(found[1], found[2])
