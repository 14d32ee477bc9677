"""Embedding a corpus once: texts of one section to a store that training reads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import (
    NoEmbeddingsError,
    OtherEmbeddingsError,
    UsageError,
)
from crystext.files import writing
from crystext.model.text.encoder import TextEncoder, progress_bar
from crystext.model.text.sections import COLUMNS, FACTS, section_text
from crystext.model.text.store import FORMAT, EmbeddingStore, StateStore, ids_table
from crystext.model.text.unfinished import Unfinished
from crystext.pipelines.cache import cache_dir
from crystext.provenance import differences, digest, versions

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Sequence

LARGEST_PART = 0.5
"""Where at most this part of a corpus is needed, training and benchmarks embed that part alone."""
_PACKAGES = ("numpy", "tokenizers", "torch", "transformers")


def embed_corpus(
    corpus: Corpus | str | os.PathLike[str],
    *,
    encoder: str | os.PathLike[str],
    section: str = "all",
    pool: str = "mean",
    out: str | os.PathLike[str] | None = None,
    windows: bool = False,
    batch_size: int | None = None,
    device: str = "auto",
    precision: str = "auto",
    normalisation: str = "auto",
    revision: str | None = None,
    limit: int | None = None,
    ids: Iterable[str] | None = None,
    trained_layers: int = 0,
    progress: bool = False,
) -> EmbeddingStore | StateStore:
    """Embeds the texts of a corpus, or opens the store where that was done before.

    A run that was interrupted in any way goes on when it is called again, and ends with the bytes
    of one that was not (on the same machine with the same number of threads).

    Args:
        corpus: a corpus, its folder, or ``mini``.
        encoder: ``minilm``, ``matscibert``, a folder, or an id on the Hub.
        section: ``all``, ``global``, ``local`` or ``fields``.
        pool: ``cls`` or ``mean``.
        out: folder of the store; if ``None``, one in the user's cache that is named after corpus,
            encoder, section, pool and digest.
        windows: read texts over the limit in windows, see :meth:`TextEncoder.load`.
        batch_size: texts of full length in a batch.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.
        normalisation: ``auto``, ``matscibert`` or ``none``.
        revision: a commit, branch or tag of the Hub's.
        limit: only the first so many rows.
        ids: only these crystals, in the order of the corpus. Without ``out``, the store of the
            whole corpus is opened in their store's place where the cache has that one alone.
        trained_layers: with any, the token states that enter so many last layers are kept in
            place of vectors, see :mod:`crystext.model.networks.trained_text`.
        progress: show a bar where standard error is a terminal.

    Returns:
        Vectors, or with ``trained_layers`` token states.

    Raises:
        UsageError: a setting is not allowed, or the corpus lacks one of ``ids``.
        NoEncoderError: the encoder is not there, or cannot be fetched.
        BadEncoderError: its files are damaged, or it is no encoder.
        OtherEmbeddingsError: ``out`` holds other files, or embeddings of other texts or settings.
        EmbeddingFailedError: a vector is not finite, or memory runs out.
        CannotWriteError: ``out`` cannot be written.
    """
    corpus = corpus if isinstance(corpus, Corpus) else load_corpus(corpus)
    whole = _texts(corpus, section, limit)
    chosen = whole if ids is None else _some(whole, ids, corpus)
    reader = TextEncoder.load(
        encoder,
        pool=pool,
        windows=windows,
        device=device,
        precision=precision,
        revision=revision,
        normalisation=normalisation,
        batch_size=batch_size,
        trained_layers=trained_layers,
    )
    name = corpus.manifest["name"]
    if out is not None:
        work = _Work(reader, section, name, chosen, of=len(whole.ids), out=out)
        return work.finished() or work.do(progress=progress)
    found = _cached(reader, section, name, chosen, whole)
    return found or _Work(reader, section, name, chosen, of=len(whole.ids)).do(progress=progress)


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
    whole = _texts(corpus, section, None)
    chosen = whole if ids is None else _some(whole, ids, corpus)
    found = _cached(reader, section, corpus.manifest["name"], chosen, whole)
    return chosen.texts if found is None else []


def _cached(
    reader: TextEncoder, section: str, corpus: str, chosen: _Texts, whole: _Texts
) -> EmbeddingStore | StateStore | None:
    """The cache's store of the chosen texts, or else of all.

    The part's own store goes first, so that it is the same one before and after the whole corpus is
    embedded, and a run that was begun with it goes on.
    """
    for one in (chosen,) if chosen is whole else (chosen, whole):
        found = _Work(reader, section, corpus, one, of=len(whole.ids)).finished()
        if found is not None:
            return found
    return None


def embed_texts(
    reader: TextEncoder,
    ids: Sequence[str],
    texts: Sequence[str],
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
    work = _Work(reader, section, corpus, _Texts(list(ids), list(texts)), of=len(texts))
    return work.finished() or work.do(progress=progress)


def worth_a_part(corpus: Corpus, ids: Collection[str]) -> Collection[str] | None:
    """The crystals, where embedding them alone spares much; ``None`` for the whole corpus.

    Args:
        corpus: that they are of.
        ids: of crystals that are needed.
    """
    return ids if len(ids) <= LARGEST_PART * len(corpus) else None


@dataclass(frozen=True)
class _Texts:
    ids: list[str]
    texts: list[str]


class _Work:
    """Texts that are to be embedded, and the folder where that is kept."""

    def __init__(
        self,
        reader: TextEncoder,
        section: str,
        corpus: str,
        chosen: _Texts,
        *,
        of: int,
        out: str | os.PathLike[str] | None = None,
    ) -> None:
        self.reader, self.chosen = reader, chosen
        self.kind: type[EmbeddingStore | StateStore]
        self.kind = EmbeddingStore if reader.upper is None else StateStore
        count = len(chosen.ids)
        self.settings = {
            **reader.identity,
            "section": section,
            "corpus": corpus,
            **({} if count == of else {"part": f"{count} of {of}"}),
            "texts_sha256": _texts_sha256(chosen.ids, chosen.texts),
        }
        self.key = digest({"format": FORMAT, **self.settings})
        words = [corpus, reader.checkpoint.name, section, reader.identity["pool"]]
        if reader.upper is not None:
            words.append(f"last{reader.identity['trained_layers']}")
        if count != of:
            words.append(str(count))
        named = cache_dir() / "embeddings" / "-".join([*words, self.key])
        self.folder = named if out is None else Path(out)

    def finished(self) -> EmbeddingStore | StateStore | None:
        """The store, if the folder holds it.

        Raises:
            OtherEmbeddingsError: it holds something else.
        """
        folder = self.folder
        with writing(folder):
            taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if not taken:
            return None
        try:
            store = self.kind.open(folder)
        except NoEmbeddingsError as error:
            raise OtherEmbeddingsError(
                f"{folder} holds other files; choose a new folder"
            ) from error
        if store.digest != self.key:
            differing = "; ".join(differences(store.manifest["settings"], self.settings))
            raise OtherEmbeddingsError(
                f"the embeddings in {folder} differ in {differing}; choose another --out"
            )
        return store

    def do(self, *, progress: bool) -> EmbeddingStore | StateStore:
        """Embeds what is not yet embedded."""
        reader, ids = self.reader, self.chosen.ids
        made_by = versions(*_PACKAGES)
        made_with = {"device": _device_name(reader.device), "batch_size": reader.batch_size}
        named = {f"version of {name}": one for name, one in made_by.items()}
        tokens = reader.tokenise(self.chosen.texts)
        counts = tokens.counts
        ends = np.minimum(counts, tokens.limit).cumsum(dtype=np.int64)
        rows_in_all = len(ids) if reader.upper is None else int(ends[-1])
        shape = (rows_in_all, reader.width)
        with Unfinished(self.folder, self.settings | made_with | named, shape, self.kind) as work:
            plan = reader.batches(tokens)
            before = int(sum(counts[rows].sum() for rows in plan[: work.done]))
            with progress_bar(int(counts.sum()), shown=progress, done=before) as advance:
                for rows in plan[work.done :]:
                    if reader.upper is None:
                        work.write(rows, reader.embed(tokens, rows, ids))
                    else:
                        states = reader.states(tokens, rows, ids)
                        of_tokens = [
                            np.arange(ends[row] - len(one), ends[row])
                            for row, one in zip(rows.tolist(), states, strict=True)
                        ]
                        work.write(np.concatenate(of_tokens), np.concatenate(states))
                    advance(int(counts[rows].sum()))
            manifest = {
                "format": FORMAT,
                "digest": self.key,
                "settings": self.settings,
                "count": len(ids),
                "width": reader.width,
                "truncated": int(tokens.truncated.sum()),
                **({} if reader.upper is None else {"layers": reader.upper.words}),
                "versions": made_by,
                **made_with,
            }
            table = ids_table(ids, counts, tokens.truncated, None if reader.upper is None else ends)
            work.finish(table, manifest)
        return self.kind.open(self.folder)


def _texts(corpus: Corpus, section: str, limit: int | None) -> _Texts:
    if section not in COLUMNS:
        section_text({}, section)  # says which there are
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} leaves no text; give 1 or more")
    column = COLUMNS[section]
    wanted = [column] if column in corpus.schema.names else list(FACTS)
    table = corpus.table(["id", *wanted]).slice(0, limit)
    if not len(table):
        raise UsageError(f"the corpus {corpus.path} has no rows to embed")
    return _Texts(table["id"].to_pylist(), section_text(table, section))


def _some(whole: _Texts, ids: Iterable[str], corpus: Corpus) -> _Texts:
    """The texts of some crystals; the same object if these are all."""
    wanted = set(ids)
    unknown = wanted.difference(whole.ids)
    if unknown:
        raise UsageError(f"{min(unknown)} is not in the corpus {corpus.path}; give ids of its rows")
    if not wanted:
        raise UsageError("no ids leave no text to embed; give one or more, or None for all")
    if len(wanted) == len(whole.ids):
        return whole
    pairs = zip(whole.ids, whole.texts, strict=True)
    return _Texts(*map(list, zip(*((a, b) for a, b in pairs if a in wanted), strict=True)))


def _texts_sha256(ids: Sequence[str], texts: Sequence[str]) -> str:
    """SHA-256 over lines of JSON, each an id and its text."""
    found = hashlib.sha256()
    for pair in zip(ids, texts, strict=True):
        found.update(json.dumps(pair).encode() + b"\n")
    return found.hexdigest()


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device
