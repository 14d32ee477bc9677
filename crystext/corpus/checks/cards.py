"""The check of the card: there, with its configs, and word by word what the manifest gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crystext import __version__
from crystext.corpus import layout
from crystext.corpus.card import make_card
from crystext.corpus.checks.files import schemas
from crystext.errors import IncompleteCardError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crystext.corpus.checks.subject import Finding, Level, Subject

_LOADED = re.compile(r'load_dataset\("([\w.-]+/[\w.-]+)"')
"""The repository that a card from the Hub loads from; a card in a folder names the corpus."""


def card(subject: Subject) -> Iterator[Finding]:
    """The dataset card is there, names the configs, and is what is written for this manifest."""
    path = subject.folder / layout.CARD
    text = path.read_bytes().decode(errors="replace") if path.is_file() else ""
    if not text.strip():
        yield layout.CARD, "the dataset card is missing or empty"
        return
    if not text.startswith("---\n") or "configs" not in text:
        message = "the card's header names no configs, so load_dataset does not find the splits"
        yield layout.CARD, message
        return
    yield from _compared(subject, text)


def _compared(subject: Subject, text: str) -> Iterator[Finding]:
    damaged = any(read.damage is not None for read in subject.files.values())
    if damaged or next(schemas(subject), None) or not subject.shards(layout.DATA):
        return  # told already, and no figures can be read for another card
    version = subject.manifest["versions"].get("crystext")
    found = _LOADED.search(text)
    try:
        again = make_card(subject.folder, subject.manifest, found and found[1])
    except IncompleteCardError as error:
        level: Level = "error" if version == __version__ else "notice"
        yield layout.CARD, f"not compared: {error.message}", level
        return
    if version != __version__:
        message = f"written by crystext {shown(version)}; {__version__} cannot write it again"
        yield layout.CARD, message, "notice"
    elif text != again:
        held, wanted = text.splitlines(), again.splitlines()
        pairs = enumerate(zip(held, wanted, strict=False))
        place = next((i for i, pair in pairs if pair[0] != pair[1]), -1)
        line = f"line {place + 1}, {shown(held[place])}," if place >= 0 else "its length"
        message = f"{line} is not what this manifest and these rows give; build the corpus again"
        yield layout.CARD, message
