"""Reads texts with an encoder and keeps what [CLS] attends to, of every layer and head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from crystext.choices import NORMALISATIONS
from crystext.errors import AttentionFailedError, first_line
from crystext.model.attention.words import SPECIAL, WordedText, normalised, token_words, worded
from crystext.model.memory import ran_out
from crystext.model.text.batches import padded
from crystext.model.text.checkpoints import Checkpoint, find_checkpoint
from crystext.model.text.loading import device_of, loaded, max_tokens
from crystext.settings import check_choice

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MOST_WEIGHTS = 64 * 2**20
"""Attention weights (layers x heads x tokens x tokens) that a batch may have: 256 MiB."""


@dataclass(frozen=True)
class Tokenised:
    """A text as the encoder reads it.

    Attributes:
        text: its words.
        ids: tokens (tokens,), special ones included, int64.
        tokens: how they are spelt.
        words: number of each token's word (tokens,); ``SPECIAL`` for [CLS] and [SEP].
        unread: tokens behind the limit, which the encoder does not see.
        first_unread: number of the first word of which no token is read.
    """

    text: WordedText
    ids: NDArray[np.int64]
    tokens: tuple[str, ...]
    words: NDArray[np.int32]
    unread: int
    first_unread: int

    def __len__(self) -> int:
        return len(self.ids)


class AttentionReader:
    """An encoder whose attention is looked at; made by :meth:`load`.

    Attributes:
        checkpoint: its files.
        layers: how many it has; they are counted from 1.
        heads: of each layer; they are counted from 1.
        limit: most tokens that it reads of a text.
        normalisation: of texts, ``matscibert`` or ``none``.
        device: ``cpu`` or ``cuda``.
    """

    def __init__(
        self, checkpoint: Checkpoint, tokenizer: Any, model: Any, *, normalisation: str, device: str
    ) -> None:
        self.checkpoint, self.normalisation, self.device = checkpoint, normalisation, device
        self.layers: int = model.config.num_hidden_layers
        self.heads: int = model.config.num_attention_heads
        self.limit = max_tokens(tokenizer, model.config)
        self._tokenizer, self._model = tokenizer, model

    @classmethod
    def load(
        cls,
        name_or_path: str | os.PathLike[str],
        *,
        device: str = "auto",
        revision: str | None = None,
        normalisation: str = "auto",
    ) -> Self:
        """Loads an encoder, in float32.

        Args:
            name_or_path: ``minilm``, ``matscibert``, a folder, or an id on the Hub.
            device: ``cpu``, ``cuda``, or ``auto``.
            revision: a commit, branch or tag of the Hub's.
            normalisation: of texts: ``matscibert``, ``none``, or ``auto``: MatSciBERT's for
                MatSciBERT.

        Raises:
            NoEncoderError: the encoder is not there, or cannot be fetched.
            BadEncoderError: its files are damaged, or it is no encoder.
            AttentionFailedError: it has no [CLS] token in front, or its tokenizer does not say
                where tokens stand.
            UsageError: a setting is not allowed.
            MissingExtraError: torch or transformers is not installed.
        """
        check_choice("normalisation", normalisation, NORMALISATIONS)
        checkpoint = find_checkpoint(name_or_path, revision)
        device = device_of(device)
        tokenizer, model = loaded(checkpoint)
        if not tokenizer.is_fast:
            raise AttentionFailedError(
                f"the tokenizer of {checkpoint.name} does not say where tokens stand; give an "
                "encoder with a tokenizer.json"
            )
        if tokenizer.cls_token is None or tokenizer("")["input_ids"][:1] != [
            tokenizer.cls_token_id
        ]:
            raise AttentionFailedError(
                f"{checkpoint.name} has no CLS token in front, whose attention could be shown; "
                "give an encoder of BERT's kind"
            )
        try:  # the fast ways of computing attention never hold its weights
            model.set_attn_implementation("eager")
        except ValueError as error:
            raise AttentionFailedError(
                f"{checkpoint.name} cannot give its attention ({first_line(error)}); give another"
            ) from error
        how = checkpoint.normalisation if normalisation == "auto" else normalisation
        model.to(device)
        return cls(checkpoint, tokenizer, model, normalisation=how, device=device)

    def tokenise(self, text: str) -> Tokenised:
        """Takes a text apart into words and tokens, cut off at the limit."""
        read = worded(text)
        plain, origins = normalised(text, self.normalisation)
        made = self._tokenizer(
            plain,
            truncation=False,
            padding=False,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            verbose=False,
        )
        special = np.array(made["special_tokens_mask"], dtype=bool)
        ids = np.array(made["input_ids"], dtype=np.int64)
        words = np.full(len(ids), SPECIAL, dtype=np.int32)
        if read.words:
            offsets = [
                pair for pair, one in zip(made["offset_mapping"], special, strict=True) if not one
            ]
            words[~special] = token_words(read, offsets, origins)
        unread = max(0, len(ids) - self.limit)
        if unread:
            behind = len(ids) - np.flatnonzero(~special)[-1] - 1
            kept = np.r_[: self.limit - behind, len(ids) - behind : len(ids)]
            ids, words = ids[kept], words[kept]
        first_unread = int(words.max(initial=SPECIAL)) + 1 if unread else len(read.words)
        tokens = tuple(self._tokenizer.convert_ids_to_tokens(ids.tolist()))
        return Tokenised(read, ids, tokens, words, unread, first_unread)

    def rows(self, texts: Sequence[Tokenised]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """What [CLS] attends to in each text, the longest first.

        Yields:
            A text's number, and weights (layers, heads, tokens), whose sum over tokens is 1.

        Raises:
            AttentionFailedError: the encoder gives no weights, or such that are not finite; or
                memory runs out.
        """
        for group in self._batches(texts):
            weights = self._attention([texts[i].ids for i in group], rows=slice(1))
            for at, number in enumerate(group):
                found = weights[:, at, :, 0, : len(texts[number])]
                if not np.isfinite(found).all():
                    raise AttentionFailedError(
                        f"attention of {self.checkpoint.name} is not finite; give another encoder"
                    )
                yield number, found

    def whole(self, text: Tokenised) -> NDArray[np.float32]:
        """All attention in one text (layers, heads, tokens, tokens), queries before keys."""
        return self._attention([text.ids], rows=slice(None))[:, 0]

    def _batches(self, texts: Sequence[Tokenised]) -> Iterator[list[int]]:
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        at = 0
        while at < len(order):
            of_one = self.layers * self.heads * len(texts[order[at]]) ** 2
            count = max(1, MOST_WEIGHTS // of_one)
            yield order[at : at + count]
            at += count

    def _attention(self, ids: Sequence[NDArray[np.int64]], rows: slice) -> NDArray[np.float32]:
        """Weights (layers, texts, heads, rows, tokens), padded on the right with zeros."""
        import torch

        filled, mask = padded(ids, self._tokenizer.pad_token_id or 0)
        try:
            with torch.inference_mode():
                found = self._model(
                    input_ids=torch.from_numpy(filled).to(self.device),
                    attention_mask=torch.from_numpy(mask).to(self.device),
                    output_attentions=True,
                ).attentions
                expected = (len(ids), self.heads, *[filled.shape[1]] * 2)
                shapes = [getattr(one, "shape", None) for one in found or ()]
                if shapes != [expected] * self.layers:
                    raise AttentionFailedError(
                        f"{self.checkpoint.name} does not give each layer's attention on all "
                        "tokens; give an encoder of BERT's kind"
                    )
                return torch.stack([one[:, :, rows].float() for one in found]).cpu().numpy()
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
            raise AttentionFailedError(
                f"memory of the {self.device} runs out ({first_line(error)}); take --device cpu"
            ) from error
