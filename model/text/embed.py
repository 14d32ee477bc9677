"""Embedding a corpus once: texts of one section to a store of vectors that training reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crystext.corpus.manifest import digest
from crystext.corpus.reader import Corpus, load_corpus
from crystext.errors import (
    NoEmbeddingsError,
    OtherEmbeddingsError,
    UsageError,
)
from crystext.model.text.encoder import TextEncoder, progress_bar
from crystext.model.text.sections import COLUMNS, FACTS, section_text
from crystext.model.text.store import FORMAT, EmbeddingStore, ids_table
from crystext.model.text.unfinished import Unfinished, differences, writing
from crystext.pipelines.cache import cache_dir

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

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
    progress: bool = False,
) -> EmbeddingStore:
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
        progress: show a bar where standard error is a terminal.

    Raises:
        UsageError: a setting is not allowed.
        NoEncoderError: the encoder is not there, or cannot be fetched.
        BadEncoderError: its files are damaged, or it is no encoder.
        OtherEmbeddingsError: ``out`` holds other files, or embeddings of other texts or settings.
        EmbeddingFailedError: a vector is not finite, or memory runs out.
        CannotWriteError: ``out`` cannot be written.
    """
    corpus = corpus if isinstance(corpus, Corpus) else load_corpus(corpus)
    ids, texts = _texts(corpus, section, limit)
    reader = TextEncoder.load(
        encoder,
        pool=pool,
        windows=windows,
        device=device,
        precision=precision,
        revision=revision,
        normalisation=normalisation,
        batch_size=batch_size,
    )
    settings = {
        **reader.identity,
        "section": section,
        "corpus": corpus.manifest["name"],
        "texts_sha256": _texts_sha256(ids, texts),
    }
    key = digest({"format": FORMAT, **settings})
    name = f"{settings['corpus']}-{reader.checkpoint.name}-{section}-{pool}-{key}"
    folder = Path(out) if out is not None else cache_dir() / "embeddings" / name
    if (finished := _finished(folder, settings, key)) is not None:
        return finished
    _embed(reader, ids, texts, folder, settings, progress=progress)
    return EmbeddingStore.open(folder)


def _embed(
    reader: TextEncoder,
    ids: list[str],
    texts: Sequence[str],
    folder: Path,
    settings: dict[str, Any],
    *,
    progress: bool,
) -> None:
    versions = _versions()
    made_with = {"device": _device_name(reader.device), "batch_size": reader.batch_size}
    header = settings | made_with | {f"version of {name}": one for name, one in versions.items()}
    with Unfinished(folder, header, (len(texts), reader.width)) as work:
        tokens = reader.tokenise(texts)
        plan = reader.batches(tokens)
        counts = tokens.counts
        before = int(sum(counts[rows].sum() for rows in plan[: work.done]))
        with progress_bar(int(counts.sum()), shown=progress, done=before) as advance:
            for rows in plan[work.done :]:
                work.write(rows, reader.embed(tokens, rows, ids))
                advance(int(counts[rows].sum()))
        manifest = {
            "format": FORMAT,
            "digest": digest({"format": FORMAT, **settings}),
            "settings": settings,
            "count": len(texts),
            "width": reader.width,
            "truncated": int(tokens.truncated.sum()),
            "versions": versions,
            **made_with,
        }
        work.finish(ids_table(ids, counts, tokens.truncated), manifest)


def _finished(folder: Path, settings: dict[str, Any], key: str) -> EmbeddingStore | None:
    """The store in the folder if it is the one that is asked for."""
    with writing(folder):
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if not taken:
        return None
    try:
        store = EmbeddingStore.open(folder)
    except NoEmbeddingsError as error:
        raise OtherEmbeddingsError(f"{folder} holds other files; choose a new folder") from error
    if store.digest != key:
        differing = "; ".join(differences(store.manifest["settings"], settings))
        raise OtherEmbeddingsError(
            f"the embeddings in {folder} differ in {differing}; choose another --out"
        )
    return store


def _texts(corpus: Corpus, section: str, limit: int | None) -> tuple[list[str], list[str]]:
    if section not in COLUMNS:
        section_text({}, section)  # says which there are
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} leaves no text; give 1 or more")
    column = COLUMNS[section]
    wanted = [column] if column in corpus.schema.names else list(FACTS)
    table = corpus.table(["id", *wanted]).slice(0, limit)
    if not len(table):
        raise UsageError(f"the corpus {corpus.path} has no rows to embed")
    return table["id"].to_pylist(), section_text(table, section)


def _texts_sha256(ids: Sequence[str], texts: Sequence[str]) -> str:
    """SHA-256 over lines of JSON, each an id and its text."""
    found = hashlib.sha256()
    for pair in zip(ids, texts, strict=True):
        found.update(json.dumps(pair).encode() + b"\n")
    return found.hexdigest()


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from crystext import __version__

    return {"crystext": __version__} | {name: version(name) for name in _PACKAGES}


def _device_name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device
