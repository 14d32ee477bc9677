"""Kinds of words, told by the grammar that descriptions are written with.

Every sentence form of :mod:`crystext.description.language` stands here as a pattern whose groups
are named after kinds, so a word's kind follows from its place in its sentence: ``2.08`` in "The
Fe(1)-O(1) bond length is 2.08 Å." is a bond length because that sentence has the length there. The
fields of :func:`crystext.description.sections.fields_text` have patterns too, labels included.
Words of sentences that fit no form are ``other``, and such sentences are marked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crystext.description import words
from crystext.description.sections import global_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = {
    "formula": "the crystal's formula, and those of its components",
    "mineral": "mineral or prototype",
    "crystal system": "cubic, trigonal and so on",
    "space group": "Hermann-Mauguin symbol, and the words space group",
    "dimensionality": "two-dimensional, sheets, clusters, and how they lie",
    "site": "elements, sites, bonds by their ends, and the words site and atom",
    "geometry": "coordination of a site: octahedral geometry, 8-coordinate, distorted",
    "polyhedra": "polyhedra and what they share: corner-sharing TiO6 octahedra",
    "tilt angle": "tilt angles of octahedra, in degrees",
    "bond length": "lengths in Å, and the words bond length, shorter, longer",
    "count": "how many, how many of them equivalent, and which: two, first, all",
    "other": "words that hold a sentence together, and sentences of no known form",
    "punctuation": "commas, full stops, and brackets around words",
    "special": "[CLS] and [SEP]",
}
"""Name and meaning; a word has one of them."""
SECTIONS = {
    "global": "the crystal as a whole",
    "local": "its sites",
    "special": "[CLS] and [SEP]",
}
GROUPS = {"section": tuple(SECTIONS), "kind": tuple(KINDS)}
"""Names of the groups that words are counted in; ``special`` is the last of either."""

_GLUE = frozenset(
    {
        *("a", "an", "and", "are", "by", "each", "form", "from", "have", "in", "inside", "is"),
        *("not", "of", "or", "that", "the", "there", "to", "with"),
    }
)
_QUANTITIES = ("equivalent", "inequivalent", "all", "both")
_LAST = {words.ordinal_words(number).rpartition("-")[2] for number in (*range(100), 100, 1000)}
_CARDINALS = {part for n in range(100) for part in words.number_words(n).split("-")}
_COUNTS = frozenset({*_QUANTITIES, *_LAST, *_CARDINALS, "hundred", "thousand", "million"})
_COMPONENT = "|".join(f"{words.component_noun(dimension)}s?" for dimension in range(4))
_ORIENTED = re.compile(
    rf"oriented\s+in\s+the\s.*?\sdirections?\b|\b(?:{_COMPONENT}|molecules?|atoms?)\b", re.DOTALL
)
_FORMS = {
    # The sentence with mineral and space group. A name may hold a full stop and a blank, so it ends
    # where another sentence names its subject, as in crystext.description.sections.
    "mineral": (
        r"(?P<formula>\S+) (?:is (?!bonded\b)(?P<mineral>NAME) "
        r"structured and )?crystallizes in the (?P<crystal_system>\S+) "
        r"(?P<space_group>\S+ space group)END"
    ),
    # The makeup of components. A formula may hold a full stop, without white space behind it.
    "makeup": (
        r"The structure (?:is (?P<dimensionality>\S+-dimensional) and )?"
        r"(?P<dimensionality_1>consists of) (?P<makeup>INSIDE)END"
    ),
    # Sites: how many, which one, of which component, and what each is bonded to.
    "sites": r"There are (?P<count>INSIDE) (?P<count_1>inequivalent) (?P<site>\S+ sites)END",
    "component": r"In (?P<count>CLAUSE) (?P<makeup>CLAUSE (?:COMPONENT)), ",
    "site": r"In the (?P<count>CLAUSE) (?P<site>\S+ site), ",
    "bonded": (
        r"(?P<site>\S+) is bonded (?:in (?P<geometry>INSIDE geometry) )?to "
        r"(?:(?P<site_1>INSIDE) )?(?P<site_2>atoms?)(?: to form (?P<polyhedra>INSIDE))?END"
    ),
    "tilts": r"The (?P<tilt_angle>corner-sharing octahedra\S* INSIDE)END",
    # Bond lengths.
    "one length": r"The (?P<site>\S+) (?P<bond_length>bond length is INSIDE)END",
    "same lengths": (
        r"(?P<count>Both|All) (?P<site>\S+) (?P<bond_length>bond lengths are INSIDE)END"
    ),
    "two lengths": (
        r"There (?:is|are) (?P<count>CLAUSE) (?P<bond_length>shorter CLAUSE) and "
        r"(?P<count_1>CLAUSE) (?P<bond_length_1>longer CLAUSE) (?P<site>\S+) "
        r"(?P<bond_length_2>bond lengths?)END"
    ),
    "spread": (
        r"There are a (?P<bond_length>spread of) (?P<site>\S+) "
        r"(?P<bond_length_1>bond distances INSIDE)END"
    ),
    # Labelled fields.
    "formula field": r"(?P<formula>Formula: \S+?)END",
    "mineral field": r"(?P<mineral>Mineral: .+?)\.(?=\sCrystal\ssystem:)",
    "system field": r"(?P<crystal_system>Crystal system: \S+?)END",
    "space group field": r"(?P<space_group>Space group: \S+ \(\d+\))END",
    "dimensionality field": r"(?P<dimensionality>Dimensionality: \dD)END",
}
"""Patterns of sentences and of what stands before one; a blank is white space of any length."""
_FIELDS = frozenset(name for name in _FORMS if name.endswith(" field"))
_PREFIXES = ("component", "site")
_SENTENCE = re.compile(r".*?(?:\.(?=\s|\Z)|\Z)", re.DOTALL)


class Span(NamedTuple):
    """Characters of a text that have something in common.

    Attributes:
        start: first character.
        end: behind the last one.
        name: the kind, or the section.
    """

    start: int
    end: int
    name: str


class Sentence(NamedTuple):
    """A sentence of a description.

    Attributes:
        start: first character.
        end: behind the full stop.
        section: ``global`` or ``local``.
        known: whether it has one of the forms that descriptions are written in.
        spans: its phrases by kind; what is between them is ``other``.
    """

    start: int
    end: int
    section: str
    known: bool
    spans: tuple[Span, ...]


def _compiled(form: str) -> re.Pattern[str]:
    for name, pattern in (
        ("NAME", r"(?:(?!\bstructured and\b|\. \S+ (?:is|crystallizes) ).)+?"),
        ("INSIDE", r"(?:(?!\.\s).)+?"),
        ("CLAUSE", r"(?:(?![.,]\s).)+?"),
        ("COMPONENT", _COMPONENT),
        ("END", r"\.(?=\s|\Z)"),
        (" ", r"\s+"),
    ):
        form = form.replace(name, pattern)
    # The first word of a sentence behind "In the ... sheet," is not in capitals.
    return re.compile(form, re.DOTALL | re.IGNORECASE)


_PATTERNS = {name: _compiled(form) for name, form in _FORMS.items()}


def sentences(text: str) -> list[Sentence]:
    """The sentences of a description or a section, in order; white space lies between them."""
    whole = global_spans(text)
    found, end = [], len(text) - len(text.lstrip())
    while end < len(text):
        start, spans = end, list[Span]()
        name, match = _form(text, end)
        while match and name in _PREFIXES:
            spans += _spans(match)
            end = match.end()
            name, match = _form(text, end)
        if match:
            spans += _spans(match)
            end = match.end()
        else:
            rest = _SENTENCE.match(text, end)
            assert rest is not None, "any text has a sentence"
            end = rest.end()
        is_global = name in _FIELDS or any(a <= start < b for a, b in whole)
        section = "global" if is_global else "local"
        found.append(Sentence(start, end, section, match is not None, tuple(sorted(spans))))
        end += len(text[end:]) - len(text[end:].lstrip())
    return found


def kind_of(word: str, phrase: str | None) -> str:
    """The kind of a word.

    Args:
        word: the word, without punctuation around it.
        phrase: kind of the phrase that it stands in, ``None`` outside of any.
    """
    if not any(map(str.isalnum, word)) and word not in {"Å", "°"}:
        return "punctuation"
    if phrase in {None, "other"}:
        return "other"
    if phrase not in {"mineral", "space group"}:
        if word in _GLUE:  # in small letters: "In" is indium
            return "other"
        if all(part in _COUNTS for part in word.lower().split("-")):
            return "count"
    return phrase


def _form(text: str, at: int) -> tuple[str | None, re.Match[str] | None]:
    for name, pattern in _PATTERNS.items():
        if match := pattern.match(text, at):
            return name, match
    return None, None


def _spans(match: re.Match[str]) -> Iterator[Span]:
    for group, phrase in match.groupdict().items():
        if phrase is None:
            continue
        start, end = match.span(group)
        kind = re.sub(r"_\d$", "", group).replace("_", " ")
        if kind == "makeup":
            yield from _makeup(match.string, start, end)
        else:
            yield Span(start, end, kind)


def _makeup(text: str, start: int, end: int) -> Iterator[Span]:
    """Components: their formulas, and nouns and directions, which are their dimensionality."""
    for match in _ORIENTED.finditer(text, start, end):
        if match.start() > start:
            yield Span(start, match.start(), "formula")
        yield Span(*match.span(), "dimensionality")
        start = match.end()
    if start < end:
        yield Span(start, end, "formula")
