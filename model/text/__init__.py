"""Text embeddings: a frozen language model reads each text once, and what it makes is kept.

>>> from crystext.model.text import EmbeddingStore, embed_corpus
>>> store = embed_corpus("mini", encoder="minilm", section="all", pool="mean")
>>> store.vectors[store.rows_of(["mp-22862"])]

Reading a store needs numpy and pyarrow alone; torch and transformers are imported when something
is encoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystext.lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
