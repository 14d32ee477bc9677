"""The sections of a description: splitting foreign text, and global facts as labelled fields.

A description has two sections. Global is what is said of the crystal as a whole: the sentence
with mineral and space group, and the sentence on the component makeup ("The structure is
two-dimensional and consists of ..."), before them, of an ordered form of a disordered crystal, the
one that says what was done. Local is every other sentence. Text of our own comes in parts already
(:class:`crystext.description.language.Parts`); text from elsewhere (other versions of robocrys,
published corpora) is split here by what its sentences say, wherever they stand.
"""

from __future__ import annotations

import re

_N_SPACE_GROUPS = 230

# A sentence begins behind a full stop and white space, and ends at a full stop before white space:
# decimals and amounts hold full stops too, but never white space behind them.
_END = r"(?:\.(?=\s|\Z)|\Z)"
_INSIDE = r"(?:(?!\.\s).)*?"
# A mineral name may hold a full stop with white space behind it, so it is read up to "structured
# and crystallizes", unless another sentence that names its subject begins before that.
_NAME = r"(?:(?!\bstructured\s+and\b|\.\s+\S+\s+(?:is|crystallizes)\s).)+?"
_NAMED = rf"\S+\s+is\s+(?!bonded\b){_NAME}\bstructured\s+and\s+crystallizes\b"
_MINERAL = rf"(?:{_NAMED}|{_INSIDE}\bcrystallizes\b){_INSIDE}\bspace\s+group\b{_INSIDE}{_END}"
_MAKEUP = rf"The\s+structure\s+(?:is\s+\S+-dimensional\b|consists\s+of\b){_INSIDE}{_END}"
_ORDERED = (
    rf"This\s+describes\s+an\s+ordered\s+form\s+of\s+a\s+disordered\s+crystal\b{_INSIDE}{_END}"
)
_GLOBAL = re.compile(rf"(?:\A\s*|(?<=\.)\s+)({_ORDERED}|{_MAKEUP}|{_MINERAL})", re.DOTALL)


def split_text(text: str) -> tuple[str, str]:
    """Splits a description by the kinds of its sentences.

    Robocrys writes the global sentences first; then the two sections joined by a space give back
    the text, but for white space between sentences. Otherwise each section keeps its sentences in
    the order of the text. White space inside a section is left as it is. The text may be in any
    style and of any robocrys version.

    Returns:
        The global and the local section; either is empty if the text has no such sentence.
    """
    global_sentences, local_runs, end = [], [], 0
    for start, stop in global_spans(text):
        local_runs.append(text[end:start])
        global_sentences.append(text[start:stop])
        end = stop
    local_runs.append(text[end:])
    return _joined(global_sentences), _joined(local_runs)


def global_spans(text: str) -> list[tuple[int, int]]:
    """Where the global sentences of a description begin and end, in characters."""
    return [match.span(1) for match in _GLOBAL.finditer(text)]


def disorder_sentence(done: str | None) -> str:
    """The first sentence of the text of an ordered form, with a blank behind; else nothing.

    Args:
        done: what was done to order the crystal, such as ``majority: Fe0.6/Co0.4 at 4 sites as
            Fe``; ``None`` for a crystal that is ordered.
    """
    if done is None:
        return ""
    return f"This describes an ordered form of a disordered crystal ({done}). "


def fields_text(
    formula: str,
    mineral: str | None,
    crystal_system: str,
    space_group_symbol: str,
    space_group_number: int,
    dimensionality: int,
) -> str:
    """The global facts as labelled fields on one line, among them two that the sentences lack.

    A mineral that is ``None`` or "" is written as "none".

    Examples:
        ``Formula: MoS2. Mineral: Molybdenite-like. Crystal system: trigonal. Space group:
        R3m (160). Dimensionality: 2D.``

    Raises:
        ValueError: a number is outside its range.
    """
    if not 1 <= space_group_number <= _N_SPACE_GROUPS:
        raise ValueError(f"no space group has number {space_group_number}; give 1 to 230")
    if dimensionality not in range(4):
        raise ValueError(f"no crystal has dimensionality {dimensionality}; give 0 to 3")
    return (
        f"Formula: {formula}. Mineral: {mineral or 'none'}. Crystal system: {crystal_system}. "
        f"Space group: {space_group_symbol} ({space_group_number}). "
        f"Dimensionality: {dimensionality}D."
    )


def _joined(pieces: list[str]) -> str:
    return " ".join(filter(None, (piece.strip() for piece in pieces)))
