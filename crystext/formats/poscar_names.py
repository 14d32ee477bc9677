"""Which element each atom of a POSCAR is: named above the counts, beside it, or in line 1."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain, repeat
from typing import NamedTuple

from crystext.errors import BadPoscarError, ContradictionError, shown
from crystext.formats.tokens import element, element_or_number, is_symbol, without_labels

_LABEL = re.compile(r"([A-Z][a-z]?)(?:[_/].*|\d*\+?|\d*-|\+\d*|-\d+)?")
"""An element beside coordinates: ``Ti``, ``Ti1``, ``Ti4+``, ``Ti_sv``."""
_FLAG = re.compile(r"\.?(T|F|TRUE|FALSE)\.?", re.IGNORECASE)
"""A word of selective dynamics."""
_PSEUDO_HYDROGEN = re.compile(r"H\d*\.\d+")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,9})+")
_FORMULA_PART = re.compile(r"([A-Z][a-z]?)(\d{0,9})")


class Names(NamedTuple):
    """The element of each atom as a word, and notes."""

    of_atoms: list[str]
    notes: tuple[str, ...] = ()


def agreed_names(names: list[str], counts: list[int], rows: list[list[str]], what: str) -> Names:
    """Elements by the names above the counts; those beside the coordinates must be the same.

    Args:
        names: as many as counts; ``Fe_pv``, ``Fe/1a2b3c4d`` and ``H.5`` as POTCAR files are called.
        counts: atoms of each.
        rows: the words of each line of coordinates.
        what: how messages call the file.

    Raises:
        UnknownSpeciesError: a name is no element.
        ContradictionError: an atom has another element beside its coordinates.
    """
    bare = [re.split(r"[_/]", name, maxsplit=1)[0] for name in names]
    pseudo = sorted({name for name in bare if _PSEUDO_HYDROGEN.fullmatch(name)})
    bare = ["H" if name in pseudo else name for name in bare]
    bare, notes = without_labels(bare)
    symbols = [element_or_number(name).symbol for name in bare]
    by_counts = _repeated(symbols, counts)
    for number, (symbol, row) in enumerate(zip(by_counts, rows, strict=True), start=1):
        beside = _beside(row)
        if beside and element(beside).symbol != symbol:
            message = f"atom {number} of {what} is {symbol} by the counts"
            message += f" and {beside} beside its coordinates"
            raise ContradictionError(f"{message}; correct one of them")
    notes += [f"{name} read as hydrogen: a hydrogen of that nuclear charge" for name in pseudo]
    return Names(_repeated(bare, counts), tuple(notes))


def comment_notes(comment: str, names: Names, what: str) -> list[str]:
    """A note where line 1 is nothing but another formula, as of a file whose names were changed.

    Args:
        comment: line 1.
        names: of all atoms, as read.
        what: how messages call the file.
    """
    words = comment.split()
    formula = "".join(words)
    # words in capitals, such as CIF, may mean anything
    if not _FORMULA.fullmatch(formula) or (
        len(words) < 2 and formula.isalpha() and formula.isupper()
    ):
        return []
    stated: Counter[str] = Counter()
    for symbol, n in _FORMULA_PART.findall(formula):
        stated[symbol] += int(n or 1)
    atoms: Counter[str] = Counter()
    for name, n in Counter(names.of_atoms).items():
        atoms[element(name).symbol] += n
    counted = any(word[-1].isdigit() for word in words) or len(words) == 1
    ratio = sum(atoms.values()) / max(sum(stated.values()), 1)
    same = all(atoms[symbol] == n * ratio for symbol, n in stated.items()) or not counted
    if len(stated) < 2 or not all(map(is_symbol, stated)) or (set(stated) == set(atoms) and same):
        return []
    own = " ".join(f"{symbol}{n}" for symbol, n in atoms.items())
    return [f"line 1 of {what} is {shown(comment.strip())}, its atoms are {own}; these are read"]


def names_of_vasp_4(comment: str, counts: list[int], rows: list[list[str]], what: str) -> Names:
    """Elements without a line of names: beside the coordinates, else in the comment.

    Args:
        comment: line 1; it must name exactly one element for each count, as symbols or as a
            formula in the ratio of the counts.
        counts: atoms of each element.
        rows: the words of each line of coordinates.
        what: how messages call the file.

    Raises:
        BadPoscarError: no element is named for some atom.
        ContradictionError: atoms of one count have different elements.
    """
    beside = [symbol for row in rows if (symbol := _beside(row))]
    if len(beside) == len(rows):
        groups = _repeated(list(map(str, range(len(counts)))), counts)
        firsts: dict[str, str] = {}
        for number, (group, symbol) in enumerate(zip(groups, beside, strict=True), start=1):
            first = firsts.setdefault(group, symbol)
            if symbol != first:
                message = f"atom {number} of {what} is {symbol}, and the first of its count {first}"
                raise ContradictionError(f"{message}; give each element a count of its own")
        return Names(beside)
    symbols = _from_comment(comment, counts)
    if symbols is None:
        numbers = shown(" ".join(map(str, counts)))
        message = f"{what} names no elements (VASP 4) for {numbers}"
        raise BadPoscarError(f"{message}; write their symbols in a line above")
    listed = " ".join(symbols)
    note = f"no line of element names (VASP 4): {listed} read from the comment {shown(comment)}"
    return Names(_repeated(symbols, counts), (note,))


def _repeated(names: list[str], counts: list[int]) -> list[str]:
    pairs = zip(names, counts, strict=True)
    return list(chain.from_iterable(repeat(name, count) for name, count in pairs))


def _beside(row: list[str]) -> str | None:
    """The element beside coordinates, behind the flags of selective dynamics if there are any."""
    rest = row[3:]
    if len(rest) > 2 and all(map(_FLAG.fullmatch, rest[:3])):
        rest = rest[3:]
    if rest and (label := _LABEL.fullmatch(rest[0])) and is_symbol(label[1]):
        return label[1]
    return None


def _from_comment(comment: str, counts: list[int]) -> list[str] | None:
    """One symbol for each count, ``None`` where the comment does not say so exactly."""
    words = [re.split(r"[_/]", word, maxsplit=1)[0] for word in comment.split()]
    if len(words) == len(counts) and all(map(is_symbol, words)):
        return words
    if len(words) > 1:
        parts = [_FORMULA_PART.fullmatch(word) for word in words]  # Ti2 O4
        if not all(parts):
            return None
    if not _FORMULA.fullmatch(formula := "".join(words)):
        return None
    pairs = [(symbol, int(n or 1)) for symbol, n in _FORMULA_PART.findall(formula)]
    symbols = [symbol for symbol, _ in pairs]
    if len(pairs) != len(counts) or not all(map(is_symbol, symbols)):
        return None
    total, wanted = sum(n for _, n in pairs), sum(counts)
    same = all(n * wanted == c * total for (_, n), c in zip(pairs, counts, strict=True))
    return symbols if same else None
