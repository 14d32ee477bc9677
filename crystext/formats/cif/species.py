"""Which element an atom is: by its type symbol, else by its label, with the formula as judge.

A symbol such as ``CA`` can be read in several ways (calcium, or a carbon called A). Of the ways in
which it can be read, the first that the formula names wins; without a formula, the usual one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, product
from typing import TYPE_CHECKING

from crystext.errors import UnknownSpeciesError, shown
from crystext.formats.cif.type_symbols import (
    HEAVIEST_FOUND,
    HYDROGENS,
    bare,
    is_foreign,
    is_notation,
    is_witness,
)
from crystext.formats.tokens import is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Names = tuple[str | None, str | None]  # type symbol and label of an atom
_Kind = tuple[str | None, str]  # what tells how they are read
_DUMMIES = re.compile(
    r"(du|dum|dummy|xx|bq|cen|cent|centroid|cnt|void|vac)(?![a-z])", re.IGNORECASE
)
_WATER = re.compile(r"(wat(er)?|h2o|oh2|hoh|d2o|aq)(?![a-z])", re.IGNORECASE)
_HYDROXYL = re.compile(r"(o-h|oh|h-o)(?![a-z])", re.IGNORECASE)
_WITH_HYDROGENS = re.compile(r"([BCNOPS]|Si|Ge)H([1-4])(?![a-z0-9])")
_GROUPS = re.compile(r"(so4|po4|no3|clo4|io3|pf6|bf4|bh4|cn|an|cat)(?![a-z])", re.IGNORECASE)
_MAX_TRIALS = 64  # ways to read all symbols that are tried against the formula


@dataclass(frozen=True)
class Reading:
    """One way to read a symbol.

    Attributes:
        element: symbol, ``D`` for deuterium.
        hydrogens: how many the symbol names without positions, as in ``O-H``.
        usual: ``False`` where the symbol alone would hardly be read so.
    """

    element: str
    hydrogens: int = 0
    usual: bool = True


def readings(symbol: str | None, label: str | None) -> tuple[Reading, ...]:
    """All ways to read an atom's type symbol and label, the likeliest first.

    Args:
        symbol: ``_atom_site_type_symbol``, ``None`` or empty where there is none.
        label: ``_atom_site_label``, likewise.
    """
    by_symbol = _of_text(symbol, is_label=False) if symbol else ()
    by_label = _of_text(label, is_label=True) if label else ()
    if symbol and _is_dummy(symbol):
        return ()
    if not symbol:
        return by_label
    if not _is_word(symbol) and not _is_kind_of_atom(symbol, label):
        # the label only speaks where the formula knows nothing of the symbol
        return tuple(dict.fromkeys((*by_symbol, *_unusual(by_label))))
    # such as Uiso: only the formula can tell that the first letters of a word are meant
    if label and _known(label) is None and not is_witness(label.strip(), symbol.strip()):
        by_label = _unusual(by_label)
    return tuple(dict.fromkeys((*by_label, *_unusual(by_symbol))))


def _unusual(found: tuple[Reading, ...]) -> tuple[Reading, ...]:
    return tuple(Reading(one.element, one.hydrogens, usual=False) for one in found)


def _is_word(symbol: str) -> bool:
    """Whether a type symbol is no element, nor one of the groups that are read as one."""
    text = bare(symbol.strip())
    return _known(text) is None and not _HYDROXYL.match(text) and not is_notation(text)


def _is_kind_of_atom(symbol: str, label: str | None) -> bool:
    """Whether ``ca`` is a force field's kind of carbon, as its atom is called C1, no calcium."""
    text = symbol.strip()
    return (
        bool(re.fullmatch(r"[a-z]{2}", text))
        and _stem(label) == text[0].upper()
        and is_symbol(text[0].upper())
    )


def _is_dummy(text: str) -> bool:
    return bool(_DUMMIES.match(text)) or text.strip().lower() in {"va", "x", "q", "m", "me", "t"}


@cache
def _of_text(text: str, *, is_label: bool) -> tuple[Reading, ...]:
    text = text.strip() if is_label else bare(text.strip())
    if _DUMMIES.match(text):
        return ()
    if known := _known(text):
        return (known,)
    found = _hydroxyl(text, is_label=is_label) + _letters(text, is_label=is_label)
    if is_label and text[:1].upper() == "W":
        found.append(Reading("O", 2, usual=False))  # the water of minerals
    if _GROUPS.match(text) and not _is_element(text[:2]):
        found = [Reading(way.element, way.hydrogens, usual=False) for way in found]
    return tuple(dict.fromkeys(found))


def _known(text: str) -> Reading | None:
    """The reading of water, of an element's name, and of a group such as ``NH4``."""
    if _WATER.match(text):
        return Reading("O", 2)
    if named := _by_name().get(text.lower()):
        return Reading(named)
    if match := _WITH_HYDROGENS.match(text):
        return Reading(match[1], int(match[2]))
    return None


def _hydroxyl(text: str, *, is_label: bool) -> list[Reading]:
    if not _HYDROXYL.match(text):
        return []
    named = Reading("O", 1, usual=not is_label or "-" in text)
    bare = Reading("O", usual=is_label)
    return [named, bare] if named.usual else [bare, named]


