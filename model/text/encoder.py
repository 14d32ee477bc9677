"""A frozen language model that reads texts and gives one vector for each, or one for each token."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crystext.corpus.normalisation import matscibert_normalised
from crystext.errors import EmbeddingFailedError, UsageError, first_line
from crystext.model.memory import ran_out
from crystext.model.text.batches import Tokens, batches, padded, slices, tokenise
from crystext.model.text.checkpoints import Checkpoint, find_checkpoint
from crystext.model.text.loading import device_of, loaded, max_tokens
from crystext.model.text.settings import EncoderSettings
from crystext.model.text.trained_layers import UpperLayers, take_off
from crystext.pipelines.progress import progress_bar

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import torch
    from numpy.typing import NDArray

BATCH = {"cpu": 4, "cuda": 128}
"""Texts of full length in a batch; of shorter ones, as many as give the same number of tokens."""
_DTYPES = {"bf16": "bfloat16", "fp16": "float16"}
_TENSOR_CORES = 8  # CUDA's half precision is quick where lengths are multiples of this


class TextEncoder:
    """A frozen encoder with its tokenizer; made by :meth:`load`.

    Vectors do not depend on the order of texts or on what else is in a batch, but for rounding
    (1e-6 of their size in float32); the same batches on the same machine with the same number of
    threads give the same bytes.

    Attributes:
        checkpoint: its files.
        identity: all that decides a text's vector, for a digest: model, revision, hashes of
            weights, configuration and tokenizer, pool, windows, normalisation, most tokens,
            precision.
        width: entries of a vector.
        device: ``cpu`` or ``cuda``.
        batch_size: texts of full length in a batch.
        upper: the last layers, where they are left to be trained; see :meth:`load`.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        tokenizer: Any,
        model: Any,
        *,
        identity: dict[str, Any],
        device: str,
        batch_size: int,
        upper: UpperLayers | None = None,
    ) -> None:
        self.checkpoint, self.identity = checkpoint, identity
        self.width: int = model.config.hidden_size
        self.device, self.batch_size = device, batch_size
        self.upper = upper
        self._tokenizer, self._model = tokenizer, model

    @classmethod
    def load(cls, encoder: str | os.PathLike[str] | EncoderSettings, **options: Any) -> Self:
        """Loads an encoder.

        Args:
            encoder: settings, or the name or folder that is their first field.
            options: the other fields of :class:`~crystext.model.text.settings.EncoderSettings`.

        Raises:
            UsageError: a setting is not allowed.
            NoEncoderError: the encoder is not there, or cannot be fetched.
            BadEncoderError: its files are damaged or lack weights, or it is no encoder.
            MissingExtraError: torch or transformers is not installed.
        """
        if isinstance(encoder, EncoderSettings):
            settings = replace(encoder, **options)
        else:
            settings = EncoderSettings(encoder, **options)
        checkpoint = find_checkpoint(settings.encoder, settings.revision)
        device = device_of(settings.device)
        tokenizer, model = loaded(checkpoint)
        if settings.pool == "cls" and tokenizer.cls_token is None:
            raise UsageError(f"{checkpoint.name} has no CLS token; take mean instead of cls")
        precision, normalisation = settings.precision, settings.normalisation
        if precision == "auto":
            precision = "fp16" if device == "cuda" else "fp32"
        if normalisation == "auto":
            normalisation = checkpoint.normalisation
        identity = {
            "model": checkpoint.model,
            "revision": checkpoint.revision,
            **checkpoint.hashes,
            "pool": settings.pool,
            "windows": settings.windows,
            "normalisation": normalisation,
            "max_tokens": max_tokens(tokenizer, model.config),
            "precision": precision,
        }
        upper = None
        if settings.trained_layers:
            upper = take_off(model, settings.trained_layers, checkpoint.name)
            identity["trained_layers"] = settings.trained_layers
        model.to(device)
        return cls(
            checkpoint,
            tokenizer,
            model,
            identity=identity,
            device=device,
            batch_size=settings.batch_size or BATCH[device],
            upper=upper,
        )

    @property
    def budget(self) -> int:
        """Tokens of a batch, padding included."""
        return self.batch_size * self.identity["max_tokens"]

    def encode(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        """The vectors of texts, (n, width), in their order.

        Args:
            texts: the texts as they are; they are normalised here.
            progress: show a bar where standard error is a terminal.

        Raises:
            EmbeddingFailedError: a vector is not finite, or memory runs out.
        """
        tokens = self.tokenise(texts)
        vectors = np.empty((len(tokens), self.width), dtype=np.float32)
        plan = self.batches(tokens)
        with progress_bar(int(tokens.counts.sum()), shown=progress, unit=" tokens") as advance:
            for rows in plan:
                vectors[rows] = self.embed(tokens, rows)
                advance(int(tokens.counts[rows].sum()))
        return vectors

    def tokenise(self, texts: Sequence[str]) -> Tokens:
        """Normalises and tokenises texts."""
        if self.identity["normalisation"] == "matscibert":
            texts = [matscibert_normalised(text) for text in texts]
        return tokenise(
            self._tokenizer,
            texts,
            limit=self.identity["max_tokens"],
            windows=self.identity["windows"],
        )

    def batches(self, tokens: Tokens) -> list[NDArray[np.int64]]:
        """Rows of each batch."""
        return batches(tokens, self.budget)

    def embed(
        self, tokens: Tokens, rows: NDArray[np.int64], names: Sequence[str] | None = None
    ) -> NDArray[np.float32]:
        """The vectors of one batch, (rows, width).

        Args:
            tokens: all texts.
            rows: those of the batch.
            names: of all texts, for messages; their numbers if ``None``.

        Raises:
            EmbeddingFailedError: a vector is not finite, or memory runs out.
        """
        import torch

        assert self.upper is None, "what enters the last layers is no text's vector"
        pieces = [tokens.pieces(row) for row in rows.tolist()]
        flat = [piece for of_text in pieces for piece in of_text]
        pool = self.identity["pool"]
        with self._within_memory():
            vectors = torch.cat([pooled(*read, pool).cpu() for read in self._hidden(flat)]).numpy()
        counts = np.array([len(of_text) for of_text in pieces])
        if len(flat) > len(pieces):
            starts = np.concatenate([[0], counts.cumsum()[:-1]])
            vectors = np.add.reduceat(vectors, starts) / counts[:, None].astype(np.float32)
        self._check_finite(rows[~np.isfinite(vectors).all(axis=1)], names)
        return vectors

    def states(
        self, tokens: Tokens, rows: NDArray[np.int64], names: Sequence[str] | None = None
    ) -> list[NDArray[np.float16]]:
        """Last hidden states of the tokens of each text of one batch, (tokens, width).

        They are rounded to float16; what that does to a vector that is made of them is 100 times
        less than what dropout does.

        Args:
            tokens: all texts; they are cut off, not read in windows.
            rows: those of the batch.
            names: of all texts, for messages; their numbers if ``None``.

        Raises:
            EmbeddingFailedError: a state is not finite, or memory runs out.
        """
        pieces = [tokens.pieces(row)[0] for row in rows.tolist()]
        found: list[NDArray[np.float16]] = []
        with self._within_memory():
            for hidden, mask in self._hidden(pieces):
                rounded = hidden.half().cpu().numpy()
                lengths = mask.sum(1).tolist()
                found += [one[:length] for one, length in zip(rounded, lengths, strict=True)]
        bad = [not np.isfinite(one).all() for one in found]
        self._check_finite(rows[np.array(bad)], names)
        return found

    def _check_finite(self, bad: NDArray[np.int64], names: Sequence[str] | None) -> None:
        if len(bad):
            first = int(bad[0])
            raise EmbeddingFailedError(
                f"{self.checkpoint.name} gives numbers that are not finite for text "
                f"{names[first] if names else first} in {self.identity['precision']}; take "
                "--precision fp32, or another encoder"
            )

    def _hidden(
        self, pieces: Sequence[NDArray[np.int32]]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Last hidden states (some pieces, longest, width), float32, and mask, in turn."""
        import torch

        multiple = _TENSOR_CORES if self.device == "cuda" else 1
        for part in slices(pieces, self.budget):
            arrays = padded(pieces[part], self._tokenizer.pad_token_id or 0, multiple)
            ids, mask = (torch.from_numpy(array).to(self.device) for array in arrays)
            with torch.inference_mode(), self._autocast():
                hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            yield hidden.float(), mask

    @contextlib.contextmanager
    def _within_memory(self) -> Iterator[None]:
        """For reading and pooling alike.

        Raises:
            EmbeddingFailedError: memory runs out.
        """
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
            raise EmbeddingFailedError(
                f"memory of the {self.device} runs out ({first_line(error)}); make "
                f"--batch-size less than {self.batch_size}"
            ) from error

    def _autocast(self) -> contextlib.AbstractContextManager:
        import torch

        if self.identity["precision"] == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.device, getattr(torch, _DTYPES[self.identity["precision"]]))


def pooled(hidden: torch.Tensor, mask: torch.Tensor, pool: str) -> torch.Tensor:
    """The vectors of texts (n, width).

    Args:
        hidden: last hidden states (n, longest, width).
        mask: which of them are of tokens, not of padding (n, longest).
        pool: ``cls``, the first token's; or ``mean``, that of all tokens, special ones included.
    """
    if pool == "cls":
        return hidden[:, 0]
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1)
