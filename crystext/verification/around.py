"""Claims in free English of what surrounds atoms: neighbours, geometries, polyhedra, sharing.

Patterns over the classes of words: "Each Ti4+ ion is bonded to six O2- ions" is ``wEtwBbNEt``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext.description.words import polyhedra
from crystext.verification.claims import Claim, Kind
from crystext.verification.knowledge import pair
from crystext.verification.lexicon import BREAK
from crystext.verification.vocabulary import GEOMETRIES, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crystext.verification.tokens import Sentence


_LISTED = r"N[wV]?E[tn]*(?:[cw]{1,2}b?N[wV]?E[tn]*)*"
_BONDED = re.compile(rf"(E)[wtVg]{{0,6}}[GC]?B[wbo]{{0,3}}(?P<list>{_LISTED})")
_HAS = re.compile(r"(E)[wt]{0,4}h(?P<list>N[wV]{0,2}E[wt]?(?=n)(?:[cw]{1,2}N[wV]?E[tn])*)n?")
_AND_EACH = re.compile(rf"(E)[wt]{{0,2}}b(?P<list>{_LISTED})")
_HAS_SOME = re.compile(r"(E)[wt]{0,4}hN[wV]{0,2}n")
_AROUND = re.compile(r"(N)[wV]?(E)[tn]*(?:[w]{0,2}(b)|w?s)[w]{0,2}(E)")
_ANY_HAS = re.compile(r"(?<!E)t[w]?h(N)[wV]{0,2}n")
_IN_TURN = re.compile(r"R[wb]{0,3}(E(?:c+E)+)[w]{0,3}(N(?:c+N)+)")
_CN = re.compile(r"R(?:[wb]{0,3}(E))?[wbt]{0,3}(N)")
_OF = re.compile(r"(E)[wt]{0,3}h?[w]{0,2}R[wb]{0,2}(N)")
_BY = re.compile(r"[wo]{0,3}b[w]{0,2}(E)")
_NEAR = re.compile(r"[bwJ]{0,5}(L(?:cL)*)")


def _coordination(sentence: Sentence) -> Iterator[Claim]:
    """How many neighbours an element has, of all and of each other element."""
    codes = sentence.codes
    bonded = list(_BONDED.finditer(codes)) + list(_HAS.finditer(codes))
    if bonded:
        bonded += [
            one for one in _AND_EACH.finditer(codes) if one.start() > min(b.start() for b in bonded)
        ]
    for found in bonded:
        yield from _neighbours(sentence, found)
    for found in _HAS_SOME.finditer(codes):
        number = sentence.number(codes.index("N", found.start()))
        places = range(*found.span())
        yield sentence.claim(Kind.COORDINATION, sentence.symbol(found.start(1)), number, places)
    yield from _around(sentence)
    for found in (*_CN.finditer(codes), *_OF.finditer(codes)):
        own = sentence.symbol(found.start(1)) if found[1] else ""
        number = sentence.number(found.start(2))
        yield sentence.claim(Kind.COORDINATION, own, number, range(*found.span()))
    yield from _folds(sentence)


def _folds(sentence: Sentence) -> Iterator[Claim]:
    """Eight-coordinate caesium; titanium in sixfold coordination by oxygen."""
    for place, code in enumerate(sentence.codes):
        if code != "C":
            continue
        number, here = sentence.number(place), range(place, place + 1)
        by = _BY.match(sentence.codes, place + 1)
        owns = _subjects(sentence, place)
        if not owns:
            yield sentence.claim(Kind.COORDINATION, "", number, here)
        for own in owns:
            symbol = sentence.symbol(own)
            yield sentence.claim(Kind.COORDINATION, symbol, number, here)
            if by and by.start(1) not in owns:
                sentence.objects.add(by.start(1))
                near = f"{symbol}-{sentence.symbol(by.start(1))}"
                yield sentence.claim(Kind.NEIGHBOUR, near, number, range(place, by.end()))


def _around(sentence: Sentence) -> Iterator[Claim]:
    """Six oxygens around each titanium; each atom has four neighbours; numbers in turn."""
    codes = sentence.codes
    for found in _AROUND.finditer(codes):
        if found[3] and sentence.tokens[found.start(3)].value != "around":
            continue
        own, near = sentence.symbol(found.start(4)), sentence.symbol(found.start(2))
        number = sentence.number(found.start(1))
        sentence.objects.add(found.start(2))
        yield sentence.claim(Kind.NEIGHBOUR, f"{own}-{near}", number, range(*found.span()))
    for found in _ANY_HAS.finditer(codes):
        number = sentence.number(found.start(1))
        yield sentence.claim(Kind.COORDINATION, "", number, range(*found.span()))
    for found in _IN_TURN.finditer(codes):
        owns, numbers = (
            [place for place in range(*found.span(group)) if codes[place] != "c"]
            for group in (1, 2)
        )
        if len(owns) != len(numbers):
            continue
        for atom, place in zip(owns, numbers, strict=True):
            value, places = sentence.number(place), range(*found.span())
            yield sentence.claim(Kind.COORDINATION, sentence.symbol(atom), value, places)


def _neighbours(sentence: Sentence, found: re.Match[str]) -> Iterator[Claim]:
    codes, start, end = sentence.codes, *found.span("list")
    own, counts = sentence.symbol(found.start(1)), []
    if found.start(1) in sentence.objects:
        return
    for one in re.finditer(r"N[wV]{0,2}E", codes[start:end]):
        sentence.objects.add(start + one.end() - 1)
        counts.append(
            (sentence.number(start + one.start()), sentence.symbol(start + one.end() - 1))
        )
    places = range(found.start(), end)
    read = [place for place in places if codes[place] not in "GC"]
    before = set(sentence.read)
    claims = [sentence.claim(Kind.COORDINATION, own, sum(number for number, _ in counts), places)]
    for other in dict.fromkeys(other for _, other in counts):
        total = sum(number for number, one in counts if one == other)
        claims.append(sentence.claim(Kind.NEIGHBOUR, f"{own}-{other}", total, places))
    sentence.read = before | set(read)
    yield from claims
    near = _NEAR.match(codes, found.end())
    if near and len(counts) == 1:
        sentence.read.update(range(*near.span(1)))
        for place in range(near.start(1), near.end(), 2):
            yield from sentence.lengths_at(pair(own, counts[0][1]), place)


def _subject(sentence: Sentence, place: int) -> int | None:
    """Where the element is of which a geometry is said: "octahedral Ti", "Ti is octahedral"."""
    codes = sentence.codes
    direct = re.compile(r"B?(E)(?!o|to)").match(codes, place + 1)
    linked = place and re.search(r"E[wtB]{1,4}$", codes[:place])
    if direct and not linked:
        return direct.start(1)
    for before in range(place - 1, -1, -1):
        if codes[before] == BREAK:
            break
        if codes[before] == "E" and before not in sentence.objects:
            return before
    behind = re.compile(r"o?t?[wb]{0,2}B?b?w?(E)").match(codes, place + 1)
    return behind.start(1) if behind else None


def _subjects(sentence: Sentence, place: int) -> list[int]:
    """The same of several: "Mg and Al are octahedral"."""
    found = _subject(sentence, place)
    if found is None or found > place:
        return [] if found is None else [found]
    listed = re.search(r"(?:Et?c+)+$", sentence.codes[:found])
    between = sentence.text[sentence.tokens[found].end : sentence.tokens[place].start]
    if listed is None or not re.search(r"\b(?:are|both|all|have)\b", between):
        return [found]
    own = [at for at in range(*listed.span()) if sentence.codes[at] == "E"]
    return [*(at for at in own if at not in sentence.objects), found]


def _geometries(sentence: Sentence) -> Iterator[Claim]:
    codes = sentence.codes
    for place, code in enumerate(codes):
        token = sentence.tokens[place]
        if code == "Y" and token.value == "cubic" and codes[place + 1 : place + 2] in {"o", "B"}:
            values: tuple[str, ...] = ("body-centered cubic",)
        elif code == "G":
            values = token.value  # type: ignore[assignment]
        else:
            continue
        behind = codes[place + 1 : place + 3]
        if behind[:1] in {"P", "K"} or sentence.is_choice(place):
            continue
        if behind[:1] == "F" and (shape := SHAPES.get(polyhedra(values[0]))):
            value = str(sentence.tokens[place + 1].value)
            yield sentence.claim(Kind.POLYHEDRA, value, shape, range(place, place + 2))
            continue
        owns = _subjects(sentence, place)
        here, value = range(place, place + 1), " or ".join(values)
        if not owns and behind[:1] in {"o", "t", "B"}:
            yield sentence.claim(Kind.GEOMETRY, "", value, here)
        for own in owns:
            yield sentence.claim(Kind.GEOMETRY, sentence.symbol(own), value, here)


_GEOMETRY_OF = {
    shape: geometry
    for geometry in reversed(GEOMETRIES)
    if (shape := SHAPES.get(polyhedra(geometry))) is not None
}


def _shapes(sentence: Sentence) -> Iterator[Claim]:
    """Polyhedra: of a formula, around an element, or of any."""
    codes = sentence.codes
    for place, code in enumerate(codes):
        if code != "S":
            continue
        shape, before = str(sentence.tokens[place].value), codes[place - 1 : place]
        if before == "F":
            value = str(sentence.tokens[place - 1].value)
            yield sentence.claim(Kind.POLYHEDRA, value, shape, range(place - 1, place + 1))
        elif before == "E":
            own, form = sentence.symbol(place - 1), _GEOMETRY_OF[shape]
            yield sentence.claim(Kind.GEOMETRY, own, form, range(place - 1, place + 1))
        elif re.search(r"B.*b[wU]{0,3}$", codes[:place]) and _subject(sentence, place) is not None:
            own = sentence.symbol(_subject(sentence, place) or 0)
            form = _GEOMETRY_OF[shape]
            yield sentence.claim(Kind.GEOMETRY, own, form, range(place, place + 1))
        else:
            yield sentence.claim(Kind.POLYHEDRA, "", shape, range(place, place + 1))


_BEFORE = re.compile(r"(?P<kinds>K(?:[cwH]{0,3}K)*)H")
_BEHIND = re.compile(
    r"H[wO]{0,3}b?[wO]{0,3}(?P<kinds>K(?:[cw]{1,2}b?w?K)*)(?P<not>[hNwcb]{0,6}XK(?:c?XK)*)?"
)


def _sharing(sentence: Sentence) -> Iterator[Claim]:
    """What polyhedra share: corners, edges, faces; only those, or not others."""
    codes = sentence.codes
    for found in (*_BEFORE.finditer(codes), *_BEHIND.finditer(codes)):
        start, end = found.span()
        behind = re.compile(r"[w]{0,2}(?P<formula>F)?E?(?P<shape>S)").match(codes, end)
        if found.re is _BEHIND or behind is None:
            last = codes.rfind("S", 0, start)
            if last < 0:
                subject = ""
            elif codes[last - 1 : last] == "F":
                subject = str(sentence.tokens[last - 1].value)
            else:
                subject = str(sentence.tokens[last].value)
        else:
            at = behind.start("formula") if behind["formula"] else behind.start("shape")
            subject = str(sentence.tokens[at].value)
        kinds = _kinds(sentence, *found.span("kinds"))
        places = range(start, end)
        for kind in kinds:
            yield sentence.claim(Kind.CONNECTIVITY, subject, kind, places)
        near = range(max(start - 2, 0), min(end + 1, len(codes)))
        if any(codes[place] == "O" for place in near):
            sentence.read.update(place for place in near if codes[place] == "O")
            value = f"only {', '.join(sorted(kinds))}"
            yield sentence.claim(Kind.CONNECTIVITY, subject, value, places)
        if found.re is _BEHIND and found["not"]:
            for kind in _kinds(sentence, *found.span("not")):
                yield sentence.claim(Kind.CONNECTIVITY, subject, f"no {kind}", places)


def _kinds(sentence: Sentence, start: int, end: int) -> list[str]:
    found = (str(one.value) for one in sentence.tokens[start:end] if one.code == "K")
    return list(dict.fromkeys(found))


AROUND: tuple[Callable[[Sentence], Iterator[Claim]], ...] = (
    *(_coordination, _geometries, _shapes, _sharing),
)