def _letters(text: str, *, is_label: bool) -> list[Reading]:
    """The readings of the first two letters and of the first alone."""
    from pymatgen.core import Element

    letters = re.match(r"[A-Za-z]*", text)
    word = letters[0] if letters else ""
    two, one = word[:2].capitalize(), word[:1].upper()
    pair = [Reading(two)] if len(word) > 1 and _is_element(two) else []
    single = [Reading(one)] if one and (_is_element(one) or one == "D") else []
    if pair and text == two:
        return pair  # the symbol itself, and nothing else
    if pair and single:
        rare = is_label and Element(two).Z > HEAVIEST_FOUND
        capitals = is_label and word[1].isupper() and one == "H"  # a hydrogen of an O, a G …
        first, second = (single, pair) if rare or capitals else (pair, single)
        return [*first, Reading(second[0].element, usual=False)]
    if one == "T" and not pair:
        return [Reading("T", usual=False)]  # tritium, where the formula knows it
    return [*pair, *single]


def _is_element(symbol: str) -> bool:
    return is_symbol(symbol) and symbol not in {"D", "T"}


@cache
def _by_name() -> dict[str, str]:
    """Symbols by the names of elements, such as ``iron``."""
    from pymatgen.core import Element

    return {element.long_name.lower(): element.symbol for element in Element}


def chosen(
    atoms: Sequence[_Names],
    formula: frozenset[str],
    name: str,
    fits: Callable[[list[Reading]], bool],
) -> tuple[list[Reading], tuple[str, ...]]:
    """One reading for each atom.

    Args:
        atoms: type symbol and label of each.
        formula: elements of the listed formula, empty where it is not known.
        name: of the data block, for messages.
        fits: whether these readings give the listed formula; asked where several do.

    Returns:
        The readings, and notes on symbols that could be read in several ways.

    Raises:
        UnknownSpeciesError: a symbol names no element.
    """
    kinds = [_kind(symbol, label, formula) for symbol, label in atoms]
    firsts: dict[_Kind, _Names] = {}
    for kind, names in zip(kinds, atoms, strict=True):
        firsts.setdefault(kind, names)
    ways = {kind: _judged(readings(*names), formula) for kind, names in firsts.items()}
    for kind, (symbol, label) in firsts.items():
        if not ways[kind]:
            message = f"{shown(symbol or label)} (site {shown(label)}) of {name} names no element"
            raise UnknownSpeciesError(f"{message}; correct it or remove the site")
    best = _first_that_fits(ways, kinds, fits)
    notes = _overruled(best, firsts) if formula else _doubts(best, firsts)
    return [best[kind] for kind in kinds], (*notes, *_words(best, firsts))


def _kind(symbol: str | None, label: str | None, formula: frozenset[str]) -> _Kind:
    """The label counts where there is no type symbol, or none that tells the element."""
    if symbol and not _is_word(symbol) and not _is_kind_of_atom(symbol, label):
        found = _of_text(symbol, is_label=False)
        if not formula or any(one.element in formula | HYDROGENS for one in found):
            return symbol, ""
    return symbol or None, _stem(label)


def _stem(label: str | None) -> str:
    match = re.match(r"[A-Za-z\-]*", (label or "").strip())
    return match[0] if match else ""


def _judged(found: tuple[Reading, ...], formula: frozenset[str]) -> tuple[Reading, ...]:
    """The readings that the formula knows, else those that are usual."""
    known = tuple(
        one
        for one in found
        if one.element in formula or (one.element in HYDROGENS and formula & HYDROGENS)
    )
    return known or tuple(one for one in found if one.usual)


def _first_that_fits(
    ways: dict[_Kind, tuple[Reading, ...]],
    kinds: list[_Kind],
    fits: Callable[[list[Reading]], bool],
) -> dict[_Kind, Reading]:
    """The first way to read all kinds of atoms that fits, else the very first."""
    products = islice(product(*ways.values()), _MAX_TRIALS)
    trials = (dict(zip(ways, trial, strict=True)) for trial in products)
    first = next(trials)
    if all(len(found) == 1 for found in ways.values()):
        return first
    return next(
        (trial for trial in chain([first], trials) if fits([trial[kind] for kind in kinds])), first
    )


def _overruled(best: dict[_Kind, Reading], firsts: dict[_Kind, _Names]) -> tuple[str, ...]:
    """A note where the formula overruled what a symbol plainly says, such as Ca1 read as C."""
    found = []
    for kind, (symbol, label) in firsts.items():
        plain, taken = readings(symbol, label)[0].element, best[kind].element
        capitals = not symbol and str(label)[1:2].isupper()
        if taken != plain and {taken, plain} - HYDROGENS and not capitals:
            found.append(f"{label} read as {taken}, for the formula has no {plain}")
    return (f"{'; '.join(found[:3])}",) if found else ()


def _words(best: dict[_Kind, Reading], firsts: dict[_Kind, _Names]) -> tuple[str, ...]:
    """Notes where a type symbol is no element's, such as Uiso, or more than one, such as Fe6+2."""
    words, more = [], []
    for kind, (symbol, label) in firsts.items():
        text = f"{shown(symbol)} of {label} read as {best[kind].element}"
        if symbol and (_is_word(symbol) or _is_kind_of_atom(symbol, label)):
            words.append(text)
        elif symbol and is_foreign(symbol.strip()):
            more.append(text)
    notes = []
    if words:
        notes.append(f"type symbols that are no elements: {', '.join(words[:3])}; correct them")
    if more:
        notes.append(f"type symbols that are more than elements: {', '.join(more[:3])}")
    return tuple(notes)


def _doubts(best: dict[_Kind, Reading], firsts: dict[_Kind, _Names]) -> tuple[str, ...]:
    """A note where a label in capitals, such as CA, was read without any other witness."""
    doubtful = [
        f"{label} read as {best[kind].element}"
        for kind, (symbol, label) in firsts.items()
        if not symbol and len(readings(symbol, label)) > 1 and not str(label)[1:2].islower()
    ]
    if not doubtful:
        return ()
    return (f"no type symbol and no formula tell: {', '.join(doubtful[:4])}; give type symbols",)
