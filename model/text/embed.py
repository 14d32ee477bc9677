"""Embedding a corpus once: texts of one section to a store that training reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crystext.corpus.reader import Corpus, load_corpus
from crystext.model.stores.writer import StoreWriter, make_store
from crystext.model.text.encoder import TextEncoder
from crystext.model.text.facts import FACTS, embed_facts
from crystext.model.text.settings import EmbedSettings
from crystext.model.text.store import EmbeddingStore, StateStore, ids_table
from crystext.model.text.texts import Texts
from crystext.pipelines.progress import progress_bar

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable

LARGEST_PART = 0.5
"""Where at most this part of a corpus is needed, training and benchmarks embed that part alone."""


def embed_corpus(
    corpus: Corpus | str | os.PathLike[str],
    settings: EmbedSettings | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    ids: Iterable[str] | None = None,
    progress: bool = False,
    **options: Any,
) -> EmbeddingStore | StateStore:
    """Embeds the texts of a corpus, or opens the store where that was done before.

    A run that was interrupted in any way goes on when it is called again, and ends with the bytes
    of one that was not (on the same machine with the same number of threads).

    Args:
        corpus: a corpus, its folder, or ``mini``.
        settings: how; or its fields by name, such as ``encoder="minilm"``.
        out: folder of the store; if ``None``, one in the user's cache that is named after corpus,
            encoder, section, pool and digest.
        limit: only the first so many rows.
        ids: only these crystals, in the order of the corpus. Without ``out``, the store of the
            whole corpus is opened in their store's place where the cache has that one alone.
        progress: show a bar where standard error is a terminal.
        options: fields of :class:`EmbedSettings`, in place of ``settings`` or of some of it.

    Returns:
        Vectors, or with ``trained_layers`` token states.

    Raises:
        UsageError: a setting is not allowed, or the corpus lacks one of ``ids``.
        NoEncoderError: the encoder is not there, or cannot be fetched.
        BadEncoderError: its files are damaged, or it is no encoder.
        OtherStoreError: ``out`` holds other files, or embeddings of other texts or settings.
        EmbeddingFailedError: a vector is not finite, or memory runs out.
        CannotWriteError: ``out`` cannot be written.
    """
    settings = EmbedSettings(**options) if settings is None else replace(settings, **options)
    corpus = corpus if isinstance(corpus, Corpus) else load_corpus(corpus)
    if settings.encoder == FACTS:
        return embed_facts(corpus, out=out, limit=limit, ids=ids, progress=progress)
    whole = Texts.read(corpus, settings.section, limit)
    chosen = whole.some(ids, corpus)
    reader = TextEncoder.load(settings)
    if out is None and (found := _cached(reader, chosen, whole)) is not None:
        return found
    return _embedded(reader, chosen, out, progress=progress)


def texts_to_embed(
    corpus: Corpus, reader: TextEncoder, *, section: str, ids: Iterable[str] | None = None
) -> list[str]:
    """The texts that :func:`embed_corpus` would embed now; none where the cache has their store.

    Args:
        corpus: whose texts.
        reader: the encoder.
        section: ``all``, ``global``, ``local`` or ``fields``.
        ids: only these crystals.
    """
    whole = Texts.read(corpus, section, None)
    chosen = whole.some(ids, corpus)
    return chosen.texts if _cached(reader, chosen, whole) is None else []


def embed_texts(
    reader: TextEncoder,
    ids: Iterable[str],
    texts: Iterable[str],
    *,
    section: str,
    corpus: str,
    progress: bool = False,
) -> EmbeddingStore | StateStore:
    """Embeds texts that are no section of a corpus, into the cache, as :func:`embed_corpus` does.

    Args:
        reader: the encoder.
        ids: of the crystals.
        texts: of them.
        section: what they are, a word.
        corpus: name of the corpus that the crystals are from.
        progress: show a bar where standard error is a terminal.
    """
    chosen = Texts(ids := list(ids), list(texts), section, corpus, of=len(ids))
    return _embedded(reader, chosen, None, progress=progress)


def worth_a_part(corpus: Corpus, ids: Collection[str]) -> Collection[str] | None:
    """The crystals, where embedding them alone spares much; ``None`` for the whole corpus.

    Args:
        corpus: that they are of.
        ids: of crystals that are needed.
    """
    return ids if len(ids) <= LARGEST_PART * len(corpus) else None


def _kept(
    reader: TextEncoder, chosen: Texts
) -> tuple[type[EmbeddingStore | StateStore], dict[str, Any], Path]:
    """Kind and settings of the texts' store, and its folder in the cache."""
    kind: type[EmbeddingStore | StateStore] = EmbeddingStore
    words = [chosen.corpus, reader.checkpoint.name, chosen.section, reader.identity["pool"]]
    if reader.upper is not None:
        kind = StateStore
        words.append(f"last{reader.identity['trained_layers']}")
    if len(chosen.ids) != chosen.of:
        words.append(str(len(chosen.ids)))
    settings = chosen.settings(reader.identity)
    return kind, settings, kind.cached("-".join(words), settings)


def _embedded(
    reader: TextEncoder, chosen: Texts, out: str | os.PathLike[str] | None, *, progress: bool
) -> EmbeddingStore | StateStore:
    """The store of the texts, with what is not yet embedded."""
    kind, settings, cached = _kept(reader, chosen)

    def fill(writer: StoreWriter) -> None:
        ids, tokens = chosen.ids, reader.tokenise(chosen.texts)
        counts, plan = tokens.counts, reader.batches(tokens)
        ends = None
        if reader.upper is not None:
            ends = np.minimum(counts, tokens.limit).cumsum(dtype=np.int64)
        rows_in_all = len(ids) if ends is None else int(ends[-1])
        array = writer.whole(kind.ARRAY, kind.row(reader.width), rows_in_all)
        before = int(sum(counts[rows].sum() for rows in plan[: writer.done]))
        total = int(counts.sum())
        with progress_bar(total, shown=progress, done=before, unit=" tokens") as advance:
            for rows in plan[writer.done :]:
                if ends is None:
                    array[rows] = reader.embed(tokens, rows, ids)
                else:
                    states = reader.states(tokens, rows, ids)
                    for row, one in zip(rows.tolist(), states, strict=True):
                        array[ends[row] - len(one) : ends[row]] = one
                writer.chunk_done()
                advance(int(counts[rows].sum()))
        writer.finish(
            ids_table(ids, counts, tokens.truncated, ends),
            width=reader.width,
            truncated=int(tokens.truncated.sum()),
            **({} if reader.upper is None else {"layers": reader.upper.words}),
        )

    made_with = {"device": _device_name(reader.device), "batch_size": reader.batch_size}
    return make_store(kind, cached if out is None else Path(out), settings, fill, made_with)


def _cached(reader: TextEncoder, chosen: Texts, whole: Texts) -> EmbeddingStore | StateStore | None:
    """The cache's store of the chosen texts, or else of all.

    The part's own store goes first, so that it is the same one before and after the whole corpus is
    embedded, and a run that was begun with it goes on.
    """
    for one in (chosen,) if chosen is whole else (chosen, whole):
        kind, settings, folder = _kept(reader, one)
        if (found := kind.find(folder, settings)) is not None:
            return found
    return None


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device
