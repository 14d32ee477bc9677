"""From texts to batches of tokens: cut or in windows, by length, padded to the longest.

All texts are tokenised once. Batches hold texts of like length, so that little is padded; they
depend on the texts and the settings alone, so that an interrupted run goes on with the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

OVERLAP = 128
"""Tokens that two windows of a text share at least, where a window holds 512."""
TOKENISED_AT_ONCE = 1024


@dataclass(frozen=True)
class Tokens:
    """Tokenised texts.

    Attributes:
        bodies: the tokens of each text without special ones, int32.
        prefix: special tokens in front, [CLS] for BERT.
        suffix: special tokens behind, [SEP] for BERT.
        limit: most tokens that the model reads at once, special ones included.
        windows: whether longer texts are read in windows; otherwise they are cut.
    """

    bodies: list[NDArray[np.int32]]
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    limit: int
    windows: bool

    def __len__(self) -> int:
        return len(self.bodies)

    @property
    def capacity(self) -> int:
        """Tokens of a text that fit beside the special ones."""
        return self.limit - len(self.prefix) - len(self.suffix)

    @property
    def counts(self) -> NDArray[np.int32]:
        """Tokens of each text before anything is cut, special ones included."""
        lengths = np.fromiter(map(len, self.bodies), np.int32, len(self.bodies))
        return lengths + np.int32(self.limit - self.capacity)

    @property
    def truncated(self) -> NDArray[np.bool_]:
        """Which texts are cut off."""
        return (self.counts > self.limit) & (not self.windows)

    def pieces(self, row: int) -> list[NDArray[np.int32]]:
        """What the model reads of a text, special tokens included: one piece, or its windows."""
        body = self.bodies[row]
        starts = window_starts(len(body), self.capacity) if self.windows else [0]
        return [
            np.concatenate(
                [self.prefix, body[start : start + self.capacity], self.suffix], dtype=np.int32
            )
            for start in starts
        ]

    def sizes(self) -> NDArray[np.int64]:
        """Tokens that the model reads of each text (n, 2): pieces, and length of the longest."""
        lengths = np.fromiter(map(len, self.bodies), np.int64, len(self.bodies))
        pieces = [
            len(window_starts(length, self.capacity)) if self.windows else 1
            for length in lengths.tolist()
        ]
        longest = np.minimum(lengths, self.capacity) + self.limit - self.capacity
        return np.stack([np.array(pieces, dtype=np.int64).reshape(-1), longest], axis=1)


def tokenise(tokenizer: Any, texts: Sequence[str], *, limit: int, windows: bool) -> Tokens:
    """Tokenises texts, uncut.

    Args:
        tokenizer: one of transformers.
        texts: the texts, normalised.
        limit: most tokens that the model reads at once.
        windows: whether longer texts are read in windows.
    """
    probe = _encoded(tokenizer, ["", "a"])
    ends, front = probe["input_ids"][0], probe["special_tokens_mask"][1].index(0)
    behind = len(ends) - front
    bodies = []
    for start in range(0, len(texts), TOKENISED_AT_ONCE):
        encoded = _encoded(tokenizer, texts[start : start + TOKENISED_AT_ONCE])
        ids = (np.array(one, np.int32) for one in encoded["input_ids"])
        bodies += [one[front : len(one) - behind] for one in ids]
    return Tokens(bodies, tuple(ends[:front]), tuple(ends[front:]), limit, windows)


def window_starts(length: int, capacity: int) -> list[int]:
    """Where the windows of a text begin.

    Every window is full, the first begins at the text's start and the last ends at its end; those
    between lie evenly, with at least :data:`OVERLAP` tokens in common (a quarter of a window where
    that is less).

    Args:
        length: tokens of the text.
        capacity: tokens of a window.
    """
    if length <= capacity:
        return [0]
    step = capacity - min(OVERLAP, capacity // 4)
    count = -(-(length - capacity) // step) + 1
    return [(length - capacity) * i // (count - 1) for i in range(count)]


def batches(tokens: Tokens, budget: int) -> list[NDArray[np.int64]]:
    """Rows of each batch, the longest texts first.

    The longest come first, so that memory runs out at once or never, and the time left is not
    underrated.

    Args:
        tokens: the texts.
        budget: tokens of a batch, padding included; a text longer than that is a batch of its own.
    """
    sizes = tokens.sizes()
    order = np.lexsort((np.arange(len(tokens)), -sizes[:, 1], -sizes[:, 0]))
    groups: list[list[int]] = []
    pieces = longest = 0
    for row in order.tolist():
        more, length = sizes[row].tolist()
        longest = max(longest, length)
        if groups and (pieces + more) * longest <= budget:
            groups[-1].append(row)
            pieces += more
        else:
            groups.append([row])
            pieces, longest = more, length
    return [np.array(group, dtype=np.int64) for group in groups]


def padded(
    pieces: Sequence[NDArray[np.integer]], pad: int, multiple: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask (pieces, longest), padded on the right.

    Args:
        pieces: token ids.
        pad: the id that fills up.
        multiple: the width is rounded up to this.
    """
    width = -(-max(map(len, pieces)) // multiple) * multiple
    ids = np.full((len(pieces), width), pad, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, piece in enumerate(pieces):
        ids[row, : len(piece)] = piece
        mask[row, : len(piece)] = 1
    return ids, mask


def slices(pieces: Sequence[NDArray[np.int32]], budget: int) -> Iterator[slice]:
    """Parts of a batch within the budget: a text may have more windows than one batch takes."""
    count = max(1, budget // max(map(len, pieces)))
    for start in range(0, len(pieces), count):
        yield slice(start, start + count)


def _encoded(tokenizer: Any, texts: Sequence[str]) -> dict[str, list[list[int]]]:
    """``input_ids`` and ``special_tokens_mask``, each of all texts.

    A limit and a padding that the tokenizer's files ask for are ignored (MiniLM's: 128).
    """
    return tokenizer(
        list(texts),
        truncation=False,
        padding=False,
        return_special_tokens_mask=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
