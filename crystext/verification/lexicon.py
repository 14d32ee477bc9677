"""The words of free English that claims are made of: each a token of one class.

A sentence becomes a string of one letter a token, over which :mod:`crystext.verification.free`
looks for patterns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from crystext.choices import CRYSTAL_SYSTEMS
from crystext.description.words import number_words
from crystext.verification.families import FAMILIES, family_of
from crystext.verification.knowledge import amounts_of, known_group
from crystext.verification.vocabulary import (
    ANIONS,
    COMMON_NAMES,
    DIMENSIONS,
    GEOMETRIES,
    OTHER_FORMS,
    PROPERTIES,
    SHAPES,
    SYMBOLS,
    compound_of,
    element_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ELEMENT = "(?:" + "|".join(sorted(SYMBOLS, key=len, reverse=True)) + ")"
_NUMBERS = {number_words(number): number for number in range(1, 25)}
_COUNT = rf"(?:\d+|(?i:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}))"
_ENGLISH = frozenset({"In", "As", "I", "At", "He", "Be", "No", "Am"})
"""Symbols of elements that are words of English as well."""
_DECIMAL = r"\d+(?:\.\d+)?"
_SPAN = rf"{_DECIMAL}(?:\s?(?:-|to|and)\s?{_DECIMAL})?"
_LENGTH = r"(?:Å|angstroms?|Angstroms?|ångström|nm|pm|A\b)"
_UNITS = r"(?:eV|meV|GPa|MPa|K|g/cm\^?3|%|S/m|kJ/mol|Å3|Å\^3)"
_CHARGE = r"(?:\^?\{?\d*\.?\d*[+-]\}?(?![\w])|\((?:[IVX]+|[+-]?\d[+-]?)\)|[⁰¹²³⁴⁵⁶⁷⁸⁹]*[⁺⁻])"
_FORMULA = rf"(?:[(\[]{{0,3}}{_ELEMENT}(?:\d+(?:\.\d+)?)?(?:[)\]]\d*){{0,3}}){{1,12}}"
_KINDS = (
    ("number", "#", r"(?i:\bno\.|\bnumber|\bnr\.|#)\s?(?P<_n>\d{1,3})\b"),
    ("other", "U", rf"(?<![\w.]){_SPAN}\s?{_UNITS}(?!\w)"),
    ("length", "L", rf"(?<![\w.]){_SPAN}\s?{_LENGTH}(?!\w)"),
    ("angle", "A", rf"(?<![\w.]){_SPAN}\s?(?:°|degrees?\b)"),
    (
        "fold",
        "C",
        rf"(?<![\w.-]){_COUNT}(?:[- ]?fold|[- ]coordinated?\b)(?![ -]geometr)(?:[ -]coordinat\w+)?",
    ),
    ("pair", "p", rf"(?<![\w-]){_ELEMENT}-{_ELEMENT}(?![\w-])"),
    ("site", "E", rf"(?<![\w-]){_ELEMENT}(?:\([\d,]+\)|{_CHARGE})"),
    (
        "spaced",
        "Q",
        r"(?<![\w/-])[PIFCABR](?: (?:-?[1-6](?:_?[1-5])?(?:/[abcdmn])?|[abcdemn])){2,3}(?![\w/-])",
    ),
    ("group", "Q", r"(?<![\w/-])[PIFCABR](?:-?[1-6]|[abcdemn])[-_/1-6abcdemn]*(?![\w/(-])"),
    (
        "formula",
        "F",
        rf"(?<![\w-])(?=[A-Z]|[(\[]+[A-Z][\w(\[]*[)\]]\d){_FORMULA}(?![\w+])",
    ),
    ("count", "N", r"(?<![\w.-])\d+(?!\w|\.\d)"),
    ("phrase", "", ""),
    ("word", "", r"[^\W\d_]+(?:'s)?"),
    ("mark", "", r"[.,;:()&]"),
)
_SINGLE = {
    "t": "atom atoms ion ions cation cations anion anions site sites position positions center "
    "centers centre centres ligand ligands hole holes void voids interstices",
    "n": "neighbor neighbors neighbour neighbours",
    "B": "bonded bound coordinated surrounded coordinates coordinate",
    "o": "coordination geometry environment arrangement geometries environments",
    "H": "share shares sharing shared connected linked joined connect link",
    "K": "corner corners edge edges face faces vertex vertices",
    "J": "bond bonds length lengths distance distances separation separations",
    "P": "sheet sheets layer layers ribbon ribbons chain chains cluster clusters framework "
    "frameworks molecule molecules",
    "g": "unit units groups",
    "h": "has have having with possesses",
    "V": "inequivalent nonequivalent distinct unique independent different",
    "O": "only solely exclusively purely just merely",
    "X": "not no never without neither nor lacks lack isn't non pseudo",
    "s": "surround surrounds surrounding",
    "x": "unlike like than beside besides versus resembles resembling similar compared whereas",
    "c": "and or",
    "b": "to by from of through via at in into around about for on",
}
_WORDS = {word: code for code, words in _SINGLE.items() for word in words.split()}
_MARKS = {".": "|", ";": "|", ":": "|", ",": "c", "(": "c", ")": "c", "&": "c"}
_COUNTED = re.compile(r"^(?:mono|di|tri|tetra|penta|hexa|sesqui)")
_SHORT = 3  # letters of a word that may look like the symbol of a group
BREAK, WORD = "|", "w"


@dataclass(frozen=True)
class Token:
    """A word, or several that are one.

    Attributes:
        code: its class.
        value: what it stands for.
        start: where it begins.
        end: where it ends.
    """

    code: str
    value: object
    start: int
    end: int


def tokens_of(sentence: str) -> list[Token]:
    """The tokens of a sentence, in its order."""
    found: list[Token] = []
    for match in _pattern().finditer(sentence):
        token = _token(match, sentence, found)
        if token is not None:
            found.append(token)
    return found


def _token(match: re.Match[str], sentence: str, before: list[Token]) -> Token | None:
    name, said = match.lastgroup or "", match[0]
    if name == "_n":
        name = "number"
    start, end = match.span()
    code, value = _READ[name](said)
    if name == "phrase" and sentence[start - 1 : start] == "-":
        code = "U"  # "pseudo-cubic"
    if name in {"formula", "group"}:
        code, value = _symbol(said, sentence, start, end, before)
    return Token(code, value, start, end) if code else None


def _symbol(
    said: str, sentence: str, start: int, end: int, before: list[Token]
) -> tuple[str, object]:
    """A formula, a space group, an element, or a word that only looks like one."""
    bare = said.rstrip(".")
    is_formula = re.fullmatch(_FORMULA, bare) is not None and amounts_of(bare) is not None
    behind = re.match(r"\s+(?:space group|symmetry)", sentence[end:]) is not None
    told = re.search(
        r"(?:group:?(?: is)?|symmetry|crystalli[sz]es in(?: the)?|\b(?:"
        + "|".join(CRYSTAL_SYSTEMS)
        + r"),?) \(?$",
        sentence[:start],
    )
    is_word = bare.isalpha() and len(bare) <= _SHORT
    if known_group(bare) is not None and (not (is_formula or is_word) or behind or told):
        return "Q", bare
    if not is_formula:
        return WORD, None
    amounts = amounts_of(bare) or {}
    if len(amounts) > 1 or any(map(str.isdigit, bare)):
        return ("F", bare) if known_group(bare) is None or len(amounts) > 1 else (WORD, None)
    if bare in _ENGLISH and (not before or before[-1].code == BREAK):
        return WORD, None
    return "E", (bare,)


def _phrase(said: str) -> tuple[str, object]:
    plain = " ".join(said.lower().split())
    if (family := family_of(plain)) is not None:
        return "M", family
    for code, values in _PHRASES.items():
        if plain in values:
            return code, values[plain]
    return "U", None


def _word(said: str) -> tuple[str, object]:
    plain = said.lower().removesuffix("'s")
    if said.removesuffix("'s") not in {plain, plain.capitalize()}:
        return WORD, None
    if plain in _NUMBERS or plain == "single":
        return "N", _NUMBERS.get(plain, 1)
    if plain in _WORDS:
        code = _WORDS[plain]
        return code, _kind(plain) if code == "K" else plain
    if plain in COMMON_NAMES:
        return "F", COMMON_NAMES[plain]
    return _chemical(plain)


def _chemical(word: str) -> tuple[str, object]:
    """An element or an anion by its name, also in the plural or with a number before."""
    one = word.removesuffix("s")
    for name in (word, one, _COUNTED.sub("", one)):
        if name in element_names():
            return "E", (element_names()[name],)
        if name in ANIONS:
            return "Z", (ANIONS[name],)
        if compound := compound_of(name):
            return "Z", compound
    return WORD, word


def _kind(word: str) -> str:
    return "corner" if word.startswith("vert") else word.removesuffix("s")


def _span(said: str) -> tuple[str, object]:
    """Lengths in angstrom as they are written, with the places behind the point."""
    scale = 10.0 if said.endswith("nm") else 0.01 if said.endswith("pm") else 1.0
    return "L", tuple(
        (
            round(float(one) * scale, 6),
            0.5 * scale * 10.0 ** -len(one.partition(".")[2]),
        )
        for one in re.findall(_DECIMAL, said)
    )


def _fold(said: str) -> tuple[str, object]:
    count = re.match(_COUNT, said)
    assert count is not None
    word = count[0].lower()
    return "C", int(word) if word.isdigit() else _NUMBERS[word]


_READ = {
    "number": lambda said: ("#", int(re.sub(r"\D", "", said))),
    "other": lambda _: ("U", None),
    "length": _span,
    "angle": lambda _: ("A", None),
    "fold": _fold,
    "pair": lambda said: ("p", tuple(said.split("-"))),
    "site": lambda said: ("E", (re.match(_ELEMENT, said)[0],)),  # type: ignore[index]
    "spaced": lambda said: ("Q" if known_group(said) else WORD, said),
    "group": lambda said: ("Q", said),
    "formula": lambda said: ("F", said),
    "count": lambda said: ("N", int(said)),
    "phrase": _phrase,
    "word": _word,
    "mark": lambda said: (_MARKS[said], said),
}


def _with_adverbs(forms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each geometry with what it is called: octahedral, octahedrally."""
    for form in forms:
        plain = form.lower()
        yield plain, form
        yield f"{plain}ly", form
        yield f"{plain.removesuffix('al')}ally", form


