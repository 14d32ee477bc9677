"""What a network reads in a benchmark: the text's sections, and controls that should not help.

``formula`` is the formula alone through the same language model; ``spacegroup`` a one-hot of the
space group, turned into the same width by a fixed random rotation, so that the network has as many
weights; ``shuffled`` the whole texts, dealt to other crystals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.corpus.manifest import digest
from crystext.model.text.store import EmbeddingStore

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from crystext.corpus.reader import Corpus
    from crystext.model.settings import TextSettings

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
    ids: list[str] | None,
    seed: int,
    cache: Path,
    progress: bool = False,
) -> EmbeddingStore | Vectors:
    """Vectors of one kind of text.

    Args:
        corpus: whose texts.
        text: one of :data:`crystext.model.benchmark.suite.TEXTS`.
        settings: encoder and pool.
        ids: the crystals that are needed; ``None`` for all, through the cache of embeddings.
        seed: of what is shuffled.
        cache: folder for embeddings of some crystals only.
        progress: show a bar where standard error is a terminal.
    """
    if text == "shuffled":
        kept = embed_text(
            corpus, "all", settings, ids=ids, seed=seed, cache=cache, progress=progress
        )
        return _shuffled(kept, seed)
    if text == "spacegroup":
        kept = embed_text(
            corpus, "all", settings, ids=ids, seed=seed, cache=cache, progress=progress
        )
        return _space_groups(corpus, kept)
    windows = text == "windows"
    section = "all" if windows else text
    if ids is None and section != "formula":
        from crystext.model.text import embed_corpus

        return embed_corpus(
            corpus,
            encoder=settings.encoder,
            section=section,
            pool=settings.pool,
            windows=windows or settings.windows,
            progress=progress,
        )
    return _of_some(corpus, section, settings, windows, ids, cache, progress=progress)


def _of_some(
    corpus: Corpus,
    section: str,
    settings: TextSettings,
    windows: bool,
    ids: list[str] | None,
    cache: Path,
    *,
    progress: bool,
) -> Vectors:
    """Vectors of some crystals, kept in a file of their own."""
    from crystext.model.text import TextEncoder, section_text

    table = corpus.table()
    if ids is not None:
        import pyarrow.compute as pc

        table = corpus.table(filter=pc.field("id").isin(ids))
    texts = table["formula"].to_pylist() if section == "formula" else section_text(table, section)
    encoder = TextEncoder.load(
        settings.encoder, pool=settings.pool, windows=windows or settings.windows
    )
    found = table["id"].to_pylist()
    words = {
        **encoder.identity,
        "section": section,
        "corpus": corpus.manifest["content_digest"],
        "ids": digest(found),
    }
    key = digest(words)
    path = cache / f"{section}-{key}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        vectors = encoder.encode(texts, progress=progress)
        aside = path.with_name(f"{path.name}.part")
        with aside.open("wb") as file:
            np.save(file, vectors)
        aside.replace(path)
    manifest = {"settings": words, "count": len(found), "truncated": None}
    return Vectors(found, np.load(path), manifest, key, str(path))


def _shuffled(kept: EmbeddingStore | Vectors, seed: int) -> Vectors:
    order = np.random.default_rng([seed, len(kept.ids)]).permutation(len(kept.ids))
    words = {**kept.manifest["settings"], "control": "shuffled", "control_seed": seed}
    manifest = {**kept.manifest, "settings": words}
    return Vectors(list(kept.ids), np.asarray(kept.vectors)[order], manifest, digest(words))


def _space_groups(corpus: Corpus, kept: EmbeddingStore | Vectors) -> Vectors:
    table = corpus.table(["id", "space_group_number"])
    numbers = dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    rng = np.random.default_rng(_ROTATION_SEED)
    code = np.linalg.qr(rng.normal(size=(max(_GROUPS, kept.width), kept.width)))[0]
    code = code[:_GROUPS] * np.sqrt(len(code))  # entries of order one, as a language model's are
    vectors = np.array([code[numbers[one] - 1] for one in kept.ids], dtype=np.float32)
    words = {"control": "spacegroup", "width": kept.width, "seed": _ROTATION_SEED}
    manifest = {"settings": words, "count": len(kept.ids), "truncated": 0}
    return Vectors(list(kept.ids), vectors, manifest, digest(words))
