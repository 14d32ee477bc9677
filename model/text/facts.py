"""The reader ``facts``: features of the condensed dictionary in a language model's place.

Where a language model gives a vector of what a text says, this gives the numbers that the text was
made of (:mod:`crystext.features`). Networks, stores and predictions take either.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.corpus.rows import kept_condensed
from crystext.features.facts import DIGEST, WIDTH, as_vectors, row_of
from crystext.features.schema import VERSION
from crystext.model.stores.writer import StoreWriter, make_store
from crystext.model.text.store import EmbeddingStore, ids_table
from crystext.model.text.texts import Texts
from crystext.pipelines.progress import progress_bar

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.description.record import Description

FACTS = "facts"
"""The reader's name among the encoders."""
_CHUNK = 256


class FactsReader:
    """Reads descriptions as features; stands where a run's language model would.

    Attributes:
        width: entries of a vector.
        upper: ``None``: there are no layers to train.
        identity: what decides the vectors, under the names that encoders use.
    """

    width = WIDTH
    upper = None
    identity: Mapping[str, Any] = {
        "model": FACTS,
        "revision": str(VERSION),
        **dict.fromkeys(("weights_sha256", "config_sha256", "tokenizer_sha256"), DIGEST),
        "pool": "none",
        "windows": False,
        "precision": "fp32",
        "normalisation": "none",
        "max_tokens": WIDTH,
    }

    def read(self, description: Description) -> NDArray[np.float32]:
        """(width,) of one description, by its numbers as a corpus keeps them: trees are steps."""
        return as_vectors(row_of(json.loads(kept_condensed(description)))[None])[0]


def embed_facts(
    corpus: Corpus,
    *,
    out: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    ids: Iterable[str] | None = None,
    progress: bool = False,
) -> EmbeddingStore:
    """The features of a corpus' crystals as a store of vectors, made or found in the cache.

    Args:
        corpus: with condensed dictionaries in its rows.
        out: folder of the store; if ``None``, one in the user's cache.
        limit: only the first so many rows.
        ids: only these crystals, in the order of the corpus.
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: the corpus lacks one of ``ids``, or there are none.
    """
    chosen = Texts.read(corpus, "all", limit, condensed=True).some(ids, corpus)
    settings, count = chosen.settings(FactsReader.identity), len(chosen.ids)
    folder = EmbeddingStore.cached(f"{chosen.corpus}-{FACTS}-{count}", settings)

    def fill(writer: StoreWriter) -> None:
        array = writer.whole(EmbeddingStore.ARRAY, EmbeddingStore.row(WIDTH), count)
        starts = range(0, count, _CHUNK)
        before = min(writer.done * _CHUNK, count)
        with progress_bar(count, shown=progress, done=before) as advance:
            for start in starts[writer.done :]:
                rows = [row_of(json.loads(one)) for one in chosen.texts[start : start + _CHUNK]]
                array[start : start + len(rows)] = as_vectors(np.array(rows))
                writer.chunk_done()
                advance(len(rows))
        width = np.full(count, WIDTH)
        listed = ids_table(chosen.ids, width, np.zeros(count, bool))
        writer.finish(listed, width=WIDTH, truncated=0)

    return make_store(EmbeddingStore, folder if out is None else Path(out), settings, fill)