_PHRASES: dict[str, dict[str, object]] = {
    "S": {
        **{one.lower(): plural for one, plural in SHAPES.items()},
        **{f"{one[:-1]}on": one for one in SHAPES.values() if one.endswith("hedra")},
    },
    "G": {said: (form,) for said, form in _with_adverbs(GEOMETRIES)} | OTHER_FORMS,
    "D": {one.lower(): number for one, number in DIMENSIONS.items()},
    "Y": {one: one for one in CRYSTAL_SYSTEMS},
    "R": {"coordination number": None, "coordination numbers": None},
    "q": {"space group": None, "space group number": None},
    "w": {"formula unit": None},
}
"""What phrases stand for, by class."""


@cache
def _pattern() -> re.Pattern[str]:
    listed = [one for values in _PHRASES.values() for one in values] + list(PROPERTIES)
    words = "|".join(
        re.escape(one).replace(r"\ ", r"\s") for one in sorted(listed, key=len, reverse=True)
    )
    families = "|".join(one.words for one in FAMILIES.values())
    phrase = rf"(?<!\w)(?i:{families}|{words})(?![\w]|-(?:like|derived|related|based))"
    kinds = [(name, phrase if name == "phrase" else pattern) for name, _, pattern in _KINDS]
    first = [one for one in kinds if one[0] == "phrase"]
    return re.compile(
        "|".join(
            rf"(?P<{name}>{pattern})"
            for name, pattern in [*kinds[:5], *first, *(k for k in kinds[5:] if k[0] != "phrase")]
        )
    )
