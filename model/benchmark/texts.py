"""What a network reads in a benchmark: the text's sections, and controls that should not help.

``unfrozen`` is the whole text whose last layers of the language model are trained along. Controls:
``formula`` is the formula alone through the same language model; ``spacegroup`` a one-hot of the
space group, turned into the same width by a fixed random rotation, so that the network has as many
weights; ``shuffled`` the whole texts, dealt to other crystals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.model.settings import SECTIONS
from crystext.model.text.store import EmbeddingStore
from crystext.provenance import digest

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.settings import TextSettings
    from crystext.model.text.store import TextStore

_GROUPS = 230
_ROTATION_SEED = 20230601


@dataclass(frozen=True)
class Vectors:
    """Vectors by id that are not a store on disk, with a store's names.

    Attributes:
        ids: n of them.
        vectors: (n, width).
        manifest: ``settings``, ``count`` and ``truncated``.
        digest: of the settings.
        path: in words.
    """

    ids: list[str]
    vectors: NDArray[np.float32]
    manifest: dict[str, Any]
    digest: str
    path: str = "made for a benchmark"

    rows_of = EmbeddingStore.rows_of

    @property
    def width(self) -> int:
        """Entries of a vector."""
        return self.vectors.shape[1]

    @property
    def _rows(self) -> dict[str, int]:
        return {one: row for row, one in enumerate(self.ids)}


def embed_text(
    corpus: Corpus,
    text: str,
    settings: TextSettings,
    *,
    ids: Collection[str] | None,
    seed: int,
    progress: bool = False,
) -> TextStore | Vectors:
    """What the language model makes of one kind of text, through the cache of embeddings.

    Args:
        corpus: whose texts.
        text: one of :data:`crystext.model.benchmark.suite.TEXTS`.
        settings: encoder, pool and layers that are trained.
        ids: the crystals that are needed; ``None`` for all.
        seed: of what is shuffled.
        progress: show a bar where standard error is a terminal.
    """
    from crystext.model.text import TextEncoder
    from crystext.model.text.embed import embed_corpus, embed_texts

    if text == "formula":
        table = corpus.table(["id", "formula"])
        pairs = zip(table["id"].to_pylist(), table["formula"].to_pylist(), strict=True)
        formulas = {one: formula for one, formula in pairs if ids is None or one in ids}
        return embed_texts(
            TextEncoder.load(settings.encoder, pool=settings.pool),
            formulas.keys(),
            formulas.values(),
            section="formula",
            corpus=corpus.manifest["name"],
            progress=progress,
        )
    made = embed_corpus(
        corpus,
        encoder=settings.encoder,
        section=text if text in SECTIONS else "all",
        pool=settings.pool,
        windows=settings.windows or text == "windows",
        ids=ids,
        trained_layers=settings.trained_layers,
        progress=progress,
    )
    if text == "shuffled":
        return _shuffled(made, ids, seed)
    return _space_groups(corpus, made) if text == "spacegroup" else made


def _shuffled(made: EmbeddingStore, ids: Collection[str] | None, seed: int) -> Vectors:
    """The vectors of some crystals, dealt anew among these, whatever else the store holds."""
    kept = made.ids if ids is None else [one for one in made.ids if one in ids]
    order = np.random.default_rng([seed, len(kept)]).permutation(len(kept))
    words = {**made.manifest["settings"], "control": "shuffled", "control_seed": seed}
    if len(kept) < len(made):
        words["dealt_among"] = digest(kept)
    manifest = {**made.manifest, "settings": words}
    return Vectors(kept, made.vectors[made.rows_of(kept)][order], manifest, digest(words))


def _space_groups(corpus: Corpus, made: EmbeddingStore) -> Vectors:
    table = corpus.table(["id", "space_group_number"])
    numbers = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    rng = np.random.default_rng(_ROTATION_SEED)
    code = np.linalg.qr(rng.normal(size=(max(_GROUPS, made.width), made.width)))[0]
    code = code[:_GROUPS] * np.sqrt(len(code))  # entries of order one, as a language model's are
    vectors = np.array([code[numbers[one] - 1] for one in made.ids], dtype=np.float32)
    words = {"control": "spacegroup", "width": made.width, "seed": _ROTATION_SEED}
    manifest = {"settings": words, "count": len(made.ids), "truncated": 0}
    return Vectors(made.ids, vectors, manifest, digest(words))
