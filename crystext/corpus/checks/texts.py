"""Checks of the texts: sections, leaked code, characters and tokens that models would lose.

MatSciBERT's own normalisation (``normalize_text.py`` of M3RG-IITD/MatSciBERT) strips accents and
combining marks, and then keeps what is in a table of characters; all others become blanks. ASCII
and the characters named here are in that table and stand for themselves or their plain form.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from crystext.corpus.checks.subject import Problem, Subject
from crystext.corpus.checks.tokenizers import available
from crystext.corpus.columns import SECTIONS, TOKEN_LIMIT
from crystext.corpus.tokens import matscibert_normalised
from crystext.description.sections import disorder_sentence
from crystext.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenizers import Encoding

    from crystext.corpus.tokens import Counter as Tokens

KEPT = frozenset("°±·µμαβγδεθλπσφω≤≥≈∞₂₃₄₆₇₈²³")
"""Non-ASCII characters that MatSciBERT's table has, as far as descriptions could hold them."""
BENIGN_MARKS = frozenset("\u030a\u0301\u0308")
"""Ring, acute and diaeresis: Å, ć and ö lose them and stay readable; a bar over 3 does not."""
_REPR = re.compile(
    r"\b(?:np|numpy)\.\w+|\barray\(|\b(?:nan|NaN|inf|None|True|False)\b|<[\w.]+ object at "
)
_IN_CODE = re.compile(r"\b(?:np|numpy)\.\w+|\barray\(|<[\w.]+ object at ")
_BATCH = 256
_SAMPLE = 500


def sections(subject: Subject) -> Iterator[Problem]:
    """The text is its two sections, one blank between them, not empty, and tells of disorder."""
    for crystal, text, first, second in subject.rows("id", "text", "global_text", "local_text"):
        if " ".join(filter(None, (first, second))) != text:
            yield Problem("sections", crystal, "global and local section do not join to the text")
        if not text.strip():
            yield Problem("sections", crystal, "the text is empty")
    for crystal, text, disorder in subject.rows("id", "text", "disorder"):
        if not text.startswith(disorder_sentence(disorder)):
            yield Problem("sections", crystal, "the text does not say how it was ordered")


def reprs(subject: Subject) -> Iterator[Problem]:
    """No value stands in the words as Python writes it, such as ``np.int64(2)``."""
    for crystal, *texts, condensed in subject.rows("id", *SECTIONS, "condensed"):
        found = {m[0] for text in texts for m in _REPR.finditer(text)}
        found |= {m[0] for m in _IN_CODE.finditer(condensed)}
        for words in sorted(found):
            yield Problem("reprs", crystal, f"a value stands as Python writes it: {words!r}")


def lost(text: str) -> set[str]:
    """The characters of a text that MatSciBERT's normalisation drops or blanks.

    >>> sorted(lost("2.13 Å, 90°, R3\u0305m"))
    ['\u0305']
    """
    if text.isascii():
        return {c for c in set(text) if ord(c) < ord(" ") and c not in "\n\t\r"}
    gone = set()
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.category(character) == "Mn":
            if character not in BENIGN_MARKS:
                gone.add(character)
        elif not (" " <= character <= "~" or character in KEPT or character in "\n\t\r"):
            gone.add(character)
    return gone


def characters(subject: Subject) -> Iterator[Problem]:
    """No character is lost under MatSciBERT's normalisation."""
    for crystal, *texts in subject.rows("id", *SECTIONS):
        for character in sorted(set().union(*map(lost, texts))):
            name = unicodedata.name(character, "control character")
            message = f"MatSciBERT's normalisation loses {character!r} ({name.lower()})"
            yield Problem("characters", crystal, message)


def tokens(subject: Subject) -> Iterator[Problem]:
    """Tokenizers at hand know every word, and count what the columns say.

    Whole texts are counted anew, of other sections a sample; with ``deep`` all of them.
    """
    counters = available(subject.tokenizers)
    for name, counter in counters.items():
        if counter is None:
            message = "the tokenizer is not installed here, so its counts were not checked"
            yield Problem("tokens", name, message, "notice")
            continue
        told = subject.manifest["versions"].get(f"tokenizer {name}")
        if name in subject.tokenizers and told != counter.sha256:
            message = f"the manifest names another tokenizer (SHA-256 {shown(told)}) than is here"
            yield Problem("tokens", name, message, "notice" if told else "error")
        for section in SECTIONS:
            yield from _counted(subject, counter, section)


def _counted(subject: Subject, counter: Tokens, section: str) -> Iterator[Problem]:
    column = f"{section}_tokens_{counter.name}"
    has_column = column in subject.columns()
    rows = subject.rows("id", section, *([column] if has_column else []))
    unknown_id = counter.tokenizer.token_to_id("[UNK]")
    limit = None if subject.deep or section == "text" else _SAMPLE
    lengths = []
    for batch in _batches(rows, limit):
        encoded = _encoded(counter, [row[1] for row in batch])
        for row, encoding in zip(batch, encoded, strict=True):
            unknown = encoding.ids.count(unknown_id)
            if unknown:
                message = f"{counter.name} does not know {unknown} of the tokens of {section}"
                yield Problem("tokens", row[0], message)
            if has_column and row[2] != len(encoding.ids):
                message = f"{column} is {row[2]}, counted were {len(encoding.ids)}"
                yield Problem("tokens", row[0], message)
            lengths.append(len(encoding.ids))
    if lengths and not has_column and section == "text":
        yield Problem("lengths", section, _lengths(counter.name, np.array(lengths)), "notice")


def _encoded(counter: Tokens, texts: list[str]) -> list[Encoding]:
    if counter.name == "matscibert":
        texts = [matscibert_normalised(text) for text in texts]
    return counter.tokenizer.encode_batch(texts)


def _batches(rows: Iterator[tuple], limit: int | None) -> Iterator[list[tuple]]:
    rows = islice(rows, limit)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def lengths(subject: Subject) -> Iterator[Problem]:
    """How long each section is and how much of it models cut off: notices, and wrong flags."""
    for name in subject.tokenizers:
        for section in SECTIONS:
            column = f"{section}_tokens_{name}"
            held = np.array([value for (value,) in subject.rows(column)])
            if len(held):
                yield Problem("lengths", section, _lengths(name, held), "notice")
        flags = subject.rows("id", f"text_tokens_{name}", f"truncated_{name}")
        for crystal, count, truncated in flags:
            if truncated != (count > TOKEN_LIMIT):
                message = f"truncated_{name} is {truncated} at {count} tokens"
                yield Problem("lengths", crystal, message)


def _lengths(name: str, held: np.ndarray) -> str:
    median, p95 = np.percentile(held, [50, 95])
    over = Counter((held > TOKEN_LIMIT).tolist())[True]
    return (
        f"{over:,} of {len(held):,} ({over / len(held):.1%}) have over {TOKEN_LIMIT} {name} "
        f"tokens; median {median:,.0f}, 95 % within {p95:,.0f}, longest {held.max():,}"
    )
