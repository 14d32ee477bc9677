"""Tokenizers that are on this machine already: a check never asks the network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crystext.corpus.tokens import HUB_IDS, Counter, load_counter
from crystext.errors import CrystextError

if TYPE_CHECKING:
    from collections.abc import Iterable

ALWAYS = ("minilm",)
"""Tried even where the corpus counts with others or with none."""


def available(names: Iterable[str]) -> dict[str, Counter | None]:
    """The tokenizers of a corpus by their short names, ``None`` for those not on this machine.

    Args:
        names: short names, as they stand in the manifest.
    """
    found = {name: _load(name) for name in names}
    for name in ALWAYS:
        if name not in found and (counter := _load(name)) is not None:
            found[name] = counter
    return found


def _load(name: str) -> Counter | None:
    path = name if name in ALWAYS else _cached(HUB_IDS.get(name))
    try:
        return None if path is None else replace(load_counter(path), name=name)
    except CrystextError:  # not installed, or damaged
        return None


def _cached(repo_id: str | None) -> str | None:
    """The definition in the Hub's cache on this machine."""
    if repo_id is None:
        return None
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    for file in ("tokenizer.json", "vocab.txt"):
        path = try_to_load_from_cache(repo_id, file)
        if isinstance(path, str):
            return path
    return None
