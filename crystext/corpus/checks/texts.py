"""Checks of the texts: sections, other texts, leaked code, what models would lose."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from crystext.choices import TOKEN_LIMIT
from crystext.corpus.checks.subject import Finding, Problem, Subject
from crystext.corpus.columns import SECTIONS
from crystext.corpus.normalisation import matscibert_normalised
from crystext.corpus.tokens import HUB_IDS, load_counter
from crystext.description.sections import disorder_sentence
from crystext.errors import CrystextError, shown
from crystext.representations.encode import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.corpus.tokens import Counter as Tokens

BENIGN_MARKS = frozenset("\u030a\u0301\u0308")
"""Ring, acute and diaeresis: Å, ć and ö lose them and stay readable; a bar over 3 does not."""
_REPR = re.compile(
    r"\b(?:np|numpy)\.\w+|\barray\(|\b(?:nan|NaN|inf|None|True|False)\b|<[\w.]+ object at "
)
_IN_CODE = re.compile(r"\b(?:np|numpy)\.\w+|\barray\(|<[\w.]+ object at ")
ALWAYS = "minilm"
"""Tried even where the corpus counts with others or with none."""
_BATCH = 256
_SAMPLE, _READ = 500, 200  # sections whose tokens are counted; other texts that are read


def sections(subject: Subject) -> Iterator[Finding]:
    """The text is its two sections, one blank between them, not empty, and tells of disorder."""
    for crystal, text, first, second in subject.rows("id", "text", "global_text", "local_text"):
        if " ".join(filter(None, (first, second))) != text:
            yield crystal, "global and local section do not join to the text"
        if not text.strip():
            yield crystal, "the text is empty"
    for crystal, text, disorder in subject.rows("id", "text", "disorder"):
        if not text.startswith(disorder_sentence(disorder)):
            yield crystal, "the text does not say how it was ordered"


def representations(subject: Subject) -> Iterator[Finding]:
    """What can be read of the other texts has the elements of its row, in the same shares.

    A sample is read; with ``deep`` all of them.
    """
    for one in subject.representations:
        if one.read_by is None:
            continue
        rows = subject.rows("id", "structure", one.column)
        for crystal, cif, text in islice(rows, None if subject.deep else _READ):
            try:
                found, told = decode(text, one.name), decode(cif, "cif-p1")
            except CrystextError as error:
                yield crystal, f"{one.column} cannot be read ({error.message})"
                continue
            shares = [one.structure.composition.reduced_formula for one in (found, told)]
            if shares[0] != shares[1]:
                yield crystal, f"{one.column} is {shown(shares[0])}, the structure {shares[1]}"


def reprs(subject: Subject) -> Iterator[Finding]:
    """No value stands in the words as Python writes it, such as ``np.int64(2)``."""
    for crystal, *texts, condensed in subject.rows("id", *SECTIONS, "condensed"):
        found = {m[0] for text in texts for m in _REPR.finditer(text)}
        found |= {m[0] for m in _IN_CODE.finditer(condensed)}
        for literal in sorted(found):
            yield crystal, f"a value stands as Python writes it: {literal!r}"


def lost(text: str) -> set[str]:
    """The characters of a text that MatSciBERT's normalisation drops or blanks.

    >>> sorted(lost("2.13 Å, 90°, R3\u0305m"))
    ['\u0305']
    """
    if text.isascii() and text.isprintable():
        return set()
    return set(filter(_is_lost, set(unicodedata.normalize("NFD", text))))


@cache
def _is_lost(character: str) -> bool:
    kept = character in " \n\t\r" or character in BENIGN_MARKS
    return not kept and not matscibert_normalised(character).strip()


def characters(subject: Subject) -> Iterator[Finding]:
    """No character is lost under MatSciBERT's normalisation."""
    for crystal, *texts in subject.rows("id", *SECTIONS):
        for character in sorted(set().union(*map(lost, texts))):
            name = unicodedata.name(character, "control character")
            yield crystal, f"MatSciBERT's normalisation loses {character!r} ({name.lower()})"


def tokens(subject: Subject) -> Iterator[Finding]:
    """Tokenizers at hand know every word, and count what the columns say.

    Whole texts are counted anew, of other sections a sample; with ``deep`` all of them.
    """
    for name in dict.fromkeys([*subject.corpus.tokenizers, ALWAYS]):
        counter = at_hand(name)
        if counter is None:
            if name in subject.corpus.tokenizers:
                message = "the tokenizer is not installed here, so its counts were not checked"
                yield name, message, "notice"
            continue
        told = subject.manifest["versions"].get(f"tokenizer {name}")
        if name in subject.corpus.tokenizers and told != counter.sha256:
            message = f"the manifest names another tokenizer (SHA-256 {shown(told)}) than is here"
            yield name, message, "notice" if told else "error"
        others = [
            one.column for one in subject.representations if name in subject.corpus.tokenizers
        ]
        for section in (*SECTIONS, *others):
            yield from _counted(subject, counter, section)


def at_hand(name: str) -> Tokens | None:
    """The tokenizer of a short name, ``None`` if it is not on this machine or cannot be read."""
    try:
        return load_counter(name, offline=True) if name in {ALWAYS, *HUB_IDS} else None
    except CrystextError:
        return None


def _counted(subject: Subject, counter: Tokens, section: str) -> Iterator[Finding]:
    column = f"{section}_tokens_{counter.name}"
    has_column = column in subject.columns()
    rows = subject.rows("id", section, *([column] if has_column else []))
    unknown_id = counter.tokenizer.token_to_id("[UNK]")  # none where all can be spelt
    limit = None if subject.deep or section == "text" else _SAMPLE
    lengths = []
    for batch in _batches(rows, limit):
        encoded = counter.encode(row[1] for row in batch)
        for row, encoding in zip(batch, encoded, strict=True):
            unknown = 0 if unknown_id is None else encoding.ids.count(unknown_id)
            if unknown:
                yield row[0], f"{counter.name} does not know {unknown} of the tokens of {section}"
            if has_column and row[2] != len(encoding.ids):
                yield row[0], f"{column} is {row[2]}, counted were {len(encoding.ids)}"
            lengths.append(len(encoding.ids))
    if lengths and not has_column and section == "text":
        yield Problem("lengths", section, _lengths(counter.name, np.array(lengths)), "notice")


def _batches(rows: Iterator[tuple], limit: int | None) -> Iterator[list[tuple]]:
    rows = islice(rows, limit)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def lengths(subject: Subject) -> Iterator[Finding]:
    """How long each section is and how much of it models cut off: notices, and wrong flags."""
    for name in subject.corpus.tokenizers:
        for section in (*SECTIONS, *(one.column for one in subject.representations)):
            column = f"{section}_tokens_{name}"
            held = np.array([value for (value,) in subject.rows(column)])
            if len(held):
                yield section, _lengths(name, held), "notice"
        flags = subject.rows("id", f"text_tokens_{name}", f"truncated_{name}")
        for crystal, count, truncated in flags:
            if truncated != (count > TOKEN_LIMIT):
                yield crystal, f"truncated_{name} is {truncated} at {count} tokens"


def _lengths(name: str, held: np.ndarray) -> str:
    median, p95 = np.percentile(held, [50, 95])
    over = Counter((held > TOKEN_LIMIT).tolist())[True]
    return (
        f"{over:,} of {len(held):,} ({over / len(held):.1%}) have over {TOKEN_LIMIT} {name} "
        f"tokens; median {median:,.0f}, 95 % within {p95:,.0f}, longest {held.max():,}"
    )
