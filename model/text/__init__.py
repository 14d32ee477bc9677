"""Text embeddings: a frozen language model reads each text once, and what it makes is kept.

>>> from crystext.model.text import EmbeddingStore, embed_corpus
>>> store = embed_corpus("mini", encoder="minilm", section="all", pool="mean")
>>> store.vectors[store.rows_of(["mp-22862"])]

Reading a store needs numpy and pyarrow alone; torch and transformers are imported when something
is encoded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystext.model.text.embed import embed_corpus
    from crystext.model.text.encoder import TextEncoder
    from crystext.model.text.sections import section_text
    from crystext.model.text.store import EmbeddingStore, StateStore

__all__ = ["EmbeddingStore", "StateStore", "TextEncoder", "embed_corpus", "section_text"]

_HOMES = {
    "EmbeddingStore": "crystext.model.text.store",
    "StateStore": "crystext.model.text.store",
    "TextEncoder": "crystext.model.text.encoder",
    "embed_corpus": "crystext.model.text.embed",
    "section_text": "crystext.model.text.sections",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    msg = f"module 'crystext.model.text' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
