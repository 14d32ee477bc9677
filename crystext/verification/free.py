"""Claims in plain English: "titanium is tetrahedral", "SnO2 in P4_2/mnm", "the compound is cubic".

Each reader stands beside those of ``reading.py`` for robocrystallographer's sentences, whose claims
it may find again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.description import words
from crystext.verification.claims import Claim, Kind
from crystext.verification.knowledge import amounts_of
from crystext.verification.patterns import (
    ATOM,
    ATOMS,
    ELEMENT,
    ENGLISH,
    FORMULA,
    GROUP,
    MINERAL,
    NAMES,
    NOUNS,
    SMALL_NUMBER,
    SYSTEMS,
    number_of,
    space_group_number,
    symbols_of,
)
from crystext.verification.vocabulary import DIMENSIONS, FORMS, GEOMETRIES, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator

# ----------------------------------------------------------------------------- geometries of sites

_ABOUT = {"body-centered cubic", "cubic", "body-centred cubic"}  # of the crystal too
_PLAIN = (*(one for one in GEOMETRIES if not re.search(r"\d-coord|q\d", one)), *FORMS)
_NAMED = "|".join(map(re.escape, sorted(_PLAIN, key=len, reverse=True)))
_OF_SITE = r"(?:ly)?[ -](?:co-?ordinat\w+|geometr\w+|environments?)"
_HOLE = r" (?:sites?|positions?|holes?|voids?|interstices)"
_NO_CELL = "|".join(re.escape(one) for one in _ABOUT)
GEOMETRY = (
    rf"(?<![-\w])(?i:(?:{_NO_CELL})(?={_OF_SITE}|{_HOLE})"
    rf"|(?!(?:{_NO_CELL})\b)(?:{_NAMED})(?:ly)?)(?!\w)"
)
"""A name of a geometry; cubic ones only where they are said of a site."""
_SHAPED = "|".join(sorted(SHAPES, key=len, reverse=True))
_THINGS = (
    rf"(?: \({ELEMENT}\))?"
    r"(?:'s)?(?: (?:co-?ordination|environments?|geometry|atoms?|ions?|sites?|"
    r"cations?|anions?|cent(?:er|re)s?|metals?))*"
)
_FILLER = (
    r"(?i:is|are|has|have|with|in|into|on|an?|the|all|each|both|also|only|always|adopts?|sits?|lies?"
    r"|occup(?:y|ies)|shows?|exhibits?|prefers?|takes?|forms?|found|located|placed|"
    r"coordinated|surrounded|bonded|bound|"
    r"(?:corner|edge|face)-sharing|almost|nearly|slightly|strongly|perfectly|perfect|regular|"
    r"ideal|distorted|being|that|which|"
    r"site|sites|as|at|to|be|would|can|mixture|of)"
)
_FORWARD = re.compile(
    rf"({ATOMS}){_THINGS},? (?:{_FILLER},? )+({GEOMETRY}|(?i:{_SHAPED})\b)"
    r"(?! (?:chains?|layers?|sheets?|rings?)\b)"
)
_AFTER = re.compile(
    rf"({ATOM}){_THINGS}:? ({GEOMETRY})(?=[.,;)]|$| and\b| (?:bonded|co-?ordinated)\b)"
)
_LAST_WORD = re.compile(r"([\w-]+)(?: equivalent| the)? $")
_BONDED_TO = re.compile(
    rf"({ATOMS}){_THINGS} (?:is|are)(?: [a-z]+ly)? (?:bonded|bound|co-?ordinated|surrounded)"
)
_BACKWARD = re.compile(
    rf"({GEOMETRY})(?:[ -]co-?ordinated|[ -]co-?ordination| geometry| environments?|{_HOLE})?"
    rf"(?: (?:of|for|around|about|at|by|with)(?: the)?)? ({ATOMS})"
    r"(?!(?:,? \w+)? (?:co-?ordination|environments?|cages?|polyhedra|neighbou?rs?))"
)
_BY = re.compile(r"(?:[ -]co-?ordinat\w+|geometry|environment) (?:by|with) ", re.IGNORECASE)
_FORM = re.compile(GEOMETRY)
_ALONE = re.compile(rf"({GEOMETRY})(?=[ -]co-?ordinat|(?: \w+)? (?:geometr|environment)|{_HOLE})")
_NO_FORMULA = re.compile(rf"(?<!\d) (?:{_SHAPED})\b")  # the quick question before the next
_ATOM_SHAPE = re.compile(rf"({ATOMS})(?:[- ]cent(?:er|re)d)? ({_SHAPED})\b")


def geometries(sentence: str) -> Iterator[Claim]:
    """Of an element where one is named, else of any site."""
    taken: set[int] = set()
    for start, atoms, form, said in _told_geometries(sentence):
        if start not in taken:
            taken.add(start)
            for symbol in symbols_of(atoms) or [""]:
                yield Claim(Kind.GEOMETRY, symbol, _form(form), said)


def _told_geometries(sentence: str) -> Iterator[tuple[int, str, str, str]]:
    """Where a geometry stands, of which atoms, its word, and all that says so."""
    for found in _FORWARD.finditer(sentence):
        atoms = _subject(sentence, found)
        if atoms is not None:
            yield found.start(2), atoms, found[2], found[0]
    for found in _AFTER.finditer(sentence) if _FORM.search(sentence) else ():
        yield found.start(2), found[1], found[2], found[0]
    for found in _BACKWARD.finditer(sentence):
        # "tetrahedral coordination by oxygen" says nothing of oxygen's own
        if found[2] not in ENGLISH and not _BY.search(found[0]):
            yield found.start(1), found[2], found[1], found[0]
    for found in _ALONE.finditer(sentence):
        yield found.start(), "", found[1], found[0]
    for found in _ATOM_SHAPE.finditer(sentence) if _NO_FORMULA.search(sentence) else ():
        yield found.start(2), found[1], found[2], found[0]


def _subject(sentence: str, found: re.Match[str]) -> str | None:
    """Of which atoms a geometry is said: in "Ti is bonded to six O in ..." it is not O."""
    before = sentence[: found.start(1)]
    if found[1] in ENGLISH and not sentence[found.end(1) :].startswith(" is "):
        return None
    counted = _LAST_WORD.search(before)
    if counted is None or (
        counted[1] not in {"to", "by", "with"} and number_of(counted[1]) is None
    ):
        return found[1]
    bonded = list(_BONDED_TO.finditer(before))
    return bonded[-1][1] if bonded else None


def _shape_of(geometry: str) -> str | None:
    return SHAPES.get(words.polyhedra(geometry))


def _form(said: str) -> str:
    """The geometry as the vocabulary writes it, also of a polyhedron."""
    said = said.lower()
    if said in SHAPES:
        return next(one for one in GEOMETRIES if _shape_of(one) == SHAPES[said])
    alike = {said, said.removesuffix("ly"), f"{said.removesuffix('ly')}l"}
    return next((one for one in _PLAIN if one.lower() in alike), said)


# ------------------------------------------------------------------------------------- coordination

_MANY = SMALL_NUMBER
_FOLD = re.compile(
    rf"(?:({ATOMS}){_THINGS},? (?:{_FILLER},? )+)?(?<![-\w]){_MANY}(?:-| )?"
    rf"(?:fold(?:[ -]co-?ordinat\w+)|co-?ordinated?\b(?! geometry))(?: ({ATOMS}))?"
)
_CN = re.compile(
    rf"(?:({ATOMS}){_THINGS} (?:{_FILLER} )+)?[Cc]o-?ordination number"
    rf"(?: (?:of|for)(?: the)? ({ATOMS}){_THINGS})?(?: is| of|:| =)? {_MANY}\b"
)
_NEAR = rf"{SMALL_NUMBER}(?: (?:equivalent|nearest|neighbou?ring))? ({ATOM})"
_SURROUNDED = re.compile(
    rf"({ATOMS}){_THINGS} (?:is|are|has|have)(?: [a-z]+ly)?"
    rf"(?: (?:co-?ordinated|surrounded|bonded|bound|linked|connected)(?: (?:by|to|with))?)?"
    rf"((?:,? ?(?:and )?{_NEAR}{_THINGS}(?: neighbou?rs)?)+)"
)


def coordination(sentence: str) -> Iterator[Claim]:
    """Numbers of neighbours, of all or of one element."""
    for found in _FOLD.finditer(sentence) if "ordinat" in sentence else ():
        number = number_of(found[2])
        if number is not None:
            for symbol in symbols_of(f"{found[1] or ''} {found[3] or ''}") or [""]:
                yield Claim(Kind.COORDINATION, symbol, number, found[0])
    for found in _CN.finditer(sentence) if "ordination number" in sentence else ():
        number = number_of(found[3])
        if number is not None:
            for symbol in symbols_of(f"{found[1] or ''} {found[2] or ''}") or [""]:
                yield Claim(Kind.COORDINATION, symbol, number, found[0])
    for found in _SURROUNDED.finditer(sentence):
        near = [(number_of(one[1]), one[2]) for one in re.finditer(_NEAR, found[2])]
        counts = [(number, symbols_of(other)[0]) for number, other in near if number]
        if len(counts) == len(near):
            for own in symbols_of(found[1]):
                yield from _neighbours(own, counts, found[0])


def _neighbours(own: str, counts: list[tuple[int, str]], said: str) -> Iterator[Claim]:
    yield Claim(Kind.COORDINATION, own, sum(number for number, _ in counts), said)
    for other in dict.fromkeys(other for _, other in counts):
        total = sum(number for number, one in counts if one == other)
        yield Claim(Kind.NEIGHBOUR, f"{own}-{other}", total, said)


# ---------------------------------------------------------------------------------------- polyhedra

_SHARING = re.compile(
    rf"((?:(?:corner|edge|face)s?(?:-|,|/| and| or)* ?)+)-?[- ]?(?:sharing|shared|linked|connected)"
    rf"(?: [a-z]+)?? ({_SHAPED})\b(?! are not tilted)",
    re.IGNORECASE,
)
_SHARES = re.compile(
    rf"(?<![-\w])({_SHAPED})(?: (?:that|which|are|all))* (?:shar(?:e|ing)|linked (?:by|through))"
    r" (?:their |common )?((?:(?:corner|edge|face)s?(?:,? and |, )?)+)",
    re.IGNORECASE,
)
_SHAPE = re.compile(rf"(?<![-\w])({_SHAPED})\b(?! are not tilted)", re.IGNORECASE)
_KIND = re.compile(r"corner|edge|face", re.IGNORECASE)
_SHAPED_FORMULA = re.compile(rf"({GEOMETRY}) {FORMULA}(?![\w-])")
_NEARBY = 60  # characters in which a formula stands before the word for its polyhedra
_ATOM_AND = re.compile(rf"{ATOM}(?:[- ]cent(?:er|re)d)? $")
_FORMULA_AND = re.compile(rf"(?<![\w()]){FORMULA} $")
_LABELLED_AND = re.compile(rf"\){FORMULA} $")


def polyhedra(sentence: str) -> Iterator[Claim]:
    """Shapes and what they share, where no formula of the polyhedra is given."""
    for found in _SHARING.finditer(sentence):
        yield from _shared(found[2], found[1], found[0])
    for found in _SHARES.finditer(sentence):
        near = sentence[max(0, found.start() - _NEARBY) : found.start()]
        before = _FORMULA_AND.search(near)
        if before and not _ATOM_AND.search(near):
            for kind in dict.fromkeys(map(str.lower, _KIND.findall(found[2]))):
                yield Claim(Kind.CONNECTIVITY, before[1], kind, found[0])
        elif not _LABELLED_AND.search(near):
            yield from _shared(found[1], found[2], found[0])
    for found in _SHAPE.finditer(sentence):
        if not _has_formula(sentence[max(0, found.start() - _NEARBY) : found.start()]):
            yield Claim(Kind.POLYHEDRA, "", SHAPES[found[1].lower()], found[0])
    for found in _SHAPED_FORMULA.finditer(sentence):
        shape = _shape_of(_form(found[1]))
        if shape and len(amounts_of(found[2]) or ()) > 1 and re.match(ELEMENT, found[2]):
            yield Claim(Kind.POLYHEDRA, found[2], shape, found[0])


def _has_formula(before: str) -> bool:
    """Whether the formula of polyhedra, or their atom, stands before the word for them."""
    return any(one.search(before) for one in (_FORMULA_AND, _LABELLED_AND, _ATOM_AND))


def _shared(shape: str, kinds: str, said: str) -> Iterator[Claim]:
    for kind in dict.fromkeys(map(str.lower, _KIND.findall(kinds))):
        yield Claim(Kind.CONNECTIVITY, SHAPES[shape.lower()], kind, said)


# ------------------------------------------------------------------------------- the whole crystal

_BETWEEN = rf"(?: (?:{'|'.join(DIMENSIONS)}|Bravais|binary|ternary|simple|(?:{NAMES})))"
_SYSTEM = re.compile(
    rf"(?<![-\w])((?i:{SYSTEMS}))(?:{_BETWEEN}{{1,3}} (?:{NOUNS})"
    rf"|(?= (?:metal|semiconductor|insulator|solid|form|polymorph|modification|variant)\b)"
    rf"|(?= (?:{FORMULA}(?![\w-])|(?:{NAMES})(?![-\w])(?! (?:co-?ordination|environment))))"
    rf"|(?= (?:and|but|with|in|at) |[.,;:!?)]| \(| {GROUP}|$))"
)
_END = r"(?=[\s,;:)]|\.(?:\s|$)|$)"
_SAID = re.compile(
    r"\b(?i:formula|composition|stoichiometry)(?: of the \w+)?(?: is| of|:)?"
    rf" {FORMULA}{_END}"
)
_AS_SUBJECT = re.compile(
    rf"^\s*(?:(?:The|This|A|An|It is|This is)(?: \w+){{0,3}} "
    r"|(?:The )?(?:[Cc]rystals?|[Ss]tructure|[Cc]ompound) (?:of )?"
    rf"|(?!Each|Every|All|Both|In|With|Like|Unlike|As|From|Of)[A-Z][a-z]+(?: [a-z]+)?,? )?{FORMULA}"
    r"(?=[.,:;]?\s*$|,? (?:is|are|has|in|with|adopts|forms?|crystalli[sz]es|belongs|consists|"
    r"contains|shows|crystal|compound|structure|phase|that|which|at|of)\b|[,:;] )"
)
_AFTER_SYSTEM = re.compile(
    rf"\b(?i:{SYSTEMS}|layered|{'|'.join(DIMENSIONS)}) {FORMULA}(?=[\s,;:]|\.\s|\.?$)"
)
_NO_COMPOUND = re.compile(
    rf"^ ?(?:{_SHAPED}|units?|groups?|polyhed|layers?|sheets?|chains?|clusters?|ribbons?|framework)"
)
_GROUP = re.compile(rf"(?<![-\w/]){GROUP}(?![-\w/])(?: ?\((?:No\. ?|#)?(\d{{1,3}})\))?")
_COMPONENT = re.compile(rf"\b{FORMULA} (cluster|ribbon|sheet|framework)s?\b")


def crystal(sentence: str) -> Iterator[Claim]:
    """Crystal system, formula and space group, however they are said."""
    unnamed = MINERAL.sub(lambda found: " " * len(found[0]), sentence)  # "Cubic Perovskite"
    for found in _SYSTEM.finditer(unnamed):
        yield Claim(Kind.CRYSTAL_SYSTEM, "", found[1].lower(), found[0])
    yield from _formulas(sentence)
    for found in _GROUP.finditer(unnamed):
        if _names_group(sentence, found):
            yield Claim(Kind.SPACE_GROUP, "", found[1], found[0])
            if found[2]:
                yield Claim(Kind.SPACE_GROUP, "", int(found[2]), found[0])
    for found in _COMPONENT.finditer(sentence):
        if len(amounts_of(found[1]) or ()) > 1 or re.search(r"\d", found[1]):
            yield Claim(Kind.COMPONENT, found[2], found[1].lower(), found[0])


def _formulas(sentence: str) -> Iterator[Claim]:
    said = [*_SAID.finditer(sentence), *_AFTER_SYSTEM.finditer(sentence)]
    if subject := _AS_SUBJECT.match(sentence):
        said.append(subject)
    for found in said:
        formula = found[1].rstrip(".")
        amounts = amounts_of(formula)
        is_subject = found.re is _AS_SUBJECT
        if not amounts or _NO_COMPOUND.match(sentence[found.end(1) :]):
            continue
        if is_subject and len(amounts) == 1:  # an element, or a molecule in it
            continue
        if formula in ENGLISH or (found.re is not _SAID and _names_group(sentence, found)):
            continue
        yield Claim(Kind.FORMULA, "", formula, found[0].strip())
        for element in amounts:
            yield Claim(Kind.ELEMENT, element, element, found[0].strip())


_IN = re.compile(
    rf"(?:\bin(?: the)?(?: (?:{SYSTEMS}))?(?: space)?(?: group)?|group:?|is|symmetry|{SYSTEMS}) $"
)


def _names_group(sentence: str, found: re.Match[str]) -> bool:
    """Whether a word is the symbol of a space group, and not a formula that looks like one."""
    word = found[1]
    if space_group_number(word) is None:
        return False
    before, after = sentence[: found.start(1)], sentence[found.end(1) :]
    is_word = word.isalpha() and len(word) < 4
    if not (is_word or re.fullmatch(FORMULA, word)) or after.startswith(
        (" space group", " symmetry")
    ):
        return True
    if re.fullmatch(ELEMENT, word):
        return bool(
            re.search(rf"group:?(?: is)? $|crystalli[sz]es in (?:the )?$|\b(?:{SYSTEMS}) $", before)
        )
    return _IN.search(before) is not None


# ----------------------------------------------------------------------------------------- elements

_HOLDS = re.compile(
    rf"\b(?i:contain(?:s|ing)?|made (?:up )?of|composed of|comprises|elements?:?)"
    rf"(?: the| elements| only| both)* ({ATOMS})"
)


def elements(sentence: str) -> Iterator[Claim]:
    """By their symbols, where a text lists them."""
    for found in _HOLDS.finditer(sentence):
        for symbol in symbols_of(found[1]):
            yield Claim(Kind.ELEMENT, symbol, symbol, found[0])


READERS = (geometries, coordination, polyhedra, crystal, elements)
